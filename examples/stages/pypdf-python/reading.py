"""PDFs to pages of text, by pypdf."""

import codecs
import encodings
import logging
import pkgutil
from io import BytesIO

import pypdf

# pypdf loads these, and Python its codecs, only when they are needed. A component has no files to load from: what is to be there is loaded while it
# is built.
import pypdf._codecs._codecs
import pypdf.filters
import pypdf.xmp
from pypdf.errors import LimitReachedError

for codec in pkgutil.iter_modules(encodings.__path__):
    try:
        codecs.lookup(codec.name)
    except LookupError:
        pass

MODEL = f"pypdf-{pypdf.__version__}"

# pypdf warns of what it mends; there is nobody to read it.
logging.getLogger("pypdf").setLevel(logging.CRITICAL)


class Refused(Exception):
    """A document that is not read. `reason` is of the contract."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class TooLarge(Exception):
    """A document over a limit."""

    def __init__(self, message: str, limit: int) -> None:
        super().__init__(message)
        self.limit = limit


def read(content: bytes, max_pages: int) -> list[str]:
    """The text of each page, empty where a page has none. Raises `Refused` and `TooLarge`."""
    if b"%PDF-" not in content[:1024]:
        raise Refused("not-a-document", "The bytes are no PDF.")
    try:
        pages = _pages(content, max_pages)
    except (Refused, TooLarge):
        raise
    except LimitReachedError as error:
        raise TooLarge("The document unpacks to more than pypdf takes.", getattr(error, "limit", 0)) from error
    except Exception as error:
        # A damaged file can make the library fail in any way.
        raise Refused("broken", f"The PDF is damaged beyond reading ({type(error).__name__}).") from error
    if not any(text.strip() for text in pages):
        raise Refused("no-text", "The PDF has no text layer. Use a stage that does OCR.")
    return pages


def _pages(content: bytes, max_pages: int) -> list[str]:
    reader = pypdf.PdfReader(BytesIO(content))
    if reader.is_encrypted:
        raise Refused("encrypted", "The PDF is encrypted. Store it without a password.")
    count = len(reader.pages)
    if count > max_pages:
        raise TooLarge(f"The document has {count} pages, and at most {max_pages} are read.", max_pages)
    return [page.extract_text() for page in reader.pages]
