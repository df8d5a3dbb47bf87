-- Serene's tables. Repeatable: running it again changes nothing.
-- The local store declares the same tables, columns and keys for SQLite; a test holds the two together.

create table if not exists conflicts (
    relationship_id text not null,
    id text not null,
    transcript_path text,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (relationship_id, id)
);
comment on table conflicts is 'One row a conflict of a relationship.';
comment on column conflicts.transcript_path is 's3://bucket/key of the transcript; null when it was deleted.';

create table if not exists profiles (
    relationship_id text not null,
    id text not null,
    kind text not null check (kind in ('profile', 'handbook')),
    partner_id text check (partner_id in ('partner_a', 'partner_b')),
    file_path text not null,
    filename text,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (relationship_id, kind, id)
);
comment on table profiles is 'One row a PDF: a partner''s profile or a handbook.';
comment on column profiles.file_path is 's3://bucket/key of the PDF.';
comment on column profiles.filename is 'The name the file had with its sender.';

create table if not exists conflict_analysis (
    relationship_id text not null,
    conflict_id text not null,
    analysis_path text not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (relationship_id, conflict_id)
);
comment on table conflict_analysis is 'One row an analysis of a conflict.';
comment on column conflict_analysis.analysis_path is 's3://bucket/key of the analysis.';

create table if not exists repair_plans (
    relationship_id text not null,
    conflict_id text not null,
    partner_id text not null check (partner_id in ('partner_a', 'partner_b')),
    plan_path text not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (relationship_id, conflict_id, partner_id)
);
comment on table repair_plans is 'One row a repair plan: one for each partner of a conflict.';
comment on column repair_plans.plan_path is 's3://bucket/key of the plan.';

create table if not exists relationship_members (
    relationship_id text not null,
    user_id text not null,
    role text,
    created_at timestamptz not null default now(),
    primary key (relationship_id, user_id)
);
comment on table relationship_members is 'Who may see a relationship.';
create index if not exists relationship_members_by_user on relationship_members (user_id);

create table if not exists documents (
    id text not null,
    relationship_id text not null,
    kind text not null,
    conflict_id text,
    pdf_id text,
    partner_id text,
    key text not null,
    path text,
    status text not null check (status in ('receiving', 'stored', 'indexed', 'failed', 'deleting')),
    failed_stage text,
    sha256 text,
    size bigint,
    content_type text,
    filename text,
    revision text,
    attempt text,
    attempts int not null default 0,
    stages jsonb not null default '[]',
    models jsonb not null default '{}',
    last_error jsonb,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    indexed_at timestamptz,
    primary key (id)
);
comment on table documents is 'The ledger: one row a stored document, which says how far it has come.';
comment on column documents.key is 'The object''s key in the bucket.';
comment on column documents.path is 's3://bucket/key, once the file is stored.';
comment on column documents.status is 'How far it has come; deleting: its removal has begun.';
comment on column documents.failed_stage is 'The stage that failed, with status failed.';
comment on column documents.sha256 is 'Of the stored bytes, in lower-case hex.';
comment on column documents.size is 'Stored bytes.';
comment on column documents.revision is 'Which vectors a search may show.';
comment on column documents.attempt is 'Names the newest attempt to write the document.';
comment on column documents.stages is 'Stages finished in the newest attempt.';
comment on column documents.models is 'What computed the document: stage to fingerprint.';
comment on column documents.last_error is 'The newest failure: stage, code, message, retryable.';
create index if not exists documents_by_relationship on documents (relationship_id, created_at, id);
create index if not exists documents_by_status on documents (status, updated_at);
