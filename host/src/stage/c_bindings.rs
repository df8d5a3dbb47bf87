//! The bindings of a stage in C: generated here, so that its author needs a compiler and nothing that generates.

use anyhow::{Context, Result};
use wit_bindgen_core::Files;
use wit_bindgen_core::wit_parser::Resolve;

use super::{Contract, TYPES_WIT};

/// The files for the world of a contract, by their names: a header, its code, and an object file that holds the component's type.
///
/// # Errors
/// When no bindings can be made.
pub(super) fn c_bindings(contract: &Contract) -> Result<Vec<(String, Vec<u8>)>> {
    let mut resolve = Resolve::default();
    resolve.push_str("types.wit", TYPES_WIT)?;
    let package = resolve.push_str(format!("{}.wit", contract.name), contract.wit)?;
    let world = resolve.select_world(&[package], Some(&contract.world()))?;
    let mut files = Files::default();
    let mut generator = wit_bindgen_c::Opts::default().build();
    generator
        .generate(&mut resolve, world, &mut files)
        .with_context(|| format!("cannot make bindings for {} in C", contract.noun()))?;
    Ok(files.iter().map(|(name, content)| (name.to_owned(), content.to_owned())).collect())
}

#[cfg(test)]
mod tests {
    use super::super::CONTRACTS;
    use super::c_bindings;

    #[test]
    fn every_interface_has_a_header_its_code_and_the_components_type() {
        for contract in &CONTRACTS {
            let world = contract.world().replace('-', "_");
            let files = c_bindings(contract).unwrap();
            let mut names: Vec<_> = files.iter().map(|(name, _)| name.as_str()).collect();
            names.sort_unstable();
            let expected = [".c", ".h", "_component_type.o"].map(|end| format!("{world}{end}"));
            assert_eq!(names, expected);
            let header = files.iter().find(|(name, _)| name.ends_with(".h")).unwrap();
            assert!(String::from_utf8_lossy(&header.1).contains("_describe_return("), "{world}");
        }
    }
}
