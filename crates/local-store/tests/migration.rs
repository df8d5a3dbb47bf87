//! The migration for Supabase and the local store's tables are the same.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

use std::collections::{BTreeMap, BTreeSet};

use local_store::records::{ColumnType, TABLES};
use sqlparser::ast::{ColumnOption, Statement, TableConstraint};
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::Parser;

/// Those that declare tables.
const MIGRATIONS: &str = concat!(
    include_str!("../../../db/migrations/20261123000000_serene.sql"),
    include_str!("../../../db/migrations/20261125000000_idempotency_keys.sql"),
);

/// A column's type, whether it may be null, and the values it is limited to.
type Column = (String, bool, BTreeSet<String>);

#[derive(Debug, Default, PartialEq)]
struct Table {
    columns: BTreeMap<String, Column>,
    key: Vec<String>,
    indexes: BTreeMap<String, Vec<String>>,
}

fn quoted(text: &str) -> BTreeSet<String> {
    text.split('\'').skip(1).step_by(2).map(str::to_owned).collect()
}

fn in_postgres() -> BTreeMap<String, Table> {
    let mut tables: BTreeMap<String, Table> = BTreeMap::new();
    for statement in Parser::parse_sql(&PostgreSqlDialect {}, MIGRATIONS).unwrap() {
        match statement {
            Statement::CreateTable(create) => {
                assert!(create.if_not_exists, "{} can be created once only", create.name);
                let mut table = Table::default();
                for column in create.columns {
                    let mut nullable = true;
                    let mut one_of = BTreeSet::new();
                    for option in column.options {
                        match option.option {
                            ColumnOption::NotNull => nullable = false,
                            ColumnOption::Check(check) => one_of = quoted(&check.to_string()),
                            _ => {}
                        }
                    }
                    let kind = column.data_type.to_string().to_lowercase();
                    table.columns.insert(column.name.value, (kind, nullable, one_of));
                }
                for constraint in create.constraints {
                    if let TableConstraint::PrimaryKey { columns, .. } = constraint {
                        table.key = columns.iter().map(ToString::to_string).collect();
                    }
                }
                tables.insert(create.name.to_string(), table);
            }
            Statement::CreateIndex(index) => {
                assert!(index.if_not_exists);
                let columns = index.columns.iter().map(ToString::to_string).collect();
                let table = tables.get_mut(&index.table_name.to_string()).unwrap();
                table.indexes.insert(index.name.unwrap().to_string(), columns);
            }
            _ => {}
        }
    }
    tables
}

fn in_sqlite() -> BTreeMap<String, Table> {
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let tables = TABLES.iter().map(|table| {
        let columns = table.columns.iter().map(|column| {
            let kind = match column.column_type {
                ColumnType::Text => "text",
                ColumnType::Int => "int",
                ColumnType::BigInt => "bigint",
                ColumnType::Timestamp => "timestamptz",
                ColumnType::Json => "jsonb",
            };
            let one_of = column.one_of.iter().map(|value| (*value).to_owned()).collect();
            (column.name.to_owned(), (kind.to_owned(), column.nullable, one_of))
        });
        let indexes = table.indexes.iter().map(|(name, columns)| ((*name).to_owned(), owned(columns)));
        let table_declared =
            Table { columns: columns.collect(), key: owned(table.key), indexes: indexes.collect() };
        (table.name.to_owned(), table_declared)
    });
    tables.collect()
}

#[test]
fn postgres_and_sqlite_declare_the_same_tables_columns_keys_and_indexes() {
    assert_eq!(in_postgres(), in_sqlite());
}
