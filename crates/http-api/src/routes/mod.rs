//! Every route of the API in one table, and which of them a request means.

mod access;
mod operation;
mod table;

use std::fmt::Display;
use std::str::FromStr;

use http::Method;
use percent_encoding::percent_decode_str;
use thiserror::Error;

pub use access::{Access, Permission};
pub use operation::Operation;
pub use table::{ROUTES, Route};

/// A request's route.
#[derive(Clone, Debug)]
pub struct Matched {
    /// Its row in [`ROUTES`].
    pub route: &'static Route,
    /// What it asks for.
    pub operation: Operation,
    /// Whether it was a `HEAD` request: answer as the `GET` would be answered, without a body.
    pub head: bool,
}

/// Why a request has no route.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RouteError {
    /// Nothing is at this path.
    #[error("nothing is at this path; /openapi.json lists the routes")]
    NotFound,
    /// Something is at this path, but not for this method.
    #[error("this path does not take this method; it takes {allow}")]
    MethodNotAllowed {
        /// The methods it takes, as the `Allow` header has them.
        allow: String,
    },
    /// A parameter in the path breaks its rule.
    #[error("{problem}")]
    BadParameter {
        /// Its name in the route's template.
        name: &'static str,
        /// What is wrong with it and what is allowed.
        problem: String,
    },
}

/// The parameters of one path: names of the template with what stands there, still percent-encoded.
#[derive(Debug)]
pub(crate) struct Params<'p>(Vec<(&'static str, &'p str)>);

impl Params<'_> {
    /// A parameter, percent-decoded once.
    fn text(&self, name: &'static str) -> Result<String, RouteError> {
        let bad = |problem: &str| RouteError::BadParameter { name, problem: format!("{name} {problem}") };
        let (_, raw) =
            self.0.iter().find(|(n, _)| *n == name).ok_or_else(|| bad("is missing in the path"))?;
        let text = percent_decode_str(raw).decode_utf8().map_err(|_| bad("is not UTF-8 in the path"))?;
        Ok(text.into_owned())
    }

    /// A parameter, percent-decoded once and checked.
    fn parse<T: FromStr<Err: Display>>(&self, name: &'static str) -> Result<T, RouteError> {
        let bad = |error: T::Err| RouteError::BadParameter { name, problem: error.to_string() };
        self.text(name)?.parse().map_err(bad)
    }
}

impl Route {
    /// The path's template in the form of OpenAPI.
    #[must_use]
    pub fn openapi_path(&self) -> String {
        self.path.replace("{*", "{")
    }

    /// The parameters when a path fits the template. Paths are compared as they were sent: an encoded slash is no separator.
    fn params<'p>(&self, path: &'p str) -> Option<Params<'p>> {
        let mut params = Vec::new();
        let mut rest = Some(path.strip_prefix('/')?);
        for part in self.path[1..].split('/') {
            let left = rest?;
            let name = part.strip_prefix('{').and_then(|part| part.strip_suffix('}'));
            let (segment, after) = match left.split_once('/') {
                Some((segment, after)) => (segment, Some(after)),
                None => (left, None),
            };
            rest = after;
            match name.map(|name| (name, name.strip_prefix('*'))) {
                Some((_, Some(name))) if !left.is_empty() => {
                    params.push((name, left));
                    rest = None;
                }
                Some((name, None)) if !segment.is_empty() => params.push((name, segment)),
                None if segment == part => {}
                _ => return None,
            }
        }
        rest.is_none().then_some(Params(params))
    }
}

/// Finds the route of a request. `path` is the request's path as it was sent, without query, still percent-encoded.
///
/// # Errors
/// [`RouteError`] when there is none, or when a parameter in the path breaks its rule.
pub fn match_route(method: &Method, path: &str) -> Result<Matched, RouteError> {
    let head = method == Method::HEAD;
    let wanted = if head { &Method::GET } else { method };
    let mut allow: Vec<&str> = Vec::new();
    for route in &ROUTES {
        let Some(params) = route.params(path) else { continue };
        if route.method == *wanted {
            return Ok(Matched { route, operation: (route.build)(&params)?, head });
        }
        allow.push(route.method.as_str());
        if route.method == Method::GET {
            allow.push(Method::HEAD.as_str());
        }
    }
    if allow.is_empty() {
        return Err(RouteError::NotFound);
    }
    Err(RouteError::MethodNotAllowed { allow: allow.join(", ") })
}
