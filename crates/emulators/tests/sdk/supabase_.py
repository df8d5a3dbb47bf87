"""supabase against the emulated gateway."""

import os

from postgrest.exceptions import APIError
from supabase import create_client

for key in (os.environ["SECRET"], os.environ["LEGACY"]):
    service = create_client(os.environ["URL"], key)
    page = service.table("conflicts").select("id", count="exact").eq("relationship_id", "many").execute()
    assert (len(page.data), page.count) == (1000, 1500), (len(page.data), page.count)
    row = {"relationship_id": "new", "id": "c", "transcript_path": "s3://b/k"}
    service.table("conflicts").upsert(row, on_conflict="relationship_id,id").execute()
    row["transcript_path"] = "s3://b/other"
    changed = service.table("conflicts").upsert(row, on_conflict="relationship_id,id").execute()
    assert changed.data[0]["transcript_path"] == "s3://b/other", changed
    try:
        service.table("conflicts").insert(row).execute()
        raise AssertionError("the same key was inserted twice")
    except APIError as error:
        assert error.code == "23505", error
    service.table("conflicts").delete().eq("relationship_id", "new").execute()

user = create_client(os.environ["URL"], os.environ["PUBLISHABLE"])
user.postgrest.auth(os.environ["TOKEN"])
rows = user.table("conflicts").select("relationship_id").execute()
assert rows.data == [{"relationship_id": "mine"}], rows
try:
    user.table("conflicts").insert({"relationship_id": "mine", "id": "new"}).execute()
    raise AssertionError("a member wrote")
except APIError as error:
    assert error.code == "42501", error

try:
    create_client(os.environ["URL"], "sb_secret_wrong").table("conflicts").select("id").execute()
    raise AssertionError("a wrong key opened the gateway")
except APIError as error:
    assert "Invalid API key" in error.message, error
