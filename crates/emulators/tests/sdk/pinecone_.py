"""pinecone against the emulator of Pinecone."""

import os

from pinecone import Pinecone, ServerlessSpec
from pinecone.errors import exceptions

url, key = os.environ["URL"], os.environ["KEY"]
client = Pinecone(api_key=key, host=url)


def refused(call, *kinds):
    try:
        call()
    except kinds or (exceptions.ApiError,) as error:
        return str(error)
    raise AssertionError("not refused")


# The control plane.
assert [index.name for index in client.indexes.list()] == ["given"]
made = client.create_index(name="made", dimension=4, metric="cosine", spec=ServerlessSpec(cloud="aws", region="us-east-1"))
assert made.status.ready and made.dimension == 4 and made.metric == "cosine"
assert client.has_index("made") and not client.has_index("other")
again = lambda: client.create_index(name="made", dimension=4, spec=ServerlessSpec(cloud="aws", region="us-east-1"))
assert "exists" in refused(again, exceptions.ConflictError)
nowhere = lambda: client.create_index(name="far", dimension=4, spec=ServerlessSpec(cloud="aws", region="mars-1"))
refused(nowhere, exceptions.NotFoundError)
client.configure_index("made", tags={"team": "mediation"}, deletion_protection="enabled")
assert client.describe_index("made").tags["team"] == "mediation"
refused(lambda: client.delete_index("made"), exceptions.ForbiddenError)
client.configure_index("made", deletion_protection="disabled")

# The data plane.
index = client.Index("made")
vectors = [
    {"id": f"doc#{n}", "values": [1.0, n / 10, 0.0, 0.1], "metadata": {"n": n, "kind": "even" if n % 2 == 0 else "odd", "tags": ["a", f"t{n}"]}}
    for n in range(10)
]
written = index.upsert(vectors=vectors, namespace="profiles")
assert written.upserted_count == 10
found = index.query(vector=[1, 0, 0, 0.1], top_k=3, namespace="profiles", include_metadata=True, include_values=True)
assert [match.id for match in found.matches] == ["doc#0", "doc#1", "doc#2"]
assert abs(found.matches[0].score - 1) < 1e-6 and found.matches[1].metadata["n"] == 1
assert found.matches[0].values[0] == 1.0
assert found.response_info.lsn_reconciled >= written.response_info.lsn_committed


def ids(filter, **arguments):
    answer = index.query(vector=[1, 0, 0, 0], top_k=100, namespace="profiles", filter=filter, **arguments)
    return sorted(int(match.id[4:]) for match in answer.matches)


assert ids({"kind": "even"}) == [0, 2, 4, 6, 8]
assert ids({"kind": {"$ne": "even"}, "n": {"$gt": 5}}) == [7, 9]
assert ids({"n": {"$gte": 2, "$lt": 4}}) == [2, 3]
assert ids({"tags": {"$in": ["t3", "t4"]}}) == [3, 4]
assert ids({"tags": {"$nin": ["t3", "t4"]}, "n": {"$lte": 5}}) == [0, 1, 2, 5]
assert ids({"$or": [{"n": 1}, {"$and": [{"n": {"$gt": 7}}, {"kind": "odd"}]}]}) == [1, 9]
assert ids({"missing": {"$exists": False}, "n": {"$eq": 0}}) == [0]
assert "$near" in refused(lambda: ids({"n": {"$near": 1}}))
refused(lambda: ids({"n": {"$gt": "five"}}))
refused(lambda: ids({"n": {"$in": []}}))

fetched = index.fetch(ids=["doc#3", "doc#99"], namespace="profiles")
assert list(fetched.vectors) == ["doc#3"]
index.update(id="doc#3", set_metadata={"seen": True}, namespace="profiles")
assert index.fetch(ids=["doc#3"], namespace="profiles").vectors["doc#3"].metadata["kind"] == "odd"
listed = [item.id for page in index.list(prefix="doc#", limit=4, namespace="profiles") for item in page]
assert listed == [f"doc#{n}" for n in range(10)], listed
by_metadata = index.fetch_by_metadata(filter={"seen": True}, namespace="profiles")
assert list(by_metadata.vectors) == ["doc#3"]
assert index.describe_index_stats().namespaces["profiles"].vector_count == 10
assert [namespace.name for page in index.list_namespaces() for namespace in getattr(page, "namespaces", [page])] == ["profiles"]
assert index.describe_namespace(name="profiles").record_count == 10

index.delete(ids=["doc#0"], namespace="profiles")
index.delete(filter={"kind": "odd"}, namespace="profiles")
assert ids(None) == [2, 4, 6, 8]
index.delete(delete_all=True, namespace="profiles")
assert ids(None) == []

# What is refused.
one = lambda **changes: index.upsert(vectors=[{"id": "x", "values": [1, 2, 3, 4], **changes}])
assert "dimension" in refused(lambda: one(values=[1, 2, 3]))
assert "non-zero" in refused(lambda: one(values=[0, 0, 0, 0]))
refused(lambda: one(metadata={"long": "x" * 50_000}))
refused(lambda: index.query(vector=[1, 2, 3], top_k=1))
refused(lambda: index.upsert(vectors=[{"id": "x", "values": [1, 2, 3, 4]}], namespace="n" * 513))
refused(lambda: index.describe_namespace(name="nowhere"), exceptions.NotFoundError)
refused(lambda: Pinecone(api_key="wrong", host=url).describe_index("made"), exceptions.UnauthorizedError)
client.delete_index("made")
refused(lambda: client.describe_index("made"), exceptions.NotFoundError)
