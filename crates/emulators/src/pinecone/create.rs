//! The bodies of `POST /indexes` and `PATCH /indexes/{name}`, in the classic form and that of 2026-07.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::errors::control;
use super::index::{Metric, Shape, VectorType};
use crate::server::{Reply, Request};

const MAX_DIMENSION: usize = 20_000;
const MAX_NAME: usize = 45;
const MAX_TAGS: usize = 20;
const MAX_TAG_KEY: usize = 80;
const MAX_TAG_VALUE: usize = 120;
const REGIONS: [(&str, &[&str]); 3] = [
    ("aws", &["us-east-1", "us-west-2", "eu-west-1"]),
    ("gcp", &["us-central1", "europe-west4"]),
    ("azure", &["eastus2"]),
];

/// An index as the control plane knows it.
#[derive(Clone, Debug)]
pub(super) struct Declared {
    pub(super) name: String,
    pub(super) shape: Shape,
    pub(super) cloud: String,
    pub(super) region: String,
    pub(super) is_protected: bool,
    pub(super) tags: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Classic {
    name: String,
    dimension: Option<usize>,
    #[serde(default)]
    metric: Option<Metric>,
    #[serde(default)]
    vector_type: VectorType,
    spec: ClassicSpec,
    deletion_protection: Option<Protection>,
    tags: Option<BTreeMap<String, String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClassicSpec {
    serverless: Serverless,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Serverless {
    cloud: String,
    region: String,
    #[serde(rename = "read_capacity")]
    _read_capacity: Option<Value>,
    #[serde(rename = "schema")]
    _schema: Option<Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WithSchema {
    name: String,
    schema: Schema,
    deployment: Option<Deployment>,
    #[serde(rename = "read_capacity")]
    _read_capacity: Option<Value>,
    deletion_protection: Option<Protection>,
    tags: Option<BTreeMap<String, String>>,
    #[serde(rename = "cmek_id")]
    _cmek_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Schema {
    fields: BTreeMap<String, Field>,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Field {
    DenseVector { dimension: usize, metric: Option<Metric> },
    SparseVector {},
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Deployment {
    deployment_type: String,
    cloud: String,
    region: String,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Protection {
    Enabled,
    Disabled,
}

#[derive(Deserialize)]
struct Change {
    deletion_protection: Option<Protection>,
    tags: Option<Map<String, Value>>,
    #[serde(flatten)]
    others: Map<String, Value>,
}

pub(super) fn classic(request: &Request) -> Result<Declared, Box<Reply>> {
    let body: Classic = read(request)?;
    let dimension = match (body.vector_type, body.dimension) {
        (VectorType::Dense, Some(dimension)) => dimension,
        (VectorType::Dense, None) => return Err(invalid("dimension is required for a dense index")),
        (VectorType::Sparse, None) => 0,
        (VectorType::Sparse, Some(_)) => {
            return Err(invalid("dimension must not be given for a sparse index"));
        }
    };
    if body.vector_type == VectorType::Sparse
        && body.metric.is_some_and(|metric| metric != Metric::DotProduct)
    {
        return Err(invalid("the metric of a sparse index must be dotproduct"));
    }
    let metric = match body.vector_type {
        VectorType::Dense => body.metric.unwrap_or_default(),
        VectorType::Sparse => Metric::DotProduct,
    };
    checked(Declared {
        name: body.name,
        shape: Shape { dimension, metric, vector_type: body.vector_type, sparse_field: None },
        cloud: body.spec.serverless.cloud,
        region: body.spec.serverless.region,
        is_protected: body.deletion_protection == Some(Protection::Enabled),
        tags: body.tags.unwrap_or_default(),
    })
}

pub(super) fn with_schema(request: &Request) -> Result<Declared, Box<Reply>> {
    let mut body: WithSchema = read(request)?;
    let dense = body.schema.fields.remove("_values");
    let sparse = body.schema.fields.remove("_sparse_values");
    if !body.schema.fields.is_empty() {
        return Err(invalid("this emulator knows the schema fields _values and _sparse_values only"));
    }
    let shape = match (dense, sparse) {
        (Some(Field::DenseVector { dimension, metric }), sparse @ (None | Some(Field::SparseVector {}))) => {
            Shape {
                dimension,
                metric: metric.unwrap_or_default(),
                vector_type: VectorType::Dense,
                sparse_field: Some(sparse.is_some()),
            }
        }
        (None, Some(Field::SparseVector {})) => Shape {
            dimension: 0,
            metric: Metric::DotProduct,
            vector_type: VectorType::Sparse,
            sparse_field: Some(true),
        },
        _ => return Err(invalid("_values must be a dense_vector, _sparse_values a sparse_vector")),
    };
    let default = || Deployment {
        deployment_type: "managed".to_owned(),
        cloud: "aws".to_owned(),
        region: "us-east-1".to_owned(),
    };
    let deployment = body.deployment.unwrap_or_else(default);
    if deployment.deployment_type != "managed" {
        return Err(invalid("this emulator knows managed deployments only"));
    }
    checked(Declared {
        name: body.name,
        shape,
        cloud: deployment.cloud,
        region: deployment.region,
        is_protected: body.deletion_protection == Some(Protection::Enabled),
        tags: body.tags.unwrap_or_default(),
    })
}

/// Carries out a PATCH.
pub(super) fn change(request: &Request, declared: &mut Declared) -> Result<(), Box<Reply>> {
    let body: Change = read(request)?;
    if let Some(name) = body.others.keys().next() {
        return Err(invalid(&format!("this emulator cannot change {name}")));
    }
    let mut tags = declared.tags.clone();
    for (key, value) in body.tags.into_iter().flatten() {
        match value {
            // An empty value takes a tag away.
            Value::String(value) if value.is_empty() => drop(tags.remove(&key)),
            Value::String(value) => drop(tags.insert(key, value)),
            _ => return Err(invalid("the values of tags must be strings")),
        }
    }
    check_tags(&tags)?;
    declared.tags = tags;
    if let Some(protection) = body.deletion_protection {
        declared.is_protected = protection == Protection::Enabled;
    }
    Ok(())
}

pub(super) fn checked(declared: Declared) -> Result<Declared, Box<Reply>> {
    let Declared { name, shape, cloud, region, tags, .. } = &declared;
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let is_name = (1..=MAX_NAME).contains(&name.len())
        && name.chars().all(|c| is_plain(c) || c == '-')
        && name.starts_with(is_plain)
        && name.ends_with(is_plain);
    if !is_name {
        let message = format!(
            "Name must have 1 to {MAX_NAME} lower case letters, digits and hyphens, and begin and end with a letter or digit"
        );
        return Err(invalid(&message));
    }
    if shape.vector_type == VectorType::Dense && !(1..=MAX_DIMENSION).contains(&shape.dimension) {
        return Err(invalid(&format!("dimension must be in 1 to {MAX_DIMENSION}, got {}", shape.dimension)));
    }
    let is_place = REGIONS.iter().any(|(name, regions)| name == cloud && regions.contains(&region.as_str()));
    if !is_place {
        let message = format!("Resource cloud: {cloud} region: {region} not found");
        return Err(Box::new(control(404, "NOT_FOUND", &message)));
    }
    check_tags(tags)?;
    Ok(declared)
}

fn check_tags(tags: &BTreeMap<String, String>) -> Result<(), Box<Reply>> {
    let fits = |(key, value): (&String, &String)| {
        (1..=MAX_TAG_KEY).contains(&key.chars().count()) && value.chars().count() <= MAX_TAG_VALUE
    };
    if tags.len() <= MAX_TAGS && tags.iter().all(fits) {
        return Ok(());
    }
    let message = format!(
        "There may be {MAX_TAGS} tags, with keys of {MAX_TAG_KEY} and values of {MAX_TAG_VALUE} characters"
    );
    Err(invalid(&message))
}

fn read<T: DeserializeOwned>(request: &Request) -> Result<T, Box<Reply>> {
    if !request.says_json() {
        let message = "Content-Type must be application/json";
        return Err(Box::new(control(415, "INVALID_ARGUMENT", message)));
    }
    serde_json::from_slice(&request.body).map_err(|error| {
        let message = format!("Failed to deserialize the JSON body into the target type: {error}");
        Box::new(control(422, "UNPROCESSABLE_ENTITY", &message))
    })
}

fn invalid(message: &str) -> Box<Reply> {
    Box::new(control(400, "INVALID_ARGUMENT", message))
}
