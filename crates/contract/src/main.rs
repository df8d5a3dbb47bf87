//! Prints the reference of the contract: `cargo run -p contract > docs/wit.md`.

use std::io::Write as _;
use std::path::Path;

use anyhow::Result;

fn main() -> Result<()> {
    let wit = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../wit");
    let page = contract::Contract::read(&wit)?.reference();
    std::io::stdout().write_all(page.as_bytes())?;
    Ok(())
}
