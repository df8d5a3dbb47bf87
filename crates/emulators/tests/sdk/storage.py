"""storage3, by way of supabase, against the emulated gateway."""

import os

import httpx
from storage3.exceptions import StorageApiError
from supabase import create_client

PDF = b"%PDF-1.7 of the old days"
TYPE = {"content-type": "application/pdf"}


def refused(status, code, act):
    try:
        act()
    except StorageApiError as error:
        assert (str(error.status), error.code) == (status, code), error
    else:
        raise AssertionError(f"{code} was expected")


for name, key in (("new", os.environ["SECRET"]), ("legacy", os.environ["LEGACY"])):
    storage = create_client(os.environ["URL"], key).storage
    private, public = f"{name}-private", f"{name}-public"
    storage.create_bucket(private)
    storage.create_bucket(public, options={"public": True})
    refused("409", "Duplicate", lambda: storage.create_bucket(private))
    assert {private, public} <= {bucket.id for bucket in storage.list_buckets()}
    assert storage.get_bucket(public).public

    for bucket in (private, public):
        files = storage.from_(bucket)
        sent = files.upload("profiles/r/my file (1)+2.pdf", PDF, dict(TYPE))
        assert sent.full_path == f"{bucket}/profiles/r/my file (1)+2.pdf", sent
        assert files.download("profiles/r/my file (1)+2.pdf") == PDF
        refused("409", "Duplicate", lambda: files.upload("profiles/r/my file (1)+2.pdf", b"other", dict(TYPE)))
        files.upload("profiles/r/my file (1)+2.pdf", PDF * 2, {**TYPE, "upsert": "true"})
        assert files.download("profiles/r/my file (1)+2.pdf") == PDF * 2
        files.update("profiles/r/my file (1)+2.pdf", PDF, dict(TYPE))
        info = files.info("profiles/r/my file (1)+2.pdf")
        assert (info["size"], info["content_type"]) == (len(PDF), "application/pdf"), info
        assert files.exists("profiles/r/my file (1)+2.pdf") and not files.exists("profiles/r/other.pdf")
        refused("404", "not_found", lambda: files.download("profiles/r/other.pdf"))
        refused("400", "InvalidKey", lambda: files.upload("profiles/r/é.pdf", PDF, dict(TYPE)))

        url = files.create_signed_url("profiles/r/my file (1)+2.pdf", 60)["signedURL"]
        answer = httpx.get(url)
        assert (answer.content, answer.headers["content-type"]) == (PDF, "application/pdf"), answer
        other = httpx.get(url.replace("profiles", "handbooks"))
        assert (other.status_code, other.json()["code"]) == (400, "InvalidSignature"), other.text
        forged = httpx.get(url[:-4] + "AAAA")
        assert (forged.status_code, forged.json()["code"]) == (400, "InvalidJWT"), forged.text
        many = files.create_signed_urls(["profiles/r/my file (1)+2.pdf", "none"], 60)
        assert httpx.get(many[0]["signedURL"]).content == PDF and many[1]["error"], many

    url = storage.from_(public).get_public_url("profiles/r/my file (1)+2.pdf", {"download": "p.pdf"})
    answer = httpx.get(url)
    assert (answer.content, "p.pdf" in answer.headers["content-disposition"]) == (PDF, True)
    hidden = httpx.get(storage.from_(private).get_public_url("profiles/r/my file (1)+2.pdf"))
    assert (hidden.status_code, hidden.json()["statusCode"], hidden.json()["code"]) == (400, "404", "NoSuchBucket")

    everyone = create_client(os.environ["URL"], os.environ["PUBLISHABLE"]).storage
    assert everyone.from_(public).download("profiles/r/my file (1)+2.pdf") == PDF
    refused("404", "not_found", lambda: everyone.from_(private).download("profiles/r/my file (1)+2.pdf"))
    refused("403", "Unauthorized", lambda: everyone.from_(public).upload("mine.pdf", PDF, dict(TYPE)))
    refused("403", "Unauthorized", lambda: everyone.create_bucket("mine"))

    removed = storage.from_(private).remove(["profiles/r/my file (1)+2.pdf", "none"])
    assert [entry["name"] for entry in removed] == ["profiles/r/my file (1)+2.pdf"], removed
    refused("404", "not_found", lambda: storage.from_(private).info("profiles/r/my file (1)+2.pdf"))
