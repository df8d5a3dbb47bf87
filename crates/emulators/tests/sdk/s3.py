"""boto3 against a real S3 behind the proxy."""

import os

import boto3
from botocore.config import Config

s3 = boto3.client(
    "s3",
    endpoint_url=os.environ["URL"],
    aws_access_key_id=os.environ["KEY"],
    aws_secret_access_key=os.environ["SECRET"],
    region_name="us-east-1",
    config=Config(s3={"addressing_style": "path"}, signature_version="s3v4", retries={"mode": "standard"}),
)
body = bytes(range(256)) * 4096 * 6
upload = s3.create_multipart_upload(Bucket="bucket", Key="a b/é")["UploadId"]
parts = []
for number in (1, 2):
    part = body[: 5 << 20] if number == 1 else body[5 << 20 :]
    answer = s3.upload_part(Bucket="bucket", Key="a b/é", UploadId=upload, PartNumber=number, Body=part)
    parts.append({"PartNumber": number, "ETag": answer["ETag"]})
s3.complete_multipart_upload(Bucket="bucket", Key="a b/é", UploadId=upload, MultipartUpload={"Parts": parts})
assert s3.head_object(Bucket="bucket", Key="a b/é")["ContentLength"] == len(body)
assert s3.get_object(Bucket="bucket", Key="a b/é")["Body"].read() == body
listed = s3.list_objects_v2(Bucket="bucket", Prefix="a b/")["Contents"]
assert [item["Key"] for item in listed] == ["a b/é"]
