//! What a caller and a tenant may take.

use std::time::Duration;

use proptest::prelude::*;
use throttle::{MAX_CALLERS, Places, Rates};

const fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}

#[test]
fn a_burst_is_let_through_and_then_one_at_a_time() {
    let mut rates = Rates::default();
    let start = seconds(1000);
    // 60 a minute: bursts of five, and one a second.
    for _ in 0..5 {
        assert_eq!(rates.take("a", 60, start), Ok(()));
    }
    assert_eq!(rates.take("a", 60, start), Err(seconds(1)));
    assert_eq!(rates.take("a", 60, start), Err(seconds(1)), "a refusal takes nothing");
    assert_eq!(rates.take("b", 60, start), Ok(()), "another caller has their own");
    assert_eq!(rates.take("a", 60, start + seconds(1)), Ok(()));
    assert_eq!(rates.take("a", 60, start + seconds(1)), Err(seconds(1)));
    for _ in 0..5 {
        assert_eq!(rates.take("a", 60, start + seconds(60)), Ok(()));
    }
    assert!(rates.take("a", 60, start + seconds(60)).is_err(), "what is not taken does not add up");
}

#[test]
fn the_smallest_rate_lets_one_through() {
    let mut rates = Rates::default();
    for per_minute in [0, 1] {
        let caller = per_minute.to_string();
        assert_eq!(rates.take(&caller, per_minute, seconds(5)), Ok(()));
        assert_eq!(rates.take(&caller, per_minute, seconds(5)), Err(seconds(60)));
    }
}

#[test]
fn callers_without_number_take_no_memory_without_bound_and_free_nobody_who_is_over() {
    let mut rates = Rates::default();
    while rates.take("storm", 60, seconds(1)).is_ok() {}
    for n in 0..MAX_CALLERS * 2 {
        assert_eq!(rates.take(&n.to_string(), 60, seconds(1)), Ok(()));
    }
    assert!(rates.take("storm", 60, seconds(1)).is_err());
}

#[test]
fn a_tenant_has_so_many_places_and_each_is_free_again() {
    let places = Places::default();
    let first = places.enter("r", 2);
    let second = places.enter("r", 2);
    assert!(first.is_some() && second.is_some());
    assert!(places.enter("r", 2).is_none());
    assert!(places.enter("other", 2).is_some(), "another tenant has their own");
    drop(first);
    assert!(places.enter("r", 2).is_some());
    drop(second);
    assert!(places.enter("r", 1).is_some());
}

proptest! {
    /// Whatever the pattern: no more in any minute than a minute's and a burst.
    #[test]
    fn no_pattern_gets_more_through_than_the_rate_allows(
        per_minute in 1_u32..2000,
        gaps in proptest::collection::vec(0_u64..2000, 1..400),
    ) {
        let mut rates = Rates::default();
        let (mut now, mut taken) = (Duration::ZERO, Vec::new());
        for gap in gaps {
            now += Duration::from_millis(gap);
            match rates.take("a", per_minute, now) {
                Ok(()) => taken.push(now),
                // Who waits as told gets through.
                Err(wait) => {
                    now += wait;
                    prop_assert_eq!(rates.take("a", per_minute, now), Ok(()));
                    taken.push(now);
                }
            }
        }
        for (i, start) in taken.iter().enumerate() {
            let within = taken[i..].iter().take_while(|at| **at - *start < seconds(60)).count();
            prop_assert!(within as u32 <= per_minute + (per_minute / 12).max(1) + 1, "{within} of {per_minute}");
        }
    }
}
