//! What the gateway in front of the services answers by itself, in shapes of its own or in HTML.

use upstream::{Error, ErrorKind, Received};

use crate::{KEY, URL};

/// What an answer means that is none of the service's own, by its status, and whether it passes by itself. `service` is what was asked for, such as
/// `REST API`.
#[must_use]
pub fn refusal(answer: &Received, service: &str) -> (Error, bool) {
    use ErrorKind as Kind;
    let error = |kind, message: &str| {
        let error = Error::new(kind, message).with_status(answer.status);
        match request_id(answer) {
            Some(id) => error.with("request-id", id),
            None => error,
        }
    };
    match answer.status.as_u16() {
        401 => {
            let message =
                format!("Supabase does not take the key in {KEY}. Set it to a key of this project.");
            (error(Kind::Misconfigured, &message).with("variable", KEY), false)
        }
        403 => (error(Kind::Denied, "Supabase does not allow this."), false),
        301 | 302 | 307 | 308 | 404 | 405 => {
            let message = format!(
                "There is no Supabase {service} at {URL}. Set it to the project's address, such as https://abcdefgh.supabase.co."
            );
            (error(Kind::Misconfigured, &message).with("variable", URL), false)
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

/// What Supabase's support asks for.
#[must_use]
pub fn request_id(answer: &Received) -> Option<&str> {
    ["sb-request-id", "cf-ray"].iter().find_map(|name| answer.header(name))
}
