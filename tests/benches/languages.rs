//! The figures of docs/stages.md: stages in other languages, each beside one in Rust in the same run, as the gateway's `Server-Timing` has them.
//!
//! `cargo bench -p serene-tests --bench languages --profile dev`, after `cargo serene build`; it takes minutes, and installs the toolchains that are missing.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a program that prints figures")]

use std::time::Instant;

use serde_json::json;
use serene_tests::documents::pdf;
use serene_tests::languages::Project;
use serene_tests::stages::{other, swapped};
use serene_tests::{Server, request, workspace};

const JSON: (&str, &str) = ("content-type", "application/json");

fn main() {
    let shipped = |name: &str| workspace().join("target/wasm32-wasip2/component").join(name);
    for (stage, example, rust) in [
        ("transformer", "redaction-python", other("transformer-digits")),
        ("chunker", "turns-javascript", shipped("chunker_text.wasm")),
        ("reranker", "overlap-c", other("reranker-reverse")),
        ("extractor", "pypdf-python", shipped("extractor_pdf.wasm")),
    ] {
        let start = Instant::now();
        let component = Project::example(example).build();
        let seconds = start.elapsed().as_secs_f64();
        println!("{example}: {} bytes, built in {seconds:.1} s", component.metadata().unwrap().len());
        for (component, what) in [(component, example), (rust, "Rust")] {
            let state = tempfile::tempdir().unwrap();
            let manifest = swapped(state.path(), stage, &component);
            let start = Instant::now();
            let server = Server::start(state.path(), &["--from", manifest.to_str().unwrap()]);
            let started = start.elapsed().as_secs_f64();
            let (small, large) = (milliseconds(&server, stage, 4), milliseconds(&server, stage, 1000));
            println!("  {what}: start {started:.1} s, 4 turns or lines {small} ms, 1,000 {large} ms");
        }
    }
}

/// The median time of a stage, as `Server-Timing` has it, when documents of so many turns or lines are put and searched.
fn milliseconds(server: &Server, stage: &str, count: usize) -> f64 {
    let relationship = format!("{}/v1/relationships/r{count}", server.url());
    let mut times: Vec<f64> = (0..15)
        .map(|round| {
            let sentence = |n| {
                format!(
                    "In round {round}, turn {n}, we spoke of the garden, the car and half an hour on Sunday."
                )
            };
            let put = if stage == "extractor" {
                let lines =
                    (0..count).map(|n| format!("BT /F 12 Tf 40 {} Td ({}) Tj ET\n", count - n, sentence(n)));
                let url = format!("{relationship}/handbooks/h{round}");
                request(
                    "PUT",
                    &url,
                    &[("content-type", "application/pdf")],
                    &pdf(&lines.collect::<String>(), false),
                )
            } else {
                let speaker = |n| if n % 2 == 0 { "partner_a" } else { "partner_b" };
                let segments: Vec<_> =
                    (0..count).map(|n| json!({ "speaker": speaker(n), "text": sentence(n) })).collect();
                let url = format!("{relationship}/conflicts/c{round}/transcript");
                request("PUT", &url, &[JSON], json!({ "segments": segments }).to_string().as_bytes())
            };
            assert_eq!(put.status, 201, "{}", put.text());
            let query = json!({ "query": "the garden on Sunday", "limit": 10 }).to_string();
            let found = request("POST", &format!("{relationship}/search"), &[JSON], query.as_bytes());
            let timed = [put, found];
            let timing = timed.iter().find_map(|answer| {
                let timing = answer.header("server-timing").split(',').map(str::trim);
                timing.into_iter().find(|t| t.starts_with(stage))?.split_once(";dur=")?.1.parse().ok()
            });
            timing.expect("the stage was timed")
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
