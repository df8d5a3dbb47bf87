//! Composing: what fits, what does not, and what is left to import.

use serene::compose::{ImportKind, compose};
use serene::manifest::App as Read;
use wac_graph::types::{FuncType, Interface, ItemKind, PrimitiveType, ValueType};
use wac_graph::{CompositionGraph, EncodeOptions};

use super::support::App;

fn composed(app: &App) -> anyhow::Result<serene::compose::Composition> {
    compose(&Read::read(&app.manifest(), None)?, "app")
}

fn error(app: &App) -> String {
    format!("{:#}", composed(app).unwrap_err())
}

fn with_dependencies(lines: &str) -> App {
    App::new("", &format!("[component.app.dependencies]\n{lines}\n"))
}

#[test]
fn an_import_that_nobody_provides_is_named_with_its_component() {
    let error = error(&App::new("", ""));
    for word in ["`app`", "test:stage/stage@0.1.0", "[component.app.dependencies]"] {
        assert!(error.contains(word), "{word} is not in: {error}");
    }
}

#[test]
fn a_dependency_that_matches_no_import_is_an_error_that_lists_the_imports() {
    let error = error(&with_dependencies("\"test:stag\" = { path = \"STAGE\" }"));
    for word in ["`test:stag`", "test:stage/stage@0.1.0"] {
        assert!(error.contains(word), "{word} is not in: {error}");
    }
}

#[test]
fn a_dependency_without_the_export_is_an_error_that_lists_its_exports() {
    let app =
        with_dependencies("\"test:stage/stage\" = { path = \"STAGE\", export = \"test:stage/other@0.1.0\" }");
    let error = error(&app);
    for word in ["test:stage/other@0.1.0", "test:stage/stage@0.1.0"] {
        assert!(error.contains(word), "{word} is not in: {error}");
    }
}

#[test]
fn a_missing_file_is_an_error_that_says_how_to_build_it() {
    let error = error(&with_dependencies("\"test:stage\" = { path = \"missing.wasm\" }"));
    for word in ["missing.wasm", "serene build"] {
        assert!(error.contains(word), "{word} is not in: {error}");
    }
}

#[test]
fn a_core_module_is_not_a_component() {
    let app = with_dependencies("\"test:stage\" = { path = \"module.wasm\" }");
    std::fs::write(app.dir.path().join("module.wasm"), b"\0asm\x01\0\0\0").unwrap();
    assert!(error(&app).contains("not a WebAssembly component"));
}

/// A component that exports `test:stage/stage` as a toolchain without async does: nothing but a name for what it imports.
fn sync_stage() -> Vec<u8> {
    let mut graph = CompositionGraph::new();
    let text = ValueType::Primitive(PrimitiveType::String);
    let params = ["question", "argument"].map(|name| (name.to_owned(), text));
    let ask = FuncType { params: params.into_iter().collect(), result: Some(text), is_async: false };
    let ask = graph.types_mut().add_func_type(ask);
    let exports = [("ask".to_owned(), ItemKind::Func(ask))].into_iter().collect();
    let stage = graph.types_mut().add_interface(Interface { id: None, uses: Default::default(), exports });
    let given = graph.import("given", ItemKind::Instance(stage)).unwrap();
    graph.export(given, "test:stage/stage@0.1.0").unwrap();
    graph.encode(EncodeOptions::default()).unwrap()
}

#[test]
fn a_stage_built_without_async_is_told_which_functions_and_which_toolchains() {
    let app = with_dependencies("\"test:stage\" = { path = \"sync.wasm\" }");
    std::fs::write(app.dir.path().join("sync.wasm"), sync_stage()).unwrap();
    let error = error(&app);
    for words in ["`test:stage`", "sync.wasm", "`ask` without `async`", "componentize-py", "wit-bindgen"] {
        assert!(error.contains(words), "{words} is not in: {error}");
    }
}

#[test]
fn a_dependency_can_be_named_by_package_interface_and_version() {
    for name in ["test:stage", "test:stage@0.1.0", "test:stage/stage", "test:stage/stage@0.1.0"] {
        composed(&with_dependencies(&format!("{name:?} = {{ path = \"STAGE\" }}"))).unwrap();
    }
    let error = error(&with_dependencies("\"test:stage@0.2.0\" = { path = \"STAGE\" }"));
    assert!(error.contains("test:stage@0.2.0"), "{error}");
}

#[test]
fn what_is_left_to_import_is_of_wasi_and_spin() {
    let composition = composed(&App::with_stage("[\"variables\"]", "", "")).unwrap();
    for import in &composition.imports {
        assert!(import.name.starts_with("wasi:") || import.name.starts_with("spin:"), "{import:?}");
    }
    let kind = |stage: &str, name: &str| {
        let import = composition.imports.iter().find(|i| i.stage == stage && i.name.starts_with(name));
        import.map(|import| import.kind.clone()).unwrap()
    };
    assert_eq!(kind("app", "spin:sqlite/"), ImportKind::Granted);
    assert_eq!(kind("test:stage", "spin:variables/"), ImportKind::Granted);
    for refused in ["spin:sqlite/", "spin:key-value/", "wasi:http/client", "wasi:cli/environment"] {
        assert!(matches!(kind("test:stage", refused), ImportKind::Refused(_)), "{refused}");
    }
}

#[test]
fn composing_the_same_files_gives_the_same_bytes() {
    let app = App::with_stage("true", "", "");
    assert_eq!(composed(&app).unwrap().bytes, composed(&app).unwrap().bytes);
}
