//! Vectors out of an answer.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use upstream::Error;

use crate::account::DIMENSION;

#[derive(Deserialize)]
pub(crate) struct Answer<'a> {
    #[serde(borrow)]
    data: Vec<Item<'a>>,
    #[serde(default)]
    usage: Usage,
}

#[derive(Deserialize)]
struct Item<'a> {
    #[serde(borrow)]
    embedding: Cow<'a, str>,
    index: usize,
}

#[derive(Default, Deserialize)]
pub(crate) struct Usage {
    #[serde(default)]
    pub(crate) total_tokens: u64,
}

/// Vectors in the texts' order, and the tokens billed.
pub(crate) struct Vectors {
    pub(crate) vectors: Vec<Vec<f32>>,
    pub(crate) tokens: u64,
}

/// Reads the vectors of `count` texts. Each text must have one, of this many finite numbers; they come out with length 1.
pub(crate) fn read(body: &[u8], count: usize, dimensions: u32) -> Result<Vectors, Error> {
    let answer: Answer<'_> = serde_json::from_slice(body).map_err(|error| {
        Error::failed(format!("Voyage's answer holds no vectors in base64: {}.", place(&error)))
    })?;
    let mut vectors: Vec<Option<Vec<f32>>> = vec![None; count];
    for item in &answer.data {
        let slot = vectors.get_mut(item.index).filter(|slot| slot.is_none()).ok_or_else(|| {
            Error::failed(format!(
                "Voyage answered for text {} of {count} (from 0) twice or unasked.",
                item.index
            ))
        })?;
        *slot = Some(decode(item, dimensions)?);
    }
    let found = answer.data.len();
    let vectors: Option<Vec<_>> = vectors.into_iter().collect();
    let vectors = vectors
        .ok_or_else(|| Error::failed(format!("Voyage answered with {found} vectors for {count} texts.")))?;
    Ok(Vectors { vectors, tokens: answer.usage.total_tokens })
}

/// Where JSON went wrong, without a word of what it held.
pub(crate) fn place(error: &serde_json::Error) -> String {
    format!("it is not the JSON expected at line {}, column {}", error.line(), error.column())
}

fn decode(item: &Item<'_>, dimensions: u32) -> Result<Vec<f32>, Error> {
    let index = item.index;
    let bytes = STANDARD
        .decode(item.embedding.as_bytes())
        .map_err(|_| Error::failed(format!("Voyage's vector {index} is not base64.")))?;
    let (numbers, rest) = bytes.as_chunks::<4>();
    if !rest.is_empty() || numbers.len() != dimensions as usize {
        let message = format!(
            "Voyage's vector {index} has {} bytes, not {dimensions} numbers of 4 bytes. Set {DIMENSION} to what the model gives, and the index to the same.",
            bytes.len()
        );
        return Err(Error::misconfigured(DIMENSION, message)
            .with("limit", dimensions.to_string())
            .with("actual", (bytes.len() / 4).to_string()));
    }
    let mut vector: Vec<f32> = numbers.iter().map(|number| f32::from_le_bytes(*number)).collect();
    let length = vector.iter().map(|x| f64::from(*x) * f64::from(*x)).sum::<f64>().sqrt();
    if !length.is_finite() || length == 0.0 {
        return Err(Error::failed(format!("Voyage's vector {index} is not a direction.")));
    }
    for number in &mut vector {
        *number = (f64::from(*number) / length) as f32;
    }
    Ok(vector)
}
