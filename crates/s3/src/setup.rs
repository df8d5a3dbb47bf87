//! What is done once, by an operator: making the bucket, and keeping versions of its objects.

use bytes::Bytes;
use http::{HeaderMap, Method};
use upstream::{Call, Error, Platform, Verdict};

use crate::S3;
use crate::exchange::Operation;
use crate::put::{CHECKSUM, checksum};
use crate::xml::Element;

impl<P: Platform> S3<P> {
    /// Whether the bucket is there and the key may see it. Needs `s3:ListBucket`.
    ///
    /// # Errors
    /// Those of the service but "no such bucket".
    pub async fn bucket_exists(&self, call: &Call) -> Result<bool, Error> {
        let operation = Operation::new(Method::HEAD, None, &[]);
        match self.send(call, &operation, |_| Verdict::Done(true)).await {
            Err(error) if error.status == Some(404) => Ok(false),
            result => result,
        }
    }

    /// Makes the bucket in the region of the configuration. Needs `s3:CreateBucket`. Ask [`S3::bucket_exists`] first: in us-east-1, S3 lets its
    /// owner make a bucket again and then resets its access lists.
    ///
    /// # Errors
    /// `conflict` when it belongs to somebody.
    pub async fn create_bucket(&self, call: &Call) -> Result<(), Error> {
        let region = &self.config.region;
        // us-east-1 is the one region that must not be named.
        let body = if region == "us-east-1" || region == "auto" {
            Bytes::new()
        } else {
            Bytes::from(format!(
                "<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><LocationConstraint>{region}</LocationConstraint></CreateBucketConfiguration>"
            ))
        };
        let operation = Operation { body, ..Operation::new(Method::PUT, None, &[]) };
        self.send(call, &operation, |_| Verdict::Done(())).await
    }

    /// Whether the bucket keeps old versions of its objects. Needs `s3:GetBucketVersioning`.
    ///
    /// # Errors
    /// Those of the service.
    pub async fn keeps_versions(&self, call: &Call) -> Result<bool, Error> {
        let operation = Operation::new(Method::GET, None, &[("versioning", "")]);
        self.send(call, &operation, |answer| {
            let root = Element::parse(&answer.body);
            Verdict::Done(root.is_some_and(|root| root.text("Status") == Some("Enabled")))
        })
        .await
    }

    /// Has the bucket keep old versions of its objects. Needs `s3:PutBucketVersioning`. AWS advises to wait 15 minutes before the first writes.
    ///
    /// # Errors
    /// Those of the service.
    pub async fn keep_versions(&self, call: &Call) -> Result<(), Error> {
        let body = Bytes::from_static(
            b"<VersioningConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Status>Enabled</Status></VersioningConfiguration>",
        );
        let headers = HeaderMap::from_iter([(CHECKSUM, checksum(&body)?)]);
        let operation =
            Operation { headers, body, ..Operation::new(Method::PUT, None, &[("versioning", "")]) };
        self.send(call, &operation, |_| Verdict::Done(())).await
    }
}
