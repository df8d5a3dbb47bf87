//! What drifted is found and healed, once, and only when it is asked for.

use pipeline::{Action, Drift, Stage};

use crate::adrift::HEALED;
use crate::world::{handbook, run};
use crate::{
    DAY, agree, everything, findings, heal, ledger, patient, reconcile, settled, snapshot, to_the_end, told,
};

#[test]
fn stores_that_agree_are_looked_at_and_left_as_they_are() {
    for knows_sha256 in [false, true] {
        let world = settled();
        world.memory().objects.hides_sha256 = !knows_sha256;
        let before = snapshot(&world);
        let embedded = world.calls(Stage::Embedder);
        let pages = run(to_the_end(&world, &patient(), everything(false))).unwrap();
        let looked_at = pages.last().unwrap().looked_at;
        assert_eq!(
            (looked_at.documents, looked_at.objects, looked_at.rows, looked_at.vectors, looked_at.recent),
            (3, 3, 3, 4, 0)
        );
        assert_eq!(findings(pages), []);
        assert_eq!(snapshot(&world), before);
        // Only asked who it is.
        assert!(world.calls(Stage::Embedder) <= embedded + 2);
    }
}

#[test]
fn each_drift_is_found_and_healed_once() {
    for (name, plant, drift, action) in HEALED {
        for knows_sha256 in [false, true] {
            let world = settled();
            world.memory().objects.hides_sha256 = !knows_sha256;
            plant(&world);
            assert_eq!(told(&heal(&world)), [(drift, action, "healed")], "{name}");
            world.pass(DAY);
            agree(&world, name);
        }
    }
}

#[test]
fn a_dry_run_says_the_same_and_changes_nothing() {
    for (name, plant, drift, action) in HEALED {
        let world = settled();
        plant(&world);
        let before = snapshot(&world);
        assert_eq!(told(&reconcile(&world, everything(true))), [(drift, action, "planned")], "{name}");
        assert_eq!(snapshot(&world), before, "{name}");
    }
}

#[test]
fn another_model_means_that_everything_is_indexed_again() {
    let world = settled();
    world.set_model(2);
    let found = told(&heal(&world));
    assert_eq!(found, [(Drift::OutdatedIndex, Action::Reindex, "healed"); 3]);
    world.pass(DAY);
    agree(&world, "after a change of model");
    assert!(
        ledger(&world, &handbook("r", "h")).unwrap().models["embedder"].as_str().unwrap().ends_with("/m2")
    );
}
