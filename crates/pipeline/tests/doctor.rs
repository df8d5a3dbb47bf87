//! What the doctor promises: every stage tried, every fault named, nothing left behind.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on stops there")]

mod world;

use pipeline::stages::Vector;
use pipeline::{Checkup, Error, ErrorKind, Fetch, Result, Stage};
use world::{Fault, World, call, run};

/// Reads signed URLs of the object store in memory.
struct Browser<'a>(&'a World);

impl Fetch for Browser<'_> {
    async fn fetch(&self, url: &str, _: usize) -> Result<Vec<u8>> {
        let memory = self.0.memory();
        let object = memory.objects.all().find(|(key, _)| url.contains(key));
        object.map(|(_, bytes)| bytes.to_vec()).ok_or_else(|| Error::not_found("No such object."))
    }
}

fn doctor(world: &World) -> Checkup {
    let pipeline = world.pipeline();
    run(pipeline.doctor(&call(), &Browser(world))).unwrap()
}

#[test]
fn a_healthy_set_of_stages_passes_every_check_and_keeps_nothing() {
    let world = World::default();
    let checkup = doctor(&world);
    assert!(checkup.is_healthy(), "{checkup:#?}");
    for stage in Stage::ALL {
        assert!(checkup.checks.iter().any(|check| check.stage == stage), "{stage} was not tried");
    }
    assert!(world.is_empty());
}

#[test]
fn whichever_call_fails_is_named_and_the_other_stages_are_still_tried() {
    let mut failures = 0;
    for n in 0.. {
        let world = World::default();
        world.set(Some(Fault::Unavailable(n)));
        let checkup = doctor(&world);
        if world.fault_is_pending() {
            break;
        }
        failures += 1;
        let failed: Vec<_> = checkup.checks.iter().filter(|check| check.finding.is_err()).collect();
        let [failed] = failed.as_slice() else { panic!("call {n}: {checkup:#?}") };
        assert_eq!(failed.finding.as_ref().unwrap_err().stage, Some(failed.stage), "call {n}");
        for stage in Stage::ALL {
            assert!(
                checkup.checks.iter().any(|check| check.stage == stage),
                "call {n}: {stage} was not tried"
            );
        }
        // Also what was done although the call failed: its answer was lost.
        assert!(world.is_empty() || failed.name == "delete", "call {n}: {} left something", failed.name);
    }
    assert!(failures > 15, "{failures} calls were made to fail");
}

#[test]
fn what_a_store_learns_by_working_and_advises_to_set_is_a_finding() {
    let world = World::default();
    world.memory().advice = Some("The bucket is in another region.".to_owned());
    let checkup = doctor(&world);
    let failed: Vec<_> = checkup.checks.iter().filter(|check| check.finding.is_err()).collect();
    let [failed] = failed.as_slice() else { panic!("{checkup:#?}") };
    assert_eq!((failed.stage, failed.name), (Stage::ObjectStore, "settings"));
    let error = failed.finding.as_ref().unwrap_err();
    assert_eq!(
        (&error.kind, error.message.as_str()),
        (&ErrorKind::Misconfigured, "The bucket is in another region.")
    );
    assert!(world.is_empty(), "nothing is left behind");
}

#[test]
fn what_others_left_behind_does_not_stand_in_the_way() {
    let world = World::default();
    for n in 0.. {
        world.set(Some(Fault::Crash(n)));
        let pipeline = world.pipeline();
        if run(pipeline.doctor(&call(), &Browser(&world))).is_some() {
            break;
        }
    }
    world.set(None);
    let left = world.memory().vectors.all().next().unwrap().1.clone();
    let copies: Vec<_> = (0..1000).map(|n| Vector { id: format!("!{n}"), ..left.clone() }).collect();
    world.memory().vectors.upsert("serene-doctor", &copies).unwrap();
    let kept = world.vectors();
    let checkup = doctor(&world);
    assert!(checkup.is_healthy(), "{checkup:#?}");
    assert_eq!(world.vectors(), kept);
}
