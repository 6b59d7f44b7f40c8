//! The catalog of SQLite. `postgres.rs` has the same functions in the same order.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel::sqlite::SqliteConnection;

use super::declaration::table;
use crate::db::{DbError, scratch};
use crate::migrate::script::{Token, joined, statements, tokens};
use crate::migrate::steps::{Backend, Step};
use crate::model::catalog::{Kind, Thing};

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Text)]
    of: String,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    declaration: String,
}

/// What has no text was made by SQLite itself.
const DECLARATIONS: &str = "SELECT type AS kind, tbl_name AS of, name, sql AS declaration FROM sqlite_master \
    WHERE sql IS NOT NULL AND substr(name, 1, 7) <> 'sqlite_'";

pub(super) fn describe(connection: &mut SqliteConnection) -> QueryResult<Vec<Thing>> {
    let rows: Vec<Row> = diesel::sql_query(DECLARATIONS).load(connection)?;
    Ok(rows.into_iter().flat_map(|row| things(&row)).collect())
}

fn things(row: &Row) -> Vec<Thing> {
    let words = tokens(&row.declaration, Backend::Sqlite);
    match row.kind.as_str() {
        "table" => table(&row.name, &words),
        "index" => {
            let unique =
                if words.get(1).is_some_and(|word| word.is("unique")) { "unique " } else { "" };
            let definition = format!("{unique}{}", joined(after(&words, "on", 1)));
            vec![Thing::new(Kind::Index, &row.of, &row.name, definition)]
        }
        "view" => vec![Thing::new(Kind::View, &row.name, "", joined(after(&words, "as", 0)))],
        _ => {
            let definition = joined(after(&words, "trigger", 1));
            vec![Thing::new(Kind::Trigger, &row.of, &row.name, definition)]
        }
    }
}

/// What stands behind the first such word and so many more.
fn after<'a, 't>(words: &'a [Token<'t>], word: &str, more: usize) -> &'a [Token<'t>] {
    let at = words.iter().position(|known| known.is(word)).unwrap_or_default();
    words.get(at + 1 + more..).unwrap_or_default()
}

/// In a database in memory.
pub(super) fn describe_scratch(steps: &[&'static Step]) -> Result<Vec<Thing>, DbError> {
    let mut connection = scratch()?;
    for step in steps {
        for statement in statements(step.sqlite.up, Backend::Sqlite) {
            let failed = |error| DbError::from(error).while_doing(step.name);
            connection.batch_execute(statement.text).map_err(failed)?;
        }
    }
    super::describe(&mut connection)
}
