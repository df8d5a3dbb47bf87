//! Stages whose toolchain drops `async`: what composing says about them names no cause that their author would look for.

use anyhow::{Result, bail};
use wac_graph::types::{ItemKind, Types};

/// Refuses an instance that exports functions as sync which are imported as async.
pub(super) fn refuse(exported: ItemKind, imported: ItemKind, types: &Types) -> Result<()> {
    let names = functions(exported, imported, types);
    if names.is_empty() {
        return Ok(());
    }
    bail!(
        "exports `{}` without `async`, and the contract has `async func`: its toolchain, or the WIT it was given, drops \
         `async`. Build it from the contract's own WIT with a toolchain that keeps it: wit-bindgen 0.57 or later with the \
         feature `async` for Rust, componentize-py 0.25 or later with `async def` for Python, componentize-qjs without \
         `--sync` for JavaScript, `serene stage bindings` for C",
        names.join("`, `")
    )
}

/// The functions that are async on one side only.
fn functions(exported: ItemKind, imported: ItemKind, types: &Types) -> Vec<&str> {
    let (ItemKind::Instance(exported), ItemKind::Instance(imported)) = (exported, imported) else {
        return Vec::new();
    };
    let is_async = |kind: &ItemKind| match kind {
        ItemKind::Func(function) => Some(types[*function].is_async),
        _ => None,
    };
    let wanted = types[imported].exports.iter().filter(|(_, kind)| is_async(kind) == Some(true));
    let found = |name: &str| types[exported].exports.get(name).and_then(is_async);
    wanted.map(|(name, _)| name.as_str()).filter(|name| found(name) == Some(false)).collect()
}
