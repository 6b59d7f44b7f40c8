//! Rows one at a time, however many there are: neither the driver nor we hold more than one.

use diesel::connection::DefaultLoadingMode;
use diesel::pg::{PgConnection, PgRowByRowLoadingMode};
use diesel::prelude::*;
use diesel::query_dsl::LoadQuery;
use diesel::sqlite::SqliteConnection;

use super::{AnyConnection, DbError};

/// Hands each row of a query to `each`, until the last one or an error.
pub(crate) fn for_each_row<Q, Row, E>(
    connection: &mut AnyConnection,
    query: Q,
    mut each: impl FnMut(Row) -> Result<(), E>,
) -> Result<(), E>
where
    E: From<DbError>,
    Q: for<'query> LoadQuery<'query, PgConnection, Row, PgRowByRowLoadingMode>,
    Q: for<'query> LoadQuery<'query, SqliteConnection, Row, DefaultLoadingMode>,
    Q: RunQueryDsl<PgConnection> + RunQueryDsl<SqliteConnection>,
{
    let failed = |error| DbError::from(error).while_doing("reading rows");
    match connection {
        AnyConnection::Postgres(connection) => {
            let rows = query.load_iter::<Row, PgRowByRowLoadingMode>(connection);
            for row in rows.map_err(failed)? {
                each(row.map_err(failed)?)?;
            }
        }
        AnyConnection::Sqlite(connection) => {
            let rows = query.load_iter::<Row, DefaultLoadingMode>(connection);
            for row in rows.map_err(failed)? {
                each(row.map_err(failed)?)?;
            }
        }
    }
    Ok(())
}
