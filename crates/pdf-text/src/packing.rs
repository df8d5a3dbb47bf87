//! How the PDF crate would unpack a stream, read from the stream's dictionary alone.

use std::ops::RangeInclusive;

use hayro_syntax::object::{Dict, MaybeRef, Number, Object};

/// How the PDF crate would unpack a stream.
pub(crate) enum Packing {
    /// It would not: filters for pictures.
    Never,
    /// As it is.
    Plain { length: Option<usize> },
    /// Deflated, once.
    Deflated { predictor: bool },
    /// Something else; the first filter.
    Other(Vec<u8>),
    /// Its filters stand elsewhere.
    Unknown,
    /// By parameters that are out of bounds or not to be told.
    Hostile,
}

impl Packing {
    pub(crate) fn of(dict: &Dict<'_>) -> Self {
        let picture = |name: &Vec<u8>| {
            matches!(
                name.as_slice(),
                b"DCTDecode" | b"DCT" | b"JPXDecode" | b"JBIG2Decode" | b"CCITTFaxDecode" | b"CCF"
            )
        };
        let filters = filter_names(dict);
        if filters.as_ref().is_some_and(|filters| filters.iter().any(picture)) {
            return Self::Never;
        }
        let Some(predictor) = has_predictor(dict) else { return Self::Hostile };
        match filters.as_deref() {
            None => Self::Unknown,
            Some([]) => Self::Plain { length: integer(dict, "Length") },
            Some([only]) if matches!(only.as_slice(), b"FlateDecode" | b"Fl") => Self::Deflated { predictor },
            Some([first, ..]) => Self::Other(first.clone()),
        }
    }
}

/// The names of a stream's filters; none when they stand elsewhere.
fn filter_names(dict: &Dict<'_>) -> Option<Vec<Vec<u8>>> {
    if dict.contains_key("F") {
        return None;
    }
    match dict.get_raw::<Object<'_>>("Filter") {
        None if !dict.contains_key("Filter") => Some(Vec::new()),
        Some(MaybeRef::NotRef(Object::Name(name))) => Some(vec![name.to_vec()]),
        Some(MaybeRef::NotRef(Object::Null(_))) => Some(Vec::new()),
        Some(MaybeRef::NotRef(Object::Array(array))) => array
            .raw_iter()
            .map(|item| match item {
                MaybeRef::NotRef(Object::Name(name)) => Some(name.to_vec()),
                _ => None,
            })
            .collect(),
        _ => None,
    }
}

/// Whether predictors are named; none unless every parameter is direct and sane. The PDF crate would divide by a width of 0.
fn has_predictor(dict: &Dict<'_>) -> Option<bool> {
    if dict.contains_key("DP") {
        return None;
    }
    if !dict.contains_key("DecodeParms") {
        return Some(false);
    }
    match direct(dict.get_raw::<Object<'_>>("DecodeParms")?)? {
        Object::Null(_) => Some(false),
        Object::Dict(params) => names_predictor(&params),
        Object::Array(array) => array.raw_iter().try_fold(false, |found, item| match direct(item)? {
            Object::Null(_) => Some(found),
            Object::Dict(params) => Some(names_predictor(&params)? || found),
            _ => None,
        }),
        _ => None,
    }
}

fn direct<T>(value: MaybeRef<T>) -> Option<T> {
    match value {
        MaybeRef::NotRef(value) => Some(value),
        MaybeRef::Ref(_) => None,
    }
}

fn names_predictor(params: &Dict<'_>) -> Option<bool> {
    let sane = |key: &str, allowed: RangeInclusive<usize>| {
        !params.contains_key(key) || integer(params, key).is_some_and(|value| allowed.contains(&value))
    };
    let all_sane = sane("Columns", 1..=65_536)
        && sane("Colors", 1..=32)
        && sane("BitsPerComponent", 1..=16)
        && sane("Predictor", 1..=15);
    all_sane.then(|| params.contains_key("Predictor"))
}

fn integer(dict: &Dict<'_>, key: &str) -> Option<usize> {
    usize::try_from(direct(dict.get_raw::<Number>(key)?)?.as_i64()).ok()
}
