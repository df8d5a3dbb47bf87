//! What a stage's interfaces look like from outside: bindings for each world of `wit/`, over one set of types.

/// `serene:types`
pub mod shared {
    wasmtime::component::bindgen!({
        inline: "
            package serene:conformance;

            world shared {
                import serene:types/files@0.2.0;
            }
        ",
        path: ["../wit/types"],
        world: "serene:conformance/shared",
    });
}

pub use shared::serene::types::{files, types};

macro_rules! world {
    ($name:ident, $folder:literal, $world:literal $(, $shared:literal => $module:ident)*) => {
        pub mod $name {
            wasmtime::component::bindgen!({
                path: ["../wit/types", $folder],
                world: $world,
                with: {
                    "serene:types/types@0.2.0": crate::conformance::bindings::types,
                    $($shared: crate::conformance::bindings::$module,)*
                },
                exports: { default: async | store },
            });
        }
    };
}

world!(chunker, "../wit/chunker", "serene:chunker/chunker-stage");
world!(embedder, "../wit/embedder", "serene:embedder/embedder-stage");
world!(extractor, "../wit/extractor", "serene:extractor/extractor-stage", "serene:types/files@0.2.0" => files);
world!(generator, "../wit/generator", "serene:generator/generator-stage");
world!(
    object_store,
    "../wit/object-store",
    "serene:object-store/object-store-stage",
    "serene:types/files@0.2.0" => files
);
world!(record_store, "../wit/record-store", "serene:record-store/record-store-stage");
world!(reranker, "../wit/reranker", "serene:reranker/reranker-stage");
world!(transformer, "../wit/transformer", "serene:transformer/transformer-stage");
world!(vector_index, "../wit/vector-index", "serene:vector-index/vector-index-stage");
