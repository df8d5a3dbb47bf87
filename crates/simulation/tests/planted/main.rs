//! Mistakes planted on purpose, each of which the seeds of the test must find: what does not find a mistake that is there says nothing about one that is not.
//!
//! The flows are as they are; [`Mistaken`] stands between them and the stages and makes of what they ask for what a mistaken flow would have asked for.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on stops there")]

mod mistaken;

use mistaken::{Mistake, Mistaken};
use simulation::{Failure, first_failure};

/// The first failure that a mistake leads to, which must be one of these promises.
fn found(mistake: Mistake, promises: &[&str]) -> Failure {
    let decorate = move |stages| Mistaken { stages, mistake };
    let Some(failure) = first_failure(0..10_000, decorate, || {}) else {
        panic!("{mistake:?} was not found")
    };
    assert!(promises.contains(&failure.promise), "{failure}");
    failure
}

/// Broken: an attempt writes its state into the ledger without asking whether another has claimed the document since. It shows when two write at once: the one whose
/// file was replaced has the last word in the ledger, which then tells of a file that is not there.
#[test]
fn a_ledger_that_takes_the_word_of_an_attempt_that_has_lost_is_found() {
    found(Mistake::LedgerOfAnyAttempt, &["I1", "I2", "I4", "I6"]);
}

/// Broken: a file is stored whatever the key holds. It shows when a slow writer puts its file over that of a quick one, who was told that his is complete.
#[test]
fn a_file_that_is_stored_over_another_unseen_is_found() {
    found(Mistake::PutWhateverIsThere, &["I1", "I2", "I4", "I6"]);
}

/// Broken: when a document has changed, all of its vectors are removed instead of those of attempts that have lost. It shows in the first search after a change.
#[test]
fn old_vectors_that_take_the_new_ones_along_are_found() {
    found(Mistake::RemoveVectorsOfEveryRevision, &["I4", "I6"]);
}

/// Broken: a delete leaves the vectors. It shows when all is done: the index holds passages of documents that nobody has.
#[test]
fn a_delete_that_leaves_the_vectors_is_found() {
    found(Mistake::KeepVectors, &["I4"]);
}

/// Broken: the index is searched without the tenant. It shows at once: the index's answer holds what is another relationship's.
#[test]
fn a_search_without_the_tenant_is_found() {
    found(Mistake::SearchEveryTenant, &["I5"]);
}

/// Broken: an upload is acknowledged when its bytes were sent, not when they were stored. It shows when they do not arrive.
#[test]
fn a_success_that_is_told_before_the_file_is_durable_is_found() {
    found(Mistake::AcknowledgeBeforeStored, &["I1"]);
}

/// Broken: a document is committed while its vectors are still on their way. It shows in a search that comes before them.
#[test]
fn a_commit_before_the_vectors_are_there_is_found() {
    found(Mistake::CommitBeforeIndexed, &["I4", "I6"]);
}

/// Broken: whoever removes a document's row does not ask whose it is. It shows when the document was stored anew meanwhile: its file has no row.
#[test]
fn a_row_that_is_forgotten_unseen_is_found() {
    found(Mistake::ForgetAnyRow, &["I1", "I4", "I6"]);
}

/// Broken: a delete sets no tombstone. It shows when a document is written and deleted at once, and half of it stays.
#[test]
fn a_delete_without_a_tombstone_is_found() {
    found(Mistake::DeleteWithoutTombstone, &["I1", "I2", "I4", "I6"]);
}

/// Broken: a document is stored anew at once where a delete broke off. It shows when what that delete had sent arrives after all, and takes the new file away.
#[test]
fn a_document_that_is_stored_where_an_old_delete_may_still_hit_it_is_found() {
    found(Mistake::BelieveDeletesOver, &["I1", "I4", "I6"]);
}
