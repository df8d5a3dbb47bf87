//! The migrations on a real PostgreSQL: applied, applied again, and who may do what afterwards.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use peers::Postgres;

const TABLES: [&str; 6] =
    ["conflicts", "profiles", "conflict_analysis", "repair_plans", "relationship_members", "documents"];
const ANNA: &str = "00000000-0000-4000-8000-00000000000a";

fn database() -> Postgres {
    let postgres = Postgres::start().unwrap();
    postgres.migrate().unwrap();
    postgres
}

/// Runs SQL as a role of PostgREST's, for a user.
fn as_role(postgres: &Postgres, role: &str, user: &str, sql: &str) -> Result<String, String> {
    let claims = format!(r#"{{"sub":"{user}","role":"{role}"}}"#);
    let sql =
        format!("begin; set local role {role}; set local request.jwt.claims = '{claims}'; {sql}; commit;");
    postgres.execute(&sql).map_err(|error| error.to_string())
}

#[test]
fn applying_the_migrations_again_changes_nothing() {
    let postgres = database();
    let shape = "select table_name, column_name, data_type, is_nullable, column_default from information_schema.columns
                 where table_schema = 'public' order by 1, 2;
                 select tablename, policyname, cmd, roles, qual from pg_policies order by 1, 2;
                 select conrelid::regclass, conname, pg_get_constraintdef(oid) from pg_constraint where connamespace = 'public'::regnamespace order by 1, 2;
                 select table_name, grantee, privilege_type from information_schema.role_table_grants where table_schema = 'public' order by 1, 2, 3";
    let before = postgres.execute(shape).unwrap();
    postgres.migrate().unwrap();
    assert_eq!(postgres.execute(shape).unwrap(), before);
}

#[test]
fn the_service_may_do_everything_and_an_anonymous_visitor_nothing() {
    let postgres = database();
    for table in TABLES {
        as_role(&postgres, "service_role", ANNA, &format!("select count(*) from {table}")).unwrap();
        as_role(&postgres, "service_role", ANNA, &format!("delete from {table}")).unwrap();
        let refused = as_role(&postgres, "anon", ANNA, &format!("select count(*) from {table}")).unwrap_err();
        assert!(refused.contains("permission denied"), "{table}: {refused}");
    }
    let insert = "insert into conflicts (relationship_id, id) values ('r', 'c')";
    as_role(&postgres, "service_role", ANNA, insert).unwrap();
    as_role(&postgres, "service_role", ANNA, "update conflicts set transcript_path = 's3://b/k'").unwrap();
}

#[test]
fn grants_that_an_older_project_gives_by_itself_are_taken_back() {
    let postgres = Postgres::start().unwrap();
    let by_default =
        "alter default privileges in schema public grant all on tables to anon, authenticated, service_role";
    postgres.execute(by_default).unwrap();
    postgres.migrate().unwrap();
    let grants = "select grantee, string_agg(distinct privilege_type, ' ' order by privilege_type) from information_schema.role_table_grants
                  where table_schema = 'public' and grantee in ('anon', 'authenticated', 'service_role', 'PUBLIC') group by 1 order by 1";
    let expected = "authenticated|SELECT\nservice_role|DELETE INSERT SELECT UPDATE";
    assert_eq!(postgres.execute(grants).unwrap(), expected);
}

#[test]
fn every_table_is_held_by_row_level_security() {
    let postgres = database();
    let open = "select string_agg(relname, ' ') from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' and not relrowsecurity";
    assert_eq!(postgres.execute(open).unwrap(), "");
}

#[test]
fn a_member_reads_the_rows_of_the_own_relationships_and_no_others() {
    let postgres = database();
    postgres
        .execute(&format!(
            "insert into relationship_members (relationship_id, user_id) values ('mine', '{ANNA}'), ('theirs', 'someone');
             insert into conflicts (relationship_id, id) values ('mine', 'c'), ('theirs', 'c');
             insert into profiles (relationship_id, id, kind, file_path) values ('mine', 'p', 'profile', 's3://b/m'), ('theirs', 'p', 'profile', 's3://b/t');
             insert into conflict_analysis (relationship_id, conflict_id, analysis_path) values ('mine', 'c', 's3://b/m'), ('theirs', 'c', 's3://b/t');
             insert into repair_plans (relationship_id, conflict_id, partner_id, plan_path) values ('mine', 'c', 'partner_a', 's3://b/m'), ('theirs', 'c', 'partner_a', 's3://b/t');
             insert into documents (id, relationship_id, kind, key, status) values ('1', 'mine', 'profile', 'k', 'indexed'), ('2', 'theirs', 'profile', 'k', 'indexed')"
        ))
        .unwrap();
    for table in TABLES {
        let sql = format!("select string_agg(relationship_id, ',') from {table}");
        assert_eq!(as_role(&postgres, "authenticated", ANNA, &sql).unwrap(), "mine", "{table}");
        let stranger = "00000000-0000-4000-8000-00000000000b";
        assert_eq!(as_role(&postgres, "authenticated", stranger, &sql).unwrap(), "", "{table}");
    }
}

#[test]
fn a_member_writes_nothing() {
    let postgres = database();
    let row =
        format!("insert into relationship_members (relationship_id, user_id) values ('mine', '{ANNA}')");
    postgres.execute(&row).unwrap();
    for table in TABLES {
        for sql in [format!("delete from {table}"), format!("update {table} set relationship_id = 'mine'")] {
            let refused = as_role(&postgres, "authenticated", ANNA, &sql).unwrap_err();
            assert!(refused.contains("permission denied"), "{sql}: {refused}");
        }
    }
    let join =
        format!("insert into relationship_members (relationship_id, user_id) values ('theirs', '{ANNA}')");
    assert!(as_role(&postgres, "authenticated", ANNA, &join).unwrap_err().contains("permission denied"));
}

#[test]
fn a_document_has_a_status_that_the_ledger_knows() {
    let postgres = database();
    let insert = "insert into documents (id, relationship_id, kind, key, status) values ('1', 'r', 'profile', 'k', 'lost')";
    assert!(postgres.execute(insert).unwrap_err().to_string().contains("documents_status_check"));
}
