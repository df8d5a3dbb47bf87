"""Serene's side of the stage: what it is called, what it takes, and when it refuses."""

from componentize_py_types import Err
from wit_world import exports
from wit_world.exports.extractor import Extraction, ExtractorInfo, Page, Source_Content
from wit_world.imports.types import StageInfo

import work
from refusals import invalid, within

NAME = "{{name}}"
# What was read is remembered under the version and the model: raise it when the results change.
VERSION = "0.1.0"
MODEL = "plain-pdf"
# What it reads: PDF is what Serene sends.
MEDIA_TYPE = "application/pdf"
# The largest document, in bytes; all of it is held in memory.
MAX_BYTES = 16 * 1024 * 1024
# The most pages of a document.
MAX_PAGES = 2_000
# Bytes that are read at a time.
READ_BYTES = 64 * 1024


class Extractor(exports.Extractor):
    async def describe(self, ctx):
        stage = StageInfo(NAME, VERSION, [])
        return ExtractorInfo(stage, [MEDIA_TYPE], MODEL, MAX_BYTES, MAX_PAGES, prefers_url=False)

    async def extract(self, ctx, document):
        unsupported = ("reason", "unsupported-media-type")
        if document.media_type != MEDIA_TYPE:
            raise invalid("Only application/pdf is read.", unsupported)
        if not isinstance(document.source, Source_Content):
            raise invalid("Documents are read as content, not by URL.", unsupported)
        content = await whole(document.source.value)
        try:
            texts = work.read(content)
        except work.Refused as refused:
            raise invalid(str(refused), ("reason", refused.reason)) from refused
        within("pages in the document", MAX_PAGES, len(texts))
        pages = [Page(index, text) for index, text in enumerate(texts)]
        return Extraction(pages, MODEL, [("bytes", str(len(content)))])


async def whole(body):
    """Reads the stream as it arrives, to its end."""
    content = bytearray()
    with body.bytes as stream, body.outcome as outcome:
        while not stream.writer_dropped:
            content += await stream.read(READ_BYTES)
            within("bytes in the document", MAX_BYTES, len(content))
        # Only this tells a whole document from one that broke off.
        ended = await outcome.read()
        if isinstance(ended, Err):
            raise ended
    return bytes(content)
