//! What a key becomes on its way to the store.

use fault::Fault;

/// Bytes of the longest key.
const LONGEST: usize = 1024;

pub(crate) fn written(fault: &Fault, key: &str) -> String {
    if fault.is("folds-the-case-of-keys") {
        return key.to_lowercase();
    }
    if fault.is("decodes-keys") {
        return key.replace("%20", " ");
    }
    if fault.is("takes-any-key") {
        // Some key that is allowed.
        return format!("k{key}").chars().take(LONGEST / 4).collect();
    }
    key.to_owned()
}
