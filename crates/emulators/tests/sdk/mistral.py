"""mistralai against the emulator of Mistral."""

import base64
import os

from mistralai.client import Mistral
from mistralai.client.errors import HTTPValidationError, SDKError

url, key, pdf, pdf_url = (os.environ[name] for name in ("URL", "KEY", "PDF", "PDF_URL"))
client = Mistral(server_url=url, api_key=key)
content = open(pdf, "rb").read()
data_url = "data:application/pdf;base64," + base64.b64encode(content).decode()


def read(**arguments):
    return client.ocr.process(**{"model": "mistral-ocr-2512", **arguments})


def refused(kind, status, **arguments):
    try:
        read(**arguments)
    except kind as error:
        assert error.status_code == status, (error.status_code, error.body)
        return error
    raise AssertionError(f"not refused: {arguments}")


# By content, by URL, and by a stored file.
for address in (data_url, pdf_url):
    answer = read(document={"type": "document_url", "document_url": address})
    assert [page.index for page in answer.pages] == [0, 1]
    assert "apples" in answer.pages[0].markdown and "pears" in answer.pages[1].markdown
    assert answer.model == "mistral-ocr-2512"
    assert answer.usage_info.pages_processed == 2
    assert answer.usage_info.doc_size_bytes == len(content)
    assert answer.pages[0].images == [] and answer.pages[0].dimensions.dpi > 0

file = client.files.upload(file={"file_name": "two.pdf", "content": content}, purpose="ocr")
assert file.size_bytes == len(content) and file.filename == "two.pdf"
assert client.files.retrieve(file_id=file.id).purpose == "ocr"
assert client.files.download(file_id=file.id).read() == content
answer = read(document={"type": "file", "file_id": file.id}, pages=[1])
assert [page.index for page in answer.pages] == [1] and "pears" in answer.pages[0].markdown
assert answer.usage_info.pages_processed == 1
signed = client.files.get_signed_url(file_id=file.id, expiry=1).url
answer = read(document={"type": "document_url", "document_url": signed}, pages="0-1")
assert len(answer.pages) == 2
assert client.files.delete(file_id=file.id).deleted is True
refused(SDKError, 404, document={"type": "file", "file_id": file.id})

# An annotation is JSON in a string.
schema = {"type": "object", "properties": {"fruit": {"type": "string"}}, "required": ["fruit"], "additionalProperties": False}
answer = read(
    document={"type": "document_url", "document_url": data_url},
    document_annotation_format={"type": "json_schema", "json_schema": {"name": "fruit", "schema": schema}},
)
assert '"fruit"' in answer.document_annotation

# What is refused.
document = {"type": "document_url", "document_url": data_url}
assert "Invalid model" in str(refused(SDKError, 400, model="mistral-ocr-2505", document=document))
assert "fetched" in refused(SDKError, 400, document={"type": "document_url", "document_url": pdf_url + "x"}).body
refused(SDKError, 400, document=document, pages=[2])
refused(HTTPValidationError, 422, document=document, pages="2-1")
try:
    Mistral(server_url=url, api_key="wrong").ocr.process(model="mistral-ocr-2512", document=document)
    raise AssertionError("a wrong key was taken")
except SDKError as error:
    assert error.status_code == 401
