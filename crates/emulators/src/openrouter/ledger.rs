//! What was generated and what it cost.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use super::generate::Text;
use super::models::Model;

/// The most generations remembered; the oldest go first.
const MAX_GENERATIONS: usize = 10_000;

/// An account of an answer.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Generation {
    pub(super) id: String,
    pub(super) model: String,
    pub(super) created: u64,
    finish_reason: &'static str,
    prompt_tokens: usize,
    completion_tokens: usize,
    cost: f64,
    is_streamed: bool,
    /// So many times its statistics will not be there yet.
    not_yet: u32,
}

/// All that was generated with the key.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    /// So many times a generation's statistics are not there yet.
    pub(super) stats_after: u32,
    entries: Mutex<Entries>,
}

#[derive(Debug, Default)]
struct Entries {
    generations: VecDeque<Generation>,
    made: u64,
    cost: f64,
}

impl Ledger {
    pub(super) fn new(stats_after: u32) -> Self {
        Self { stats_after, ..Self::default() }
    }

    pub(super) fn add(&self, model: &Model, text: &Text, is_streamed: bool) -> Generation {
        let price = |tokens: usize, dollars: f64| tokens as f64 * dollars / 1e6;
        let cost = price(text.prompt_tokens, model.prompt_price)
            + price(text.completion_tokens, model.completion_price);
        let created = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let mut entries = self.lock();
        entries.made += 1;
        let generation = Generation {
            id: format!("gen-{created}-{:08}", entries.made),
            model: model.name.clone(),
            created,
            finish_reason: text.finish_reason,
            prompt_tokens: text.prompt_tokens,
            completion_tokens: text.completion_tokens,
            cost,
            is_streamed,
            not_yet: self.stats_after,
        };
        entries.cost += cost;
        entries.generations.push_back(generation.clone());
        if entries.generations.len() > MAX_GENERATIONS {
            entries.generations.pop_front();
        }
        generation
    }

    /// A generation's statistics.
    pub(super) fn stats(&self, id: &str) -> Option<Value> {
        let mut entries = self.lock();
        let generation = entries.generations.iter_mut().find(|generation| generation.id == id)?;
        if generation.not_yet > 0 {
            generation.not_yet -= 1;
            return None;
        }
        Some(generation.stats())
    }

    /// US dollars spent.
    pub(super) fn spent(&self) -> f64 {
        self.lock().cost
    }

    fn lock(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What `/generation` says nothing of here.
const UNKNOWN: [&str; 24] = [
    "app_id",
    "cache_discount",
    "external_user",
    "generation_time",
    "http_referer",
    "latency",
    "moderation_latency",
    "native_tokens_cached",
    "native_tokens_completion_images",
    "native_tokens_reasoning",
    "num_fetches",
    "num_input_audio_prompt",
    "num_media_completion",
    "num_media_prompt",
    "num_search_results",
    "preset_id",
    "provider_responses",
    "router",
    "service_tier",
    "upstream_id",
    "upstream_inference_cost",
    "user_agent",
    "web_search_engine",
    "workspace_id",
];

impl Generation {
    fn stats(&self) -> Value {
        let created = UNIX_EPOCH + Duration::from_secs(self.created);
        let mut stats = json!({
            "id": self.id,
            "model": self.model,
            "created_at": humantime::format_rfc3339_seconds(created).to_string(),
            "api_type": "completions",
            "origin": "",
            "data_region": "global",
            "provider_name": "Emulated",
            "streamed": self.is_streamed,
            "cancelled": false,
            "finish_reason": self.finish_reason,
            "native_finish_reason": self.finish_reason,
            "tokens_prompt": self.prompt_tokens,
            "tokens_completion": self.completion_tokens,
            "native_tokens_prompt": self.prompt_tokens,
            "native_tokens_completion": self.completion_tokens,
            "total_cost": self.cost,
            "usage": self.cost,
            "is_byok": false,
        });
        for name in UNKNOWN {
            stats[name] = Value::Null;
        }
        stats
    }

    pub(super) fn usage(&self) -> Value {
        json!({
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": self.completion_tokens,
            "total_tokens": self.prompt_tokens + self.completion_tokens,
            "prompt_tokens_details": { "cached_tokens": 0, "cache_write_tokens": 0 },
            "completion_tokens_details": { "reasoning_tokens": 0 },
            "cost": self.cost,
            "is_byok": false,
            "cost_details": {
                "upstream_inference_cost": null,
                "upstream_inference_prompt_cost": 0,
                "upstream_inference_completions_cost": 0,
            },
        })
    }
}
