"""Names of people: what a document itself says is one, and common given names."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise

from vocabulary import GIVEN_NAMES, HEADINGS, NOT_NAMES, PARTICLES

# Letters with their combining marks, inner hyphens and apostrophes; the `'s` of a possessive is no part of it.
LETTER = r"[^\W\d_][\u0300-\u036f]*"
WORD = rf"(?:{LETTER})+(?:['’-](?![sS]\b)(?:{LETTER})+)*"
WORDS = re.compile(WORD)
# What may stand between two words of one name: a space, and initials such as `M. `.
GAP = re.compile(r"[ \u00a0](?:[^\W\d_]\.[ \u00a0]?){0,2}")
# As many words as a name is looked for in. Patterns look ahead for them, so that what follows is searched too.
FEW_WORDS = rf"{WORD}(?:[ \u00a0](?:[^\W\d_]\.[ \u00a0])?{WORD}){{0,4}}"

INTRODUCTION = re.compile(
    r"\b(?:my name is|my name['’]s|(?:i am|i['’]m|i was) called|call me|name['’]?s? is"
    r"|mein name ist|ich heiße|ich heisse|je m['’]appelle|mon nom est|me llamo|mi nombre es"
    r"|mi chiamo|il mio nome è|me chamo|meu nome é|ik heet|mijn naam is)[ :,]{1,3}"
    rf"(?=(?P<words>{FEW_WORDS}))",
    re.IGNORECASE,
)
# `I'm Zofia`, at the end of a clause: `I'm Late For Work` is none.
CLAIM = re.compile(
    rf"\b(?:I am|I['’]m|[Tt]his is)[ ](?=(?P<words>{FEW_WORDS}?)\s*(?:[,.;!?]|$|\b(?:speaking|here|from|and)\b))"
)
TITLE = re.compile(
    r"\b(?:Mr|Mrs|Ms|Mx|Miss|Dr|Doctor|Prof|Professor|Rev|Herr|Frau|Monsieur|Madame|Mme|Mlle"
    rf"|Señora?|Sra?|Signora?|Dott)\b\.?[ \u00a0]{{1,2}}(?=(?P<words>{FEW_WORDS}))"
)
# `Anna:`, `- Anna Meyer (mediator):`, `[10:02] Anna:`
LABEL = re.compile(
    rf"^[ \t]*(?:[-*•>][ \t]*)?(?:[\[(]?\d{{1,2}}:\d\d(?::\d\d)?[\])]?[ \t]*)?(?P<words>{FEW_WORDS})"
    r"[ \t]*(?:\([^()\n]{0,40}\)[ \t]*)?:(?=\s|$)",
    re.MULTILINE,
)
# `Participants: Anna Meyer, Ben Ode and Chris`, or one a line below it.
LIST = re.compile(
    r"^[ \t#*]*(?:participants?|present|attendees|names?|parties|partners|clients?|couple|family|children|speakers?"
    r"|teilnehmer|anwesend|namen?|présents?|noms?|asistentes|participantes|nombres?)"
    r"[ \t*]*:[ \t*]*(?P<items>[^\n]{0,500}(?:\n[ \t]*(?:[-*•]|\d{1,2}[.)])[^\n]{1,100}){0,50})",
    re.MULTILINE | re.IGNORECASE,
)
BETWEEN_ITEMS = re.compile(r"[,;/&\n]|\b(?:and|und|et|y|e|en)\b")


class Names:
    """The names that a document's texts hold."""

    def __init__(self, known: frozenset[str]) -> None:
        self._known = known

    @classmethod
    def of(cls, texts: list[str]) -> Names:
        """Gathers every part of every name that is introduced, titled, listed or speaks in one of the texts."""
        small = {word for text in texts for word in WORDS.findall(text) if word.islower()}
        # What also stands there in small letters is a word like any other.
        ordinary = {key(word) for word in small}
        known: set[str] = set()
        for text in texts:
            for pattern in (INTRODUCTION, TITLE):
                for match in pattern.finditer(text):
                    known.update(leading_name(match["words"], frozenset()))
            for match in CLAIM.finditer(text):
                # The whole clause is a name: `I'm Anna Meyer`, and not `I'm Late For Work`.
                parts = leading_name(match["words"], ordinary)
                if len(parts) == sum(word not in PARTICLES for word in WORDS.findall(match["words"])):
                    known.update(parts)
            for match in LIST.finditer(text):
                for item in BETWEEN_ITEMS.split(match["items"]):
                    known.update(leading_name(item.strip(" \t-*•.0123456789)"), ordinary))
        known.update(speakers(texts, ordinary))
        known |= surnames(texts, known | GIVEN_NAMES, ordinary)
        return cls(frozenset(known))

    def hide(self, text: str) -> str:
        """Puts `[name]` in the place of each name, however many words it has."""
        parts, end = [], 0
        for first, last in runs(text, self._is_name):
            parts += [text[end:first], "[name]"]
            end = last
        return "".join([*parts, text[end:]])

    def _is_name(self, word: str) -> bool:
        # `Anna-Lena`, too.
        return self._is_known(word) or any(self._is_known(part) for part in word.split("-"))

    def _is_known(self, word: str) -> bool:
        if key(word) in GIVEN_NAMES:
            # Chats are written in small letters; of two or three of them too much is a word.
            return not word.islower() or len(word) > 3
        return key(word) in self._known and not word.islower()


def key(word: str) -> str:
    """What two spellings of one word share."""
    return unicodedata.normalize("NFC", word).casefold().replace("’", "'")


def is_capitalised(word: str) -> bool:
    return word[0].isupper() and key(word) not in NOT_NAMES


def leading_name(words: str, ordinary: Iterable[str]) -> list[str]:
    """The keys of the words that make a name at the start of `words`: three at most, particles not counted."""
    parts: list[str] = []
    for word in WORDS.findall(words):
        if key(word) in GIVEN_NAMES or (is_capitalised(word) and len(word) > 1 and key(word) not in ordinary):
            parts.append(key(word))
        elif word not in PARTICLES and len(word) > 1:
            break
        if len(parts) == 3:
            break
    return parts


def speakers(texts: list[str], ordinary: set[str]) -> set[str]:
    """The names among the labels at the start of lines. A heading is no speaker: speakers take turns."""
    labels = Counter(match["words"] for text in texts for match in LABEL.finditer(text))
    names = {label: leading_name(label, ordinary) for label in labels}
    names = {
        label: parts
        for label, parts in names.items()
        if parts and len(parts) == len(WORDS.findall(label)) and not HEADINGS.intersection(parts)
    }
    in_turn = [label for label in names if labels[label] > 1]
    known = {part for label in names if GIVEN_NAMES.intersection(names[label]) for part in names[label]}
    if len(in_turn) > 1:
        known.update(part for label in in_turn for part in names[label])
    return known


def surnames(texts: list[str], known: Iterable[str], ordinary: set[str]) -> set[str]:
    """What follows a known name and is written as one: `Meyer` of `Anna Meyer`, so that `Meyer` alone is hidden too."""
    found = set()
    for text in texts:
        words = [match for match in WORDS.finditer(text) if len(match[0]) > 1 and match[0] not in PARTICLES]
        for first, second in pairwise(words):
            word = second[0]
            could_be = is_capitalised(word) and key(word) not in ordinary
            is_first = key(first[0]) in known and not first[0].islower()
            if could_be and is_first and is_within_name(text[first.end() : second.start()]):
                found.add(key(word))
    return found


def runs(text: str, is_name: Callable[[str], bool]) -> Iterator[tuple[int, int]]:
    """Where names start and end: neighbouring words of a name are one."""
    run: tuple[int, int] | None = None
    for match in WORDS.finditer(text):
        if not is_name(match[0]):
            continue
        start = match.start()
        if run and is_within_name(text[run[1] : start]):
            start = run[0]
        elif run:
            yield run
        run = (start, match.end())
    if run:
        yield run


def is_within_name(between: str) -> bool:
    """Whether this may stand between two words of one name: a space, initials, particles such as `van der`."""
    particles = between.split()
    return bool(GAP.fullmatch(between)) or (bool(particles) and all(word in PARTICLES for word in particles))
