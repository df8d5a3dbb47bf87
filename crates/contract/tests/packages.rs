//! What strangers rely on: that the packages can be built and published as they are, say everything, and are what the reference says.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops there")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use contract::{Contract, PACKAGES, PackageId, Resolve};
use wit_component::{DecodedWasm, decode, encode};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn contract() -> Contract {
    Contract::read(&root().join("wit")).unwrap()
}

/// The packages of ours that a package uses, such as `serene:types`.
fn used(resolve: &Resolve, package: PackageId) -> BTreeSet<String> {
    let direct = resolve.package_direct_deps(package);
    direct
        .map(|id| &resolve.packages[id].name)
        .map(|name| format!("{}:{}", name.namespace, name.name))
        .collect()
}

#[test]
fn the_reference_is_what_the_packages_say() {
    let page = std::fs::read_to_string(root().join("docs/wit.md")).unwrap();
    assert!(page == contract().reference(), "make it anew: cargo run -p contract > docs/wit.md");
}

#[test]
fn every_package_is_encoded_as_it_is_published_under_the_version_of_all() {
    let Contract { resolve, packages } = contract();
    let version = resolve.packages[packages[0]].name.version.clone().unwrap();
    for id in packages {
        let bytes = encode(&resolve, id).unwrap();
        let DecodedWasm::WitPackage(decoded, package) = decode(&bytes).unwrap() else { panic!("a package") };
        let (name, decoded) = (&resolve.packages[id].name, &decoded.packages[package]);
        assert_eq!((&decoded.name, decoded.name.version.as_ref()), (name, Some(&version)));
        assert_eq!(decoded.docs, resolve.packages[id].docs, "{name}");
    }
}

#[test]
fn wkg_finds_every_package_that_one_uses_in_the_folder_beside_it() {
    let Contract { resolve, packages } = contract();
    for (folder, id) in PACKAGES.iter().zip(packages) {
        let path = root().join("wit").join(folder).join("wkg.toml");
        let config: toml::Table = std::fs::read_to_string(path).unwrap().parse().unwrap();
        let overrides = config.get("overrides").and_then(toml::Value::as_table).cloned().unwrap_or_default();
        let named: BTreeSet<_> = overrides.keys().cloned().collect();
        assert_eq!(named, used(&resolve, id), "{folder}");
        for (package, place) in overrides {
            let path = place["path"].as_str().unwrap();
            assert_eq!(path, package.replace("serene:", "../"));
        }
    }
}

#[test]
fn everything_is_described_and_every_function_is_async_and_says_whether_it_may_be_repeated() {
    let Contract { resolve, packages } = contract();
    let mut silent = Vec::new();
    let mut check = |name: String, docs: &wit_parser::Docs| {
        if docs.contents.as_deref().is_none_or(|text| text.trim().is_empty()) {
            silent.push(name);
        }
    };
    for package in packages.iter().map(|id| &resolve.packages[*id]) {
        check(package.name.to_string(), &package.docs);
        for (world, id) in &package.worlds {
            check(format!("{}/{world}", package.name), &resolve.worlds[*id].docs);
        }
        for interface in package.interfaces.values().map(|id| &resolve.interfaces[*id]) {
            let name = interface.name.clone().unwrap();
            check(name.clone(), &interface.docs);
            for function in interface.functions.values() {
                let name = format!("{name}.{}", function.name);
                let text = function.docs.contents.as_deref().unwrap_or_default();
                assert!(function.kind.is_async(), "{name} is not async");
                assert!(text.contains("epeatable"), "{name} does not say whether it may be repeated");
                check(name, &function.docs);
            }
            for definition in interface.types.values().map(|id| &resolve.types[*id]) {
                let name = format!("{name}.{}", definition.name.as_deref().unwrap());
                // A `use` is described where it comes from.
                if !matches!(definition.kind, wit_parser::TypeDefKind::Type(wit_parser::Type::Id(_))) {
                    check(name.clone(), &definition.docs);
                }
                let mut each = |part: &str, docs| check(format!("{name}.{part}"), docs);
                match &definition.kind {
                    wit_parser::TypeDefKind::Record(record) => {
                        record.fields.iter().for_each(|field| each(&field.name, &field.docs));
                    }
                    wit_parser::TypeDefKind::Variant(variant) => {
                        variant.cases.iter().for_each(|case| each(&case.name, &case.docs));
                    }
                    _ => {}
                }
            }
        }
    }
    assert!(silent.is_empty(), "without a word of documentation: {silent:?}");
}
