//! What idempotency keys promise, over stages in memory: one of any number works, whatever fails and whoever dies, and whoever comes later is told the same.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on stops there")]

mod world;

use std::collections::BTreeMap;

use layout::{DocumentRef, RelationshipId};
use pipeline::{
    BodyDigest, KeptAnswer, KeyClaim, Keyed, KeyedRequest, ReconcileRequest, Result, Settings, Status,
};
use simulation::pdf;
use world::{Fault, Flows, World, call, go_on, put, run, search};

/// More steps than any flow here takes.
const MANY: usize = 400;

fn settings() -> Settings {
    World::default().pipeline().settings().clone()
}

/// What a client sends.
#[derive(Clone, Copy)]
struct Sent(&'static str, &'static str, &'static str, &'static str);

/// A request, and the same with one thing changed.
const FIRST: Sent = Sent("service:a", "r", "key", "POST /handbooks");
const OF_ANOTHER_CALLER: Sent = Sent("service:b", "r", "key", "POST /handbooks");
const ELSEWHERE: Sent = Sent("service:a", "other", "key", "POST /handbooks");
const UNDER_ANOTHER_KEY: Sent = Sent("service:a", "r", "another", "POST /handbooks");
const FOR_SOMETHING_ELSE: Sent = Sent("service:a", "r", "key", "POST /profiles");

async fn claim(flows: &Flows, Sent(caller, relationship, key, target): Sent) -> Result<Keyed> {
    let relationship: RelationshipId = relationship.parse().unwrap();
    flows.claim_key(&call(), &KeyedRequest { caller, relationship: &relationship, key, target }).await
}

fn asked(world: &World, sent: Sent) -> Keyed {
    run(claim(&world.pipeline(), sent)).unwrap().unwrap()
}

#[track_caller]
fn claimed(keyed: Keyed) -> KeyClaim {
    match keyed {
        Keyed::Claimed(claim) => claim,
        other => panic!("{other:?}"),
    }
}

fn body() -> BodyDigest {
    BodyDigest { sha256: "ab".repeat(32), size: 3 }
}

fn answer(status: u16) -> KeptAnswer {
    let headers = BTreeMap::from([("location".to_owned(), "/v1/there".to_owned())]);
    KeptAnswer { status, headers, body: "{\"id\":\"d\"}\n".to_owned() }
}

fn keep(world: &World, claim: &KeyClaim, status: u16) -> Option<Result<()>> {
    run(world.pipeline().keep_answer(&call(), claim, &body(), &answer(status)))
}

fn answered(status: u16) -> Keyed {
    Keyed::Answered { body: body(), answer: answer(status) }
}

#[test]
fn what_was_answered_is_answered_the_same_again() {
    let world = World::default();
    let claim = claimed(asked(&world, FIRST));
    keep(&world, &claim, 201).unwrap().unwrap();
    for _ in 0..2 {
        world.pass(60_000);
        assert_eq!(asked(&world, FIRST), answered(201));
    }
    assert_eq!(asked(&world, FOR_SOMETHING_ELSE), Keyed::Reused);
}

#[test]
fn a_key_is_its_callers_in_its_relationship_and_says_nothing_to_others() {
    let world = World::default();
    let first = claimed(asked(&world, FIRST));
    keep(&world, &first, 201).unwrap().unwrap();
    for other in [OF_ANOTHER_CALLER, ELSEWHERE, UNDER_ANOTHER_KEY] {
        let other = claimed(asked(&world, other));
        assert_ne!(other.seed(), first.seed());
    }
    let rows = format!("{:?}", world.rows_of("idempotency_keys"));
    assert!(
        !rows.contains("service:a") && !rows.contains("another"),
        "neither callers nor keys are kept: {rows}"
    );
}

#[test]
fn while_one_works_others_wait_until_it_is_known_to_be_dead() {
    let world = World::default();
    let takeover_ms = settings().key_takeover_ms;
    let first = claimed(asked(&world, FIRST));
    let wait = |world: &World| match asked(world, FIRST) {
        Keyed::InProgress { retry_after_ms } => retry_after_ms,
        other => panic!("{other:?}"),
    };
    assert_eq!(wait(&world), 1000);
    world.pass(takeover_ms / 3);
    assert!(wait(&world) >= takeover_ms / 3, "as long as it has taken so far");
    world.pass(takeover_ms / 2);
    assert!(wait(&world) <= takeover_ms / 6, "and no longer than it may take");
    assert_eq!(asked(&world, FOR_SOMETHING_ELSE), Keyed::Reused);
    world.pass(takeover_ms / 6);
    let second = claimed(asked(&world, FIRST));
    assert_eq!(second.seed(), first.seed(), "what the first may have created is not created twice");
    // The first was slow, not dead: it has lost the key all the same.
    keep(&world, &first, 201).unwrap().unwrap();
    run(world.pipeline().open_key(&call(), &first)).unwrap().unwrap();
    assert!(matches!(asked(&world, FIRST), Keyed::InProgress { .. }));
    keep(&world, &second, 200).unwrap().unwrap();
    assert_eq!(asked(&world, FIRST), answered(200));
}

#[test]
fn a_request_without_a_lasting_answer_is_done_again_and_creates_the_same() {
    let world = World::default();
    let first = claimed(asked(&world, FIRST));
    run(world.pipeline().open_key(&call(), &first)).unwrap().unwrap();
    assert_eq!(asked(&world, FOR_SOMETHING_ELSE), Keyed::Reused);
    let second = claimed(asked(&world, FIRST));
    assert_eq!(second.seed(), first.seed());
    assert!(matches!(asked(&world, FIRST), Keyed::InProgress { .. }));
}

#[test]
fn a_key_that_ran_out_is_a_new_one_and_names_nothing_that_it_named_before() {
    let world = World::default();
    let first = claimed(asked(&world, FIRST));
    keep(&world, &first, 201).unwrap().unwrap();
    world.pass(settings().key_keep_ms - 60_000);
    assert_eq!(asked(&world, FIRST), answered(201));
    world.pass(60_000);
    let again = claimed(asked(&world, FOR_SOMETHING_ELSE));
    assert_ne!(again.seed(), first.seed());
    keep(&world, &again, 200).unwrap().unwrap();
    assert_eq!(asked(&world, FOR_SOMETHING_ELSE), answered(200));
}

/// Reconciles page by page; how many keys were removed.
fn reconcile(world: &World, limit: u32, dry_run: bool) -> u64 {
    let (mut cursor, mut keys) = (None, 0);
    loop {
        let request = ReconcileRequest { relationship: None, dry_run, limit, cursor };
        let page = run(world.pipeline().reconcile(&call(), &request)).unwrap().unwrap();
        assert!(page.findings.is_empty() && page.looked_at.keys <= u64::from(limit), "{page:?}");
        keys += page.looked_at.keys;
        cursor = page.next;
        if cursor.is_none() {
            return keys;
        }
    }
}

#[test]
fn reconcile_removes_the_keys_that_ran_out_page_by_page_and_no_others() {
    let world = World::default();
    let keys: Vec<String> = (0..7).map(|n| format!("key-{n}")).collect();
    let relationship: RelationshipId = "r".parse().unwrap();
    for key in &keys {
        let request = KeyedRequest { caller: "a", relationship: &relationship, key, target: "t" };
        claimed(run(world.pipeline().claim_key(&call(), &request)).unwrap().unwrap());
    }
    world.pass(settings().key_keep_ms);
    claimed(asked(&world, FIRST));
    assert_eq!((reconcile(&world, 3, true), world.rows_of("idempotency_keys").len()), (0, 8));
    assert_eq!((reconcile(&world, 3, false), world.rows_of("idempotency_keys").len()), (7, 1));
    assert!(matches!(asked(&world, FIRST), Keyed::InProgress { .. }));
}

/// One is held before each of its steps in turn while the other runs: one of them gets the key, or the second is told what the first was answered.
#[test]
fn of_two_at_once_one_works() {
    // A key that is new, one left open, one whose holder died, one that ran out.
    let begin: [fn(&World); 4] = [
        |_| {},
        |world| {
            let claim = claimed(asked(world, FIRST));
            run(world.pipeline().open_key(&call(), &claim)).unwrap().unwrap();
        },
        |world| {
            claimed(asked(world, FIRST));
            world.pass(settings().key_takeover_ms);
        },
        |world| {
            let claim = claimed(asked(world, FIRST));
            keep(world, &claim, 201).unwrap().unwrap();
            world.pass(settings().key_keep_ms + settings().key_takeover_ms);
        },
    ];
    for (case, begin) in begin.into_iter().enumerate() {
        for n in 0..MANY {
            let world = World::default();
            begin(&world);
            let flows = world.pipeline();
            world.set(Some(Fault::Hold(n)));
            let mut held = Box::pin(claim(&flows, FIRST));
            if go_on(held.as_mut()).is_some() {
                assert!(n > 1, "the claim ended before it was held");
                break;
            }
            let quick = asked(&world, FIRST);
            world.release();
            let slow = go_on(held.as_mut()).unwrap().unwrap();
            let works = |keyed: &Keyed| matches!(keyed, Keyed::Claimed(_));
            assert!(works(&slow) != works(&quick), "case {case}, step {n}: {slow:?}, {quick:?}");
            let loser = if works(&slow) { quick } else { slow };
            assert!(matches!(loser, Keyed::InProgress { .. }), "case {case}, step {n}: {loser:?}");
            assert!(n + 1 < MANY, "the claim never ended");
        }
    }
}

/// Does a request as a client's gateway does: claims the key, stores the handbook that the key names, keeps the answer.
async fn request(flows: &Flows, bytes: &[u8]) -> Result<Keyed> {
    let keyed = claim(flows, FIRST).await?;
    if let Keyed::Claimed(claim) = &keyed {
        let stored = put(flows, &named_by(claim), bytes).await;
        match stored {
            Ok(_) => flows.keep_answer(&call(), claim, &body(), &answer(201)).await?,
            Err(_) => flows.open_key(&call(), claim).await?,
        }
    }
    Ok(keyed)
}

fn named_by(claim: &KeyClaim) -> DocumentRef {
    world::handbook("r", &format!("{:032x}", claim.seed()))
}

#[test]
fn a_request_that_breaks_off_anywhere_is_done_once_by_sending_it_again() {
    let bytes = pdf(&["alpha"]);
    for fault in [Fault::Unavailable, Fault::Crash] {
        for n in 0..MANY {
            let world = World::default();
            world.set(Some(fault(n)));
            let result = run(request(&world.pipeline(), &bytes));
            let has_ended = world.fault_is_pending() && result.is_some();
            world.set(None);
            // A client that sends it again and again, as long as it is told to wait.
            let mut told = run(request(&world.pipeline(), &bytes)).unwrap().unwrap();
            let mut waited = 0;
            while let Keyed::InProgress { retry_after_ms } = told {
                waited += retry_after_ms;
                world.pass(retry_after_ms);
                told = run(request(&world.pipeline(), &bytes)).unwrap().unwrap();
            }
            assert!(waited <= settings().key_takeover_ms * 2, "{n}: {waited}");
            assert_ne!(told, Keyed::Reused, "{n}");
            assert_eq!(asked(&world, FIRST), answered(201), "{n}");
            world.pass(settings().reconcile_after_ms * 2);
            run(world.pipeline().reconcile(
                &call(),
                &ReconcileRequest { relationship: None, dry_run: false, limit: 1000, cursor: None },
            ))
            .unwrap()
            .unwrap();
            let documents = world.rows_of("documents");
            assert_eq!(documents.len(), 1, "{n}: {documents:#?}");
            assert_eq!(documents[0]["status"], serde_json::to_value(Status::Indexed).unwrap(), "{n}");
            assert_eq!((world.objects(), search(&world, "r", "alpha").len()), (1, 1), "{n}");
            if has_ended {
                break;
            }
            assert!(n + 1 < MANY, "the request never ended");
        }
    }
}

#[test]
fn without_the_store_nothing_is_claimed() {
    let world = World::default();
    world.set(Some(Fault::Unavailable(0)));
    let error = run(claim(&world.pipeline(), FIRST)).unwrap().unwrap_err();
    assert!(error.is_retryable());
    assert!(world.is_empty());
}
