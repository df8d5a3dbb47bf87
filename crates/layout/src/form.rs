use std::fmt;

/// In which of its forms a path was stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Form {
    /// `s3://bucket/key`: what is written now.
    S3Path,
    /// A key of the layout without a bucket. An object in Supabase Storage may have been named alike.
    Key,
    /// A key without its prefix, such as `{relationship_id}/{conflict_id}.json`. An object in Supabase Storage may have been named alike.
    ShortKey,
    /// `/object/public/{bucket}/{path}`
    PublicUrl,
    /// `/object/sign/{bucket}/{path}?token=…`
    SignedUrl,
    /// `/object/authenticated/{bucket}/{path}`
    AuthenticatedUrl,
    /// `/object/{bucket}/{path}`
    ObjectUrl,
    /// `/object/info/{bucket}/{path}`, with `public/` or `authenticated/` before the bucket or without.
    InfoUrl,
    /// `/object/upload/sign/{bucket}/{path}?token=…`
    SignedUploadUrl,
    /// `/render/image/{public|authenticated|sign}/{bucket}/{path}`
    ImageUrl,
    /// `/s3/{bucket}/{path}`
    S3Url,
    /// `{bucket}/{path}`, as answers to uploads name an object.
    BucketPath,
    /// `{path}`, in the bucket that everyone knew.
    BarePath,
}

impl Form {
    /// Its name in reports, such as `signed-url`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::S3Path => "s3-path",
            Self::Key => "key",
            Self::ShortKey => "short-key",
            Self::PublicUrl => "public-url",
            Self::SignedUrl => "signed-url",
            Self::AuthenticatedUrl => "authenticated-url",
            Self::ObjectUrl => "object-url",
            Self::InfoUrl => "info-url",
            Self::SignedUploadUrl => "signed-upload-url",
            Self::ImageUrl => "image-url",
            Self::S3Url => "s3-url",
            Self::BucketPath => "bucket-path",
            Self::BarePath => "bare-path",
        }
    }
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
