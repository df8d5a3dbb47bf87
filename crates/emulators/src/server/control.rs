//! `/_emulator/faults` and `/_emulator/calls`: for programs that are not the one that started the emulator.
//!
//! | | `faults` | `calls` |
//! |---|---|---|
//! | GET | those to come | those received, oldest first |
//! | POST | adds one, or each of a list | |
//! | DELETE | forgets them | forgets them |

use bytes::Bytes;
use http::Method;
use serde_json::{Value, json};

use super::Calls;
use super::faults::{Effect, Fault, Faults};
use super::reply::{self, Reply};

/// Where they are.
pub(super) const PREFIX: &str = "/_emulator/";

pub(super) fn answer(
    acts: &[&str],
    faults: &Faults,
    calls: &Calls,
    method: &Method,
    path: &str,
    body: &Bytes,
) -> Reply {
    match (method, path.trim_start_matches(PREFIX)) {
        (&Method::GET, "faults") => reply::json(200, &json!({ "faults": faults.pending() })),
        (&Method::POST, "faults") => match read(body, acts) {
            Ok(new) => {
                new.into_iter().for_each(|fault| faults.add(fault));
                reply::json(200, &json!({ "faults": faults.pending() }))
            }
            Err(error) => reply::json(400, &json!({ "error": error })),
        },
        (&Method::DELETE, "faults") => {
            faults.clear();
            reply::json(200, &json!({}))
        }
        (&Method::GET, "calls") => reply::json(200, &json!({ "calls": calls.all() })),
        (&Method::DELETE, "calls") => {
            calls.clear();
            reply::json(200, &json!({}))
        }
        _ => reply::json(404, &json!({ "error": "there are /_emulator/faults and /_emulator/calls" })),
    }
}

fn read(body: &[u8], acts: &[&str]) -> Result<Vec<Fault>, String> {
    let value: Value = serde_json::from_slice(body).map_err(|error| format!("not JSON: {error}"))?;
    let faults = match value {
        Value::Array(list) => list,
        one => vec![one],
    };
    let one = |value| {
        let fault: Fault = serde_json::from_value(value).map_err(|error| error.to_string())?;
        check(&fault, acts)?;
        Ok(fault)
    };
    faults.into_iter().map(one).collect()
}

fn check(fault: &Fault, acts: &[&str]) -> Result<(), String> {
    match &fault.effect {
        Effect::Act(name) if !acts.contains(&name.as_str()) => {
            Err(format!("there is no act {name:?} here; there are: {}", acts.join(", ")))
        }
        Effect::Answer(answer) if !(200..600).contains(&answer.status) => {
            Err(format!("the status {} is not in 200 to 599", answer.status))
        }
        _ => Ok(()),
    }
}
