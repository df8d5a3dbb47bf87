"""Does in turn what it is told on standard input, with boto3, and says on standard output what came of it."""

import base64
import json
import sys
import urllib.error
import urllib.request

import boto3
from botocore.config import Config

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


def fetch(method, url, headers={}, body=None):
    body = None if body is None else base64.b64decode(body)
    request = urllib.request.Request(url, method=method, headers=headers, data=body)
    try:
        with urllib.request.urlopen(request) as answer:
            return [answer.status, base64.b64encode(answer.read()).decode()]
    except urllib.error.HTTPError as error:
        return [error.code, ""]


json.dump([globals()[step["do"]](**step["with"]) for step in told["steps"]], sys.stdout)
