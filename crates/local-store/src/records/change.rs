//! Changing and removing rows.

use crate::database::{Database, count};
use crate::filter::{Filter, Params, conditions};
use crate::{Error, Result};

use super::tables::Table;
use super::values::to_column;
use super::{RecordStore, Row};

impl<D: Database> RecordStore<D> {
    /// Sets members in every row that satisfies all filters, and returns how many that were.
    ///
    /// # Errors
    /// `invalid` without a filter or a change, or for what does not fit the table; `conflict` when a changed key is taken; and the database's own.
    pub async fn update(&self, table: &str, changes: &Row, filters: &[Filter]) -> Result<u32> {
        let table = Table::named(table)?;
        check_filtered(filters)?;
        if changes.is_empty() {
            return Err(Error::invalid("The changes name no column."));
        }
        let mut params = Params::default();
        let mut sets = Vec::with_capacity(changes.len());
        for (name, value) in changes {
            let column = table.column(name)?;
            sets.push(format!("{} = {}", column.name, params.add(to_column(table, column, value)?)));
        }
        let filters = conditions(filters, |field| table.operand(field), &mut params)?;
        let sql = format!("UPDATE {} SET {} WHERE {filters} RETURNING 1", table.name, sets.join(", "));
        self.ready().await?;
        count(&self.db, &sql, params.into_vec()).await
    }

    /// Removes every row that satisfies all filters and returns how many that were.
    ///
    /// # Errors
    /// `invalid` without a filter or for an unknown table or column; and the database's own.
    pub async fn delete(&self, table: &str, filters: &[Filter]) -> Result<u32> {
        let table = Table::named(table)?;
        check_filtered(filters)?;
        let mut params = Params::default();
        let filters = conditions(filters, |field| table.operand(field), &mut params)?;
        let sql = format!("DELETE FROM {} WHERE {filters} RETURNING 1", table.name);
        self.ready().await?;
        count(&self.db, &sql, params.into_vec()).await
    }
}

fn check_filtered(filters: &[Filter]) -> Result<()> {
    if filters.is_empty() {
        return Err(Error::invalid(
            "Without a filter this would concern the whole table. Name what to change or remove.",
        ));
    }
    Ok(())
}
