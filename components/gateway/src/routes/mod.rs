//! The operations of the API, each handed to its flow.

mod conflicts;
mod doctor;
mod documents;
mod files;
mod migrate;
mod pdfs;
mod reconcile;
mod search;
mod service;
mod unmigrated;

use http_api::problem::Problem;
use http_api::routes::{Operation as Op, Permission};
use layout::DocumentRef as Ref;
use spin_sdk::http::{BoxBody, Response};

use crate::request::Exchange;

type Answer = Result<Response<BoxBody>, Problem>;

/// Does what an operation asks for.
pub async fn dispatch(operation: Op, exchange: &mut Exchange) -> Answer {
    match operation {
        Op::UploadProfile { relationship } => {
            let pdf = pdfs::new_id(exchange)?;
            pdfs::put(exchange, Ref::Profile { relationship, pdf }).await
        }
        Op::UploadHandbook { relationship } => {
            let pdf = pdfs::new_id(exchange)?;
            pdfs::put(exchange, Ref::Handbook { relationship, pdf }).await
        }
        Op::PutProfile { relationship, pdf } => pdfs::put(exchange, Ref::Profile { relationship, pdf }).await,
        Op::PutHandbook { relationship, pdf } => {
            pdfs::put(exchange, Ref::Handbook { relationship, pdf }).await
        }

        Op::PutTranscript { relationship, conflict } => {
            conflicts::put_transcript(exchange, Ref::Transcript { relationship, conflict }).await
        }
        Op::GetTranscript { relationship, conflict } => {
            files::send(exchange, &Ref::Transcript { relationship, conflict }).await
        }
        Op::DeleteTranscript { relationship, conflict } => {
            documents::remove(exchange, &Ref::Transcript { relationship, conflict }).await
        }
        Op::GenerateAnalysis { relationship, conflict } => {
            conflicts::analyse(exchange, &relationship, &conflict).await
        }
        Op::GetAnalysis { relationship, conflict } => {
            files::send(exchange, &Ref::Analysis { relationship, conflict }).await
        }
        Op::DeleteAnalysis { relationship, conflict } => {
            documents::remove(exchange, &Ref::Analysis { relationship, conflict }).await
        }
        Op::GenerateRepairPlan { relationship, conflict, partner } => {
            conflicts::plan_repair(exchange, &relationship, &conflict, partner).await
        }
        Op::GetRepairPlan { relationship, conflict, partner } => {
            files::send(exchange, &Ref::RepairPlan { relationship, conflict, partner }).await
        }
        Op::DeleteRepairPlan { relationship, conflict, partner } => {
            documents::remove(exchange, &Ref::RepairPlan { relationship, conflict, partner }).await
        }

        Op::ListDocuments { relationship } => documents::list(exchange, &relationship).await,
        Op::GetDocument { relationship, document } => {
            documents::show(exchange, &relationship, &document).await
        }
        Op::DeleteDocument { relationship, document } => {
            documents::delete(exchange, &relationship, &document).await
        }
        Op::ResumeDocument { relationship, document } => {
            documents::resume(exchange, &relationship, &document).await
        }
        Op::Search { relationship } => search::search(exchange, &relationship).await,

        Op::GetFile => {
            let file = files::named(exchange, Permission::Read).await?;
            files::send(exchange, &file).await
        }
        Op::PutFile => {
            let file = files::named(exchange, Permission::Write).await?;
            files::store(exchange, &file).await
        }
        Op::DeleteFile => {
            let file = files::named(exchange, Permission::Write).await?;
            files::delete(exchange, &file).await
        }
        Op::SignFileUrl => files::sign(exchange).await,
        Op::GetPresigned { .. } => files::send_presigned(exchange).await,
        Op::PutPresigned { .. } => files::store_presigned(exchange).await,

        Op::Reconcile => reconcile::reconcile(exchange).await,
        Op::MigrateStoragePaths => migrate::storage_paths(exchange).await,
        Op::Health => Ok(service::health()),
        Op::Doctor => doctor::doctor(exchange).await,
        Op::Ready => service::ready(exchange).await,
        Op::OpenApi => Ok(service::openapi()),
        Op::Schema { name } => service::schema(&name),
    }
}
