//! What `POST /v1/ocr` takes. Every field is checked, and every one that is not known is refused.

use serde_json::{Map, Value};

use super::errors::{Refusal, problem};
use super::pages::{self, Pages};
use crate::server::Request;

/// A request that is in order.
#[derive(Debug)]
pub(super) struct Ask {
    pub(super) model: Option<String>,
    pub(super) document: Document,
    pub(super) pages: Pages,
    pub(super) wants_blocks: bool,
    pub(super) wants_confidence: bool,
    /// The schema of an annotation of the whole document.
    pub(super) annotation: Option<Value>,
}

/// Where a document is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Document {
    Url { url: String, is_image: bool },
    File(String),
}

const BOOLEANS: [&str; 4] = ["include_image_base64", "extract_header", "extract_footer", "include_blocks"];
const COUNTS: [&str; 2] = ["image_limit", "image_min_size"];
const OTHERS: [&str; 9] = [
    "model",
    "document",
    "pages",
    "bbox_annotation_format",
    "document_annotation_format",
    "document_annotation_prompt",
    "table_format",
    "confidence_scores_granularity",
    "id",
];

impl Ask {
    pub(super) fn read(request: &Request) -> Result<Self, Refusal> {
        if !request.says_json() {
            return Err(Refusal::field("model_attributes_type", &[], "Input should be a valid dictionary"));
        }
        let body = request
            .json()
            .map_err(|error| Refusal::field("json_invalid", &[], &format!("JSON decode error: {error}")))?;
        let Value::Object(body) = body else {
            return Err(Refusal::field("model_attributes_type", &[], "Input should be a valid dictionary"));
        };
        let mut check = Check { body, problems: Vec::new() };
        let ask = check.all();
        match ask {
            Some(ask) if check.problems.is_empty() => Ok(ask),
            _ => Err(Refusal::unprocessable(check.problems)),
        }
    }
}

struct Check {
    body: Map<String, Value>,
    problems: Vec<Value>,
}

impl Check {
    fn all(&mut self) -> Option<Ask> {
        let unknown: Vec<String> = self
            .body
            .keys()
            .map(String::as_str)
            .filter(|name| !BOOLEANS.contains(name) && !COUNTS.contains(name) && !OTHERS.contains(name))
            .map(str::to_owned)
            .collect();
        for name in unknown {
            self.report("extra_forbidden", &[&name], "Extra inputs are not permitted");
        }
        for name in BOOLEANS {
            self.expect(name, Value::is_boolean, "bool_type", "Input should be a valid boolean");
        }
        for name in COUNTS {
            self.expect(name, Value::is_u64, "int_type", "Input should be a valid integer");
        }
        for name in ["document_annotation_prompt", "id"] {
            self.expect(name, Value::is_string, "string_type", "Input should be a valid string");
        }
        self.choice("table_format", &["markdown", "html"]);
        self.choice("confidence_scores_granularity", &["page", "block", "word"]);
        if !self.body.contains_key("model") {
            self.report("missing", &["model"], "Field required");
        }
        self.expect("model", Value::is_string, "string_type", "Input should be a valid string");
        self.format("bbox_annotation_format");
        let annotation = self.format("document_annotation_format");
        if self.body.contains_key("document_annotation_prompt") && annotation.is_none() {
            let message = "document_annotation_prompt needs document_annotation_format";
            self.report("value_error", &["document_annotation_prompt"], message);
        }
        let pages = pages::read(self.body.get("pages").unwrap_or(&Value::Null));
        if let Err(message) = &pages {
            self.report("value_error", &["pages"], message);
        }
        let document = self.document();
        let text = |name: &str| self.body.get(name).and_then(Value::as_str).map(str::to_owned);
        Some(Ask {
            model: text("model"),
            document: document?,
            pages: pages.ok()?,
            wants_blocks: self.body.get("include_blocks").and_then(Value::as_bool).unwrap_or(false),
            wants_confidence: text("confidence_scores_granularity").is_some(),
            annotation,
        })
    }

    fn document(&mut self) -> Option<Document> {
        let Some(document) = self.body.get("document").cloned() else {
            self.report("missing", &["document"], "Field required");
            return None;
        };
        let kind = document.get("type").and_then(Value::as_str).unwrap_or_default();
        let (field, known): (&str, &[&str]) = match kind {
            "document_url" => ("document_url", &["type", "document_url", "document_name"]),
            "image_url" => ("image_url", &["type", "image_url"]),
            "file" => ("file_id", &["type", "file_id"]),
            _ => {
                let message = "Input should have a type of 'document_url', 'image_url' or 'file'";
                self.report("union_tag_invalid", &["document"], message);
                return None;
            }
        };
        let unknown = document.as_object()?.keys().find(|key| !known.contains(&key.as_str()));
        if let Some(name) = unknown {
            self.report("extra_forbidden", &["document", kind, name], "Extra inputs are not permitted");
        }
        let value = match (kind, &document[field]) {
            ("image_url", Value::Object(image)) => image.get("url").and_then(Value::as_str),
            (_, value) => value.as_str(),
        };
        let Some(value) = value.filter(|value| !value.is_empty()).map(str::to_owned) else {
            self.report("string_type", &["document", kind, field], "Input should be a valid string");
            return None;
        };
        Some(match kind {
            "file" => Document::File(value),
            kind => Document::Url { url: value, is_image: kind == "image_url" },
        })
    }

    /// The schema of an annotation's format; only `json_schema` is accepted.
    fn format(&mut self, name: &str) -> Option<Value> {
        let format = self.body.get(name).filter(|format| !format.is_null())?.clone();
        let schema = &format["json_schema"];
        let is_format = format["type"] == "json_schema"
            && schema["name"].as_str().is_some_and(|name| !name.is_empty())
            && schema["schema"].is_object();
        if !is_format {
            let message = "only the type json_schema with a name and a schema is accepted";
            self.report("value_error", &[name], message);
            return None;
        }
        Some(schema["schema"].clone())
    }

    fn choice(&mut self, name: &str, among: &[&str]) {
        let is_one = |value: &Value| value.as_str().is_some_and(|value| among.contains(&value));
        self.expect(name, is_one, "enum", &format!("Input should be one of {}", among.join(", ")));
    }

    /// A field that is absent or null is in order.
    fn expect(&mut self, name: &str, is_right: impl Fn(&Value) -> bool, kind: &str, message: &str) {
        if self.body.get(name).is_some_and(|value| !value.is_null() && !is_right(value)) {
            self.report(kind, &[name], message);
        }
    }

    fn report(&mut self, kind: &str, place: &[&str], message: &str) {
        self.problems.push(problem(kind, place, message));
    }
}
