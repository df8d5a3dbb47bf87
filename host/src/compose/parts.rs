//! Whose code lies where in a composition: components are composed as they lie on disk, byte for byte.

use std::ops::Range;
use std::sync::Arc;

use memchr::memmem;

/// The component that was composed and its dependencies, by where their bytes are.
#[derive(Clone, Debug)]
pub struct Parts {
    root: Arc<str>,
    dependencies: Vec<(Range<usize>, Arc<str>)>,
}

impl Parts {
    /// The parts of `composed`. Whatever is no dependency's is the component's own.
    pub(super) fn find<'a>(
        composed: &[u8],
        component: &str,
        dependencies: impl IntoIterator<Item = (&'a str, &'a [u8])>,
    ) -> Self {
        let place = |(name, bytes): (&str, &[u8])| {
            let start = memmem::find(composed, bytes)?;
            Some((start..start + bytes.len(), name.into()))
        };
        Self { root: component.into(), dependencies: dependencies.into_iter().filter_map(place).collect() }
    }

    /// The component's name.
    #[must_use]
    pub fn root(&self) -> &Arc<str> {
        &self.root
    }

    /// The dependency whose byte this is; `None` when it is no dependency's.
    #[must_use]
    pub fn dependency_at(&self, offset: usize) -> Option<&Arc<str>> {
        self.dependencies.iter().find(|(range, _)| range.contains(&offset)).map(|(_, name)| name)
    }
}

#[cfg(test)]
mod tests {
    use super::Parts;

    #[test]
    fn a_byte_is_of_the_dependency_it_lies_in_or_of_the_component() {
        let parts = Parts::find(b"..first....second", "app", [("a", &b"first"[..]), ("b", &b"second"[..])]);
        let found = |offset| parts.dependency_at(offset).map(|name| &**name);
        assert_eq!([found(1), found(2), found(6), found(7)], [None, Some("a"), Some("a"), None]);
        assert_eq!((found(11), found(16), found(17), &**parts.root()), (Some("b"), Some("b"), None, "app"));
    }
}
