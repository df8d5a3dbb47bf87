//! What the cases that hold for every interface need to know of one.

use anyhow::Result;
use wasmtime::Store;
use wasmtime::component::InstancePre;

use super::bindings::types::{Context, StageInfo};
use super::case::Case;
use super::lab::{Answer, Session};
use crate::runtime::State;

/// A stage behind the bindings of its world.
pub(crate) trait Stage: Sized + 'static {
    /// The interface, such as `embedder`.
    const INTERFACE: &'static str;

    async fn instantiate(pre: &InstancePre<State>, store: &mut Store<State>) -> wasmtime::Result<Self>;

    /// Calls `describe`.
    async fn describe(session: &Session<'_, Self>, ctx: Context) -> Result<Answer<Description>>;

    /// An ordinary call, the `n`-th of many that differ. Returns what must be the same whenever it is made again.
    async fn exercise(session: &Session<'_, Self>, ctx: Context, n: u32) -> Result<Answer<String>>;

    /// The cases of this interface alone.
    fn cases() -> Vec<Case<Self>>;
}

/// What `describe` answers, as far as every interface has it.
pub(crate) struct Description {
    pub(crate) stage: StageInfo,
    /// By name. None of them may be 0.
    pub(crate) limits: Vec<(&'static str, u64)>,
    /// Everything, in a form to be compared.
    pub(crate) whole: String,
}

/// The part of [`Stage`] that is the same for every world.
macro_rules! instantiated {
    ($interface:literal) => {
        const INTERFACE: &'static str = $interface;

        async fn instantiate(
            pre: &wasmtime::component::InstancePre<$crate::runtime::State>,
            store: &mut wasmtime::Store<$crate::runtime::State>,
        ) -> wasmtime::Result<Self> {
            let instance = pre.instantiate_async(&mut *store).await?;
            Self::new(store, &instance)
        }
    };
}

pub(crate) use instantiated;
