"""The component: `redaction` behind `serene:transformer`."""

from componentize_py_types import Err
from wit_world import exports
from wit_world.exports.transformer import TransformerInfo
from wit_world.imports.types import Context, Error_TooLarge, Fault, StageInfo

from redaction import redact

# What was computed is remembered under both: give a changed stage a new version, or another name.
NAME = "transformer-redaction"
VERSION = "0.1.0"

MAX_TEXTS = 10_000
MAX_TEXT_BYTES = 1 << 20


class Transformer(exports.Transformer):
    async def describe(self, ctx: Context) -> TransformerInfo:
        return TransformerInfo(StageInfo(NAME, VERSION, []), MAX_TEXTS, MAX_TEXT_BYTES)

    async def transform(self, ctx: Context, kind: str, texts: list[str]) -> list[str]:
        if len(texts) > MAX_TEXTS:
            raise too_large("The call", "texts", MAX_TEXTS, len(texts))
        for place, text in enumerate(texts):
            size = len(text.encode())
            if size > MAX_TEXT_BYTES:
                raise too_large(f"Text {place}", "bytes", MAX_TEXT_BYTES, size)
        return redact(texts)


def too_large(what: str, unit: str, limit: int, actual: int) -> Err:
    message = f"{what} has {actual} {unit}; redaction takes at most {limit}. Split it."
    return Err(Error_TooLarge(Fault(message, None, [("limit", str(limit)), ("actual", str(actual))])))
