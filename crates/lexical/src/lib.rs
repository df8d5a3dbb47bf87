//! Serene's local models, for a laptop without an account anywhere: they know words, not meanings.
//!
//! [`embedding`] gives texts that share words, forms of words or word order vectors that are near to one another.
//! [`generation`] fills a JSON Schema with sentences copied from its sources.
//!
//! Both are functions of their arguments: the same input gives the same output, to the bit, on every platform.

#![forbid(unsafe_code)]

pub mod embedding;
mod features;
pub mod generation;
mod stop_words;
mod words;
