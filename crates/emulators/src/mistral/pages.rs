//! Which pages are wanted.

use std::collections::BTreeSet;

use serde_json::Value;

/// Longer ranges are no documents'.
const MAX_INDEX: u64 = 100_000;

/// A choice of pages, counted from 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Pages {
    All,
    Some(BTreeSet<usize>),
}

impl Pages {
    /// The pages wanted of a document that has so many.
    ///
    /// # Errors
    /// The first one wanted that it does not have.
    pub(super) fn of(&self, count: usize) -> Result<Vec<usize>, usize> {
        match self {
            Self::All => Ok((0..count).collect()),
            Self::Some(pages) => match pages.iter().find(|page| **page >= count) {
                Some(page) => Err(*page),
                None => Ok(pages.iter().copied().collect()),
            },
        }
    }
}

/// Reads a list of numbers, or a text such as `0,2-4`.
pub(super) fn read(value: &Value) -> Result<Pages, String> {
    let index = |number: u64| {
        let fits = number <= MAX_INDEX;
        if fits {
            usize::try_from(number).map_err(|e| e.to_string())
        } else {
            Err("a page is out of range".to_owned())
        }
    };
    let mut pages = BTreeSet::new();
    match value {
        Value::Null => return Ok(Pages::All),
        Value::Array(list) => {
            for number in list {
                let number = number.as_u64().ok_or("pages must be whole numbers from 0")?;
                pages.insert(index(number)?);
            }
        }
        Value::String(text) => {
            for part in text.split(',') {
                let (from, to) = part.split_once('-').unwrap_or((part, part));
                let number = |text: &str| {
                    let wrong = || format!("pages must be like \"0,2-4\", got {text:?}");
                    text.trim().parse().map_err(|_| wrong()).and_then(index)
                };
                let (from, to) = (number(from)?, number(to)?);
                if from > to {
                    return Err(format!("the range {part:?} of pages ends before it begins"));
                }
                pages.extend(from..=to);
            }
        }
        _ => return Err("pages must be a list of numbers or a text such as \"0,2-4\"".to_owned()),
    }
    if pages.is_empty() {
        Err("pages must name at least one page".to_owned())
    } else {
        Ok(Pages::Some(pages))
    }
}
