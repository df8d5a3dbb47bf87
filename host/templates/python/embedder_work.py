"""What the stage does: it counts words, each in the dimension that its hash names."""

import math
import re
import zlib

# Numbers in each vector.
DIMENSIONS = 256
WORD = re.compile(r"\w+")


def words(text: str) -> list[str]:
    return WORD.findall(text.lower())


def embed(words: list[str]) -> list[float]:
    """A vector of length 1: texts that share words are near."""
    vector = [0.0] * DIMENSIONS
    # A text without words has a place, too.
    vector[0] = 0.01
    for word in words:
        # The same on every machine, which Python's own hash is not.
        vector[1 + zlib.crc32(word.encode()) % (DIMENSIONS - 1)] += 1.0
    length = math.hypot(*vector)
    return [x / length for x in vector]
