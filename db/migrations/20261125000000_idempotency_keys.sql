-- The answers to requests that came with an Idempotency-Key. Repeatable: running it again changes nothing.

create table if not exists idempotency_keys (
    id text not null,
    relationship_id text not null,
    target_sha256 text not null,
    seed text not null,
    holder text,
    claimed_at timestamptz not null,
    body_sha256 text,
    body_size bigint,
    status int,
    headers jsonb,
    body text,
    expires_at timestamptz not null,
    primary key (id)
);
comment on table idempotency_keys is 'One row an Idempotency-Key: its request, and the answer once there is one.';
comment on column idempotency_keys.id is 'SHA-256 of the caller, the relationship and the key, in lower-case hex.';
comment on column idempotency_keys.target_sha256 is 'Of the request''s method, path and query.';
comment on column idempotency_keys.seed is 'Names what the request creates, so that doing it again creates nothing else.';
comment on column idempotency_keys.holder is 'Names the request that does the work, or did it; null when nobody does.';
comment on column idempotency_keys.body_sha256 is 'Of the request''s body, once it was answered.';
comment on column idempotency_keys.status is 'The HTTP status of the answer, with its headers and its body; null as long as there is none.';
comment on column idempotency_keys.expires_at is 'When the key is no longer known. Reconcile then removes it.';
create index if not exists idempotency_keys_by_expiry on idempotency_keys (expires_at);

-- An answer is for the caller who asked, which only Serene can tell: no user reads this table, not even a member of the relationship.
revoke all on idempotency_keys from anon, authenticated, service_role;
grant select, insert, update, delete on idempotency_keys to service_role;

alter table idempotency_keys enable row level security;
