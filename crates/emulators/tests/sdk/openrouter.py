"""openai against the emulator of OpenRouter."""

import json
import os
import urllib.request

from openai import AuthenticationError, BadRequestError, NotFoundError, OpenAI

base, key = os.environ["URL"] + "/api/v1", os.environ["KEY"]
client = OpenAI(base_url=base, api_key=key, max_retries=0)
messages = [
    {"role": "system", "content": "Summarise the conflict."},
    {"role": "user", "content": "# Transcript\n[0] partner_a: You never do the dishes.\n[1] partner_b: I was at work until nine."},
]
schema = {
    "type": "object",
    "properties": {"summary": {"type": "string", "description": "A summary in two sentences"}, "turn": {"type": "integer"}},
    "required": ["summary", "turn"],
    "additionalProperties": False,
}
format = {"type": "json_schema", "json_schema": {"name": "analysis", "strict": True, "schema": schema}}


def ask(**arguments):
    return client.chat.completions.create(**{"model": "openai/gpt-4o-mini", "messages": messages, **arguments})


def refused(kind, **arguments):
    try:
        ask(**arguments)
    except kind as error:
        return error
    raise AssertionError(f"not refused: {arguments}")


def fetch(path):
    request = urllib.request.Request(base + path, headers={"Authorization": f"Bearer {key}"})
    return json.load(urllib.request.urlopen(request))["data"]


def act(name):
    body = json.dumps({"path": "/api/v1/chat", "effect": {"act": name}}).encode()
    urllib.request.urlopen(urllib.request.Request(os.environ["URL"] + "/_emulator/faults", body))


# By schema, twice the same, and with what it cost.
first, second = (ask(response_format=format, extra_body={"provider": {"require_parameters": True}}) for _ in range(2))
content = json.loads(first.choices[0].message.content)
assert set(content) == {"summary", "turn"} and isinstance(content["turn"], int)
assert first.choices[0].message.content == second.choices[0].message.content
assert first.choices[0].finish_reason == "stop" and first.model == "openai/gpt-4o-mini"
assert first.usage.prompt_tokens > 10 and first.usage.cost > 0
stats = fetch(f"/generation?id={first.id}")
assert stats["total_cost"] == first.usage.cost and stats["tokens_prompt"] == first.usage.prompt_tokens
assert abs(fetch("/key")["usage"] - first.usage.cost - second.usage.cost) < 1e-9

# In pieces; the last one has the usage and no choice.
chunks = list(ask(response_format=format, stream=True))
text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
assert text == first.choices[0].message.content
assert not chunks[-1].choices and chunks[-1].usage.cost > 0

# The next model answers where the first one cannot.
answer = ask(model="nobody/nothing", extra_body={"models": ["anthropic/claude-sonnet-4.5"]})
assert answer.model == "anthropic/claude-sonnet-4.5"
assert ask(response_format=format, max_tokens=16).choices[0].finish_reason == "length"

# A model without structured output answers in prose, unless told to be refused.
mythomax = {"model": "gryphe/mythomax-l2-13b", "response_format": format}
assert not ask(**mythomax).choices[0].message.content.startswith("{")
refused(NotFoundError, **mythomax, extra_body={"provider": {"require_parameters": True}})

act("refusal")
message = ask().choices[0].message
assert message.refusal and message.content is None
act("content_filter")
assert ask().choices[0].finish_reason == "content_filter"
act("invalid_json")
try:
    json.loads(ask(response_format=format).choices[0].message.content)
    raise AssertionError("valid JSON")
except json.JSONDecodeError:
    pass

refused(BadRequestError, model="nobody/nothing")
refused(BadRequestError, messages=[])
refused(BadRequestError, temperature=3)
refused(BadRequestError, max_tokens=2)
bad = json.loads(json.dumps(format))
bad["json_schema"]["name"] = "an analysis"
refused(BadRequestError, response_format=bad)
long = [{"role": "user", "content": "word " * 200_000}]
assert "context length" in str(refused(BadRequestError, messages=long))
try:
    OpenAI(base_url=base, api_key="wrong").chat.completions.create(model="openai/gpt-4o", messages=messages)
    raise AssertionError("a wrong key was taken")
except AuthenticationError:
    pass
