//! Rules for a variable's name.

/// Lower-case ASCII letters, digits and single underscores; starts with a letter, ends with a letter or a
/// digit.
///
/// # Errors
/// With the rule the name breaks.
pub(super) fn check(name: &str) -> Result<(), String> {
    let problem = if name.is_empty() {
        "must not be empty".to_owned()
    } else if let Some(bad) = name.chars().find(|c| !matches!(c, 'a'..='z' | '0'..='9' | '_')) {
        format!("has {bad:?}; only lower-case letters, digits and underscores are allowed")
    } else if !name.starts_with(|c: char| c.is_ascii_lowercase()) {
        "must start with a lower-case letter".to_owned()
    } else if name.ends_with('_') {
        "must end with a letter or a digit".to_owned()
    } else if name.contains("__") {
        "must not have two underscores in a row".to_owned()
    } else {
        return Ok(());
    };
    Err(format!("{name:?}: {problem}"))
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn names_follow_the_rules_of_spin() {
        for good in ["a", "abc", "a1b2c3", "a_1", "a_1_b_3"] {
            check(good).unwrap();
        }
        for bad in ["", "aX", "1bc", "_x", "x.y", "x_", "a__b", "x-y", "ä"] {
            assert!(check(bad).is_err(), "{bad}");
        }
    }
}
