//! Failures in the middle, two runs at once, and traffic beside a run.

use pipeline::{Drift, PdfUpload, ReconcileRequest, Resolution, Status, from_bytes};
use simulation::pdf;

use crate::adrift::{HEALED, drifted};
use crate::world::{Fault, call, handbook, run, search};
use crate::{DAY, agree, everything, findings, heal, ledger, patient, settled, to_the_end};

#[test]
fn one_failure_stops_neither_the_rest_nor_the_next_run() {
    let mut failures = 0;
    for fault in [Fault::Unavailable as fn(usize) -> Fault, Fault::Crash] {
        for n in 0.. {
            let world = drifted();
            world.set(Some(fault(n)));
            let pages =
                run(to_the_end(&world, &patient(), ReconcileRequest { limit: 3, ..everything(false) }));
            let was_pending = world.fault_is_pending();
            world.set(None);
            world.pass(DAY);
            let again = heal(&world);
            assert!(again.iter().all(|f| f.resolution == Resolution::Healed), "call {n}: {again:?}");
            world.pass(DAY);
            agree(&world, &format!("a fault at call {n}"));
            if pages.is_some() && was_pending {
                break;
            }
            failures += 1;
        }
    }
    assert!(failures > 100, "{failures} calls were made to fail");
}

#[test]
fn two_runs_at_once_do_no_harm() {
    let world = drifted();
    world.take_turns();
    let request = || ReconcileRequest { limit: 2, ..everything(false) };
    let call = patient();
    let both =
        async { futures::join!(to_the_end(&world, &call, request()), to_the_end(&world, &call, request())) };
    let (one, other) = run(both).unwrap();
    for finding in findings(one).into_iter().chain(findings(other)) {
        assert!(matches!(finding.resolution, Resolution::Healed | Resolution::Busy), "{finding:?}");
    }
    world.pass(DAY);
    heal(&world);
    world.pass(DAY);
    agree(&world, "after two runs at once");
    assert_eq!(search(&world, "r", "foxtrot")[0], "foxtrot");
}

#[test]
fn a_run_beside_traffic_loses_nothing_that_is_acknowledged() {
    for head_start in 0..40 {
        let world = drifted();
        world.take_turns();
        let pipeline = world.pipeline();
        let (stored, deleted) = (handbook("r", "fresh"), handbook("r", "i"));
        let bytes = pdf(&["juliet", "kilo"]);
        let traffic = async {
            // Meets the run at another place each time.
            for _ in 0..head_start {
                world.turn().await;
            }
            let put =
                PdfUpload { body: from_bytes(bytes.clone()), size: None, filename: None, partner: None };
            pipeline.put_pdf(&call(), &stored, put).await.unwrap();
            pipeline.delete(&call(), &deleted).await.unwrap();
        };
        let call = patient();
        run(async { futures::join!(traffic, to_the_end(&world, &call, everything(false))) }).unwrap();
        assert_eq!(world.file(&stored).unwrap(), bytes);
        assert_eq!(ledger(&world, &deleted), None);
        world.pass(DAY);
        heal(&world);
        world.pass(DAY);
        agree(&world, &format!("beside traffic, {head_start}"));
        let found = search(&world, "r", "juliet");
        assert!(found.contains(&"juliet".to_owned()) && !found.contains(&"charlie".to_owned()), "{found:?}");
    }
}

#[test]
fn what_is_deleted_while_it_is_healed_stays_deleted() {
    for (name, plant, drift, _) in HEALED {
        for head_start in 0..60 {
            let world = settled();
            plant(&world);
            world.take_turns();
            let pipeline = world.pipeline();
            let deleted = handbook("r", "h");
            let traffic = async {
                for _ in 0..head_start {
                    world.turn().await;
                }
                // A delete that meets another write is asked for again, as it says.
                while pipeline.delete(&call(), &deleted).await.is_err() {}
            };
            let call = patient();
            run(async { futures::join!(traffic, to_the_end(&world, &call, everything(false))) }).unwrap();
            let context = format!("{name}, {head_start}");
            let row = || world.rows_of("profiles").into_iter().find(|row| row["id"] == "h");
            // A delete that takes over from another leaves its tombstone for a while.
            let left = ledger(&world, &deleted);
            assert!(left.is_none_or(|tombstone| tombstone.status == Status::Deleting), "{context}");
            assert!(drift != Drift::MissingRow || row().is_none(), "{context}");
            assert!(world.file(&deleted).is_none(), "{context}");
            world.pass(DAY);
            heal(&world);
            world.pass(DAY);
            agree(&world, &context);
            assert_eq!(row(), None, "{context}");
        }
    }
}
