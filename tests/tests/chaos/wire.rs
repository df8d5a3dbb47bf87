//! What goes wrong between the host and its providers.

use fastrand::Rng;
use serde_json::{Value, json};
use serene_tests::Emulated;

use crate::report::Report;

/// The variables that hold the services' addresses, and what the service is called in the report.
const SERVICES: [(&str, &str); 6] = [
    ("s3_endpoint_url", "S3"),
    ("supabase_url", "Supabase"),
    ("pinecone_control_url", "Pinecone"),
    ("mistral_base_url", "Mistral"),
    ("voyage_base_url", "Voyage"),
    ("openrouter_base_url", "OpenRouter"),
];

/// By name, as in the report.
fn effects() -> [(&'static str, Value); 9] {
    [
        ("reset", json!("reset")),
        ("answer lost", json!("lose_answer")),
        ("half an answer", json!("truncate")),
        ("garbage", json!("garbage")),
        ("stall", json!("stall")),
        ("stall in the body", json!("stall_body")),
        ("delay", json!({ "delay_ms": 300 })),
        ("503", json!({ "answer": { "status": 503 } })),
        ("429", json!({ "answer": { "status": 429, "retry_after": { "seconds": 1 } } })),
    ]
}

/// Lets some of the next requests of some services fail.
pub fn disturb(emulated: &Emulated, rng: &mut Rng, report: &mut Report) {
    heal(emulated);
    for _ in 0..rng.usize(..4) {
        let (variable, service) = SERVICES[rng.usize(..SERVICES.len())];
        let (name, effect) = &effects()[rng.usize(..effects().len())];
        let times = rng.u32(1..4);
        emulated.service(variable).fail(&json!({
            "path": "", "after": rng.u32(..8), "times": times, "effect": effect,
        }));
        report.disturbed(service, name, times);
    }
}

/// Every service works again.
pub fn heal(emulated: &Emulated) {
    for (variable, _) in SERVICES {
        emulated.service(variable).heal();
    }
}
