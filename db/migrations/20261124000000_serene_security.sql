-- Who may do what with Serene's tables. Repeatable: running it again changes nothing.
-- Serene itself comes as service_role, which row-level security does not hold back. A signed-in user may read the rows of the relationships that
-- relationship_members names, and change nothing: a row names an object, and whoever could write one could name another's. Nobody else sees anything.

-- Since October 2026 Supabase grants new tables to nobody, service_role included.
revoke all on conflicts, profiles, conflict_analysis, repair_plans, relationship_members, documents
    from anon, authenticated, service_role;
grant select, insert, update, delete on conflicts, profiles, conflict_analysis, repair_plans, relationship_members, documents
    to service_role;
grant select on conflicts, profiles, conflict_analysis, repair_plans, relationship_members, documents to authenticated;

alter table conflicts enable row level security;
alter table profiles enable row level security;
alter table conflict_analysis enable row level security;
alter table repair_plans enable row level security;
alter table relationship_members enable row level security;
alter table documents enable row level security;

-- The others ask this table for the user's relationships, and so see it through this policy.
drop policy if exists "users see their own memberships" on relationship_members;
create policy "users see their own memberships" on relationship_members
    for select to authenticated
    using (user_id = (select auth.uid())::text);

drop policy if exists "members read" on conflicts;
create policy "members read" on conflicts
    for select to authenticated
    using (relationship_id in (select m.relationship_id from relationship_members m where m.user_id = (select auth.uid())::text));

drop policy if exists "members read" on profiles;
create policy "members read" on profiles
    for select to authenticated
    using (relationship_id in (select m.relationship_id from relationship_members m where m.user_id = (select auth.uid())::text));

drop policy if exists "members read" on conflict_analysis;
create policy "members read" on conflict_analysis
    for select to authenticated
    using (relationship_id in (select m.relationship_id from relationship_members m where m.user_id = (select auth.uid())::text));

drop policy if exists "members read" on repair_plans;
create policy "members read" on repair_plans
    for select to authenticated
    using (relationship_id in (select m.relationship_id from relationship_members m where m.user_id = (select auth.uid())::text));

drop policy if exists "members read" on documents;
create policy "members read" on documents
    for select to authenticated
    using (relationship_id in (select m.relationship_id from relationship_members m where m.user_id = (select auth.uid())::text));
