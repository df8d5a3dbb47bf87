//! Where the manifest is.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

const FILE_NAME: &str = "spin.toml";

/// The manifest file: `from` itself, `spin.toml` in the folder `from`, or, when `from` is not given, the
/// first `spin.toml` in the folder `start` and those above it.
///
/// # Errors
/// When there is no such file.
pub fn find(from: Option<&Path>, start: &Path) -> Result<PathBuf> {
    if let Some(from) = from {
        let file = if from.is_dir() { from.join(FILE_NAME) } else { from.to_path_buf() };
        if !file.is_file() {
            bail!("there is no manifest {}; name another with --from PATH", file.display());
        }
        return Ok(file);
    }
    match start.ancestors().map(|dir| dir.join(FILE_NAME)).find(|file| file.is_file()) {
        Some(file) => Ok(file),
        None => bail!(
            "there is no {FILE_NAME} in {} or above it; go to the folder of an application or name its manifest with \
             --from PATH",
            start.display()
        ),
    }
}
