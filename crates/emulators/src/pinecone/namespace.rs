//! A namespace: what was written, and what of it reads see yet.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use super::record::Record;

/// The records of a namespace at two moments.
#[derive(Debug, Default)]
pub(super) struct Namespace {
    /// With every write.
    pub(super) written: BTreeMap<String, Arc<Record>>,
    /// What reads see.
    visible: BTreeMap<String, Arc<Record>>,
    pending: VecDeque<Write>,
    lsn: u64,
    visible_lsn: u64,
}

/// A write that reads do not see yet.
#[derive(Debug)]
struct Write {
    lsn: u64,
    reads_left: u32,
    changes: Vec<Change>,
}

/// A record's new content; `None` where it is deleted.
pub(super) type Change = (String, Option<Arc<Record>>);

impl Namespace {
    /// Carries out a write and gives its LSN. So many reads will not see it.
    pub(super) fn write(&mut self, changes: Vec<Change>, lag: u32) -> u64 {
        apply(&mut self.written, &changes);
        self.lsn += 1;
        self.pending.push_back(Write { lsn: self.lsn, reads_left: lag, changes });
        self.settle();
        self.lsn
    }

    /// What one read sees, and the LSN up to which that is complete.
    pub(super) fn read(&mut self) -> (&BTreeMap<String, Arc<Record>>, u64) {
        self.settle();
        for write in &mut self.pending {
            write.reads_left -= 1;
        }
        (&self.visible, self.visible_lsn)
    }

    fn settle(&mut self) {
        while let Some(write) = self.pending.pop_front_if(|write| write.reads_left == 0) {
            apply(&mut self.visible, &write.changes);
            self.visible_lsn = write.lsn;
        }
    }
}

fn apply(records: &mut BTreeMap<String, Arc<Record>>, changes: &[Change]) {
    for (id, record) in changes {
        match record {
            Some(record) => records.insert(id.clone(), record.clone()),
            None => records.remove(id),
        };
    }
}
