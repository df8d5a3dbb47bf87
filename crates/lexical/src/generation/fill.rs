//! Fills objects and arrays.

use std::collections::HashMap;
use std::rc::Rc;

use serde_json::{Map, Value};

use super::index::Index;
use super::query::{Role, at_most, role};
use super::schema::{Node, Problem, Shape, is_null};
use super::source::{Source, Speaker};
use super::{DISCLAIMER, Error, Limits};

/// Items of an array whose schema and description set no bound.
const USUAL_ITEMS: usize = 5;

/// No array is filled with more, whatever it allows.
const MOST_ITEMS: usize = 100;

/// No array is padded to more.
const MOST_REQUIRED_ITEMS: usize = 1_000;

/// Writes one answer.
pub(crate) struct Writer<'a> {
    pub source: &'a Source,
    pub index: Index,
    pub root: &'a Value,
    limits: Limits,
    values: usize,
    /// Scores of all sentences for each property asked about, by its name, title and description.
    pub scores: HashMap<[&'a str; 3], Rc<Vec<f32>>>,
}

/// A value, and whether the source supports any of it.
pub(crate) struct Filled {
    pub value: Value,
    pub supported: bool,
}

impl Filled {
    pub fn unsupported(value: Value) -> Self {
        Filled { value, supported: false }
    }
}

/// What is being filled.
#[derive(Clone)]
pub(crate) struct Place<'a> {
    /// The property's name; an item has its array's.
    pub name: &'a str,
    /// Where it is in the answer, with `*` for items.
    pub pointer: String,
    depth: usize,
    /// Whose turns alone count, by the name of this property or of one around it.
    pub speaker: Option<Speaker>,
    /// The sentence that the object around it is about.
    pub anchor: Option<usize>,
    /// Whether it is to be that sentence.
    pub primary: bool,
}

impl<'a> Place<'a> {
    fn inner(&self, name: &'a str, step: &str) -> Self {
        let pointer = format!("{}/{step}", self.pointer);
        Place { name, pointer, depth: self.depth + 1, primary: false, ..*self }
    }

    pub fn error(&self, problem: Problem) -> Error {
        let pointer = if self.pointer.is_empty() { "the root".to_owned() } else { self.pointer.clone() };
        Error::Schema { pointer, problem }
    }
}

impl<'a> Writer<'a> {
    pub fn new(source: &'a Source, root: &'a Value, limits: Limits) -> Self {
        let index = Index::new(&source.sentences);
        Writer { source, index, root, limits, values: 0, scores: HashMap::new() }
    }

    pub fn write(mut self) -> Result<Value, Error> {
        let (name, pointer) = ("", String::new());
        let place = Place { name, pointer, depth: 0, speaker: None, anchor: None, primary: false };
        self.fill(self.root, &place).map(|filled| filled.value)
    }

    fn fill(&mut self, schema: &'a Value, place: &Place<'a>) -> Result<Filled, Error> {
        if place.depth > self.limits.max_depth {
            return Err(place.error(Problem::TooDeep(self.limits.max_depth)));
        }
        self.values += 1;
        let node = self.resolve(schema, place)?;
        let shape = node.shape().map_err(|problem| place.error(problem))?;
        let nullable = node.is_nullable() && !matches!(shape, Shape::Const(_) | Shape::Enum(_));
        let filled = match shape {
            Shape::Const(value) => Filled::unsupported(value.clone()),
            Shape::Null => Filled::unsupported(Value::Null),
            Shape::Enum(values) => self.one_of(values, node, place),
            Shape::AnyOf(branches) => self.any_of(branches, place)?,
            Shape::Object => self.object(node, place)?,
            Shape::Array => self.array(node, place)?,
            Shape::String => self.string(node, place)?,
            Shape::Integer => self.number(node, place, true)?,
            Shape::Number => self.number(node, place, false)?,
            Shape::Boolean => self.boolean(node, place),
        };
        Ok(if nullable && !filled.supported { Filled::unsupported(Value::Null) } else { filled })
    }

    fn resolve(&self, schema: &'a Value, place: &Place<'_>) -> Result<Node<'a>, Error> {
        Node::resolve(self.root, schema).map_err(|problem| place.error(problem))
    }

    /// Whether only what the schema requires is still written.
    fn is_sparing(&self, place: &Place<'_>) -> bool {
        self.values >= self.limits.max_values || place.depth * 2 > self.limits.max_depth
    }

    fn any_of(&mut self, branches: &'a [Value], place: &Place<'a>) -> Result<Filled, Error> {
        let null = branches.iter().any(is_null);
        if null && self.is_sparing(place) {
            return Ok(Filled::unsupported(Value::Null));
        }
        let place = Place { depth: place.depth + 1, ..place.clone() };
        let mut first: Option<Result<Filled, Error>> = None;
        for branch in branches.iter().filter(|branch| !is_null(branch)) {
            match (self.fill(branch, &place), &first) {
                (Ok(filled), _) if filled.supported => return Ok(filled),
                (Ok(filled), None | Some(Err(_))) => first = Some(Ok(filled)),
                (Err(error), None) => first = Some(Err(error)),
                _ => {}
            }
            if self.is_sparing(&place) && matches!(first, Some(Ok(_))) {
                break;
            }
        }
        if null {
            return Ok(Filled::unsupported(Value::Null));
        }
        first.unwrap_or_else(|| Err(place.error(Problem::Impossible("no branch to choose"))))
    }

    fn object(&mut self, node: Node<'a>, place: &Place<'a>) -> Result<Filled, Error> {
        let mut place = place.clone();
        if place.anchor.is_none() && self.cites(node) {
            place.anchor = self.best(node, &place, 1).first().copied();
        }
        let mut members = Map::new();
        let mut supported = false;
        let mut primary =
            place.anchor.is_some() && !node.properties().any(|(name, _)| role(name, "") == Role::Quote);
        for name in node.required() {
            let mut inner = self.member(name, &place);
            let schema =
                node.property(name).or(node.get("additionalProperties")).unwrap_or(&Value::Bool(true));
            if primary && self.is_plain_string(self.resolve(schema, &inner)?, name) {
                (inner.primary, primary) = (true, false);
            }
            let filled = self.fill(schema, &inner)?;
            supported |= filled.supported;
            members.insert(name.to_owned(), filled.value);
        }
        for (name, schema) in node.properties() {
            if members.contains_key(name) || self.is_sparing(&place) {
                continue;
            }
            let filled = self.fill(schema, &self.member(name, &place))?;
            if filled.supported {
                supported = true;
                members.insert(name.to_owned(), filled.value);
            }
        }
        Ok(Filled { value: Value::Object(members), supported })
    }

    fn member(&self, name: &'a str, place: &Place<'a>) -> Place<'a> {
        let mut inner = place.inner(name, &name.replace('~', "~0").replace('/', "~1"));
        inner.speaker = self.source.speaker_in(name).or(place.speaker);
        let told_by = inner.anchor.and_then(|anchor| self.source.speaker_of(anchor));
        if inner.speaker.is_some() && told_by != inner.speaker {
            // What this speaker says of the same.
            inner.anchor = inner.anchor.and_then(|anchor| self.most_alike(anchor, &inner));
        }
        inner
    }

    /// Whether a member may be the sentence that its object is about.
    fn is_plain_string(&self, node: Node<'a>, name: &str) -> bool {
        let plain = !matches!(role(name, node.description), Role::Quote | Role::Speaker | Role::Limitations);
        plain && matches!(node.shape(), Ok(Shape::String))
    }

    fn array(&mut self, node: Node<'a>, place: &Place<'a>) -> Result<Filled, Error> {
        let least = node.count("minItems").unwrap_or(0);
        let most = node.count("maxItems").unwrap_or(usize::MAX);
        if least > most || least > MOST_REQUIRED_ITEMS {
            return Err(place.error(Problem::Impossible("minItems is above maxItems, or above 1000")));
        }
        let usual = at_most(node.description).unwrap_or(USUAL_ITEMS).min(MOST_ITEMS);
        let wanted = if self.is_sparing(place) { least } else { most.min(usual).max(least) };
        let items = node.get("items").unwrap_or(&Value::Bool(true));
        let inner = place.inner(place.name, "*");
        let mut found = self.items(node, items, &inner, wanted)?;
        let unique = node.get("uniqueItems") == Some(&Value::Bool(true));
        if unique {
            let mut seen = Vec::new();
            found.retain(|filled| {
                let is_new = !seen.contains(&filled.value);
                seen.push(filled.value.clone());
                is_new
            });
        }
        found.truncate(wanted);
        let supported = !found.is_empty();
        let mut values: Vec<Value> = found.into_iter().map(|filled| filled.value).collect();
        while values.len() < least {
            let padding = self.padding(items, &inner, &values)?;
            if unique && values.contains(&padding) {
                return Err(place.error(Problem::Impossible("the source has too few different items")));
            }
            values.push(padding);
        }
        Ok(Filled { value: Value::Array(values), supported })
    }

    /// The items of an array that the source supports.
    fn items(
        &mut self,
        array: Node<'a>,
        items: &'a Value,
        inner: &Place<'a>,
        wanted: usize,
    ) -> Result<Vec<Filled>, Error> {
        let item = self.resolve(items, inner)?;
        match item.shape().map_err(|problem| inner.error(problem))? {
            Shape::String if role(inner.name, array.description) == Role::Limitations => {
                let value = Value::String(self.fit(DISCLAIMER, item, inner)?);
                return Ok(vec![Filled { value, supported: true }]);
            }
            Shape::Enum(values) => return Ok(self.all_of(values, inner)),
            _ => {}
        }
        let mut found = Vec::new();
        for anchor in self.anchors(array, items, inner, wanted) {
            let filled = self.fill(items, &Place { anchor: Some(anchor), primary: true, ..inner.clone() })?;
            found.extend(Some(filled).filter(|filled| filled.supported));
        }
        Ok(found)
    }

    /// An item that the schema requires and nothing in the source supports.
    fn padding(&mut self, items: &'a Value, inner: &Place<'a>, values: &[Value]) -> Result<Value, Error> {
        if let Ok(Shape::Enum(all)) = self.resolve(items, inner)?.shape()
            && let Some(other) = all.iter().find(|value| !values.contains(value))
        {
            return Ok(other.clone());
        }
        self.fill(items, &Place { anchor: None, ..inner.clone() }).map(|filled| filled.value)
    }
}
