use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

use fastrand::Rng;
use serde_json::{Value, json};
use serene_tests::{Answer, documents, request, try_request};

use crate::known::{Known, State, words_of};
use crate::listed;

const PDF: &[(&str, &str)] = &[("content-type", "application/pdf")];
const JSON: &[(&str, &str)] = &[("content-type", "application/json")];
/// Few, so that documents are replaced and removed while they are still being written.
const DOCUMENTS: usize = 6;

/// Someone who stores, replaces, reads and removes documents of one relationship, and remembers what they were told.
pub struct Client {
    relationship: String,
    rng: Rng,
    /// By key.
    documents: BTreeMap<String, Known>,
    /// How often each status came; 0: none.
    answers: BTreeMap<u16, u64>,
    stored: u64,
}

/// A document of this client's, and where its route is.
struct Target {
    key: String,
    route: String,
    is_pdf: bool,
}

impl Client {
    pub fn new(relationship: &str, rng: Rng) -> Self {
        Self {
            relationship: relationship.to_owned(),
            rng,
            documents: BTreeMap::new(),
            answers: BTreeMap::new(),
            stored: 0,
        }
    }

    /// Sends one request after the other until the host is about to die.
    pub fn work(&mut self, url: &str, is_over: &AtomicBool) {
        while !is_over.load(Ordering::Relaxed) {
            let target = self.target();
            match self.rng.u8(..10) {
                0..6 => self.store(url, &target),
                6..8 => self.remove(url, &target),
                _ => self.read(url, &target),
            }
        }
    }

    fn target(&mut self) -> Target {
        let (n, is_pdf) = (self.rng.usize(..DOCUMENTS), self.rng.bool());
        let relationship = &self.relationship;
        let (key, route) = if is_pdf {
            (format!("handbooks/{relationship}/h{n}.pdf"), format!("handbooks/h{n}"))
        } else {
            (format!("transcripts/{relationship}/c{n}.json"), format!("conflicts/c{n}/transcript"))
        };
        Target { key, route: format!("/v1/relationships/{relationship}/{route}"), is_pdf }
    }

    fn store(&mut self, url: &str, target: &Target) {
        self.stored += 1;
        let words = format!("Remark {} of {}.", self.stored, self.relationship);
        let (headers, body) = if target.is_pdf {
            (PDF, documents::pdf(&format!("BT /F 12 Tf 72 720 Td ({words}) Tj ET"), false))
        } else {
            let transcript = json!({ "segments": [{ "speaker": "partner_a", "text": words }] });
            (JSON, transcript.to_string().into_bytes())
        };
        let answer = self.send("PUT", &format!("{url}{}", target.route), headers, &body);
        let known = self.documents.entry(target.key.clone()).or_default();
        let status = answer.map_or(0, |answer| answer.status);
        let state = Some(body);
        known.note("PUT", status, &state);
        match status {
            200..=202 => known.acknowledge(state),
            _ => known.doubt(state),
        }
    }

    fn remove(&mut self, url: &str, target: &Target) {
        // A handbook has no route of its own to be removed by: its document has.
        let path = if target.is_pdf {
            let id = layout_id(&target.key);
            format!("/v1/relationships/{}/documents/{id}", self.relationship)
        } else {
            target.route.clone()
        };
        let answer = self.send("DELETE", &format!("{url}{path}"), &[], &[]);
        let known = self.documents.entry(target.key.clone()).or_default();
        let status = answer.map_or(0, |answer| answer.status);
        known.note("DELETE", status, &None);
        match status {
            204 => known.acknowledge(None),
            404 => assert!(known.allows(&None), "{} is not found\n{}", target.key, known.history()),
            _ => known.doubt(None),
        }
    }

    fn read(&mut self, url: &str, target: &Target) {
        let answer = self.send("GET", &format!("{url}/v1/files?path={}", target.key), &[], &[]);
        let known = self.documents.entry(target.key.clone()).or_default();
        let (status, state) = match answer {
            Some(Answer { status: 200, body, .. }) => (200, Some(body)),
            Some(Answer { status: 404, .. }) => (404, None),
            _ => return,
        };
        known.note("GET", status, &state);
        assert!(
            known.allows(&state),
            "{} was acknowledged in another state\n{}",
            target.key,
            known.history()
        );
    }

    fn send(&mut self, method: &str, url: &str, headers: &[(&str, &str)], body: &[u8]) -> Option<Answer> {
        let answer = try_request(method, url, headers, body);
        *self.answers.entry(answer.as_ref().map_or(0, |answer| answer.status)).or_default() += 1;
        answer
    }

    /// Holds all that is stored to what was acknowledged, and knows it for sure from then on. Returns how many documents were compared.
    pub fn compare(&mut self, url: &str) -> u64 {
        let ledger: BTreeMap<String, Value> = listed(url, &self.relationship)
            .into_iter()
            .map(|document| (document["key"].as_str().unwrap().to_owned(), document))
            .collect();
        assert!(ledger.keys().all(|key| self.documents.contains_key(key)), "{ledger:#?}");
        for (key, known) in &mut self.documents {
            let file = request("GET", &format!("{url}/v1/files?path={key}"), &[], &[]);
            let state: State = match file.status {
                200 => Some(file.body),
                404 => None,
                _ => panic!("{key}: {}", file.text()),
            };
            assert!(
                known.allows(&state),
                "{key} is not as it was: {}
{}",
                words_of(&state),
                known.history()
            );
            let status = ledger.get(key).map(|document| &document["status"]);
            let expected = state.as_ref().map(|_| json!("indexed"));
            assert_eq!(status, expected.as_ref(), "{key}");
            if state.is_some() {
                let words = words_of(&state);
                let query = json!({ "query": words, "limit": 20 }).to_string();
                let search = format!("{url}/v1/relationships/{}/search", self.relationship);
                let found = request("POST", &search, JSON, query.as_bytes()).expect(200);
                let passages = found["passages"].as_array().unwrap();
                let key_of = |passage: &Value| {
                    let path = passage["document"]["path"].as_str().unwrap_or_default();
                    path.splitn(4, '/').nth(3).unwrap_or_default().to_owned()
                };
                let of = |passage: &&Value| key_of(passage) == *key;
                let own: Vec<_> = passages.iter().filter(of).collect();
                assert!(
                    own.len() == 1 && own[0]["text"].as_str().unwrap().contains(&words),
                    "{key}: {found:#}"
                );
                let is_known = |passage: &Value| ledger.contains_key(&key_of(passage));
                assert!(passages.iter().all(is_known), "a passage of nothing that is stored: {found:#}");
            }
            known.acknowledge(state);
        }
        self.documents.len() as u64
    }

    /// How often each status came since this was asked last; 0: none.
    pub fn take_answers(&mut self) -> BTreeMap<u16, u64> {
        std::mem::take(&mut self.answers)
    }
}

fn layout_id(key: &str) -> String {
    layout::DocumentRef::parse_key(key).unwrap().document_id().as_str().to_owned()
}
