//! What a document may take, whatever an extractor makes of it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops there")]

mod world;

use layout::Bucket;
use pipeline::{Pipeline, Settings, Stage};
use simulation::{Simulated, pdf};
use world::{World, handbook, put, run};

/// What is limited, how, and the stage that is named.
type Limited = (&'static str, fn(&mut Settings), Option<Stage>);

#[test]
fn a_document_over_a_limit_is_refused_with_the_limit_and_leaves_nothing() {
    let limited: [Limited; 4] = [
        ("pages", |settings| settings.max_pages = 2, Some(Stage::Extractor)),
        ("text", |settings| settings.max_text_bytes = 10, Some(Stage::Extractor)),
        ("passages", |settings| settings.max_passages = 2, Some(Stage::Chunker)),
        ("PDF", |settings| settings.max_pdf_bytes = 10, None),
    ];
    for (what, limit, stage) in limited {
        let world = World::default();
        let mut settings = Settings::new(Bucket::default());
        limit(&mut settings);
        let flows = Pipeline::new(Simulated::new(world.clone()), world.clone(), settings);
        let document = handbook("r", "h");
        let result = run(put(&flows, &document, &pdf(&["one page", "two page", "three"]))).unwrap();
        let error = match result {
            // Only the number of passages is known after the file was found to be readable, and so was kept.
            Ok(outcome) => match outcome.durability {
                pipeline::Durability::Stored { error } => error,
                pipeline::Durability::Complete => panic!("{what}: it was stored"),
            },
            Err(error) => {
                assert!(world.is_empty(), "{what}");
                error
            }
        };
        assert_eq!(error.code(), "too-large", "{what}: {error}");
        assert!(error.message.contains(what) && error.extra("limit").is_some(), "{error}");
        assert_eq!(error.stage, stage, "{what}");
    }
    let world = World::default();
    let document = handbook("r", "h");
    assert!(
        run(put(&world.pipeline(), &document, &pdf(&["one page", "two page", "three"]))).unwrap().is_ok()
    );
}
