//! What an operator sets.

use http::HeaderValue;
use supabase::Project;
use upstream::Error;

pub(crate) const SCHEMA: &str = "supabase_schema";

/// The variables that a record store reads.
pub const VARIABLES: [&str; 3] = [supabase::URL, supabase::KEY, SCHEMA];

/// How to reach a Supabase project's tables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    pub(crate) project: Project,
    pub(crate) schema: Option<HeaderValue>,
}

impl Config {
    /// Reads [`VARIABLES`]; an empty value counts as not set.
    ///
    /// # Errors
    /// `misconfigured`, naming the variable that is missing or wrong and what to set.
    pub fn from_variables(get: impl Fn(&str) -> Option<String>) -> Result<Self, Error> {
        let project = Project::from_variables(&get)?;
        let schema = get(SCHEMA).map(|schema| schema.trim().to_owned()).filter(|schema| !schema.is_empty());
        let schema = schema.map(|schema| {
            is_name(&schema).then(|| HeaderValue::from_str(&schema).ok()).flatten().ok_or_else(|| {
                let message =
                    format!("{SCHEMA} is no schema's name. Set it to one such as public, or leave it unset.");
                Error::misconfigured(SCHEMA, message)
            })
        });
        Ok(Self { project, schema: schema.transpose()? })
    }
}

fn is_name(name: &str) -> bool {
    name.len() <= 63
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        && !name.starts_with(|c: char| c.is_ascii_digit())
}
