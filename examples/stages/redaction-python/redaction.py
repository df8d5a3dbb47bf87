"""Puts `[email]`, `[phone]`, `[number]` and `[name]` in the place of what tells who somebody is."""

from contacts import hide_contacts
from names import Names


def redact(texts: list[str]) -> list[str]:
    """Redacts the texts of one document.

    A name that one text introduces is hidden in all of them. The same texts give the same result, and an empty text
    stays empty. Works on strings alone: no clock, no randomness, no file.
    """
    names = Names.of(texts)
    # Addresses first: a name within one is part of the address.
    return [names.hide(hide_contacts(text)) for text in texts]
