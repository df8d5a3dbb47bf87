"""What the stage does: it counts the words that a text has in common with the query."""

import re

WORD = re.compile(r"\w+")


def score(query: str, text: str) -> float:
    """How well a text answers a query: the part of the query's words that it has, 0 to 1."""
    asked = words(query)
    return len(asked & words(text)) / max(len(asked), 1)


def words(text: str) -> set[str]:
    return set(WORD.findall(text.lower()))
