//! The migrations on a real PostgreSQL: applied, applied again, and who may do what afterwards.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use peers::Postgres;

const TABLES: [&str; 7] = [
    "conflicts",
    "profiles",
    "conflict_analysis",
    "repair_plans",
    "relationship_members",
    "documents",
    "idempotency_keys",
];
/// Those that no user reads.
const OF_THE_SERVICE: [&str; 1] = ["idempotency_keys"];
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

/// A row of a table, in a relationship: columns and values.
fn row(table: &str, relationship: &str, user: &str, n: u8) -> String {
    let r = relationship;
    match table {
        "conflicts" => format!("conflicts (relationship_id, id) values ('{r}', 'c{n}')"),
        "profiles" => format!(
            "profiles (relationship_id, id, kind, file_path) values ('{r}', 'p{n}', 'profile', 's3://b/k')"
        ),
        "conflict_analysis" => {
            format!(
                "conflict_analysis (relationship_id, conflict_id, analysis_path) values ('{r}', 'c{n}', 's3://b/k')"
            )
        }
        "repair_plans" => format!(
            "repair_plans (relationship_id, conflict_id, partner_id, plan_path) values ('{r}', 'c{n}', 'partner_a', 's3://b/k')"
        ),
        "relationship_members" => {
            format!("relationship_members (relationship_id, user_id) values ('{r}', '{user}')")
        }
        "documents" => format!(
            "documents (id, relationship_id, kind, key, status) values ('{r}-{n}', '{r}', 'profile', 'k', 'indexed')"
        ),
        "idempotency_keys" => format!(
            "idempotency_keys (id, relationship_id, target_sha256, seed, claimed_at, expires_at) values ('{r}-{n}', '{r}', '', '', now(), now())"
        ),
        other => panic!("the table {other} has no row here"),
    }
}

#[test]
fn each_role_does_with_each_table_what_the_policies_say_and_no_more() {
    let postgres = database();
    let (bert, nobody) = ("00000000-0000-4000-8000-00000000000b", "00000000-0000-4000-8000-00000000000c");
    for table in TABLES {
        for (relationship, user) in [("mine", ANNA), ("theirs", bert)] {
            postgres.execute(&format!("insert into {}", row(table, relationship, user, 1))).unwrap();
        }
    }
    // In which relationships a caller sees rows; `None` where the question is refused. Whether the caller may change any.
    let callers = [
        ("anon", nobody, None, false),
        ("anon", ANNA, None, false),
        ("authenticated", ANNA, Some("mine"), false),
        ("authenticated", bert, Some("theirs"), false),
        ("authenticated", nobody, Some(""), false),
        ("authenticated", "", Some(""), false),
        ("service_role", nobody, Some("mine,theirs"), true),
    ];
    for table in TABLES {
        for (role, user, seen, changes) in callers {
            let what = format!("{role} {user} {table}");
            let seen = seen.filter(|_| role == "service_role" || !OF_THE_SERVICE.contains(&table));
            let select =
                format!("select string_agg(relationship_id, ',' order by relationship_id) from {table}");
            match (as_role(&postgres, role, user, &select), seen) {
                (Ok(rows), Some(seen)) => assert_eq!(rows, seen, "{what}"),
                (Err(refused), None) => assert!(refused.contains("permission denied"), "{what}: {refused}"),
                (other, _) => panic!("{what}: {other:?}"),
            }
            // Each is taken back, so that the next finds what this one found.
            for (change, rows) in [
                (format!("insert into {}", row(table, "mine", nobody, 2)), "1"),
                (format!("insert into {}", row(table, "theirs", ANNA, 2)), "1"),
                (format!("update {table} set relationship_id = relationship_id"), "2"),
                (
                    format!(
                        "update {table} set relationship_id = 'mine' where relationship_id = 'theirs' and false"
                    ),
                    "0",
                ),
                (format!("delete from {table}"), "2"),
            ] {
                let sql = format!(
                    "with changed as ({change} returning 1) select count(*) from changed; rollback; begin"
                );
                match (as_role(&postgres, role, user, &sql), changes) {
                    (Ok(changed), true) => assert_eq!(changed, rows, "{what}: {change}"),
                    (Err(refused), false) => {
                        assert!(refused.contains("permission denied"), "{what}: {change}: {refused}");
                    }
                    (other, _) => panic!("{what}: {change}: {other:?}"),
                }
            }
        }
    }
}

#[test]
fn a_user_sees_the_own_memberships_and_not_who_else_is_a_member() {
    let postgres = database();
    let members = format!(
        "insert into relationship_members (relationship_id, user_id) values ('mine', '{ANNA}'), ('mine', 'someone')"
    );
    postgres.execute(&members).unwrap();
    let sql = "select string_agg(user_id, ',') from relationship_members";
    assert_eq!(as_role(&postgres, "authenticated", ANNA, sql).unwrap(), ANNA);
}

#[test]
fn a_document_has_a_status_that_the_ledger_knows() {
    let postgres = database();
    let insert = "insert into documents (id, relationship_id, kind, key, status) values ('1', 'r', 'profile', 'k', 'lost')";
    assert!(postgres.execute(insert).unwrap_err().to_string().contains("documents_status_check"));
}
