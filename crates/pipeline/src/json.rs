//! Reading JSON whose size in memory is bounded, not only its size in bytes: of `[0,0,…]` a value takes ten times its text.

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

/// Reads a JSON document of at most `max_values` values: texts, numbers, arrays and objects counted at every depth. serde_json bounds the depth itself, to 128.
pub(crate) fn parse(bytes: &[u8], max_values: u32) -> serde_json::Result<Value> {
    let left = Cell::new(max_values);
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    Counter { left: &left, max_values }.deserialize(&mut deserializer)?;
    serde_json::from_slice(bytes)
}

/// Counts down and keeps nothing.
#[derive(Clone, Copy)]
struct Counter<'a> {
    left: &'a Cell<u32>,
    max_values: u32,
}

impl Counter<'_> {
    fn count<E: serde::de::Error>(self) -> Result<(), E> {
        match self.left.get().checked_sub(1) {
            Some(left) => {
                self.left.set(left);
                Ok(())
            }
            None => Err(E::custom(format_args!("it has more than {} values", self.max_values))),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Counter<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        self.count::<D::Error>()?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Counter<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while seq.next_element_seed(self)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while map.next_key::<IgnoredAny>()?.is_some() {
            map.next_value_seed(self)?;
        }
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on stops there")]
mod tests {
    use super::parse;

    #[test]
    fn values_are_counted_at_every_depth() {
        let text = br#"{"a": [1, "two", {"b": null}], "c": true}"#;
        assert_eq!(parse(text, 7).unwrap(), serde_json::from_slice::<serde_json::Value>(text).unwrap());
        let error = parse(text, 6).unwrap_err().to_string();
        assert!(error.contains("more than 6 values"), "{error}");
    }

    #[test]
    fn what_is_no_json_or_goes_on_after_it_is_refused() {
        for text in ["", "{", "[1,]", "{} {}", "nul"] {
            assert!(parse(text.as_bytes(), 100).is_err(), "{text}");
        }
        assert!(parse("[".repeat(1 << 20).as_bytes(), u32::MAX).is_err());
    }
}
