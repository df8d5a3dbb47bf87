//! Serene's local models, for a laptop without an account anywhere: they know words, not meanings.
//!
//! [`embedding`] gives texts that share words, forms of words or word order vectors that are near to one another.
//!
//! Both are functions of their arguments: the same input gives the same output, to the bit, on every platform.

#![forbid(unsafe_code)]

pub mod embedding;
mod features;
mod stop_words;
mod words;
