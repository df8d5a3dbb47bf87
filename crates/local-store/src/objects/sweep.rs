//! Removing versions that no key holds, a little at a time.

use crate::database::{Columns, Database, count, rows};
use crate::{Environment, Result};

use super::ObjectStore;

/// Versions looked at in one sweep.
const VERSIONS: u32 = 8;
/// Chunks removed in one sweep, 32 MiB: some ten milliseconds, which a write pays along with its own.
const CHUNKS: u32 = 64;

impl<D: Database, E: Environment> ObjectStore<D, E> {
    /// Removes some of what is due: abandoned uploads and versions replaced or deleted long enough ago. Every write does this; calling it more often
    /// is only quicker.
    ///
    /// # Errors
    /// The database's own. What was not removed stays due.
    pub async fn sweep(&self) -> Result<()> {
        self.ready().await?;
        let now = self.env.now_ms();
        let due = "SELECT version FROM serene_object_leftovers WHERE due_ms <= ?1 ORDER BY due_ms LIMIT ?2";
        let mut left = CHUNKS;
        for row in rows(&self.db, due, vec![now.into(), VERSIONS.into()]).await? {
            let version = Columns::new(row).text()?;
            // From here on the upload that may still own it can neither add a chunk nor take effect.
            let claim = "UPDATE serene_object_leftovers SET sweeping = 1 WHERE version = ?1 AND due_ms <= ?2 RETURNING 1";
            if count(&self.db, claim, vec![version.as_str().into(), now.into()]).await? == 0 {
                continue;
            }
            let remove = "DELETE FROM serene_object_chunks WHERE rowid IN (\
                          SELECT rowid FROM serene_object_chunks WHERE version = ?1 LIMIT ?2) RETURNING 1";
            left -= count(&self.db, remove, vec![version.as_str().into(), left.into()]).await?.min(left);
            let finish = "DELETE FROM serene_object_leftovers WHERE version = ?1 \
                          AND NOT EXISTS (SELECT 1 FROM serene_object_chunks WHERE version = ?1)";
            count(&self.db, finish, vec![version.into()]).await?;
            if left == 0 {
                break;
            }
        }
        Ok(())
    }
}
