/// Limits and figures of the flows. Every size is in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The bucket that written paths name.
    pub bucket: layout::Bucket,
    /// The bucket of Supabase Storage that bare paths of older programs lead into; without it, such paths cannot be read.
    pub storage_bucket: Option<String>,
    /// The largest profile or handbook. The extractor's own limit holds too.
    pub max_pdf_bytes: u64,
    /// The largest transcript.
    pub max_transcript_bytes: u64,
    /// The most pages of a profile or handbook. The extractor's own limit holds too.
    pub max_pages: usize,
    /// The most text that an extractor may make of a document.
    pub max_text_bytes: usize,
    /// The most turns of a transcript.
    pub max_turns: usize,
    /// The most passages of one document.
    pub max_passages: usize,
    /// The most tokens of a passage.
    pub passage_tokens: u32,
    /// How many tokens a passage repeats of the one before.
    pub overlap_tokens: u32,
    /// The longest search query.
    pub max_query_bytes: usize,
    /// The most passages a search returns.
    pub max_search_limit: u32,
    /// How long the URLs in search results live.
    pub url_seconds: u32,
    /// How many calls to one stage run at once for one request.
    pub concurrency: usize,
    /// How long something must have been left alone before reconcile touches it, and before a document is stored anew where a delete broke off, in milliseconds.
    /// Must be more than any request may take, clocks that differ included: what is younger may belong to one that still runs.
    pub reconcile_after_ms: u64,
    /// How long an idempotency key and its answer are known, in milliseconds.
    pub key_keep_ms: u64,
    /// How long an idempotency key is left to the request that has claimed it, in milliseconds. Must be more than any request may take, clocks that differ included.
    pub key_takeover_ms: u64,
}

impl Settings {
    /// The defaults, with this bucket.
    #[must_use]
    pub const fn new(bucket: layout::Bucket) -> Self {
        Self {
            bucket,
            storage_bucket: None,
            max_pdf_bytes: 64 << 20,
            max_transcript_bytes: 16 << 20,
            max_pages: 2_000,
            max_text_bytes: 32 << 20,
            max_turns: 20_000,
            max_passages: 8_000,
            passage_tokens: 400,
            overlap_tokens: 60,
            max_query_bytes: 8 << 10,
            max_search_limit: 50,
            url_seconds: 900,
            concurrency: 4,
            reconcile_after_ms: 15 * 60 * 1000,
            key_keep_ms: 24 * 60 * 60 * 1000,
            key_takeover_ms: 6 * 60 * 1000,
        }
    }
}
