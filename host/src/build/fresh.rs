//! Whether a component must be built.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context, Result};
use globset::{Glob, GlobSet, GlobSetBuilder};

use super::Step;

/// The most files looked at; a watch pattern over more is taken as changed.
const MAX_FILES: usize = 100_000;

/// Whether everything the step makes is there and no watched file is newer. Without watch patterns, being
/// there is enough.
pub(super) fn is_fresh(step: &Step) -> Result<bool> {
    let Some(oldest) = step.outputs.iter().map(|output| modified(output)).min().flatten() else {
        return Ok(false);
    };
    let watch = &step.build.watch;
    let mut patterns = GlobSetBuilder::new();
    for pattern in watch {
        let glob = Glob::new(&normalise(pattern)).with_context(|| {
            format!("[component.{}.build] watch has an invalid pattern {pattern:?}", step.name)
        })?;
        patterns.add(glob);
    }
    let patterns = patterns.build().context("too many watch patterns")?;
    let mut seen = 0;
    for pattern in watch {
        let start = step.workdir.join(literal_start(pattern));
        if has_newer(&start, &step.workdir, &patterns, oldest, &mut seen) {
            return Ok(false);
        }
    }
    Ok(true)
}

fn modified(path: &Path) -> Option<SystemTime> {
    std::fs::metadata(path).and_then(|metadata| metadata.modified()).ok()
}

/// The pattern as paths are compared with it: without `./`, with `/`.
fn normalise(pattern: &str) -> String {
    pattern.strip_prefix("./").unwrap_or(pattern).to_owned()
}

/// The folders before the first wildcard, so that only they are searched.
fn literal_start(pattern: &str) -> PathBuf {
    let pattern = normalise(pattern);
    pattern.split('/').take_while(|part| !part.contains(['*', '?', '[', '{'])).collect()
}

fn has_newer(path: &Path, base: &Path, patterns: &GlobSet, than: SystemTime, seen: &mut usize) -> bool {
    let Ok(metadata) = std::fs::symlink_metadata(path) else { return false };
    if metadata.is_dir() {
        let Ok(entries) = std::fs::read_dir(path) else { return false };
        return entries.flatten().any(|entry| {
            let name = entry.file_name();
            let generated = matches!(name.to_str(), Some("target" | "node_modules" | ".git"));
            !generated && has_newer(&entry.path(), base, patterns, than, seen)
        });
    }
    *seen += 1;
    if *seen > MAX_FILES {
        return true;
    }
    patterns.is_match(relative(path, base)) && modified(path).is_none_or(|modified| modified > than)
}

/// The path as a pattern relative to `base` writes it, with `..` where it leads out.
fn relative(path: &Path, base: &Path) -> PathBuf {
    path.strip_prefix(base).map(Path::to_path_buf).unwrap_or_else(|_| path.to_path_buf())
}

#[cfg(test)]
mod tests {
    use super::literal_start;
    use std::path::Path;

    #[test]
    fn a_search_starts_below_the_literal_part() {
        assert_eq!(literal_start("src/**/*.rs"), Path::new("src"));
        assert_eq!(literal_start("./crates/a/Cargo.toml"), Path::new("crates/a/Cargo.toml"));
        assert_eq!(literal_start("**/*.rs"), Path::new(""));
    }
}
