use serde::Deserialize;
use upstream::Error;

/// What answers used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
pub struct Usage {
    /// Tokens of the messages.
    #[serde(default, rename = "prompt_tokens")]
    pub input_tokens: u64,
    /// Tokens of the answers.
    #[serde(default, rename = "completion_tokens")]
    pub output_tokens: u64,
    /// US dollars, where OpenRouter says so.
    #[serde(default, rename = "cost")]
    pub cost_usd: Option<f64>,
}

impl Usage {
    /// By the contract's names: `input-tokens`, `output-tokens` and, where it is known, `cost-usd`.
    #[must_use]
    pub fn to_pairs(&self) -> Vec<(String, String)> {
        let mut pairs = vec![
            ("input-tokens".to_owned(), self.input_tokens.to_string()),
            ("output-tokens".to_owned(), self.output_tokens.to_string()),
        ];
        pairs.extend(self.cost_usd.map(|cost| ("cost-usd".to_owned(), cost.to_string())));
        pairs
    }

    /// The error of an answer that was paid for all the same.
    pub(crate) fn told_by(self, error: Error) -> Error {
        if self == Self::default() {
            return error;
        }
        self.to_pairs().into_iter().fold(error, |error, (name, value)| error.with(&name, value))
    }

    pub(crate) fn plus(self, other: Self) -> Self {
        let cost_usd = match (self.cost_usd, other.cost_usd) {
            (Some(a), Some(b)) => Some(a + b),
            (a, b) => a.or(b),
        };
        Self {
            input_tokens: self.input_tokens.saturating_add(other.input_tokens),
            output_tokens: self.output_tokens.saturating_add(other.output_tokens),
            cost_usd,
        }
    }
}
