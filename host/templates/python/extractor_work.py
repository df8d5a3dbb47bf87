"""What the stage does: it reads PDFs of the simplest kind, whose text is neither compressed nor in an encoding of its own. Put a library here,
as Serene's examples/stages/pypdf-python does."""

import re

# `4 0 obj … endobj` is object 4.
OBJECT = re.compile(r"(\d+) \d+ obj\b(.*?)endobj", re.DOTALL)
PAGE = re.compile(r"/Type\s*/Page\b")
CONTENTS = re.compile(r"/Contents (\d+)")
SHOWN = re.compile(r"\(([^()]*)\)\s*Tj")


class Refused(Exception):
    """A document that is not read, by a reason of the contract."""

    def __init__(self, reason: str, message: str):
        super().__init__(message)
        self.reason = reason


def read(pdf: bytes) -> list[str]:
    """The text of each page, empty where a page has none. Pages are taken in the order of the file."""
    if not pdf.startswith(b"%PDF-"):
        raise Refused("not-a-document", "The bytes are no PDF.")
    # Latin-1: each byte is a character.
    objects = dict(OBJECT.findall(pdf.decode("latin-1")))
    pages = [shown(page, objects) for page in objects.values() if PAGE.search(page)]
    if not pages:
        raise Refused("broken", "The PDF has no page that can be found.")
    if not any(pages):
        raise Refused("no-text", "The PDF has no text that this stage can read. Use one that does more.")
    return pages


def shown(page: str, objects: dict[str, str]) -> str:
    """What a page shows: each `(text) Tj` is a line."""
    contents = CONTENTS.search(page)
    return "\n".join(SHOWN.findall(objects.get(contents[1], ""))) if contents else ""
