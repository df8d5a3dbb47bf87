//! What an answer other than success means, by SQLSTATE and by PostgREST's own codes.

use serde_json::Value;
use supabase::{KEY, URL};
use upstream::{Error, ErrorKind, Received, Verdict};

use crate::config::SCHEMA;

/// What this crate is a client of.
const SERVICE: &str = "REST API";
const MIGRATE: &str = "Apply db/migrations (supabase db push), then run: notify pgrst, 'reload schema'.";

/// An answer that is not the one wanted.
pub(crate) struct Refusal<'a> {
    answer: &'a Received,
    table: &'static str,
    is_user: bool,
    /// SQLSTATE or PGRST code; none from gateways on the way.
    code: String,
}

impl<'a> Refusal<'a> {
    pub(crate) fn read(answer: &'a Received, table: &'static str, is_user: bool) -> Self {
        // Gateways answer with other JSON, and with HTML.
        let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let code = body.get("code").and_then(Value::as_str).unwrap_or_default();
        let is_code = code.len() <= 16 && code.bytes().all(|b| b.is_ascii_alphanumeric());
        Self { answer, table, is_user, code: if is_code { code.to_owned() } else { String::new() } }
    }

    /// What Supabase said is not repeated: its messages hold the values of rows.
    fn error(&self, kind: ErrorKind, message: impl Into<String>) -> Error {
        let mut error = Error::new(kind, message).with_status(self.answer.status).with("table", self.table);
        if !self.code.is_empty() {
            error = error.with("provider-code", &self.code);
        }
        match supabase::request_id(self.answer) {
            Some(id) => error.with("request-id", id),
            None => error,
        }
    }

    /// What to do about it.
    pub(crate) fn verdict<T>(&self, repeatable: bool) -> Verdict<T> {
        let (error, passes) = match self.by_code() {
            Some(known) => known,
            None => {
                let (error, passes) = supabase::refusal(self.answer, SERVICE);
                let error = error.with("table", self.table);
                let is_coded = !self.code.is_empty();
                (if is_coded { error.with("provider-code", &self.code) } else { error }, passes)
            }
        };
        if passes && repeatable { Verdict::Retry(error) } else { Verdict::Fail(error) }
    }

    /// The error, and whether it passes.
    fn by_code(&self) -> Option<(Error, bool)> {
        use ErrorKind as Kind;
        let table = self.table;
        let lasting = |kind, message: &str| Some((self.error(kind, message), false));
        let passing = |message: &str| Some((self.error(Kind::Unavailable, message), true));
        let operator = |variable: &str, message: String| {
            Some((self.error(Kind::Misconfigured, message).with("variable", variable), false))
        };
        let code = match self.code.as_str() {
            // Of a token whose role does not exist; with another status, of a value.
            "22023" if self.answer.status.as_u16() == 401 => "PGRST301",
            code => code,
        };
        match code {
            "23505" => lasting(Kind::Conflict, "A row with this key is stored already."),
            "23503" => {
                lasting(Kind::Conflict, "The row refers to another that is not stored, or is referred to.")
            }
            "21000" => lasting(Kind::Invalid, "Two rows of one call have the same key."),
            "42501" if self.is_user => lasting(Kind::Denied, "The caller may not do this with these rows."),
            "42501" => operator(
                KEY,
                format!(
                    "The key in {KEY} may not use the table {table}: use a secret key, and grant the table. {MIGRATE}"
                ),
            ),
            "PGRST301" | "PGRST302" | "PGRST303" if self.is_user => {
                lasting(Kind::Denied, "The caller's token is not valid, or no more. Sign in again.")
            }
            "PGRST301" | "PGRST302" | "PGRST303" | "PGRST300" => operator(
                KEY,
                format!("Supabase does not take the key in {KEY}. Set it to a key of this project."),
            ),
            "PGRST106" => operator(
                SCHEMA,
                format!(
                    "Supabase does not offer the schema of {SCHEMA}. Set it to an exposed one, or expose it in the project's API settings."
                ),
            ),
            "42P01" | "PGRST205" => {
                lasting(Kind::Misconfigured, &format!("The table {table} is missing. {MIGRATE}"))
            }
            "42703" | "42883" | "PGRST204" | "42P10" => {
                lasting(Kind::Misconfigured, &format!("The table {table} is not the one expected. {MIGRATE}"))
            }
            "PGRST125" => operator(
                URL,
                format!(
                    "There is no Supabase {SERVICE} at {URL}. Set it to the project's address, such as https://abcdefgh.supabase.co."
                ),
            ),
            "25006" => lasting(
                Kind::Unavailable,
                "The database takes no writes now, as Supabase does when its disk is full. See the project's dashboard.",
            ),
            "57014" => lasting(
                Kind::TimedOut,
                "The database gave up the statement: it took too long. Ask for less at once.",
            ),
            "40001" | "40P01" => passing("The call collided with others in the database. Try again."),
            "PGRST000" | "PGRST001" | "PGRST002" | "PGRST003" => {
                passing("Supabase cannot reach its database now. Try again later.")
            }
            code if code.starts_with("53") || code.starts_with("08") || code.starts_with("57P") => {
                passing("The database cannot take the call now. Try again later.")
            }
            code if code.starts_with("22") || code.starts_with("23") => {
                lasting(Kind::Invalid, &format!("A value does not fit the table {table}."))
            }
            code if code.starts_with("28") || code.starts_with("0L") || code.starts_with("0P") => {
                lasting(Kind::Denied, "The database does not allow this.")
            }
            _ => None,
        }
    }
}
