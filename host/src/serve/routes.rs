//! Which trigger answers a path, matched as Spin matches.

use anyhow::{Context, Result};
use routefinder::{RouteSpec, Router};

use crate::manifest::{HttpTrigger, Route};

/// The triggers by route.
pub(super) struct Routes {
    router: Router<Target>,
}

struct Target {
    trigger: usize,
    /// The route as the manifest has it.
    raw: String,
    /// The route with a slash before it and none after it.
    clean: String,
}

/// A path and the trigger that answers it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Match {
    /// The trigger's place in the manifest.
    pub trigger: usize,
    /// The route as the manifest has it.
    pub raw: String,
    /// The same without `/...`.
    pub prefix: String,
    /// The route as it was matched.
    pub clean: String,
    /// What the path has below a route that ends in `/...`.
    pub rest: String,
    /// Named parts of the route and what the path has for them.
    pub named: Vec<(String, String)>,
}

impl Routes {
    pub(super) fn new(triggers: &[HttpTrigger]) -> Result<Self> {
        let mut router = Router::new();
        for (trigger, definition) in triggers.iter().enumerate() {
            let Route::Public(raw) = &definition.route else { continue };
            let clean = format!("/{}", raw.trim_start_matches('/'));
            let clean = clean.strip_suffix('/').unwrap_or(&clean).to_owned();
            let pattern = match clean.strip_suffix("/...") {
                Some(prefix) => format!("{prefix}/*"),
                None => clean.clone(),
            };
            let spec: RouteSpec = pattern
                .parse()
                .map_err(|reason: String| anyhow::anyhow!(reason))
                .with_context(|| format!("the route {raw:?} is not valid"))?;
            let target = Target { trigger, raw: raw.clone(), clean };
            router
                .add(spec, target)
                .map_err(|reason| anyhow::anyhow!("the route {raw:?} is not valid: {reason}"))?;
        }
        Ok(Self { router })
    }

    pub(super) fn find(&self, path: &str) -> Option<Match> {
        let found = self.router.best_match(path)?;
        let target = found.handler();
        let captures = found.captures();
        let slash = if path.ends_with('/') { "/" } else { "" };
        let rest = match captures.wildcard() {
            None => String::new(),
            Some("") => slash.to_owned(),
            Some(rest) => format!("/{rest}{slash}"),
        };
        Some(Match {
            trigger: target.trigger,
            raw: target.raw.clone(),
            prefix: target.raw.strip_suffix("/...").unwrap_or(&target.raw).to_owned(),
            clean: target.clean.clone(),
            rest,
            named: captures.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Routes;
    use crate::manifest::HttpTrigger;

    fn routes(routes: &[&str]) -> Routes {
        let triggers: Vec<HttpTrigger> = routes
            .iter()
            .map(|route| toml::from_str(&format!("route = {route:?}\ncomponent = \"a\"")).unwrap())
            .collect();
        Routes::new(&triggers).unwrap()
    }

    #[test]
    fn exact_routes_win_over_wildcards_and_longer_ones_over_shorter() {
        let routes = routes(&["/...", "/users/...", "/users/:id/files", "/healthz"]);
        let trigger = |path: &str| routes.find(path).unwrap().trigger;
        assert_eq!(trigger("/healthz"), 3);
        assert_eq!(trigger("/users/7/files"), 2);
        assert_eq!(trigger("/users/7/other"), 1);
        assert_eq!(trigger("/"), 0);
        assert_eq!(trigger("/else"), 0);
    }

    #[test]
    fn what_a_wildcard_took_keeps_its_slashes() {
        let routes = routes(&["/foo/..."]);
        for (path, rest) in [("/foo", ""), ("/foo/", "/"), ("/foo/bar", "/bar"), ("/foo/bar/", "/bar/")] {
            assert_eq!(routes.find(path).unwrap().rest, rest, "{path}");
        }
        assert_eq!(routes.find("/foo/bar").unwrap().prefix, "/foo");
        assert!(routes.find("/other").is_none());
    }

    #[test]
    fn named_parts_are_captured() {
        let found = routes(&["/users/:id/..."]).find("/users/7/x").unwrap();
        assert_eq!(found.named, [("id".to_owned(), "7".to_owned())]);
    }
}
