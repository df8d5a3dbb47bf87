//! Records in requests within Pinecone's limits.

use bytes::Bytes;
use serde_json::Value as Json;

/// The most records of one request.
const MAX_RECORDS: usize = 1000;
/// The most bytes of one request: whether Pinecone's 2 MB are 10^6 or 2^20 bytes each, this is under them.
const MAX_BYTES: usize = 1_999_999;
const START: &[u8] = br#"{"vectors":["#;

/// The body of an upsert as it fills. A record alone is always within the limit: 20,000 numbers and 40 KiB of metadata come to less than 500 kB.
pub(crate) struct Batch {
    body: Vec<u8>,
    records: usize,
    end: Vec<u8>,
    max_records: usize,
    max_bytes: usize,
}

impl Batch {
    pub(crate) fn new(namespace: &str) -> Self {
        Self::with_limits(namespace, MAX_RECORDS, MAX_BYTES)
    }

    fn with_limits(namespace: &str, max_records: usize, max_bytes: usize) -> Self {
        let end = format!(r#"],"namespace":{}}}"#, Json::from(namespace)).into_bytes();
        Self { body: START.to_vec(), records: 0, end, max_records, max_bytes }
    }

    /// Adds a record's JSON. Returns a full request, and how many records it has, when this one has no room beside the others.
    pub(crate) fn push(&mut self, record: &[u8]) -> Option<(Bytes, usize)> {
        let full = self.records >= self.max_records
            || self.body.len() + 1 + record.len() + self.end.len() > self.max_bytes;
        let request = if full { self.take() } else { None };
        if self.records > 0 {
            self.body.push(b',');
        }
        self.body.extend_from_slice(record);
        self.records += 1;
        request
    }

    /// The request so far; `None` without a record.
    pub(crate) fn take(&mut self) -> Option<(Bytes, usize)> {
        if self.records == 0 {
            return None;
        }
        let mut body = std::mem::replace(&mut self.body, START.to_vec());
        body.extend_from_slice(&self.end);
        Some((body.into(), std::mem::take(&mut self.records)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_record_goes_once_in_order_within_the_limits(
            lengths in proptest::collection::vec(0_usize..80, 0..60), max_records in 1_usize..9, max_bytes in 150_usize..400,
        ) {
            let mut batch = Batch::with_limits("a \"name\"", max_records, max_bytes);
            let records: Vec<String> = lengths.iter().map(|n| format!("\"{}\"", "x".repeat(*n))).collect();
            let mut requests: Vec<_> = records.iter().filter_map(|record| batch.push(record.as_bytes())).collect();
            requests.extend(batch.take());
            let mut sent = Vec::new();
            for (body, count) in requests {
                prop_assert!(body.len() <= max_bytes);
                let body: Json = serde_json::from_slice(&body).unwrap();
                let vectors = body["vectors"].as_array().unwrap();
                prop_assert_eq!(&body["namespace"], "a \"name\"");
                prop_assert!(vectors.len() == count && (1..=max_records).contains(&count));
                sent.extend(vectors.iter().map(Json::to_string));
            }
            prop_assert_eq!(sent, records);
        }
    }
}
