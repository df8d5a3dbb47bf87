//! Analyses and repair plans: what a generator writes about a stored conflict.

mod fitting;

use layout::{ConflictId, DocumentRef, Kind, Partner, RelationshipId};
use serde_json::{Value, json};

use super::{Durability, Outcome};
use crate::ledger::Status;
use crate::prompts;
use crate::schemas::Schema;
use crate::stages::{Call, Filter, Generation, GenerationRequest, Generator, ObjectStore, Section, Stages};
use crate::transcript::{Transcript, as_lines};
use crate::{Environment, Error, Pipeline, Result, Stage, collect};

/// How many profile passages a repair plan is fitted to.
const PROFILE_PASSAGES: u32 = 8;

impl<S: Stages, E: Environment> Pipeline<S, E> {
    /// Analyses a stored transcript and stores the analysis. An analysis of the same transcript by the same generator is returned as it is, unless `again`.
    ///
    /// # Errors
    /// `not-found` without a transcript; the generator's errors; `failed` when what it wrote does not fit the schema, even after it was told so.
    pub async fn analyse(
        &self,
        call: &Call,
        relationship: &RelationshipId,
        conflict: &ConflictId,
        again: bool,
    ) -> Result<Outcome> {
        let reference =
            DocumentRef::Analysis { relationship: relationship.clone(), conflict: conflict.clone() };
        let (turns, sources) = self.transcript_of(call, relationship, conflict).await?;
        let sources = json!({ "transcript": sources });
        self.generate(
            call,
            &reference,
            Schema::Analysis,
            prompts::analysis(&as_lines(&turns)),
            sources,
            again,
        )
        .await
    }

    /// Writes one partner's repair plan from the transcript, the analysis and that partner's profile passages, and stores it.
    ///
    /// # Errors
    /// As [`Pipeline::analyse`]; `not-found` also without an analysis.
    pub async fn plan_repair(
        &self,
        call: &Call,
        relationship: &RelationshipId,
        conflict: &ConflictId,
        partner: Partner,
        again: bool,
    ) -> Result<Outcome> {
        let analysis =
            DocumentRef::Analysis { relationship: relationship.clone(), conflict: conflict.clone() };
        let reference = DocumentRef::RepairPlan {
            relationship: relationship.clone(),
            conflict: conflict.clone(),
            partner,
        };
        let ((turns, transcript), (analysis_bytes, analysis_source)) = futures::try_join!(
            self.transcript_of(call, relationship, conflict),
            self.source(call, &analysis)
        )?;
        let analysis: Value = serde_json::from_slice(&analysis_bytes)
            .map_err(|_| Error::failed("The stored analysis is not JSON. Generate it again."))?;
        let content = analysis.get("content").cloned().unwrap_or_default();
        let passages = self.profile_passages(call, relationship, partner, &content).await?;
        let request = prompts::repair_plan(partner, &as_lines(&turns), &content, &passages);
        let sources = json!({
            "transcript": transcript, "analysis": analysis_source, "profile_passages": passages.len(),
        });
        self.generate(call, &reference, Schema::RepairPlan, request, sources, again).await
    }

    async fn generate(
        &self,
        call: &Call,
        reference: &DocumentRef,
        schema: Schema,
        request: GenerationRequest,
        sources: Value,
        again: bool,
    ) -> Result<Outcome> {
        let generator = self.stages.generator().describe(call).await?;
        let fingerprint = generator.stage.fingerprint(Some(&generator.model));
        if !again && let Some(outcome) = self.existing(call, reference, &fingerprint, &request).await? {
            return Ok(outcome);
        }
        let request_sha256 = request_sha256(&fingerprint, &request);
        let Generation { content, model, usage } =
            self.fitting(call, schema, reference.partner(), request, generator.max_input_tokens).await?;
        self.finished(Stage::Generator);
        let sections = text_sections(&content);
        let stored = json!({
            "schema": format!("/schemas/{}", schema.name()),
            "kind": reference.kind().as_str(),
            "relationship_id": reference.relationship().to_string(),
            "conflict_id": reference.conflict().map(ToString::to_string),
            "partner_id": reference.partner().map(|p| p.as_str()),
            "generated_at": self.timestamp(),
            "generator": { "stage": fingerprint, "model": model, "usage": usage.into_iter().collect::<std::collections::BTreeMap<_, _>>() },
            "request_sha256": request_sha256,
            "sources": sources,
            "content": content,
        });
        let bytes = serde_json::to_vec_pretty(&stored)
            .map_err(|e| Error::failed(format!("The document cannot be written: {e}.")))?;
        self.put_bytes(call, reference, bytes, sections).await
    }

    /// What is stored already, when the same generator would be asked the same again.
    async fn existing(
        &self,
        call: &Call,
        reference: &DocumentRef,
        fingerprint: &str,
        request: &GenerationRequest,
    ) -> Result<Option<Outcome>> {
        let Some(document) = self.find(call, reference.document_id().as_str()).await? else {
            return Ok(None);
        };
        if document.status != Status::Indexed {
            return Ok(None);
        }
        let Ok((bytes, _)) = self.source(call, reference).await else { return Ok(None) };
        let stored: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        let asked = stored.get("request_sha256").and_then(Value::as_str);
        if asked != Some(&request_sha256(fingerprint, request))
            // Another file than the one that is indexed may be there for a moment.
            || document.sha256.as_deref() != Some(&super::store::sha256(&bytes))
        {
            return Ok(None);
        }
        Ok(Some(Outcome { document, durability: Durability::Complete, created: false, unchanged: true }))
    }

    async fn transcript_of(
        &self,
        call: &Call,
        relationship: &RelationshipId,
        conflict: &ConflictId,
    ) -> Result<(Vec<Section>, Value)> {
        let reference =
            DocumentRef::Transcript { relationship: relationship.clone(), conflict: conflict.clone() };
        let (bytes, source) = self.source(call, &reference).await?;
        let turns = Transcript::parse(&bytes, self.settings.max_turns)?.sections();
        // What a redaction stage takes out must not reach the generator either.
        let workshop = self.workshop(call, false).await?;
        Ok((self.transformed(call, Kind::Transcript, turns, &workshop).await?, source))
    }

    /// The bytes of a stored JSON document, and what a generated one says of it.
    async fn source(&self, call: &Call, reference: &DocumentRef) -> Result<(Vec<u8>, Value)> {
        let object = match self.stages.objects().get(call, reference.key().as_str(), Default::default()).await
        {
            Ok(object) => object,
            Err(error) if error.code() == "not-found" => {
                let kind = reference.kind();
                return Err(self.unmigrated(call, reference).await?.unwrap_or_else(|| {
                    Error::not_found(format!(
                        "This conflict has no {kind} yet. Store or generate the {kind} first."
                    ))
                }));
            }
            Err(error) => return Err(error),
        };
        let bytes = collect(object.body, self.settings.max_transcript_bytes, "The stored document").await?;
        let source = json!({ "path": reference.stored_path(&self.settings.bucket), "sha256": super::store::sha256(&bytes) });
        Ok((bytes, source))
    }

    /// The passages of one partner's profile nearest to what the analysis says; those of profiles that name no partner, when no profile names this one.
    async fn profile_passages(
        &self,
        call: &Call,
        relationship: &RelationshipId,
        partner: Partner,
        analysis: &Value,
    ) -> Result<Vec<String>> {
        let summary = analysis.get("summary").and_then(Value::as_str).unwrap_or_default();
        let question = self.question(call, &format!("{partner} {summary}")).await?;
        for partner in [Filter::eq("partner_id", partner.as_str()), Filter::is_null("partner_id")] {
            let found = self
                .nearest(call, relationship, &[Kind::Profile], &question, PROFILE_PASSAGES, &[partner])
                .await?;
            if !found.is_empty() {
                return Ok(found.into_iter().map(|(_, found)| super::search::text_of(&found)).collect());
            }
        }
        Ok(Vec::new())
    }
}

fn request_sha256(fingerprint: &str, request: &GenerationRequest) -> String {
    let messages: Vec<_> = request.messages.iter().map(|m| &m.content).collect();
    super::store::sha256(json!([fingerprint, messages, request.schema]).to_string().as_bytes())
}

/// What a generator writes where its source says nothing.
const NOT_STATED: &str = "Not stated in the source.";
/// The member in which a generated document speaks of itself, not of the conflict.
const LIMITATIONS: &str = "limitations";

/// A generated document as text to index: one section for each of its top-level members. What says nothing about the conflict is left out, so that no
/// search finds it.
pub(crate) fn text_sections(content: &Value) -> Vec<Section> {
    fn collect_text(value: &Value, text: &mut String) {
        match value {
            Value::String(s) => {
                let stated = s.replace(NOT_STATED, "");
                if !stated.trim().is_empty() {
                    text.push_str(stated.trim());
                    text.push('\n');
                }
            }
            Value::Array(items) => items.iter().for_each(|item| collect_text(item, text)),
            Value::Object(members) => members.values().for_each(|member| collect_text(member, text)),
            _ => {}
        }
    }
    let members = content.as_object().into_iter().flatten();
    (0..)
        .zip(members)
        .filter(|(_, (name, _))| name.as_str() != LIMITATIONS)
        .map(|(index, (name, value))| {
            let mut text = String::new();
            collect_text(value, &mut text);
            Section { index, label: Some(name.clone()), text }
        })
        .filter(|section| !section.text.trim().is_empty())
        .collect()
}
