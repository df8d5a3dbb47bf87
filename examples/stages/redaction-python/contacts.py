"""Email addresses and phone numbers."""

import re

# Every repetition has a bound, so that no text, however made, takes more than time in proportion to its length.
EMAIL = re.compile(
    r"""
    [\w.!#$%&'*+/=?^`{|}~-]{1,64} @ [\w-]{1,63} (?: \.[\w-]{1,63} ){1,8}
    # anna (at) example (dot) com
    | [\w.+-]{1,64} \s? [\[(] \s? at \s? [\])] \s? [\w-]{1,63}
        (?: \s? (?: \. | [\[(] \s? dot \s? [\])] ) \s? [\w-]{1,63} ){1,8}
    # As it is said: anna at example dot com
    | \b [\w.+-]{1,64} \s at \s [\w-]{1,63} (?: \s dot \s [\w-]{1,63} ){0,3} \s dot \s [a-z]{2,6} \b
    """,
    re.VERBOSE | re.IGNORECASE,
)

DAY, MONTH, YEAR = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])", r"(?:19|20)\d\d"
CURRENCY = r"(?:[$€£¥]|\b(?:EUR|USD|GBP|CHF|JPY)\b)"

# What is kept comes first: at one place, the first alternative that fits is taken.
NUMBER = re.compile(
    rf"""
    (?P<kept>
        (?<![\d.]) {YEAR} (?P<s1>[-./]) {MONTH} (?P=s1) {DAY} (?! (?P=s1)? \d )
        | (?<![\d.]) {DAY} (?P<s2>[-./]) {DAY} (?P=s2) (?:19|20)?\d\d (?! (?P=s2)? \d )
        | (?<![\d.-]) {YEAR} \s? [-–/] \s? {YEAR} (?! [-./]? \d )
        | {CURRENCY} \s? \d [\d.,'’\u00a0\u202f ]{{0,24}}
        | (?<![\w.,+]) \d [\d.,'’\u00a0\u202f]{{0,24}} \s? {CURRENCY}
    )
    | (?<![\w/-]) (?<!\d[.,])
      (?: \+ | \( \+? )? \d
      (?: [\s().\-/\u2010-\u2013]{{0,3}} \d ){{6,40}}
      (?: ,? \s? (?: ext\.? | extension | x ) \s? \d{{1,6}} )?
      (?! \w )
    """,
    re.VERBOSE | re.IGNORECASE,
)

# The longest number that E.164 knows. What is longer is no phone number, but a card's or an account's.
MAX_PHONE_DIGITS = 15


def hide_contacts(text: str) -> str:
    """Hides email addresses, and numbers of seven digits or more that are no date, span of years or amount of money."""
    return NUMBER.sub(_hidden_number, EMAIL.sub("[email]", text))


def _hidden_number(match: re.Match[str]) -> str:
    if match["kept"] is not None:
        return match[0]
    number = re.split(r"[ex]", match[0], maxsplit=1, flags=re.IGNORECASE)[0]
    digits = sum(character.isdigit() for character in number)
    return "[phone]" if digits <= MAX_PHONE_DIGITS else "[number]"
