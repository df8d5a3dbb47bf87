"""Serene's side of the stage: what it is called, what it takes, and when it refuses."""

import json

from componentize_py_types import Err
from wit_world import exports
from wit_world.exports.generator import Generation, GeneratorInfo, Role
from wit_world.imports.types import Error_Failed, Fault, StageInfo

import work
from refusals import invalid, within

NAME = "{{name}}"
VERSION = "0.1.0"
# What writes the answers.
MODEL = "first-sentence"
# The most tokens of all messages.
MAX_INPUT_TOKENS = 100_000
# The most tokens of an answer.
MAX_OUTPUT_TOKENS = 4_000


class Generator(exports.Generator):
    async def describe(self, ctx):
        return GeneratorInfo(StageInfo(NAME, VERSION, []), MODEL, MAX_INPUT_TOKENS, MAX_OUTPUT_TOKENS)

    async def generate(self, ctx, request):
        spent = sum(work.tokens(message.content) for message in request.messages)
        within("tokens in the messages", MAX_INPUT_TOKENS, spent)
        said = [message.content for message in request.messages if message.role == Role.USER]
        if not said:
            raise invalid("There is no message of a user.")
        content = json.dumps(work.answer(schema_of(request), said[-1]))
        written = work.tokens(content)
        most = MAX_OUTPUT_TOKENS if request.max_output_tokens is None else request.max_output_tokens
        if written > most:
            raise Err(Error_Failed(Fault("The answer is longer than asked for.", None, [("reason", "cut-off")])))
        return Generation(content, MODEL, [("input-tokens", str(spent)), ("output-tokens", str(written))])


def schema_of(request):
    try:
        schema = json.loads(request.schema)
    except ValueError:
        schema = None
    if not isinstance(schema, dict):
        raise invalid("The schema is no JSON object.")
    return schema
