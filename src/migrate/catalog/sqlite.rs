//! The catalog of SQLite. `postgres.rs` has the same functions in the same order.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel::sqlite::SqliteConnection;

use super::declaration::table;
use crate::db::{DbError, scratch};
use crate::migrate::ledger::{CHECKSUMS, LEDGER};
use crate::migrate::script::{Token, joined, statements, tokens};
use crate::migrate::steps::{Backend, Step};
use crate::model::catalog::{Kind, Thing};
use crate::model::digest::sha256_hex;

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

/// What has no text was made by SQLite itself, and so were tables of its own. It makes no triggers and views: what is
/// called so all the same was put there.
const DECLARATIONS: &str = "SELECT type AS kind, tbl_name AS of, name, sql AS declaration FROM sqlite_master \
    WHERE sql IS NOT NULL AND NOT (type = 'table' AND substr(name, 1, 7) = 'sqlite_')";

/// The texts of all that acts on what is written, as one, but for the migrator's own tables.
const ACTING: &str = "SELECT json_group_array(json_array(type, name, tbl_name, sql) ORDER BY type, name) AS text \
    FROM sqlite_master WHERE type <> 'index' AND NOT (type = 'table' AND (substr(name, 1, 7) = 'sqlite_' \
        OR name IN (?, ?)))";

/// SHA-256 of that text where the migrations of this program have just made everything.
pub(super) const MADE: &str = "986c6f68541595488254914f1d0092a0b9313863e0c38e04fe873fa59d4b86b8";

#[derive(QueryableByName)]
struct Acting {
    #[diesel(sql_type = Text)]
    text: String,
}

/// The same digest of what is there: as long as it is [`MADE`], nothing need be taken apart.
pub(super) fn digest(connection: &mut SqliteConnection) -> QueryResult<String> {
    let acting = diesel::sql_query(ACTING).bind::<Text, _>(LEDGER).bind::<Text, _>(CHECKSUMS);
    let acting: Acting = acting.get_result(connection)?;
    Ok(sha256_hex(acting.text.as_bytes()))
}

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::AnyConnection;
    use crate::migrate::{STEPS, up};

    /// After each new migration this says what `MADE` is now.
    #[test]
    fn what_the_migrations_make_is_known_by_its_digest() {
        let mut connection = scratch().unwrap();
        up(&mut connection, STEPS).unwrap();
        let AnyConnection::Sqlite(mut connection) = connection else { panic!("it is SQLite") };
        assert_eq!(digest(&mut connection).unwrap(), MADE);
        connection.batch_execute("CREATE INDEX i ON rockets (name); ANALYZE").unwrap();
        assert_eq!(digest(&mut connection).unwrap(), MADE, "an index acts on nothing");
        for act in [
            "CREATE TRIGGER t AFTER UPDATE ON rockets BEGIN SELECT 1; END",
            "DROP VIEW launch_changes",
        ] {
            connection.batch_execute(&format!("SAVEPOINT s; {act}")).unwrap();
            assert_ne!(digest(&mut connection).unwrap(), MADE, "{act}");
            connection.batch_execute("ROLLBACK TO s").unwrap();
        }
    }
}
