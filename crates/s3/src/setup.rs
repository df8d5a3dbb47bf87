//! Set-up, for `serene doctor --fix`: never in the path of a request.

use bytes::Bytes;
use upstream::{Call, Error, ErrorKind, Platform};

use crate::Operation;
use crate::checksum::base64;
use crate::client::{Ask, Client};
use crate::multipart::not_s3;
use crate::xml::Element;

/// Whether a bucket keeps what is overwritten and deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Versioning {
    /// It was never switched on.
    Off,
    /// Every version is kept.
    Enabled,
    /// No new versions are kept; the old ones are still there.
    Suspended,
}

impl<P: Platform> Client<P> {
    /// Whether the bucket is there, and the key may list it. The region is learnt on the way.
    ///
    /// # Errors
    /// S3's: `denied` when the bucket is another account's or the right is missing.
    pub async fn bucket_exists(&self, call: &Call) -> Result<bool, Error> {
        let ask = Ask::of_bucket(Operation::HeadBucket);
        match self.ask(call, &ask, |_| Ok(())).await {
            Ok(()) => Ok(true),
            Err(error) if error.kind == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The region that requests are signed for: the one set, or the one that an answer named.
    #[must_use]
    pub fn region(&self) -> String {
        self.signer().region().to_owned()
    }

    /// Makes the bucket, in the region that is set. One that is this account's already is left as it is: us-east-1 would otherwise reset its access lists.
    ///
    /// # Errors
    /// S3's: `misconfigured` with `variable=s3_bucket_name` when the name belongs to another account.
    pub async fn create_bucket(&self, call: &Call) -> Result<(), Error> {
        if self.bucket_exists(call).await? {
            return Ok(());
        }
        let mut ask = Ask::of_bucket(Operation::CreateBucket);
        // us-east-1 takes no constraint, and `auto` is no region of AWS.
        let region = self.config().region();
        if !matches!(region, "us-east-1" | "auto") {
            let body = format!(
                "<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><LocationConstraint>{region}</LocationConstraint></CreateBucketConfiguration>"
            );
            ask = ask.header("content-type", "application/xml").body(Bytes::from(body)).0;
        }
        match self.ask(call, &ask, |_| Ok(())).await {
            Err(error) if error.extra("provider-code") == Some("BucketAlreadyOwnedByYou") => Ok(()),
            result => result,
        }
    }

    /// Whether the bucket keeps versions.
    ///
    /// # Errors
    /// S3's; `misconfigured` from a server without versioning.
    pub async fn versioning(&self, call: &Call) -> Result<Versioning, Error> {
        let ask = Ask::of_bucket(Operation::GetBucketVersioning).query("versioning", "");
        self.ask(call, &ask, |received| {
            let root = Element::parse(&received.body).filter(|root| root.name() == "VersioningConfiguration");
            match root.ok_or_else(|| not_s3("GetBucketVersioning"))?.text("Status") {
                None | Some("") => Ok(Versioning::Off),
                Some("Enabled") => Ok(Versioning::Enabled),
                Some("Suspended") => Ok(Versioning::Suspended),
                Some(_) => Err(not_s3("GetBucketVersioning")),
            }
        })
        .await
    }

    /// Makes the bucket keep every version. AWS advises to wait 15 minutes after the first time before writing.
    ///
    /// # Errors
    /// S3's; `misconfigured` from a server without versioning.
    pub async fn enable_versioning(&self, call: &Call) -> Result<(), Error> {
        let body = "<VersioningConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Status>Enabled</Status></VersioningConfiguration>";
        let ask = Ask::of_bucket(Operation::PutBucketVersioning)
            .query("versioning", "")
            .header("content-type", "application/xml");
        let (ask, sha256) = ask.body(Bytes::from_static(body.as_bytes()));
        let ask = ask.header("x-amz-checksum-sha256", &base64(&sha256));
        self.ask(call, &ask, |_| Ok(())).await
    }
}
