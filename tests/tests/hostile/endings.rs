//! Stages that end in a trap, or not at all.

use serde_json::json;

use super::Hostile;

serene_tests::with_reused_and_with_fresh_instances! {
    a_trap_is_the_stages_and_the_log_says_so
    a_stage_that_eats_memory_or_time_is_ended
    a_stage_that_waits_for_ever_is_not_waited_for
    a_stage_that_never_says_who_it_is_is_not_waited_for
    a_stage_that_lies_about_itself_is_taken_in_small_pieces
}

fn a_trap_is_the_stages_and_the_log_says_so(arguments: &[&str]) {
    let hostile = Hostile::start("transformer", arguments);
    // Waiting for what cannot come is a trap, too, in a component made of Rust.
    for deed in ["panics", "panics-after-a-wait", "recurses", "waits-for-nothing"] {
        let answer = hostile.beside_others(|| hostile.search(deed, "Hello"));
        let problem = hostile.problem(answer, 502, true);
        assert!(problem["detail"].as_str().unwrap().contains("`transformer` ended in a trap"), "{problem}");
    }
    assert!(hostile.stop().contains("an instance ended: The stage `transformer`"));
}

fn a_stage_that_eats_memory_or_time_is_ended(arguments: &[&str]) {
    let hostile = Hostile::start("transformer", arguments);
    let answer = hostile.beside_others(|| hostile.search("eats-memory", "Hello"));
    let problem = hostile.problem(answer, 502, false);
    assert!(problem["detail"].as_str().unwrap().contains("256 MiB"), "{problem}");
    let answer = hostile.beside_others(|| hostile.search("computes-for-ever", "Hello"));
    let problem = hostile.problem(answer, 504, true);
    assert!(problem["detail"].as_str().unwrap().contains("for 1 seconds without a pause"), "{problem}");
    assert!(hostile.stop().contains("an instance ended: The stage `transformer`"));
}

fn a_stage_that_waits_for_ever_is_not_waited_for(arguments: &[&str]) {
    let hostile = Hostile::in_a_hurry("transformer", arguments);
    for deed in ["waits-for-ever", "yields-for-ever"] {
        let answer = hostile.beside_others(|| hostile.search(deed, "Hello"));
        let problem = hostile.problem(answer, 504, true);
        assert_eq!(problem["type"], "/problems/timed-out", "{problem}");
    }
    // A document's file is safe before its text is read, and the ledger knows what became of it although the time was over.
    let answer = hostile.beside_others(|| hostile.put_transcript("waits-for-ever", "Hello")).expect(202);
    assert_eq!(
        (&answer["failed_stage"], &answer["last_error"]["code"]),
        (&json!("transformer"), &json!("timed-out"))
    );
    // No instance had to end for it.
    assert_eq!(hostile.stop(), "");
}

fn a_stage_that_never_says_who_it_is_is_not_waited_for(arguments: &[&str]) {
    let hostile = Hostile::in_a_hurry("transformer", arguments);
    let answer = hostile.beside_others(|| hostile.put_transcript("describes-for-ever", "Hello"));
    hostile.problem(answer, 504, true);
    hostile.stop();
}

fn a_stage_that_lies_about_itself_is_taken_in_small_pieces(arguments: &[&str]) {
    let hostile = Hostile::start("transformer", arguments);
    for deed in ["describes-nothing", "describes-everything", "describes-at-length"] {
        let stored = hostile.put_transcript(deed, "Hello").expect(201);
        let name = stored["models"]["transformer"].as_str().unwrap();
        assert!(name.len() < 10_000 && !name.contains('\n'), "{} bytes", name.len());
    }
    hostile.stop();
}
