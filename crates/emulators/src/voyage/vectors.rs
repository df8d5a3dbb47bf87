//! Vectors: lexical ones, in the sizes and encodings of Voyage.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lexical::embedding::{self, Purpose};
use serde_json::{Value, json};

/// How the numbers of a vector are given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Type {
    Float,
    Int8,
    Uint8,
    Binary,
    Ubinary,
}

impl Type {
    pub(super) const NAMES: [&str; 5] = ["float", "int8", "uint8", "binary", "ubinary"];

    pub(super) fn named(name: &str) -> Self {
        match name {
            "int8" => Self::Int8,
            "uint8" => Self::Uint8,
            "binary" => Self::Binary,
            "ubinary" => Self::Ubinary,
            _ => Self::Float,
        }
    }
}

/// A text's vector, of length 1.
///
/// A query has no other space than a document. A vector shorter than the lexical one is folded, which keeps each word's trace; a longer
/// one is filled up with zeros, which keeps all cosines.
pub(super) fn embed(text: &str, is_query: bool, size: usize) -> Vec<f32> {
    let purpose = if is_query { Purpose::Query } else { Purpose::Document };
    let mut folded = vec![0.0_f32; size];
    for part in parts(text) {
        // A text of white space alone has a vector here as there.
        let vector = embedding::embed(part, purpose).unwrap_or_else(|_| vec![1.0]);
        vector.iter().enumerate().for_each(|(at, value)| folded[at % size] += value);
    }
    let length = folded.iter().map(|x| x * x).sum::<f32>().sqrt();
    if length > 0.0 {
        folded.iter_mut().for_each(|x| *x /= length);
    } else {
        folded[0] = 1.0;
    }
    folded
}

/// A text in parts that the lexical embedder takes, for Voyage's contexts are longer.
fn parts(text: &str) -> Vec<&str> {
    // No text has more tokens than bytes times three.
    const PART: usize = embedding::MAX_TEXT_TOKENS as usize / 3;
    let mut parts = Vec::new();
    let mut rest = text;
    while rest.len() > PART {
        let (part, others) = rest.split_at(rest.floor_char_boundary(PART));
        parts.push(part);
        rest = others;
    }
    parts.push(rest);
    parts
}

/// A vector as JSON gives it.
pub(super) fn encode(vector: &[f32], kind: Type, base64: bool) -> Value {
    let signed = |x: f32| (x * 127.0).round().clamp(-128.0, 127.0) as i8;
    let bytes: Vec<u8> = match kind {
        Type::Float if base64 => vector.iter().flat_map(|x| x.to_le_bytes()).collect(),
        Type::Float => return json!(vector),
        Type::Int8 => vector.iter().map(|x| signed(*x).cast_unsigned()).collect(),
        Type::Uint8 => vector.iter().map(|x| signed(*x).cast_unsigned() ^ 0x80).collect(),
        Type::Ubinary => pack(vector),
        // Offset binary: the unsigned value less 128.
        Type::Binary => pack(vector).into_iter().map(|byte| byte ^ 0x80).collect(),
    };
    match kind {
        _ if base64 => json!(STANDARD.encode(bytes)),
        Type::Int8 | Type::Binary => json!(bytes.into_iter().map(u8::cast_signed).collect::<Vec<_>>()),
        _ => json!(bytes),
    }
}

/// Eight signs a byte, the first one highest.
fn pack(vector: &[f32]) -> Vec<u8> {
    let byte = |signs: &[f32]| signs.iter().fold(0, |byte, x| byte << 1 | u8::from(*x > 0.0));
    vector.chunks(8).map(byte).collect()
}
