//! The steps of an upload in parts.

use std::fmt::Write as _;
use std::time::Duration;

use bytes::Bytes;
use upstream::{Call, Error, Platform, Received, Verdict};

use crate::Operation;
use crate::checksum::Crc64;
use crate::client::{Ask, Client};
use crate::parts::Part;
use crate::put::Write;
use crate::xml::{Element, escape};

/// What tidying up may take after the call's own time.
const ABORT_TIME: Duration = Duration::from_secs(5);

/// An upload that was begun.
pub(crate) struct Upload {
    id: String,
    /// Whether the server keeps CRC-64/NVME: then it verifies each part, and the whole.
    checked: bool,
}

/// A part that is stored.
pub(crate) struct Stored {
    pub(crate) number: u32,
    etag: String,
    crc64: String,
}

impl<P: Platform> Client<P> {
    /// Begins an upload that the server holds to its checksum, or, where it does not know that one, to the parts' hashes alone.
    pub(crate) async fn create_upload(&self, call: &Call, write: &Write<'_>) -> Result<Upload, Error> {
        let mut ask = Ask::of_key(Operation::CreateMultipartUpload, write.key).query("uploads", "");
        ask.headers = self.object_headers(write);
        let checked = ask
            .clone()
            .header("x-amz-checksum-algorithm", "CRC64NVME")
            .header("x-amz-checksum-type", "FULL_OBJECT");
        match self.begin(call, &checked).await {
            Err(error)
                if matches!(
                    error.extra("provider-code"),
                    Some("InvalidArgument" | "InvalidRequest" | "NotImplemented")
                ) =>
            {
                self.begin(call, &ask).await
            }
            result => result,
        }
    }

    async fn begin(&self, call: &Call, ask: &Ask<'_>) -> Result<Upload, Error> {
        self.ask(call, ask, |received| {
            let root = Element::parse(&received.body);
            let id = root.as_ref().and_then(|root| root.text("UploadId")).filter(|id| !id.is_empty());
            let id = id.ok_or_else(|| not_s3("CreateMultipartUpload"))?.to_owned();
            let checked = received.header("x-amz-checksum-algorithm") == Some("CRC64NVME");
            Ok(Upload { id, checked })
        })
        .await
    }

    pub(crate) async fn upload_part(
        &self,
        call: &Call,
        key: &str,
        upload: &Upload,
        part: Part,
    ) -> Result<Stored, Error> {
        let crc64 = if upload.checked { Crc64::of(&part.bytes) } else { String::new() };
        let mut ask = Ask::of_key(Operation::UploadPart, key)
            .query("partNumber", part.number.to_string())
            .query("uploadId", upload.id.as_str());
        if upload.checked {
            ask = ask.header("x-amz-checksum-crc64nvme", &crc64);
        }
        let (ask, _) = ask.body(part.bytes);
        let etag = self.ask_bulk(call, &ask, |received, _| match received.header("etag") {
            Some(etag) => Verdict::Done(etag.to_owned()),
            None => Verdict::Fail(not_s3("UploadPart")),
        });
        Ok(Stored { number: part.number, etag: etag.await?, crc64 })
    }

    /// Returns the object's etag, too.
    pub(crate) async fn complete_upload(
        &self,
        call: &Call,
        write: &Write<'_>,
        upload: &Upload,
        parts: &[Stored],
        size: u64,
        crc64: &str,
    ) -> Result<(String, Received), Error> {
        let mut ask = Ask::of_key(Operation::CompleteMultipartUpload, write.key)
            .query("uploadId", upload.id.as_str())
            .header("x-amz-mp-object-size", &size.to_string())
            .header("content-type", "application/xml");
        write.add_condition(&mut ask.headers);
        if upload.checked {
            ask = ask.header("x-amz-checksum-crc64nvme", crc64).header("x-amz-checksum-type", "FULL_OBJECT");
        }
        let (ask, _) = ask.body(part_list(parts));
        self.ask_whole(call, &ask, |received, healing| {
            // S3 answers 200 before it knows how it will end.
            let root = Element::parse(&received.body);
            match root.as_ref().filter(|root| root.name() == "CompleteMultipartUploadResult") {
                Some(root) => {
                    let etag = root.text("ETag").unwrap_or_default().to_owned();
                    Verdict::Done((etag, received))
                }
                None => self.refuse_success(healing, &ask, received),
            }
        })
        .await
    }

    /// Drops the parts. In its own time, since the call's may be over; twice, since a part on its way may arrive after the first. What is left behind all the same is
    /// for the bucket's lifecycle rules: the upload has failed already.
    pub(crate) async fn abort_upload(&self, key: &str, upload: &Upload) {
        let call = Call::starting_now(&**self.platform(), ABORT_TIME, None);
        let ask = Ask::of_key(Operation::AbortMultipartUpload, key).query("uploadId", upload.id.as_str());
        for _ in 0..2 {
            if self.ask(&call, &ask, |_| Ok(())).await.is_err() {
                break;
            }
        }
    }
}

fn part_list(parts: &[Stored]) -> Bytes {
    let mut list =
        String::from("<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">");
    for Stored { number, etag, crc64 } in parts {
        let etag = escape(etag);
        // Writing to a string does not fail.
        let _ = write!(list, "<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag>");
        if !crc64.is_empty() {
            let _ = write!(list, "<ChecksumCRC64NVME>{crc64}</ChecksumCRC64NVME>");
        }
        list.push_str("</Part>");
    }
    list.push_str("</CompleteMultipartUpload>");
    list.into()
}

/// An answer without what the operation promises.
pub(crate) fn not_s3(operation: &str) -> Error {
    Error::failed(format!(
        "The answer to {operation} is none that S3 gives. Check s3_endpoint_url: the server there may not be an S3 server."
    ))
}
