use std::collections::HashMap;

use spin_sdk::variables;

/// The values of a stage's variables, read once a call.
pub struct Variables(HashMap<&'static str, String>);

impl Variables {
    /// Reads the variables of these names. One that is not defined, that the stage may not see, or that is empty (the way a manifest says "not
    /// set") counts as not there.
    pub async fn read(names: &[&'static str]) -> Self {
        let mut values = HashMap::new();
        for &name in names {
            if let Ok(value) = variables::get(name).await
                && !value.trim().is_empty()
            {
                values.insert(name, value);
            }
        }
        Self(values)
    }

    /// The value of one.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<String> {
        self.0.get(name).cloned()
    }
}
