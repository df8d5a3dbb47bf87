use http::Method;

/// The operations of S3's API that this client calls, each with the right it needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Stores an object in one request.
    PutObject,
    /// Begins an object in parts.
    CreateMultipartUpload,
    /// Stores a part.
    UploadPart,
    /// Makes an object of its parts.
    CompleteMultipartUpload,
    /// Drops the parts of an object that will not be.
    AbortMultipartUpload,
    /// Reads an object.
    GetObject,
    /// Reads what is known of an object.
    HeadObject,
    /// Removes an object.
    DeleteObject,
    /// Lists objects.
    ListObjectsV2,
    /// Asks for a bucket and its region.
    HeadBucket,
    /// Set-up only: makes a bucket.
    CreateBucket,
    /// Set-up only: whether a bucket keeps versions.
    GetBucketVersioning,
    /// Set-up only: makes a bucket keep versions.
    PutBucketVersioning,
}

impl Operation {
    /// Those of the request path.
    pub const SERVING: [Self; 10] = [
        Self::PutObject,
        Self::CreateMultipartUpload,
        Self::UploadPart,
        Self::CompleteMultipartUpload,
        Self::AbortMultipartUpload,
        Self::GetObject,
        Self::HeadObject,
        Self::DeleteObject,
        Self::ListObjectsV2,
        Self::HeadBucket,
    ];

    /// Those of set-up.
    pub const SET_UP: [Self; 4] =
        [Self::HeadBucket, Self::CreateBucket, Self::GetBucketVersioning, Self::PutBucketVersioning];

    /// The IAM action that allows it. Objects encrypted with a KMS key need rights on that key, too.
    #[must_use]
    pub const fn action(self) -> &'static str {
        match self {
            Self::PutObject
            | Self::CreateMultipartUpload
            | Self::UploadPart
            | Self::CompleteMultipartUpload => "s3:PutObject",
            Self::AbortMultipartUpload => "s3:AbortMultipartUpload",
            Self::GetObject | Self::HeadObject => "s3:GetObject",
            Self::DeleteObject => "s3:DeleteObject",
            Self::ListObjectsV2 | Self::HeadBucket => "s3:ListBucket",
            Self::CreateBucket => "s3:CreateBucket",
            Self::GetBucketVersioning => "s3:GetBucketVersioning",
            Self::PutBucketVersioning => "s3:PutBucketVersioning",
        }
    }

    pub(crate) const fn method(self) -> Method {
        match self {
            Self::PutObject | Self::UploadPart | Self::CreateBucket | Self::PutBucketVersioning => {
                Method::PUT
            }
            Self::CreateMultipartUpload | Self::CompleteMultipartUpload => Method::POST,
            Self::AbortMultipartUpload | Self::DeleteObject => Method::DELETE,
            Self::GetObject | Self::ListObjectsV2 | Self::GetBucketVersioning => Method::GET,
            Self::HeadObject | Self::HeadBucket => Method::HEAD,
        }
    }

    /// The name in S3's documentation, for messages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::PutObject => "PutObject",
            Self::CreateMultipartUpload => "CreateMultipartUpload",
            Self::UploadPart => "UploadPart",
            Self::CompleteMultipartUpload => "CompleteMultipartUpload",
            Self::AbortMultipartUpload => "AbortMultipartUpload",
            Self::GetObject => "GetObject",
            Self::HeadObject => "HeadObject",
            Self::DeleteObject => "DeleteObject",
            Self::ListObjectsV2 => "ListObjectsV2",
            Self::HeadBucket => "HeadBucket",
            Self::CreateBucket => "CreateBucket",
            Self::GetBucketVersioning => "GetBucketVersioning",
            Self::PutBucketVersioning => "PutBucketVersioning",
        }
    }
}
