//! Filters as SQL, with the contract's strict types.

use serde_json::Value as Json;

use crate::{Result, Value, records::timestamp};

use super::{Filter, Predicate, check, text::escape};

/// Where a field's values are.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Operand<'a> {
    /// A column of text without U+0000.
    Text(&'a str),
    /// A column of normalised timestamps.
    Timestamp(&'a str),
    /// A column of integers.
    Integer(&'a str),
    /// A member of a JSON column whose strings are escaped.
    Member {
        /// The column.
        document: &'a str,
        /// The member.
        name: &'a str,
        /// An indexed column that holds the member when it is a string, an empty blob when it is an array, and else NULL.
        indexed: Option<&'a str>,
    },
    /// A JSON column that is compared as a whole.
    Whole(&'a str),
}

/// The parameters of a statement, in the order of their numbers.
#[derive(Default)]
pub(crate) struct Params(Vec<Value>);

impl Params {
    /// Adds a value and returns its placeholder.
    pub(crate) fn add(&mut self, value: impl Into<Value>) -> String {
        self.0.push(value.into());
        format!("?{}", self.0.len())
    }

    pub(crate) fn into_vec(self) -> Vec<Value> {
        self.0
    }
}

/// The filters joined by AND, after checking them; `1` when there are none.
pub(crate) fn conditions<'a>(
    filters: &'a [Filter],
    operand: impl Fn(&'a str) -> Result<Operand<'a>>,
    params: &mut Params,
) -> Result<String> {
    check(filters)?;
    let mut sql = Vec::with_capacity(filters.len() + 1);
    for filter in filters {
        let operand = operand(&filter.field)?;
        sql.push(format!("({})", condition(operand, &filter.predicate, params)));
    }
    if sql.is_empty() {
        sql.push("1".to_owned());
    }
    Ok(sql.join(" AND "))
}

fn condition(operand: Operand, predicate: &Predicate, params: &mut Params) -> String {
    let present = operand.present();
    match predicate {
        Predicate::Eq(value) => operand.one_of(std::slice::from_ref(value), params),
        Predicate::Ne(value) => {
            // What compares with NULL is NULL, and not equal.
            format!("{present} AND NOT ifnull(({}), 0)", operand.one_of(std::slice::from_ref(value), params))
        }
        Predicate::OneOf(values) => operand.one_of(values, params),
        Predicate::Lt(value) => operand.ordered("<", value, params),
        Predicate::Lte(value) => operand.ordered("<=", value, params),
        Predicate::Gt(value) => operand.ordered(">", value, params),
        Predicate::Gte(value) => operand.ordered(">=", value, params),
        Predicate::StartsWith(prefix) => operand.starts_with(prefix, params),
        Predicate::IsNull => format!("NOT ({present})"),
        Predicate::IsNotNull => present,
    }
}

const NEVER: &str = "0";

impl Operand<'_> {
    fn present(self) -> String {
        match self {
            Self::Text(column) | Self::Timestamp(column) | Self::Integer(column) | Self::Whole(column) => {
                format!("{column} IS NOT NULL")
            }
            Self::Member { .. } => format!("{} IS NOT NULL", self.json_type()),
        }
    }

    fn json_type(self) -> String {
        match self {
            Self::Member { document, name, .. } => format!("json_type({document}, '$.{name}')"),
            Self::Whole(column) => format!("json_type({column})"),
            Self::Text(_) | Self::Timestamp(_) | Self::Integer(_) => "NULL".to_owned(),
        }
    }

    fn json_value(self) -> String {
        match self {
            Self::Member { document, name, .. } => format!("json_extract({document}, '$.{name}')"),
            Self::Whole(column) => format!("json_extract({column}, '$')"),
            Self::Text(column) | Self::Timestamp(column) | Self::Integer(column) => column.to_owned(),
        }
    }

    /// A string as it is stored in this place; `None` when it cannot be.
    fn stored(self, text: &str) -> Option<String> {
        match self {
            Self::Member { .. } => Some(escape(text).into_owned()),
            Self::Timestamp(_) => Some(timestamp::normalise(text).unwrap_or_else(|| text.to_owned())),
            Self::Text(_) | Self::Whole(_) => Some(text.to_owned()),
            Self::Integer(_) => None,
        }
        .filter(|text| !text.contains('\0'))
    }

    fn ordered(self, operator: &str, value: &Json, params: &mut Params) -> String {
        let value_sql = self.json_value();
        match (self, value) {
            (Self::Text(_) | Self::Timestamp(_), Json::String(text)) => {
                // Comparing with a string that holds U+0000 is well defined, though none is stored.
                let text = self.stored(text).unwrap_or_else(|| text.clone());
                format!("{value_sql} {operator} {}", params.add(text))
            }
            (Self::Integer(_), Json::Number(_)) => {
                format!("{value_sql} {operator} {}", number(value, params))
            }
            (Self::Member { .. } | Self::Whole(_), Json::String(text)) => {
                let text = self.stored(text).unwrap_or_else(|| text.clone());
                let placeholder = params.add(text);
                format!("{} = 'text' AND {value_sql} {operator} {placeholder}", self.json_type())
            }
            (Self::Member { .. } | Self::Whole(_), Json::Number(_)) => {
                let number = number(value, params);
                format!("{} IN ('integer', 'real') AND {value_sql} {operator} {number}", self.json_type())
            }
            _ => NEVER.to_owned(),
        }
    }

    fn starts_with(self, prefix: &str, params: &mut Params) -> String {
        let Some(prefix) = self.stored_prefix(prefix) else { return NEVER.to_owned() };
        let value = self.json_value();
        let p = params.add(prefix);
        // The first comparison lets an index narrow the search.
        let starts = format!("{value} >= {p} AND substr({value}, 1, length({p})) = {p}");
        match self {
            Self::Member { .. } | Self::Whole(_) => format!("{} = 'text' AND {starts}", self.json_type()),
            _ => starts,
        }
    }

    fn stored_prefix(self, prefix: &str) -> Option<String> {
        match self {
            // Half a timestamp is not one.
            Self::Timestamp(_) => Some(prefix.to_owned()).filter(|p| !p.contains('\0')),
            _ => self.stored(prefix),
        }
    }

    fn one_of(self, values: &[Json], params: &mut Params) -> String {
        let strings: Vec<String> =
            values.iter().filter_map(Json::as_str).filter_map(|text| self.stored(text)).collect();
        let numbers: Vec<&Json> = values.iter().filter(|value| value.is_number()).collect();
        let value = self.json_value();
        let mut any = Vec::new();
        match self {
            Self::Text(_) | Self::Timestamp(_) => {
                any.extend(Strings::new(strings, params).map(|s| format!("{value} {}", s.equal)));
            }
            Self::Integer(_) => {
                any.extend(
                    (!numbers.is_empty()).then(|| format!("{value} IN {}", number_list(&numbers, params))),
                );
            }
            Self::Member { document, name, indexed } => {
                if let Some(Strings { equal, or_array }) = Strings::new(strings, params) {
                    let json_type = self.json_type();
                    let array = format!(
                        "{json_type} = 'array' AND EXISTS (SELECT 1 FROM json_each({document}, '$.{name}') AS element \
                         WHERE element.value {equal})"
                    );
                    any.push(match indexed {
                        Some(column) => {
                            format!("({column} IN {or_array} AND ({column} {equal} OR ({array})))")
                        }
                        None => format!("({json_type} = 'text' AND {value} {equal}) OR ({array})"),
                    });
                }
                any.extend(self.json_numbers(&numbers, params));
                any.extend(self.json_booleans(values));
            }
            Self::Whole(_) => {
                let text = Strings::new(strings, params);
                any.extend(text.map(|s| format!("({} = 'text' AND {value} {})", self.json_type(), s.equal)));
                any.extend(self.json_numbers(&numbers, params));
                any.extend(self.json_booleans(values));
            }
        }
        if any.is_empty() { NEVER.to_owned() } else { any.join(" OR ") }
    }

    fn json_numbers(self, numbers: &[&Json], params: &mut Params) -> Option<String> {
        (!numbers.is_empty()).then(|| {
            let list = number_list(numbers, params);
            format!("({} IN ('integer', 'real') AND {} IN {list})", self.json_type(), self.json_value())
        })
    }

    fn json_booleans(self, values: &[Json]) -> Option<String> {
        let types: Vec<String> = values.iter().filter_map(Json::as_bool).map(|b| format!("'{b}'")).collect();
        (!types.is_empty()).then(|| format!("{} IN ({})", self.json_type(), types.join(", ")))
    }
}

/// Strings to compare with.
struct Strings {
    /// What follows the value.
    equal: String,
    /// The right side of an IN that an index answers: the strings, and the mark of an array.
    or_array: String,
}

impl Strings {
    /// `None` when there are none.
    fn new(strings: Vec<String>, params: &mut Params) -> Option<Self> {
        match <[String; 1]>::try_from(strings) {
            Ok([one]) => {
                let one = params.add(one);
                Some(Self { equal: format!("= {one}"), or_array: format!("({one}, x'')") })
            }
            Err(strings) if strings.is_empty() => None,
            Err(strings) => {
                let all =
                    format!("SELECT value FROM json_each({})", params.add(Json::from(strings).to_string()));
                Some(Self { equal: format!("IN ({all})"), or_array: format!("({all} UNION ALL SELECT x'')") })
            }
        }
    }
}

/// A number goes through the same parser as the stored ones, so that equal numbers compare equal to the last bit.
fn number(value: &Json, params: &mut Params) -> String {
    format!("json_extract({}, '$')", params.add(value.to_string()))
}

fn number_list(numbers: &[&Json], params: &mut Params) -> String {
    list(numbers.iter().copied().cloned().collect(), params)
}

fn list(values: Json, params: &mut Params) -> String {
    format!("(SELECT value FROM json_each({}))", params.add(values.to_string()))
}
