use std::collections::HashMap;
use std::time::Duration;

/// The most callers that are remembered.
pub const MAX_CALLERS: usize = 10_000;

const MINUTE: Duration = Duration::from_secs(60);
/// A burst is what a minute allows, divided by this: the requests of five seconds.
const BURSTS_A_MINUTE: u32 = 12;

/// How many requests each caller may still send: a token bucket each, by the generic cell rate algorithm, which keeps one moment a caller.
#[derive(Debug, Default)]
pub struct Rates {
    /// When the caller's bucket is full again.
    full_at: HashMap<String, Duration>,
}

impl Rates {
    /// Takes one request of `caller`'s, who may send `per_minute` of them (at least 1 is allowed), a twelfth of that at once. `now` is the time since any moment
    /// that stays the same, and never goes back.
    ///
    /// # Errors
    /// How long to wait when there is none to take. Nothing is taken then.
    pub fn take(&mut self, caller: &str, per_minute: u32, now: Duration) -> Result<(), Duration> {
        let per_minute = per_minute.max(1);
        let interval = MINUTE / per_minute;
        let burst = (per_minute / BURSTS_A_MINUTE).max(1);
        let full_at = self.full_at.get(caller).copied().unwrap_or_default().max(now);
        // One is taken when the bucket, with it, is no emptier than empty.
        let empty = now.saturating_add(interval.saturating_mul(burst));
        let taken = full_at.saturating_add(interval);
        if taken > empty {
            return Err(taken - empty);
        }
        if !self.full_at.contains_key(caller) {
            self.make_room(now);
        }
        self.full_at.insert(caller.to_owned(), taken);
        Ok(())
    }

    /// Forgets those of whom there is nothing to remember; when that is nobody, the one who has taken least.
    fn make_room(&mut self, now: Duration) {
        if self.full_at.len() < MAX_CALLERS {
            return;
        }
        self.full_at.retain(|_, full_at| *full_at > now);
        if self.full_at.len() >= MAX_CALLERS {
            let least =
                self.full_at.iter().min_by_key(|(_, full_at)| **full_at).map(|(caller, _)| caller.clone());
            least.map(|caller| self.full_at.remove(&caller));
        }
    }
}
