//! Objects larger than one part.

use std::fmt::Write as _;
use std::pin::pin;
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::future::{Either, select};
use futures_util::stream::FuturesUnordered;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use upstream::{Call, Error, ErrorKind, Platform, Received, Verdict};

use crate::exchange::Operation;
use crate::object::unquoted;
use crate::put::{CHECKSUM, Parts, checksum, etag};
use crate::refusal;
use crate::xml::{Element, escape};
use crate::{ObjectInfo, PutOptions, S3};

/// Parts on their way at once; one more is being filled meanwhile.
const PARALLEL: usize = 2;
const ALGORITHM: HeaderName = HeaderName::from_static("x-amz-checksum-algorithm");
/// How long an upload that failed may take to be given up.
const ABORT_TIME: Duration = Duration::from_secs(20);

/// A part that S3 has.
struct Part {
    number: u32,
    etag: String,
    checksum: String,
}

/// What completing an upload came to.
enum Completed {
    Done(ObjectInfo),
    /// S3 does not know the upload: an earlier try may have completed it.
    Unknown(Error),
}

impl<P: Platform> S3<P> {
    pub(crate) async fn put_in_parts(
        &self,
        call: &Call,
        key: &str,
        first: Bytes,
        parts: Parts,
        options: &PutOptions,
    ) -> Result<ObjectInfo, Error> {
        let upload = self.create(call, key, options).await?;
        let written = async {
            let (parts, total) = self.send_parts(call, key, &upload, first, parts).await?;
            options.check_size(total)?;
            self.complete(call, key, &upload, parts, total, options).await
        };
        match self.in_time(call, written).await {
            Ok(info) => Ok(info),
            Err(error) => {
                // What cannot be given up now is left to the bucket's lifecycle rule; the error that counts is the first.
                let _ = self.abort(key, &upload).await;
                Err(error)
            }
        }
    }

    async fn create(&self, call: &Call, key: &str, options: &PutOptions) -> Result<String, Error> {
        let mut headers = options.headers()?;
        self.config.encrypt(&mut headers);
        headers.insert(ALGORITHM, HeaderValue::from_static("SHA256"));
        let operation = Operation { headers, ..Operation::new(Method::POST, Some(key), &[("uploads", "")]) };
        self.send(call, &operation, |answer| {
            let id =
                Element::parse(&answer.body).and_then(|root| root.text("UploadId").map(ToOwned::to_owned));
            match id {
                Some(id) => Verdict::Done(id),
                None => Verdict::Retry(Error::failed("S3 began a multipart upload and did not name it.")),
            }
        })
        .await
    }

    /// Sends the parts, some at once, each on its own repeated when it fails.
    async fn send_parts(
        &self,
        call: &Call,
        key: &str,
        upload: &str,
        first: Bytes,
        mut parts: Parts,
    ) -> Result<(Vec<Part>, u64), Error> {
        let mut done = Vec::new();
        let mut under_way = FuturesUnordered::new();
        let mut next = first;
        for number in 1.. {
            under_way.push(self.send_part(call, key, upload, number, next));
            while under_way.len() >= PARALLEL {
                if let Some(part) = under_way.next().await {
                    done.push(part?);
                }
            }
            next = fill(&mut parts, &mut under_way, &mut done).await?;
            if next.is_empty() {
                break;
            }
        }
        while let Some(part) = under_way.next().await {
            done.push(part?);
        }
        done.sort_by_key(|part| part.number);
        Ok((done, parts.total))
    }

    async fn send_part(
        &self,
        call: &Call,
        key: &str,
        upload: &str,
        number: u32,
        body: Bytes,
    ) -> Result<Part, Error> {
        let sum = checksum(&body)?;
        let text = number.to_string();
        let query = [("partNumber", text.as_str()), ("uploadId", upload)];
        let headers = HeaderMap::from_iter([(CHECKSUM, sum.clone())]);
        let operation = Operation { headers, body, ..Operation::new(Method::PUT, Some(key), &query) };
        let etag = self.send(call, &operation, |answer| match etag(&answer) {
            Ok(etag) => Verdict::Done(etag),
            Err(error) => Verdict::Fail(error),
        });
        let etag = etag.await?;
        Ok(Part { number, etag, checksum: sum.to_str().unwrap_or_default().to_owned() })
    }

    async fn complete(
        &self,
        call: &Call,
        key: &str,
        upload: &str,
        parts: Vec<Part>,
        total: u64,
        options: &PutOptions,
    ) -> Result<ObjectInfo, Error> {
        let mut headers = HeaderMap::new();
        options.condition.write(&mut headers)?;
        let query = [("uploadId", upload)];
        let body = Bytes::from(completion(&parts));
        let operation = Operation { headers, body, ..Operation::new(Method::POST, Some(key), &query) };
        let completed = self.send(call, &operation, |answer| self.completed(key, total, options, &answer));
        match completed.await {
            Ok(Completed::Done(info)) => Ok(info),
            Ok(Completed::Unknown(error)) => self.compare(call, key, parts.len(), total, error).await,
            Err(error) if error.extra("provider-code") == Some("NoSuchUpload") => {
                self.compare(call, key, parts.len(), total, error).await
            }
            Err(error) => Err(error),
        }
    }

    /// S3 answers `200` at once and says only in the body, minutes later, whether it went well.
    fn completed(
        &self,
        key: &str,
        total: u64,
        options: &PutOptions,
        answer: &Received,
    ) -> Verdict<Completed> {
        match Element::parse(&answer.body) {
            Some(root) if root.name == "CompleteMultipartUploadResult" => {
                let etag = unquoted(root.text("ETag").unwrap_or_default());
                Verdict::Done(Completed::Done(self.stored(key, total, etag, options, None, &answer.headers)))
            }
            Some(root) if root.name == "Error" => {
                let refusal = refusal::read(answer, false);
                if refusal.error.extra("provider-code") == Some("NoSuchUpload") {
                    return Verdict::Done(Completed::Unknown(refusal.error));
                }
                // "A 200 with an error in it is to be treated like a 500."
                match self.judge_refusal(refusal) {
                    Verdict::Fail(error) if error.kind == ErrorKind::Failed => Verdict::Retry(error),
                    other => other,
                }
            }
            _ => Verdict::Retry(Error::failed("S3's answer to the completed upload is cut off.")),
        }
    }

    /// After an answer was lost: whether the object that is there is the one that was sent.
    async fn compare(
        &self,
        call: &Call,
        key: &str,
        parts: usize,
        total: u64,
        error: Error,
    ) -> Result<ObjectInfo, Error> {
        match self.head(call, key).await {
            Ok(info) if info.size == total && info.etag.ends_with(&format!("-{parts}")) => Ok(info),
            _ => Err(error),
        }
    }

    async fn abort(&self, key: &str, upload: &str) -> Result<(), Error> {
        // The caller's time may be what ran out.
        let call = Call::starting_now(&**self.upstream.platform(), ABORT_TIME, None);
        let query = [("uploadId", upload)];
        let operation = Operation::new(Method::DELETE, Some(key), &query);
        self.send(&call, &operation, |_| Verdict::Done(())).await
    }
}

/// Fills the next part while others are under way.
async fn fill<F: Future<Output = Result<Part, Error>>>(
    parts: &mut Parts,
    under_way: &mut FuturesUnordered<F>,
    done: &mut Vec<Part>,
) -> Result<Bytes, Error> {
    let mut filled = pin!(parts.next());
    loop {
        if under_way.is_empty() {
            return filled.await;
        }
        match select(filled, under_way.next()).await {
            Either::Left((bytes, _)) => return bytes,
            Either::Right((part, still_filling)) => {
                done.extend(part.transpose()?);
                filled = still_filling;
            }
        }
    }
}

fn completion(parts: &[Part]) -> String {
    let mut xml = String::from("<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">");
    for Part { number, etag, checksum } in parts {
        // Writing to a string does not fail.
        let _ = write!(
            xml,
            "<Part><PartNumber>{number}</PartNumber><ETag>&quot;{}&quot;</ETag><ChecksumSHA256>{checksum}</ChecksumSHA256></Part>",
            escape(etag)
        );
    }
    xml.push_str("</CompleteMultipartUpload>");
    xml
}
