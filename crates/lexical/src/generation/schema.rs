//! A JSON Schema as the generator reads it.

use std::fmt;

use serde_json::{Map, Value};

/// A chain of references longer than this goes in circles.
const MAX_REFERENCES: usize = 32;

/// What stands in the way of filling a schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// A keyword that this generator cannot satisfy.
    Unsupported(String),
    /// A `$ref` to what is not in the schema, or in circles.
    Reference(String),
    /// It nests deeper than this.
    TooDeep(usize),
    /// No value that can be made satisfies it, for this reason.
    Impossible(&'static str),
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Problem::Unsupported(keyword) => {
                write!(
                    f,
                    "uses {keyword}, which this generator cannot satisfy: leave it out, or use another generator"
                )
            }
            Problem::Reference(reference) => {
                write!(
                    f,
                    "refers to {reference}, which is not in the schema: give a JSON Pointer into it, such as #/$defs/name"
                )
            }
            Problem::TooDeep(limit) => write!(f, "nests deeper than {limit} levels: make it flatter"),
            Problem::Impossible(why) => write!(f, "cannot be satisfied: {why}"),
        }
    }
}

/// Keywords that restrict a value in ways that are not heeded here.
const UNSUPPORTED: [&str; 19] = [
    "allOf",
    "not",
    "if",
    "then",
    "else",
    "dependentSchemas",
    "dependentRequired",
    "dependencies",
    "propertyNames",
    "patternProperties",
    "minProperties",
    "maxProperties",
    "contains",
    "prefixItems",
    "unevaluatedItems",
    "unevaluatedProperties",
    "pattern",
    "multipleOf",
    "$dynamicRef",
];

/// What kind of value a schema asks for.
pub(crate) enum Shape<'a> {
    Const(&'a Value),
    Enum(&'a [Value]),
    AnyOf(&'a [Value]),
    Object,
    Array,
    String,
    Integer,
    Number,
    Boolean,
    Null,
}

/// A schema with its references followed.
#[derive(Clone, Copy)]
pub(crate) struct Node<'a> {
    /// None for the schema `true`.
    keywords: Option<&'a Map<String, Value>>,
    pub title: &'a str,
    pub description: &'a str,
}

impl<'a> Node<'a> {
    /// The schema that takes anything.
    pub const ANY: Node<'static> = Node { keywords: None, title: "", description: "" };

    pub fn resolve(root: &'a Value, schema: &'a Value) -> Result<Self, Problem> {
        let mut node = Node::ANY;
        let mut schema = schema;
        for _ in 0..MAX_REFERENCES {
            let keywords = match schema {
                Value::Object(keywords) => keywords,
                Value::Bool(true) => return Ok(node),
                _ => return Err(Problem::Impossible("false, or not a schema")),
            };
            let text = |name| keywords.get(name).and_then(Value::as_str).unwrap_or_default();
            // What stands beside a reference says more than what it refers to.
            node.title = if node.title.is_empty() { text("title") } else { node.title };
            node.description =
                if node.description.is_empty() { text("description") } else { node.description };
            let Some(reference) = keywords.get("$ref") else {
                if let Some(keyword) = UNSUPPORTED.into_iter().find(|k| keywords.contains_key(*k)) {
                    return Err(Problem::Unsupported(keyword.to_owned()));
                }
                node.keywords = Some(keywords);
                return Ok(node);
            };
            let restricts =
                |k: &&String| !matches!(k.as_str(), "$ref" | "$schema" | "$id" | "$defs") && is_heeded(k);
            if let Some(keyword) = keywords.keys().find(restricts) {
                return Err(Problem::Unsupported(format!("{keyword} beside $ref")));
            }
            let reference = reference.as_str().unwrap_or_default();
            let found = reference.strip_prefix('#').and_then(|pointer| root.pointer(pointer));
            schema = found.ok_or_else(|| Problem::Reference(reference.to_owned()))?;
        }
        Err(Problem::Reference("itself".to_owned()))
    }

    pub fn get(&self, keyword: &str) -> Option<&'a Value> {
        self.keywords?.get(keyword)
    }

    pub fn list(&self, keyword: &str) -> &'a [Value] {
        self.get(keyword).and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    pub fn number(&self, keyword: &str) -> Option<f64> {
        self.get(keyword).and_then(Value::as_f64)
    }

    /// A count such as `minItems`.
    pub fn count(&self, keyword: &str) -> Option<usize> {
        // Saturates; whole numbers may be written as 2.0.
        self.number(keyword).map(|n| n as usize)
    }

    pub fn properties(&self) -> impl Iterator<Item = (&'a str, &'a Value)> {
        let properties = self.get("properties").and_then(Value::as_object);
        properties.into_iter().flatten().map(|(name, schema)| (name.as_str(), schema))
    }

    pub fn property(&self, name: &str) -> Option<&'a Value> {
        self.get("properties")?.get(name)
    }

    pub fn required(&self) -> impl Iterator<Item = &'a str> {
        self.list("required").iter().filter_map(Value::as_str)
    }

    /// Whether `null` is among the types.
    pub fn is_nullable(&self) -> bool {
        self.list("type").iter().any(|name| name == "null")
    }

    pub fn shape(&self) -> Result<Shape<'a>, Problem> {
        if let Some(value) = self.get("const") {
            return Ok(Shape::Const(value));
        }
        if let Some(Value::Array(values)) = self.get("enum") {
            return if values.is_empty() {
                Err(Problem::Impossible("an empty enum"))
            } else {
                Ok(Shape::Enum(values))
            };
        }
        if let Some(branches) = self.branches()? {
            return Ok(Shape::AnyOf(branches));
        }
        let name = match self.get("type") {
            Some(Value::Array(names)) => {
                names.iter().filter_map(Value::as_str).find(|n| *n != "null").or(Some("null"))
            }
            Some(name) => name.as_str(),
            None if self.get("properties").is_some() || self.get("required").is_some() => Some("object"),
            None if self.get("items").is_some() => Some("array"),
            None => Some("string"),
        };
        match name {
            Some("object") => Ok(Shape::Object),
            Some("array") => Ok(Shape::Array),
            Some("string") => Ok(Shape::String),
            Some("integer") => Ok(Shape::Integer),
            Some("number") => Ok(Shape::Number),
            Some("boolean") => Ok(Shape::Boolean),
            Some("null") => Ok(Shape::Null),
            _ => Err(Problem::Impossible("an unknown type")),
        }
    }

    fn branches(&self) -> Result<Option<&'a [Value]>, Problem> {
        for keyword in ["anyOf", "oneOf"] {
            let Some(Value::Array(branches)) = self.get(keyword) else { continue };
            let beside =
                self.keywords.into_iter().flat_map(Map::keys).find(|k| *k != keyword && is_heeded(k));
            if let Some(beside) = beside {
                return Err(Problem::Unsupported(format!("{beside} beside {keyword}")));
            }
            let several = branches.iter().filter(|branch| !is_null(branch)).count() > 1;
            if keyword == "oneOf" && several {
                return Err(Problem::Unsupported("oneOf with several branches (anyOf would do)".to_owned()));
            }
            return Ok(Some(branches));
        }
        Ok(None)
    }
}

pub(crate) fn is_null(schema: &Value) -> bool {
    schema.get("type").is_some_and(|name| name == "null") || schema.get("const").is_some_and(Value::is_null)
}

/// Whether a keyword restricts values.
fn is_heeded(keyword: &str) -> bool {
    const HEEDED: [&str; 18] = [
        "type",
        "properties",
        "required",
        "additionalProperties",
        "items",
        "minItems",
        "maxItems",
        "uniqueItems",
        "minLength",
        "maxLength",
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "exclusiveMaximum",
        "enum",
        "const",
        "anyOf",
        "oneOf",
    ];
    HEEDED.contains(&keyword) || UNSUPPORTED.contains(&keyword)
}
