use std::collections::HashMap;
use std::time::Duration;

use layout::RelationshipId;

use crate::UserId;

/// The most answers kept.
pub const MAX_MEMBERSHIPS: usize = 1024;
/// How long a member stays one after the row is gone, at most.
const MEMBER: Duration = Duration::from_secs(30);
/// How long a new member waits, at most, after having been refused.
const STRANGER: Duration = Duration::from_secs(5);

/// Who was found in which relationship, and who was not, a short while ago. An answer is for one user and one relationship and no other.
#[derive(Debug, Default)]
pub struct Memberships(HashMap<(UserId, RelationshipId), Answer>);

#[derive(Clone, Copy, Debug)]
struct Answer {
    is_member: bool,
    until: Duration,
}

impl Memberships {
    /// Whether the user is a member; `None` when that must be looked up. `now` is the time since some moment in the past and never goes back.
    #[must_use]
    pub fn get(&self, user: &UserId, relationship: &RelationshipId, now: Duration) -> Option<bool> {
        let answer = self.0.get(&(user.clone(), relationship.clone()))?;
        (now < answer.until).then_some(answer.is_member)
    }

    /// Remembers what was looked up `now`.
    pub fn put(&mut self, user: &UserId, relationship: &RelationshipId, is_member: bool, now: Duration) {
        if self.0.len() >= MAX_MEMBERSHIPS {
            self.0.retain(|_, answer| now < answer.until);
        }
        if self.0.len() >= MAX_MEMBERSHIPS
            && let Some(first) =
                self.0.iter().min_by_key(|(_, answer)| answer.until).map(|(key, _)| key.clone())
        {
            self.0.remove(&first);
        }
        let until = now + if is_member { MEMBER } else { STRANGER };
        self.0.insert((user.clone(), relationship.clone()), Answer { is_member, until });
    }
}
