"""voyageai against the emulator of Voyage."""

import math
import os

import voyageai
from voyageai.error import AuthenticationError, InvalidRequestError

base = os.environ["URL"] + "/v1"
client = voyageai.Client(api_key=os.environ["KEY"], base_url=base)
texts = ["The dishes were left in the sink again.", "We agreed to talk on Sunday evening.", "My mother is coming to visit."]


def refused(call):
    try:
        call()
    except InvalidRequestError as error:
        return str(error)
    raise AssertionError("not refused")


def cosine(a, b):
    return sum(x * y for x, y in zip(a, b)) / math.sqrt(sum(x * x for x in a) * sum(y * y for y in b))


for model, sizes in {"voyage-3": [1024], "voyage-3-lite": [512], "voyage-4": [1024, 256, 512, 2048]}.items():
    for size in sizes:
        asked = {} if size == sizes[0] else {"output_dimension": size}
        answer = client.embed(texts, model=model, input_type="document", **asked)
        assert len(answer.embeddings) == 3 and answer.total_tokens > 10
        assert all(len(vector) == size for vector in answer.embeddings)
        assert all(abs(math.hypot(*vector) - 1) < 1e-4 for vector in answer.embeddings)
        query = client.embed(["When do we talk?"], model=model, input_type="query", **asked).embeddings[0]
        scores = [cosine(query, vector) for vector in answer.embeddings]
        assert max(scores) == scores[1], (model, size, scores)
        again = client.embed(texts, model=model, input_type="document", **asked).embeddings
        assert again == answer.embeddings

whole = client.embed(texts, model="voyage-4", output_dtype="ubinary").embeddings[0]
assert len(whole) == 128 and all(0 <= byte <= 255 for byte in whole)
whole = client.embed(texts, model="voyage-4", output_dtype="int8").embeddings[0]
assert len(whole) == 1024 and all(-128 <= number <= 127 for number in whole)

answer = client.rerank("When do we talk?", texts, model="rerank-2.5", top_k=2)
assert [result.index for result in answer.results][0] == 1 and len(answer.results) == 2
assert answer.results[0].relevance_score >= answer.results[1].relevance_score
assert answer.results[0].document == texts[1] and answer.total_tokens > 10

assert "not supported" in refused(lambda: client.embed(texts, model="voyage-9"))
assert "output_dimension" in refused(lambda: client.embed(texts, model="voyage-3", output_dimension=256))
assert "batch size" in refused(lambda: client.embed(["a"] * 1001, model="voyage-3"))
assert "context window" in refused(lambda: client.embed(["word " * 40000], model="voyage-3", truncation=False))
assert client.embed(["word " * 40000], model="voyage-3").total_tokens <= 32000
assert "batch" in refused(lambda: client.embed(["word " * 20000] * 7, model="voyage-3-large"))
assert "not supported" in refused(lambda: client.rerank("q", texts, model="voyage-3"))
assert "query" in refused(lambda: client.rerank("word " * 9000, texts, model="rerank-2.5", truncation=False))
try:
    voyageai.Client(api_key="wrong", base_url=base).embed(texts, model="voyage-3")
    raise AssertionError("a wrong key was taken")
except AuthenticationError:
    pass
