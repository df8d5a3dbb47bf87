use http::Method;

use super::Operation::{
    DeleteAnalysis, DeleteDocument, DeleteFile, DeleteRepairPlan, DeleteTranscript, Doctor, GenerateAnalysis,
    GenerateRepairPlan, GetAnalysis, GetDocument, GetFile, GetPresigned, GetRepairPlan, GetTranscript,
    Health, ListDocuments, MigrateStoragePaths, OpenApi, PutFile, PutHandbook, PutPresigned, PutProfile,
    PutTranscript, Ready, Reconcile, ResumeDocument, Schema, Search, SignFileUrl, UploadHandbook,
    UploadProfile,
};
use super::{Operation, Params, RouteError};

/// A route of the API.
#[derive(Debug)]
pub struct Route {
    /// The method. A route for `GET` answers `HEAD` too (RFC 9110, section 9.1).
    pub method: Method,
    /// The path's template in the form of OpenAPI, except that a last segment `{*name}` takes the rest of the path with its slashes.
    pub path: &'static str,
    /// The operation's id in the API's description.
    pub operation_id: &'static str,
    /// What it does, in half a line.
    pub summary: &'static str,
    pub(super) build: fn(&Params<'_>) -> Result<Operation, RouteError>,
}

const fn route(
    method: Method,
    path: &'static str,
    operation_id: &'static str,
    summary: &'static str,
    build: fn(&Params<'_>) -> Result<Operation, RouteError>,
) -> Route {
    Route { method, path, operation_id, summary, build }
}

const RELATIONSHIP: &str = "relationship_id";
const CONFLICT: &str = "conflict_id";
const PARTNER: &str = "partner_id";
const PDF: &str = "pdf_id";
const DOCUMENT: &str = "document_id";

/// Every route there is.
#[rustfmt::skip]
pub static ROUTES: [Route; 31] = [
    route(Method::POST, "/v1/relationships/{relationship_id}/profiles", "uploadProfile", "Store a profile under a new id",
        |p| Ok(UploadProfile { relationship: p.parse(RELATIONSHIP)? })),
    route(Method::PUT, "/v1/relationships/{relationship_id}/profiles/{pdf_id}", "putProfile", "Store a profile under a given id",
        |p| Ok(PutProfile { relationship: p.parse(RELATIONSHIP)?, pdf: p.parse(PDF)? })),
    route(Method::POST, "/v1/relationships/{relationship_id}/handbooks", "uploadHandbook", "Store a handbook under a new id",
        |p| Ok(UploadHandbook { relationship: p.parse(RELATIONSHIP)? })),
    route(Method::PUT, "/v1/relationships/{relationship_id}/handbooks/{pdf_id}", "putHandbook", "Store a handbook under a given id",
        |p| Ok(PutHandbook { relationship: p.parse(RELATIONSHIP)?, pdf: p.parse(PDF)? })),

    route(Method::PUT, "/v1/relationships/{relationship_id}/conflicts/{conflict_id}/transcript", "putTranscript", "Store a transcript",
        |p| Ok(PutTranscript { relationship: p.parse(RELATIONSHIP)?, conflict: p.parse(CONFLICT)? })),
    route(Method::GET, "/v1/relationships/{relationship_id}/conflicts/{conflict_id}/transcript", "getTranscript", "Read a transcript",
        |p| Ok(GetTranscript { relationship: p.parse(RELATIONSHIP)?, conflict: p.parse(CONFLICT)? })),
    route(Method::DELETE, "/v1/relationships/{relationship_id}/conflicts/{conflict_id}/transcript", "deleteTranscript", "Remove a transcript",
        |p| Ok(DeleteTranscript { relationship: p.parse(RELATIONSHIP)?, conflict: p.parse(CONFLICT)? })),
    route(Method::POST, "/v1/relationships/{relationship_id}/conflicts/{conflict_id}/analysis", "generateAnalysis", "Generate an analysis",
        |p| Ok(GenerateAnalysis { relationship: p.parse(RELATIONSHIP)?, conflict: p.parse(CONFLICT)? })),
    route(Method::GET, "/v1/relationships/{relationship_id}/conflicts/{conflict_id}/analysis", "getAnalysis", "Read an analysis",
        |p| Ok(GetAnalysis { relationship: p.parse(RELATIONSHIP)?, conflict: p.parse(CONFLICT)? })),
    route(Method::DELETE, "/v1/relationships/{relationship_id}/conflicts/{conflict_id}/analysis", "deleteAnalysis", "Remove an analysis",
        |p| Ok(DeleteAnalysis { relationship: p.parse(RELATIONSHIP)?, conflict: p.parse(CONFLICT)? })),
    route(Method::POST, "/v1/relationships/{relationship_id}/conflicts/{conflict_id}/repair-plans/{partner_id}", "generateRepairPlan", "Generate a partner's repair plan",
        |p| Ok(GenerateRepairPlan { relationship: p.parse(RELATIONSHIP)?, conflict: p.parse(CONFLICT)?, partner: p.parse(PARTNER)? })),
    route(Method::GET, "/v1/relationships/{relationship_id}/conflicts/{conflict_id}/repair-plans/{partner_id}", "getRepairPlan", "Read a partner's repair plan",
        |p| Ok(GetRepairPlan { relationship: p.parse(RELATIONSHIP)?, conflict: p.parse(CONFLICT)?, partner: p.parse(PARTNER)? })),
    route(Method::DELETE, "/v1/relationships/{relationship_id}/conflicts/{conflict_id}/repair-plans/{partner_id}", "deleteRepairPlan", "Remove a partner's repair plan",
        |p| Ok(DeleteRepairPlan { relationship: p.parse(RELATIONSHIP)?, conflict: p.parse(CONFLICT)?, partner: p.parse(PARTNER)? })),

    route(Method::GET, "/v1/relationships/{relationship_id}/documents", "listDocuments", "List a relationship's documents",
        |p| Ok(ListDocuments { relationship: p.parse(RELATIONSHIP)? })),
    route(Method::GET, "/v1/relationships/{relationship_id}/documents/{document_id}", "getDocument", "Read a document's state",
        |p| Ok(GetDocument { relationship: p.parse(RELATIONSHIP)?, document: p.parse(DOCUMENT)? })),
    route(Method::DELETE, "/v1/relationships/{relationship_id}/documents/{document_id}", "deleteDocument", "Remove a document everywhere",
        |p| Ok(DeleteDocument { relationship: p.parse(RELATIONSHIP)?, document: p.parse(DOCUMENT)? })),
    route(Method::POST, "/v1/relationships/{relationship_id}/documents/{document_id}/resume", "resumeDocument", "Run what a document still lacks",
        |p| Ok(ResumeDocument { relationship: p.parse(RELATIONSHIP)?, document: p.parse(DOCUMENT)? })),
    route(Method::POST, "/v1/relationships/{relationship_id}/search", "search", "Find passages in a relationship's documents",
        |p| Ok(Search { relationship: p.parse(RELATIONSHIP)? })),

    route(Method::GET, "/v1/files", "getFile", "Read a file by its path", |_| Ok(GetFile)),
    route(Method::PUT, "/v1/files", "putFile", "Store a file under a path", |_| Ok(PutFile)),
    route(Method::DELETE, "/v1/files", "deleteFile", "Remove a file by its path", |_| Ok(DeleteFile)),
    route(Method::POST, "/v1/files/url", "signFileUrl", "Make a signed URL for a file", |_| Ok(SignFileUrl)),
    route(Method::GET, "/v1/presigned/{*key}", "getPresigned", "Read a file by a signed URL",
        |p| Ok(GetPresigned { key: p.text("key")? })),
    route(Method::PUT, "/v1/presigned/{*key}", "putPresigned", "Store a file by a signed URL",
        |p| Ok(PutPresigned { key: p.text("key")? })),

    route(Method::POST, "/v1/reconcile", "reconcile", "Find and heal drift among the stores", |_| Ok(Reconcile)),
    route(Method::POST, "/v1/migrations/storage-paths", "migrateStoragePaths", "Bring files over from Supabase Storage", |_| Ok(MigrateStoragePaths)),

    route(Method::GET, "/healthz", "health", "Is the process alive?", |_| Ok(Health)),
    route(Method::GET, "/readyz", "ready", "Can it work?", |_| Ok(Ready)),
    route(Method::GET, "/v1/doctor", "doctor", "Does every stage work?", |_| Ok(Doctor)),
    route(Method::GET, "/openapi.json", "openApi", "This description", |_| Ok(OpenApi)),
    route(Method::GET, "/schemas/{name}", "schema", "A published JSON Schema", |p| Ok(Schema { name: p.text("name")? })),
];
