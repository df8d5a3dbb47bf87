//! Indexes as the control plane shows them.

use serde_json::{Value, json};

use super::create::Declared;
use super::index::VectorType;
use super::version::Version;

/// Whether it can be used, and where.
pub(super) struct State<'a> {
    pub(super) is_ready: bool,
    /// Missing while it is initializing.
    pub(super) host: Option<&'a str>,
}

pub(super) fn index(declared: &Declared, state: &State<'_>, version: Version) -> Value {
    let name = if state.is_ready { "Ready" } else { "Initializing" };
    let mut shown = json!({
        "name": declared.name,
        "status": { "ready": state.is_ready, "state": name },
        "deletion_protection": if declared.is_protected { "enabled" } else { "disabled" },
        "tags": if declared.tags.is_empty() { Value::Null } else { json!(declared.tags) },
    });
    if let Some(host) = state.host {
        shown["host"] = host.into();
    }
    let capacity = json!({ "mode": "OnDemand", "status": { "state": "Ready" } });
    if version >= Version::SCHEMA {
        shown["schema"] = schema(declared);
        shown["deployment"] = json!({
            "deployment_type": "managed",
            "cloud": declared.cloud,
            "region": declared.region,
        });
        shown["read_capacity"] = capacity;
        return shown;
    }
    let shape = declared.shape;
    shown["metric"] = shape.metric.name().into();
    shown["vector_type"] = shape.vector_type.name().into();
    shown["spec"] = json!({ "serverless": { "cloud": declared.cloud, "region": declared.region } });
    if version >= Version::BY_METADATA {
        shown["spec"]["serverless"]["read_capacity"] = capacity;
    }
    if shape.vector_type == VectorType::Dense {
        shown["dimension"] = shape.dimension.into();
    }
    shown
}

fn schema(declared: &Declared) -> Value {
    let shape = declared.shape;
    let mut fields = json!({});
    if shape.vector_type == VectorType::Dense {
        fields["_values"] =
            json!({ "type": "dense_vector", "dimension": shape.dimension, "metric": shape.metric.name() });
    }
    if shape.takes_sparse() || shape.vector_type == VectorType::Sparse {
        fields["_sparse_values"] = json!({ "type": "sparse_vector" });
    }
    json!({ "fields": fields })
}
