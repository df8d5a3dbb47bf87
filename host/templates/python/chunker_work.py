"""What the stage does: it cuts a text into pieces of equal length, after a space where there is one near the end."""

from dataclasses import dataclass

# Characters to a token: an estimate.
TOKEN = 4


@dataclass
class Piece:
    text: str
    # In bytes of UTF-8 from the start of the text.
    start: int
    end: int
    tokens: int


def cut(text: str, max_tokens: int, overlap_tokens: int):
    """Yields pieces of at most `max_tokens`, each of which repeats about `overlap_tokens` of the one before. Every character is in one,
    unless it is white space."""
    size, start, start_byte = max_tokens * TOKEN, 0, 0
    while start < len(text):
        end = min(start + size, len(text))
        if end < len(text):
            # In the last quarter only, so that a piece is never much shorter than asked for.
            last_quarter = range(end - 1, start + size * 3 // 4 - 1, -1)
            end = next((at + 1 for at in last_quarter if text[at].isspace()), end)
        piece = text[start:end]
        if piece.strip():
            yield Piece(piece, start_byte, start_byte + len(piece.encode()), -(-len(piece) // TOKEN))
        if end == len(text):
            return
        # Less than half of `max_tokens` is repeated, so each piece begins after the one before.
        following = end - overlap_tokens * TOKEN
        start_byte += len(text[start:following].encode())
        start = following
