//! Answers with what it can reach, does what a bad guest does, and asks its stage to do the same.

#[path = "../../probe.rs"]
mod probe;

use http_body_util::BodyExt as _;
use spin_sdk::http::{BoxBody, FullBody, Request, Response, box_body};
use spin_sdk::http_service;

mod bindings {
    wit_bindgen::generate!({ path: "../wit", world: "test:stage/app", generate_all });
}

#[http_service]
async fn handle(request: Request) -> Result<Response<BoxBody>, spin_sdk::http::Error> {
    let path = request.uri().path().trim_start_matches('/').to_owned();
    let argument = request.uri().query().unwrap_or_default().to_owned();
    let (who, question) = path.split_once('/').unwrap_or(("app", &path));
    let text = match (who, question) {
        ("app", "echo") => return Ok(Response::new(box_body(request.into_body()))),
        ("app", "error") => return Err("asked to fail".into()),
        ("app", "count") => count(request).await,
        ("app", "headers") => format!("{} {:?}", request.uri(), request.headers()),
        ("app", question) => probe::ask(question, &argument).await,
        ("stage", question) => bindings::test::stage::stage::ask(question.to_owned(), argument).await,
        _ => "unknown".into(),
    };
    Ok(Response::new(box_body(FullBody::new(bytes::Bytes::from(text)))))
}

async fn count(request: Request) -> String {
    let mut body = request.into_body();
    let mut bytes = 0;
    while let Some(frame) = body.frame().await {
        match frame {
            Ok(frame) => bytes += frame.data_ref().map_or(0, bytes::Bytes::len),
            Err(error) => return format!("{bytes} then {error:?}"),
        }
    }
    bytes.to_string()
}
