"""Does in turn what it is told on standard input, with boto3, and says on standard output what came of it."""

import base64
import json
import sys
import urllib.error
import urllib.request

import boto3
from botocore.auth import S3SigV4PostAuth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials

told = json.load(sys.stdin)
s3 = boto3.client(
    "s3",
    endpoint_url=told["url"],
    aws_access_key_id=told["key_id"],
    aws_secret_access_key=told["secret"],
    region_name="us-east-1",
    config=Config(s3={"addressing_style": "path"}, signature_version="s3v4"),
)
bucket = told["bucket"]


def put(key, body, type, metadata):
    body = base64.b64decode(body)
    s3.put_object(Bucket=bucket, Key=key, Body=body, ContentType=type, Metadata=metadata)


def put_parts(key, body, size):
    """With checksums of the parts, as boto3 makes them by itself, and their composite."""
    body = base64.b64decode(body)
    upload = s3.create_multipart_upload(Bucket=bucket, Key=key, ChecksumAlgorithm="SHA256")["UploadId"]
    parts = []
    for start in range(0, len(body), size):
        number = start // size + 1
        part = {"Bucket": bucket, "Key": key, "UploadId": upload, "PartNumber": number}
        answer = s3.upload_part(**part, Body=body[start : start + size], ChecksumAlgorithm="SHA256")
        named = {name: answer[name] for name in ("ETag", "ChecksumSHA256") if name in answer}
        parts.append({"PartNumber": number, **named})
    s3.complete_multipart_upload(Bucket=bucket, Key=key, UploadId=upload, MultipartUpload={"Parts": parts})
    return len(parts)


def get(key):
    answer = s3.get_object(Bucket=bucket, Key=key)
    body = base64.b64encode(answer["Body"].read()).decode()
    return {"body": body, "type": answer["ContentType"], "metadata": answer["Metadata"]}


def keys():
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    return [item["Key"] for page in pages for item in page.get("Contents", [])]


def uploads():
    return len(s3.list_multipart_uploads(Bucket=bucket).get("Uploads", []))


def presign(method, key):
    return s3.generate_presigned_url(method, Params={"Bucket": bucket, "Key": key}, ExpiresIn=300)


def presign_form(key):
    conditions = [["content-length-range", 1, 100]]
    form = s3.generate_presigned_post(bucket, key, Conditions=conditions, ExpiresIn=300)
    return list(form["fields"].items())


def sign_policy(policy, date):
    """The signature of a form's policy by botocore."""
    request = AWSRequest()
    request.context["timestamp"] = date
    credentials = Credentials(told["key_id"], told["secret"])
    return S3SigV4PostAuth(credentials, "s3", "us-east-1").signature(policy, request)


def post(fields, file):
    """Uploads a file as a browser does by a form; gives the status."""
    mark = "--a-boundary"
    named = 'Content-Disposition: form-data; name="{}"'
    parts = [f"{mark}\r\n{named.format(name)}\r\n\r\n{value}\r\n" for name, value in fields]
    last = named.format("file") + '; filename="f.txt"\r\nContent-Type: text/plain'
    body = f"{''.join(parts)}{mark}\r\n{last}\r\n\r\n{file}\r\n{mark}--\r\n".encode()
    headers = {"Content-Type": "multipart/form-data; boundary=a-boundary"}
    return fetch("POST", f"{told['url']}/{bucket}", headers, base64.b64encode(body))[0]


def fetch(method, url, headers={}, body=None):
    body = None if body is None else base64.b64decode(body)
    request = urllib.request.Request(url, method=method, headers=headers, data=body)
    try:
        with urllib.request.urlopen(request) as answer:
            return [answer.status, base64.b64encode(answer.read()).decode()]
    except urllib.error.HTTPError as error:
        return [error.code, ""]


json.dump([globals()[step["do"]](**step["with"]) for step in told["steps"]], sys.stdout)
