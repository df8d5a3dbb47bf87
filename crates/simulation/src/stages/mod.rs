//! All nine stages over [`Memory`], each call of which goes through a [`Wire`].

mod stores;
mod texts;

pub use texts::pdf;

use std::fmt::Arguments;

use pipeline::stages::{Call, StageInfo, Stages};
use pipeline::{Error, Result, Stage};

use crate::Memory;

/// What lies between the flows and the stages. It decides when a request takes effect, how often, and what its caller hears.
#[allow(async_fn_in_trait)]
pub trait Wire {
    /// Brings a request to its stage and the answer back.
    async fn carry<T: 'static>(
        &self,
        request: Request<'_>,
        effect: impl Fn(&mut Memory) -> Result<T> + 'static,
    ) -> Result<T>;

    /// Is told whose data the answer to a call holds.
    fn discloses(&self, _call: &Call, _relationship: &str) {}
}

/// One call of a stage.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// The stage.
    pub stage: Stage,
    /// What is asked, in words.
    pub what: Arguments<'a>,
    /// Whether it makes something where nothing is, or takes away whatever is there. Stores are trusted to have done with such a request when they have answered
    /// it: the contract has no way to tell an old one from a new one.
    pub is_blind: bool,
}

/// The stages as one process has them.
#[derive(Clone)]
pub struct Simulated<W> {
    wire: W,
    /// Which embedding model answers: another number, another model.
    pub model: u32,
    /// Whether the extractor fetches documents from the object store itself.
    pub fetches: bool,
    /// The most tokens that the reranker takes in one call.
    pub reranker_tokens: u32,
}

impl<W: Wire> Simulated<W> {
    /// The stages at the other end of a wire.
    pub const fn new(wire: W) -> Self {
        Self { wire, model: 1, fetches: false, reranker_tokens: 100_000 }
    }

    async fn ask<T: 'static>(
        &self,
        stage: Stage,
        what: Arguments<'_>,
        effect: impl Fn(&mut Memory) -> Result<T> + 'static,
    ) -> Result<T> {
        self.send(Request { stage, what, is_blind: false }, effect).await
    }

    async fn send<T: 'static>(
        &self,
        request: Request<'_>,
        effect: impl Fn(&mut Memory) -> Result<T> + 'static,
    ) -> Result<T> {
        let stage = request.stage;
        let at_stage = |error: Error| if error.stage.is_none() { error.at(stage) } else { error };
        self.wire.carry(request, effect).await.map_err(at_stage)
    }
}

fn info(name: &str) -> StageInfo {
    StageInfo { name: name.to_owned(), version: "1".to_owned(), extras: Vec::new() }
}

impl<W: Wire> Stages for Simulated<W> {
    type Objects = Self;
    type Records = Self;
    type Vectors = Self;
    type Extractor = Self;
    type Transformer = Self;
    type Chunker = Self;
    type Embedder = Self;
    type Generator = Self;
    type Reranker = Self;

    fn objects(&self) -> &Self {
        self
    }
    fn records(&self) -> &Self {
        self
    }
    fn vectors(&self) -> &Self {
        self
    }
    fn extractor(&self) -> &Self {
        self
    }
    fn transformer(&self) -> &Self {
        self
    }
    fn chunker(&self) -> &Self {
        self
    }
    fn embedder(&self) -> &Self {
        self
    }
    fn generator(&self) -> &Self {
        self
    }
    fn reranker(&self) -> &Self {
        self
    }
}
