//! What the emulator can be told to do, by [`Effect::Act`](crate::Effect::Act).

use serde_json::json;

use super::errors::Refusal;

/// The model refuses: `message.refusal`, and no content.
pub const REFUSAL: &str = "refusal";
/// The answer breaks off with `finish_reason` `length`.
pub const LENGTH: &str = "length";
/// The answer is withheld with `finish_reason` `content_filter`.
pub const CONTENT_FILTER: &str = "content_filter";
/// Status 200 and an `error` in place of an answer.
pub const ERROR: &str = "error";
/// Status 200, part of the answer, `finish_reason` `error`, and an `error` in the choice.
pub const CHOICE_ERROR: &str = "choice_error";
/// Status 200 and an empty content.
pub const EMPTY: &str = "empty";
/// Status 200 and null for a content.
pub const NULL: &str = "null";
/// The content is no JSON: it breaks off.
pub const INVALID_JSON: &str = "invalid_json";
/// The content is JSON that does not fit the schema.
pub const WRONG_JSON: &str = "wrong_json";
/// The JSON stands between Markdown's fences.
pub const FENCED_JSON: &str = "fenced_json";
/// The first model of the list fails; the next one answers, if there is one.
pub const FIRST_MODEL_FAILS: &str = "first_model_fails";
/// A stream ends without `[DONE]`.
pub const STREAM_CUT: &str = "stream_cut";
/// 402: no credits.
pub const NO_CREDITS: &str = "no_credits";
/// 402: the key's limit is reached.
pub const KEY_LIMIT: &str = "key_limit";
/// 402: the request may cost more than there is.
pub const OVER_BUDGET: &str = "over_budget";
/// 402 with `Retry-After`: too much is under way at once.
pub const IN_FLIGHT_BUDGET: &str = "in_flight_budget";
/// 403: moderation.
pub const MODERATION: &str = "moderation";
/// 403: a guardrail.
pub const GUARDRAIL: &str = "guardrail";
/// 404: no endpoint takes such a request.
pub const NO_ENDPOINTS: &str = "no_endpoints";
/// 503 in the newer shape, retryable.
pub const UNAVAILABLE: &str = "unavailable";
/// 404 in the newer shape, final.
pub const DEPRECATED: &str = "deprecated";

pub(super) const ALL: [&str; 21] = [
    REFUSAL,
    LENGTH,
    CONTENT_FILTER,
    ERROR,
    CHOICE_ERROR,
    EMPTY,
    NULL,
    INVALID_JSON,
    WRONG_JSON,
    FENCED_JSON,
    FIRST_MODEL_FAILS,
    STREAM_CUT,
    NO_CREDITS,
    KEY_LIMIT,
    OVER_BUDGET,
    IN_FLIGHT_BUDGET,
    MODERATION,
    GUARDRAIL,
    NO_ENDPOINTS,
    UNAVAILABLE,
    DEPRECATED,
];

/// The refusal that an act stands for, if it is one.
pub(super) fn refusal(act: &str) -> Option<Refusal> {
    Some(match act {
        NO_CREDITS => Refusal::new(402, "Insufficient credits. Add more using https://openrouter.ai/settings/credits"),
        KEY_LIMIT => Refusal::new(402, "Key limit exceeded (total limit). Manage it using https://openrouter.ai/settings/keys"),
        OVER_BUDGET => Refusal::new(
            402,
            "This request requires more credits, or fewer max_tokens. You requested up to 4096 tokens, but can only afford 10.",
        )
        .with(json!({ "limit_source": "openrouter_credits", "error_type": "payment_required" })),
        IN_FLIGHT_BUDGET => Refusal::new(402, "Too much of the balance is reserved by requests in flight. Try again shortly.")
            .with(json!({ "limit_source": "openrouter_in_flight_budget", "error_type": "payment_required" }))
            .retry_after(1),
        MODERATION => Refusal::new(403, "The input was flagged.").with(json!({
            "reasons": ["violence"],
            "flagged_input": "(the beginning of the input)",
            "provider_name": "Emulated",
            "model_slug": "openai/gpt-4o",
            "error_type": "content_policy_violation",
        })),
        GUARDRAIL => Refusal::new(403, "Request blocked by a guardrail.").with(json!({ "patterns": ["ssn"] })),
        NO_ENDPOINTS => Refusal::new(404, "No endpoints found matching your data policy."),
        UNAVAILABLE => Refusal::availability(503, "All providers are at capacity.", "capacity_exhausted", Some(1)),
        DEPRECATED => Refusal::availability(404, "The model is no longer available.", "model_deprecated", None),
        _ => return None,
    })
}
