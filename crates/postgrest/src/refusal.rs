//! What an answer other than success means, by SQLSTATE and by PostgREST's own codes.

use serde_json::Value;
use upstream::{Error, ErrorKind, Received, Verdict};

use crate::config::{KEY, SCHEMA, URL};

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
        match ["sb-request-id", "cf-ray"].iter().find_map(|name| self.answer.header(name)) {
            Some(id) => error.with("request-id", id),
            None => error,
        }
    }

    /// What to do about it.
    pub(crate) fn verdict<T>(&self, repeatable: bool) -> Verdict<T> {
        let (error, passes) = match self.by_code() {
            Some(known) => known,
            None => self.by_status(),
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
            "PGRST125" => operator(URL, wrong_url()),
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

    fn by_status(&self) -> (Error, bool) {
        use ErrorKind as Kind;
        let error = |kind, message: &str| self.error(kind, message);
        match self.answer.status.as_u16() {
            401 => {
                let message =
                    format!("Supabase does not take the key in {KEY}. Set it to a key of this project.");
                (error(Kind::Misconfigured, &message).with("variable", KEY), false)
            }
            403 => (error(Kind::Denied, "Supabase does not allow this."), false),
            301 | 302 | 307 | 308 | 404 | 405 => {
                (error(Kind::Misconfigured, &wrong_url()).with("variable", URL), false)
            }
            413 | 414 | 431 => (error(Kind::TooLarge, "The call is too large for Supabase."), false),
            429 => (error(Kind::RateLimited, "Supabase asks for fewer calls."), false),
            408 | 504 | 524 => (error(Kind::TimedOut, "Supabase took too long."), false),
            503 | 520 => (error(Kind::Unavailable, "Supabase cannot work now. Try again later."), true),
            502 | 521..=523 => {
                (error(Kind::Unavailable, "Supabase cannot be reached now. Try again later."), false)
            }
            540 => {
                let message = "The Supabase project is paused. Resume it in the dashboard.";
                (error(Kind::Misconfigured, message).with("variable", URL), false)
            }
            _ => (
                error(Kind::Failed, "Supabase did not do what it was asked, and said nothing known of why."),
                false,
            ),
        }
    }
}

fn wrong_url() -> String {
    format!(
        "There is no Supabase REST API at {URL}. Set it to the project's address, such as https://abcdefgh.supabase.co."
    )
}
