//! Bounded work a page.

use pipeline::stages::Call;
use pipeline::{ReconcilePage, ReconcileRequest};

use crate::adrift::drifted;
use crate::world::run;
use crate::{DAY, agree, everything, findings, patient, reconcile, settled, to_the_end, told};

#[test]
fn what_a_page_looks_at_is_bounded_and_the_pages_leave_nothing_out() {
    let world = drifted();
    let whole = told(&reconcile(&world, everything(true)));
    assert!(whole.len() > 6, "{whole:?}");
    for limit in [1, 2, 3, 5] {
        let request = ReconcileRequest { limit, ..everything(true) };
        let pages = run(to_the_end(&world, &patient(), request)).unwrap();
        let looked_at = |page: &ReconcilePage| {
            page.looked_at.documents + page.looked_at.objects + page.looked_at.rows + page.looked_at.vectors
        };
        assert!(pages.iter().all(|page| looked_at(page) <= u64::from(limit)));
        let mut found = findings(pages);
        // The vectors of one document may lie on two pages.
        found.dedup_by(|a, b| a == b);
        assert_eq!(told(&found), whole, "pages of {limit}");
    }
    for limit in [1, 2, 1000] {
        let world = drifted();
        let found = told(&reconcile(&world, ReconcileRequest { limit, ..everything(false) }));
        assert!(found.len() >= whole.len(), "pages of {limit}: {found:?}");
        world.pass(DAY);
        agree(&world, &format!("pages of {limit}"));
    }
}

#[test]
fn a_page_without_time_heals_one_thing_and_the_next_goes_on() {
    let world = drifted();
    let hurried = Call { deadline_ms: 0, ..Call::default() };
    let pages = run(to_the_end(&world, &hurried, everything(false))).unwrap();
    assert!(pages.len() > 10);
    assert!(pages.iter().all(|page| page.findings.len() <= 1), "{pages:#?}");
    world.pass(DAY);
    agree(&world, "after pages without time");
}

#[test]
fn a_limit_out_of_bounds_and_a_cursor_of_another_run_are_refused() {
    let world = settled();
    let ask = |request| run(world.pipeline().reconcile(&patient(), &request)).unwrap();
    for limit in [0, 1001] {
        assert_eq!(ask(ReconcileRequest { limit, ..everything(true) }).unwrap_err().code(), "invalid");
    }
    let first = ask(ReconcileRequest { limit: 1, ..everything(true) }).unwrap();
    let other =
        ReconcileRequest { relationship: Some("r".parse().unwrap()), cursor: first.next, ..everything(true) };
    assert_eq!(ask(other).unwrap_err().code(), "invalid");
}
