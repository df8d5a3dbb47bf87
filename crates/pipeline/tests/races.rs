//! Two requests for one document at the same time. One is held before each of its steps in turn, while the other runs from its beginning to its end: whatever the
//! two were told is true, and afterwards the stores agree.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on stops there")]

mod world;

use layout::DocumentRef;
use pipeline::{Durability, Result, Status};
use simulation::pdf;
use world::{Fault, Flows, World, call, go_on, handbook, put, run, search};

/// More steps than any flow here takes.
const MANY: usize = 400;
/// Longer than anything that broke off holds others back.
const HOUR: u64 = 3600 * 1000;

/// What one of the two asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Deed {
    /// Stores a PDF of these pages.
    Put(&'static [&'static str]),
    Delete,
    Resume,
}

use Deed::{Delete, Put, Resume};

const OLD: &[&str] = &["alpha", "bravo", "charlie"];
const NEW: &[&str] = &["delta", "echo"];
const OTHER: &[&str] = &["foxtrot"];

fn document() -> DocumentRef {
    handbook("r", "h")
}

impl Deed {
    /// Whether it was acknowledged, and the document as complete if it was stored.
    async fn perform(self, flows: &Flows) -> Result<()> {
        match self {
            Put(pages) => {
                let outcome = put(flows, &document(), &pdf(pages)).await?;
                assert_eq!(outcome.durability, Durability::Complete);
            }
            Delete => flows.delete(&call(), &document()).await?,
            Resume => {
                let reference = document();
                let id = reference.document_id();
                let document = flows.document(&call(), reference.relationship(), &id).await?;
                flows.resume(&call(), document).await?;
            }
        }
        Ok(())
    }

    /// What it leaves behind when it comes last.
    fn leaves(self) -> Option<Option<Vec<u8>>> {
        match self {
            Put(pages) => Some(Some(pdf(pages))),
            Delete => Some(None),
            Resume => None,
        }
    }
}

/// Holds `slow` before every step in turn while `quick` runs, beginning with what `before` stores.
fn race(before: Option<Deed>, slow: Deed, quick: Deed) {
    for n in 0..MANY {
        let world = World::default();
        let flows = world.pipeline();
        if let Some(before) = before {
            run(before.perform(&flows)).unwrap().unwrap();
        }
        world.set(Some(Fault::Hold(n)));
        let mut held = Box::pin(slow.perform(&flows));
        if go_on(held.as_mut()).is_some() {
            assert!(n > 5, "{slow:?} ended before it was held");
            return;
        }
        let second = run(quick.perform(&flows)).unwrap();
        world.release();
        let first = go_on(held.as_mut()).unwrap();
        let context = format!("{slow:?} held at step {n}: {first:?}; {quick:?}: {second:?}");
        for (result, deed) in [(&first, slow), (&second, quick)] {
            if let Err(error) = result {
                let refusals: &[&str] =
                    if deed == Resume { &["conflict", "not-found"] } else { &["conflict"] };
                assert!(refusals.contains(&error.code()), "{context}");
            }
        }
        let stored = world.file(&document()).map(|bytes| bytes.to_vec());
        // One of those who were told that it is done has the last word; when nobody was, anyone may.
        let mut last: Vec<_> = [(&first, slow), (&second, quick)]
            .into_iter()
            .filter(|(result, _)| result.is_ok())
            .filter_map(|(_, deed)| deed.leaves())
            .collect();
        if last.is_empty() {
            last = [before.unwrap_or(Delete), slow, quick].into_iter().filter_map(Deed::leaves).collect();
        }
        assert!(last.contains(&stored), "{context}");
        agree(&world, stored.as_deref(), &context);
    }
    panic!("{slow:?} never ended");
}

/// Once what is unfinished was resumed: one revision of one file, its row, and its passages.
fn agree(world: &World, stored: Option<&[u8]>, context: &str) {
    world.pass(HOUR);
    if let Some(unfinished) = world.document(&document()).filter(|row| row.status != Status::Indexed) {
        let _ = run(world.pipeline().resume(&call(), unfinished)).unwrap();
    }
    let mut found = search(world, "r", "anything");
    found.sort();
    let Some(bytes) = stored else {
        assert!(found.is_empty() && world.document(&document()).is_none(), "{context}");
        return;
    };
    let Some(row) = world.document(&document()) else {
        // A file that arrived when its document was being deleted has no row: reconcile finds it.
        assert!(found.is_empty() && context.contains("Delete"), "{context}");
        return;
    };
    let pages = [OLD, NEW, OTHER].into_iter().find(|pages| pdf(pages) == bytes).unwrap();
    assert_eq!(found, pages, "{context}");
    assert_eq!((row.status, row.size), (Status::Indexed, Some(bytes.len() as u64)), "{context}");
}

#[test]
fn of_two_writers_of_one_document_the_one_who_is_refused_leaves_nothing_of_his() {
    for before in [None, Some(Put(OLD))] {
        race(before, Put(NEW), Put(OTHER));
    }
}

/// Among the steps is the removal of old vectors, which may come when the same bytes are new again.
#[test]
fn a_writer_of_the_bytes_that_are_there_and_a_writer_of_others_agree_on_one_of_them() {
    race(Some(Put(OLD)), Put(OLD), Put(NEW));
    race(Some(Put(OLD)), Put(NEW), Put(OLD));
    race(None, Put(NEW), Put(NEW));
}

#[test]
fn a_delete_and_a_write_leave_a_whole_document_or_none() {
    for before in [None, Some(Put(OLD))] {
        race(before, Put(NEW), Delete);
    }
    race(Some(Put(OLD)), Delete, Put(NEW));
    race(Some(Put(OLD)), Delete, Delete);
}

#[test]
fn a_resume_takes_nothing_from_a_writer() {
    for before in [None, Some(Put(OLD))] {
        race(before, Put(NEW), Resume);
    }
    race(Some(Put(OLD)), Resume, Put(NEW));
    race(Some(Put(OLD)), Resume, Delete);
    race(Some(Put(OLD)), Delete, Resume);
}

#[test]
fn a_resume_that_found_no_file_does_not_forget_the_document_that_came_meanwhile() {
    for n in 0..MANY {
        let world = World::default();
        let flows = world.pipeline();
        // The upload begins and waits for its file to be stored.
        world.set(Some(Fault::Hold(16)));
        let mut upload = Box::pin(Put(NEW).perform(&flows));
        assert!(go_on(upload.as_mut()).is_none());
        assert_eq!(world.document(&document()).unwrap().status, Status::Receiving);
        world.set(Some(Fault::Hold(n)));
        let mut resume = Box::pin(Resume.perform(&flows));
        let resumed = go_on(resume.as_mut());
        world.set(None);
        world.release();
        go_on(upload.as_mut()).unwrap().unwrap();
        if resumed.is_some() {
            assert!(n > 3);
            return;
        }
        world.release();
        let _ = go_on(resume.as_mut()).unwrap();
        assert_eq!(search(&world, "r", "delta"), NEW, "{n}");
    }
    panic!("the resume never ended");
}

#[test]
fn a_resume_of_a_delete_takes_no_document_away_that_was_stored_since() {
    let mut stored = 0;
    for n in 0..MANY {
        let world = World::default();
        let flows = world.pipeline();
        run(Put(OLD).perform(&flows)).unwrap().unwrap();
        // The delete has set its tombstone and waits.
        world.set(Some(Fault::Hold(4)));
        let mut delete = Box::pin(Delete.perform(&flows));
        assert!(go_on(delete.as_mut()).is_none());
        assert_eq!(world.document(&document()).unwrap().status, Status::Deleting);
        world.set(Some(Fault::Hold(n)));
        let mut resume = Box::pin(Resume.perform(&flows));
        let resumed = go_on(resume.as_mut());
        world.set(None);
        world.release();
        go_on(delete.as_mut()).unwrap().unwrap();
        let put = run(Put(NEW).perform(&flows)).unwrap();
        if resumed.is_some() {
            assert!(n > 3 && stored > 0);
            return;
        }
        world.release();
        let _ = go_on(resume.as_mut()).unwrap();
        if put.is_ok() {
            stored += 1;
            assert_eq!(world.file(&document()).unwrap(), pdf(NEW), "{n}");
            assert_eq!(search(&world, "r", "delta"), NEW, "{n}");
        }
    }
    panic!("the resume never ended");
}
