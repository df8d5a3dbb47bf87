//! What is promised of a generator's answers: each is held to its schema, and asked for once more when it does not fit.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops there")]

mod world;

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use layout::{ConflictId, DocumentRef, Partner, RelationshipId};
use pipeline::stages::{GenerationRequest, Role};
use pipeline::{Outcome, Result, Stage, from_bytes};
use serde_json::{Value, json};
use world::{Fault, World, call, run};

fn ids() -> (RelationshipId, ConflictId) {
    ("r".parse().unwrap(), "c".parse().unwrap())
}

/// What a generator writes, and what it was asked.
#[derive(Clone, Default)]
struct Author(Rc<RefCell<Written>>);

#[derive(Default)]
struct Written {
    /// The last one it writes again and again.
    answers: VecDeque<Value>,
    asked: Vec<GenerationRequest>,
}

impl Author {
    fn writes(&self, answers: impl IntoIterator<Item = Value>) {
        self.0.borrow_mut().answers = answers.into_iter().collect();
    }

    fn asked(&self) -> Vec<GenerationRequest> {
        self.0.borrow().asked.clone()
    }

    fn answer(&self, request: &GenerationRequest) -> Value {
        let mut written = self.0.borrow_mut();
        written.asked.push(request.clone());
        match written.answers.len() {
            0 | 1 => written.answers.front().cloned().unwrap_or_default(),
            _ => written.answers.pop_front().unwrap_or_default(),
        }
    }
}

/// Stages that keep a transcript, and a generator that writes these answers.
fn world(answers: impl IntoIterator<Item = Value>) -> (World, Author) {
    let (world, author) = (World::default(), Author::default());
    author.writes(answers);
    let by = author.clone();
    world.memory().author = Some(Box::new(move |_, request| by.answer(request)));
    let (relationship, conflict) = ids();
    let transcript = DocumentRef::Transcript { relationship, conflict };
    let body = from_bytes(&br#"{"segments": [{"speaker": "partner_a", "text": "hello"}]}"#[..]);
    run(world.pipeline().put_transcript(&call(), &transcript, body)).unwrap().unwrap();
    (world, author)
}

fn analyse(world: &World) -> Result<Outcome> {
    let (relationship, conflict) = ids();
    run(world.pipeline().analyse(&call(), &relationship, &conflict, false)).unwrap()
}

fn side() -> Value {
    json!({ "perspective": "Theirs.", "feelings": [], "needs": [], "requests": [] })
}

fn analysis() -> Value {
    json!({
        "summary": "They argued.",
        "topics": [{ "topic": "The kitchen", "evidence": [] }],
        "partner_a": side(), "partner_b": side(),
        "escalation_moments": [], "repair_moments": [], "shared_ground": [], "open_questions": [], "limitations": [],
    })
}

/// An analysis with a fault deep inside.
fn misfit() -> Value {
    let mut analysis = analysis();
    analysis["topics"][0]["evidence"] = json!("turn 1");
    analysis
}

fn plan(partner: &str) -> Value {
    json!({
        "for_partner": partner, "summary": "A plan.", "what_i_heard": [], "steps": [], "things_to_avoid": [],
        "check_in": { "when": "On Sunday.", "questions": [] }, "safety_note": "None.", "limitations": [],
    })
}

fn stored(world: &World, document: &DocumentRef) -> Option<Value> {
    world.file(document).map(|bytes| serde_json::from_slice(&bytes).unwrap())
}

fn stored_analysis(world: &World) -> Option<Value> {
    let (relationship, conflict) = ids();
    stored(world, &DocumentRef::Analysis { relationship, conflict })
}

#[test]
fn an_answer_that_fits_is_asked_for_once() {
    let (world, author) = world([analysis()]);
    analyse(&world).unwrap();
    assert_eq!(author.asked().len(), 1);
}

#[test]
fn an_answer_that_breaks_the_schema_inside_is_given_back_once_with_its_fault_and_both_are_paid_for() {
    let (world, author) = world([misfit(), analysis()]);
    analyse(&world).unwrap();
    let asked = author.asked();
    let [first, second] = asked.as_slice() else { panic!("asked {} times", asked.len()) };
    let (again, more) = second.messages.split_at(first.messages.len());
    assert_eq!(again, first.messages);
    let [answer, request] = more else { panic!("{more:?}") };
    assert_eq!((answer.role, request.role), (Role::Assistant, Role::User));
    assert_eq!(serde_json::from_str::<Value>(&answer.content).unwrap(), misfit());
    assert!(request.content.contains("/topics/0/evidence"), "{}", request.content);
    let stored = stored_analysis(&world).unwrap();
    assert_eq!(stored["content"], analysis());
    assert_eq!(stored["generator"]["usage"], json!({ "output-tokens": "20", "cost-usd": "0.5" }));
    // What was asked first decides whether it is the same analysis.
    assert!(analyse(&world).unwrap().unchanged);
}

#[test]
fn a_second_answer_that_breaks_the_schema_is_an_error_that_says_where_and_what_it_cost() {
    let (world, author) = world([misfit()]);
    let error = analyse(&world).unwrap_err();
    assert_eq!(
        (error.code(), error.stage, error.extra("reason")),
        ("failed", Some(Stage::Generator), Some("schema"))
    );
    assert!(error.message.contains("/topics/0/evidence"), "{error}");
    assert_eq!((error.extra("output-tokens"), error.extra("cost-usd")), (Some("20"), Some("0.5")));
    assert_eq!(author.asked().len(), 2);
    assert_eq!(stored_analysis(&world), None);
}

#[test]
fn a_plan_for_the_other_partner_is_given_back_as_well() {
    let (world, author) = world([analysis()]);
    analyse(&world).unwrap();
    let (relationship, conflict) = ids();
    let ask =
        || run(world.pipeline().plan_repair(&call(), &relationship, &conflict, Partner::A, false)).unwrap();
    author.writes([plan("partner_b")]);
    let error = ask().unwrap_err();
    assert!(error.extra("reason") == Some("schema") && error.message.contains("partner_b"), "{error}");
    author.writes([plan("partner_b"), plan("partner_a")]);
    ask().unwrap();
    let document = DocumentRef::RepairPlan {
        relationship: relationship.clone(),
        conflict: conflict.clone(),
        partner: Partner::A,
    };
    assert_eq!(stored(&world, &document).unwrap()["content"]["for_partner"], "partner_a");
}

#[test]
fn when_the_second_call_fails_its_error_says_what_the_first_one_cost() {
    // Each call has a step before its effect and one after.
    for n in 0.. {
        let (world, author) = world([misfit(), analysis()]);
        world.set(Some(Fault::Unavailable(n)));
        let result = analyse(&world);
        assert!(!world.fault_is_pending(), "no fault fell on the second call");
        if author.asked().len() == 2 {
            let error = result.unwrap_err();
            assert_eq!((error.code(), error.extra("cost-usd")), ("unavailable", Some("0.25")), "{error}");
            return;
        }
    }
}
