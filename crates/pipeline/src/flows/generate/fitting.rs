//! An answer that fits: held to its schema, and asked for once more when it does not.

use layout::Partner;
use serde_json::Value;

use crate::schemas::Schema;
use crate::stages::{Call, Generation, GenerationRequest, Generator, Stages};
use crate::{Environment, Error, Pipeline, Result, Stage, prompts};

/// What a call of a generator used, by the contract's names.
type Usage = Vec<(String, String)>;

impl<S: Stages, E: Environment> Pipeline<S, E> {
    /// What the generator writes, with all that it used. An answer that breaks the schema, or is for the other partner, is given back to it once with
    /// what is wrong.
    ///
    /// # Errors
    /// `too-large` when there is more to read than the generator takes, of which it says `max_input_tokens`; the generator's errors; `failed` with the extra
    /// `reason=schema` when the second answer does not fit either, and what both used.
    pub(super) async fn fitting(
        &self,
        call: &Call,
        schema: Schema,
        partner: Option<Partner>,
        mut request: GenerationRequest,
        max_input_tokens: u32,
    ) -> Result<Generation> {
        check_length(&request, max_input_tokens)?;
        let first = self.stages.generator().generate(call, request.clone()).await?;
        let Err(problem) = check(schema, partner, &first.content) else { return Ok(first) };
        request.messages.extend(prompts::mended(&first.content, &problem));
        if check_length(&request, max_input_tokens).is_err() {
            return Err(unfit(&problem, first.usage));
        }
        let second = self.stages.generator().generate(call, request).await.map_err(|error| {
            // Of the first answer nothing is left but its price.
            first.usage.iter().fold(error, |error, (name, value)| match error.extra(name) {
                None => error.with(name, value),
                Some(_) => error,
            })
        })?;
        let usage = sum(first.usage, second.usage);
        match check(schema, partner, &second.content) {
            Ok(()) => Ok(Generation { usage, ..second }),
            Err(problem) => Err(unfit(&format!("{problem}, even after it was told so"), usage)),
        }
    }
}

fn check_length(request: &GenerationRequest, max_tokens: u32) -> Result<()> {
    let tokens = request.messages.iter().map(|message| message.content.len() as u64 / 4).sum::<u64>();
    let limit = u64::from(max_tokens);
    if tokens > limit {
        let what = "What the generator would have to read, in tokens,";
        return Err(Error::too_large(what, limit, Some(tokens)).at(Stage::Generator));
    }
    Ok(())
}

/// Whether an answer is what was asked for; what is wrong, as a predicate.
fn check(schema: Schema, partner: Option<Partner>, content: &Value) -> Result<(), String> {
    schema
        .validate(content)
        .map_err(|problem| format!("does not fit /schemas/{}: {problem}", schema.name()))?;
    match (partner, content.get("for_partner")) {
        (Some(partner), Some(named)) if named.as_str() != Some(partner.as_str()) => {
            Err(format!("is a plan for {named} and was asked to be one for {partner}"))
        }
        _ => Ok(()),
    }
}

fn unfit(problem: &str, usage: Usage) -> Error {
    let error = Error::failed(format!("What the generator wrote {problem}.")).at(Stage::Generator);
    usage.iter().fold(error.with("reason", "schema"), |error, (name, value)| error.with(name, value))
}

/// Both calls' figures added up; of what is no figure the second one counts.
fn sum(first: Usage, second: Usage) -> Usage {
    first.into_iter().fold(second, |mut total, (name, value)| {
        match total.iter_mut().find(|(other, _)| *other == name) {
            None => total.push((name, value)),
            Some((_, other)) => *other = add(&value, other).unwrap_or_else(|| other.clone()),
        }
        total
    })
}

/// Whole numbers stay whole.
fn add(a: &str, b: &str) -> Option<String> {
    let whole = || Some(a.parse::<u64>().ok()?.checked_add(b.parse().ok()?)?.to_string());
    let decimal = || Some((a.parse::<f64>().ok()? + b.parse::<f64>().ok()?).to_string());
    whole().or_else(decimal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usage_is_added_up_by_name() {
        let usage = |pairs: &[(&str, &str)]| -> Usage {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        let first = usage(&[("input-tokens", "10"), ("cost-usd", "0.25"), ("tier", "a"), ("first", "1")]);
        let second = usage(&[("cost-usd", "0.5"), ("input-tokens", "20"), ("tier", "b"), ("second", "2")]);
        let total = usage(&[
            ("cost-usd", "0.75"),
            ("input-tokens", "30"),
            ("tier", "b"),
            ("second", "2"),
            ("first", "1"),
        ]);
        assert_eq!(sum(first, second), total);
    }
}
