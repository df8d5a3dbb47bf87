"""The component: `reading` behind `serene:extractor`. It takes the document as a stream."""

import sys
from importlib.machinery import PathFinder

from componentize_py_types import Err
from wit_world import exports
from wit_world.exports.extractor import Document, Extraction, ExtractorInfo, Page, Source_Content
from wit_world.imports.files import Body
from wit_world.imports.types import Context, Error_Invalid, Error_TooLarge, Fault, StageInfo

import reading

# An import that has to look for a file would end the component while it runs. What is not loaded by now is not there.
sys.meta_path.remove(PathFinder)

# What was read is remembered under these: give a changed stage a new version, or another name.
NAME = "extractor-pypdf"
VERSION = "0.1.0"

MAX_BYTES = 32 << 20
MAX_PAGES = 2_000
READ_BYTES = 64 << 10


class Extractor(exports.Extractor):
    async def describe(self, ctx: Context) -> ExtractorInfo:
        stage = StageInfo(NAME, VERSION, [])
        return ExtractorInfo(stage, ["application/pdf"], reading.MODEL, MAX_BYTES, MAX_PAGES, prefers_url=False)

    async def extract(self, ctx: Context, document: Document) -> Extraction:
        if document.media_type != "application/pdf":
            raise invalid("unsupported-media-type", "Only application/pdf is read.")
        if not isinstance(document.source, Source_Content):
            raise invalid("unsupported-media-type", "Documents are read as content, not by URL.")
        content = await whole(document.source.value)
        try:
            pages = reading.read(content, MAX_PAGES)
        except reading.Refused as refused:
            raise invalid(refused.reason, str(refused)) from refused
        except reading.TooLarge as over:
            raise too_large(str(over), over.limit) from over
        usage = [("pages-processed", str(len(pages))), ("bytes", str(len(content)))]
        return Extraction([Page(index, text) for index, text in enumerate(pages)], reading.MODEL, usage)


async def whole(body: Body) -> bytes:
    """Reads the stream to its end. pypdf goes back and forth in a file, so it has to be held."""
    content = bytearray()
    with body.bytes as stream, body.outcome as outcome:
        while not stream.writer_dropped:
            content += await stream.read(READ_BYTES)
            if len(content) > MAX_BYTES:
                raise too_large(f"The document has more than {MAX_BYTES} bytes.", MAX_BYTES)
        # Only this tells a whole document from one that broke off.
        ended = await outcome.read()
        if isinstance(ended, Err):
            raise ended
    return bytes(content)


def invalid(reason: str, message: str) -> Err:
    return Err(Error_Invalid(Fault(message, None, [("reason", reason)])))


def too_large(message: str, limit: int) -> Err:
    return Err(Error_TooLarge(Fault(message, None, [("limit", str(limit))])))
