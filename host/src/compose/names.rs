//! Names of imports and of the dependencies that satisfy them, matched by Spin's rules.

use std::fmt;
use std::str::FromStr;

use anyhow::{Context, Result, ensure};
use semver::Version;

/// The key of a dependency in the manifest: `ns:pkg`, `ns:pkg@1.0.0`, `ns:pkg/iface`, `ns:pkg/iface@1.0.0`,
/// or the plain name of a function or instance import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DependencyName {
    /// A plain import, such as `store`.
    Plain(String),
    /// Interfaces of a package.
    Package {
        /// `ns:pkg`
        package: String,
        /// One interface; all when not given.
        interface: Option<String>,
        /// One version; any when not given.
        version: Option<Version>,
    },
}

impl FromStr for DependencyName {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        if !text.contains([':', '/']) {
            ensure!(is_kebab(text), "the dependency `{text}` is not the name of an import");
            return Ok(Self::Plain(text.to_owned()));
        }
        let (name, version) = match text.split_once('@') {
            Some((name, version)) => {
                let version = version
                    .parse()
                    .with_context(|| format!("the dependency `{text}` has no valid version"))?;
                (name, Some(version))
            }
            None => (text, None),
        };
        let (package, interface) = match name.split_once('/') {
            Some((package, interface)) => (package, Some(interface.to_owned())),
            None => (name, None),
        };
        let valid = package.split_once(':').is_some_and(|(ns, pkg)| is_kebab(ns) && is_kebab(pkg))
            && interface.as_deref().is_none_or(is_kebab);
        ensure!(
            valid,
            "the dependency `{text}` is not of the form namespace:package, namespace:package/interface or either with \
             @version"
        );
        Ok(Self::Package { package: package.to_owned(), interface, version })
    }
}

fn is_kebab(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') && !text.starts_with('-')
}

impl fmt::Display for DependencyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain(name) => f.write_str(name),
            Self::Package { package, interface, version } => {
                f.write_str(package)?;
                if let Some(interface) = interface {
                    write!(f, "/{interface}")?;
                }
                if let Some(version) = version {
                    write!(f, "@{version}")?;
                }
                Ok(())
            }
        }
    }
}

impl DependencyName {
    /// What a dependency of this name is called where its namespace says nothing new: `embedder` for `serene:embedder`.
    #[must_use]
    pub fn stage(&self) -> &str {
        match self {
            Self::Plain(name) => name,
            Self::Package { package, .. } => package.split_once(':').map_or(&**package, |(_, name)| name),
        }
    }

    /// Whether it stands for every interface of a package.
    #[must_use]
    pub fn is_whole_package(&self) -> bool {
        matches!(self, Self::Package { interface: None, .. })
    }

    /// Whether this dependency is meant for the import of this name.
    #[must_use]
    pub fn matches(&self, import: &str) -> bool {
        match self {
            Self::Plain(name) => name == import,
            Self::Package { package, interface, version } => {
                let Some(import) = InterfaceName::parse(import) else { return false };
                import.package == package
                    && interface.as_deref().is_none_or(|interface| interface == import.interface)
                    && version.as_ref().is_none_or(|version| import.version.as_ref() == Some(version))
            }
        }
    }

    /// Whether two names can stand for one import. Versions that semver holds compatible count as one.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        match (self, other) {
            (
                Self::Package { package: p1, interface: i1, version: v1 },
                Self::Package { package: p2, interface: i2, version: v2 },
            ) => {
                let interfaces = i1.is_none() || i2.is_none() || i1 == i2;
                let versions = match (v1, v2) {
                    (Some(v1), Some(v2)) => compatible_track(v1) == compatible_track(v2),
                    _ => true,
                };
                p1 == p2 && interfaces && versions
            }
            _ => false,
        }
    }
}

/// What two versions share when semver lets one stand for the other.
fn compatible_track(version: &Version) -> (u64, u64, u64, String) {
    let pre = version.pre.to_string();
    match version {
        _ if !pre.is_empty() => (version.major, version.minor, version.patch, pre),
        Version { major: 0, minor: 0, patch, .. } => (0, 0, *patch, pre),
        Version { major: 0, minor, .. } => (0, *minor, 0, pre),
        Version { major, .. } => (*major, 0, 0, pre),
    }
}

/// An import of the form `ns:pkg/interface@version`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InterfaceName<'a> {
    /// `ns:pkg`
    pub package: &'a str,
    /// `interface`
    pub interface: &'a str,
    /// The version, when there is one.
    pub version: Option<Version>,
}

impl<'a> InterfaceName<'a> {
    /// Parses an import's name; `None` for a plain name.
    #[must_use]
    pub fn parse(import: &'a str) -> Option<Self> {
        let (name, version) = match import.split_once('@') {
            Some((name, version)) => (name, Some(version.parse().ok()?)),
            None => (import, None),
        };
        let (package, interface) = name.split_once('/')?;
        Some(Self { package, interface, version })
    }
}

#[cfg(test)]
mod tests {
    use super::DependencyName;

    fn name(text: &str) -> DependencyName {
        text.parse().unwrap()
    }

    #[test]
    fn a_dependency_matches_the_imports_spin_matches() {
        for (dependency, import) in [
            ("a:b/c@0.1.0", "a:b/c@0.1.0"),
            ("a:b/c", "a:b/c@0.1.0"),
            ("a:b/c", "a:b/c"),
            ("a:b", "a:b/c@0.1.0"),
            ("a:b@0.1.0", "a:b/c@0.1.0"),
            ("plain-name", "plain-name"),
        ] {
            assert!(name(dependency).matches(import), "{dependency} {import}");
        }
        for (dependency, import) in [
            ("a:b/c@0.1.0", "a:b/c"),
            ("a:b/c@0.1.0", "a:b/c@0.1.1"),
            ("a:b/c", "a:b/d"),
            ("a:b", "a:d/c"),
            ("a:b@0.1.0", "a:b/c"),
            ("a:b/c", "a:b/c-d"),
            ("plain-name", "a:b/plain-name"),
        ] {
            assert!(!name(dependency).matches(import), "{dependency} {import}");
        }
    }

    #[test]
    fn two_dependencies_for_one_import_overlap() {
        assert!(name("a:b").overlaps(&name("a:b/c@0.1.0")));
        assert!(name("a:b/c@0.1.0").overlaps(&name("a:b/c@0.1.7")));
        assert!(!name("a:b/c@0.1.0").overlaps(&name("a:b/c@0.2.0")));
        assert!(!name("a:b/c").overlaps(&name("a:b/d")));
        assert!(!name("a:b").overlaps(&name("a:x")));
    }

    #[test]
    fn nonsense_is_not_a_dependency_name() {
        for text in ["", "a:", ":b", "a:b/", "a:b@", "a:b@x", "a b", "-a", "a:b:c"] {
            assert!(text.parse::<DependencyName>().is_err(), "{text}");
        }
    }
}
