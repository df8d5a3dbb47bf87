//! Finding the nearest.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Number, Value as Json};
use upstream::{Call, Error, Platform};

use crate::VectorIndex;
use crate::check::{self, out_of};
use crate::client::{body, json};
use crate::filter::{Condition, Filter, conditions};

const MAX_MATCHES: u32 = 1000;
/// The largest whole number that a 64-bit float tells from its neighbours.
const MAX_WHOLE: f64 = 9_007_199_254_740_992.0;

/// What to look for.
#[derive(Clone, Debug, PartialEq)]
pub struct Nearest {
    /// As many numbers as the index has dimensions.
    pub values: Vec<f32>,
    /// Matches at most: 1 to 1,000.
    pub top_k: u32,
    /// Conditions on the metadata; all must hold.
    pub filters: Vec<Filter>,
}

/// A vector found.
#[derive(Clone, Debug, PartialEq)]
pub struct Match {
    /// Its id.
    pub id: String,
    /// Cosine similarity, -1 to 1.
    pub score: f32,
    /// A JSON object, as stored.
    pub metadata: String,
}

#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Question<'a> {
    pub(crate) namespace: &'a str,
    pub(crate) vector: &'a [f32],
    pub(crate) top_k: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) filter: Option<Json>,
    pub(crate) include_values: bool,
    pub(crate) include_metadata: bool,
}

#[derive(Deserialize)]
pub(crate) struct Answer {
    #[serde(default)]
    pub(crate) matches: Vec<Found>,
}

#[derive(Deserialize)]
pub(crate) struct Found {
    pub(crate) id: String,
    /// Left out by encoders that leave out zeros.
    #[serde(default)]
    score: f32,
    metadata: Option<Map<String, Json>>,
}

impl<P: Platform> VectorIndex<P> {
    /// The nearest vectors, nearest first, equals in the order of their ids.
    ///
    /// # Errors
    /// `invalid` for a vector, count or filter out of bounds, and for a filter that Pinecone cannot ask; `misconfigured` when the index has another
    /// number of dimensions; `too-large` when the matches' metadata is more than an answer holds; and how calls fail.
    pub async fn query(&self, call: &Call, namespace: &str, nearest: &Nearest) -> Result<Vec<Match>, Error> {
        check::namespace(namespace)?;
        check::values(&nearest.values)?;
        if !(1..=MAX_MATCHES).contains(&nearest.top_k) {
            let message = "A query asks for 1 to 1,000 matches.";
            return Err(out_of(message, MAX_MATCHES as usize, nearest.top_k as usize));
        }
        let filter = conditions(&nearest.filters)?;
        let index = self.index_of(call, nearest.values.len()).await?;
        let filter = match filter {
            Condition::Always => None,
            Condition::Never => return Ok(Vec::new()),
            Condition::Where(filter) => Some(filter),
        };
        let question = body(&Question {
            namespace,
            vector: &check::direction(&nearest.values),
            top_k: nearest.top_k,
            filter,
            include_values: false,
            include_metadata: true,
        })?;
        let answer = self.post(call, &index, "/query", question, json::<Answer>).await?;
        let found = answer.map(|answer| answer.matches).unwrap_or_default();
        let mut matches: Vec<Match> = found.into_iter().map(Match::from).collect();
        matches.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.id.cmp(&b.id)));
        matches.truncate(nearest.top_k as usize);
        Ok(matches)
    }
}

impl From<Found> for Match {
    fn from(Found { id, score, metadata }: Found) -> Self {
        let mut metadata = metadata.unwrap_or_default();
        for value in metadata.values_mut() {
            whole(value);
        }
        // What is a little over 1 is rounding.
        Self { id, score: score.clamp(-1.0, 1.0), metadata: Json::Object(metadata).to_string() }
    }
}

/// Makes a whole number an integer, which Pinecone keeps as a float.
fn whole(value: &mut Json) {
    if let Json::Number(number) = value
        && let Some(float) =
            number.as_f64().filter(|f| number.is_f64() && f.fract() == 0.0 && f.abs() <= MAX_WHOLE)
    {
        *value = Json::Number(Number::from(float as i64));
    }
}
