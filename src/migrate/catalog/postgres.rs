//! The catalog of PostgreSQL. `sqlite.rs` has the same functions in the same order.

use diesel::connection::SimpleConnection;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use crate::db::{AnyConnection, DbError, Fault, rehearse};
use crate::migrate::script::{Token, canonical, joined, statements, tokens};
use crate::migrate::steps::{Backend, Step};
use crate::model::catalog::{Kind, Thing};

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    of: String,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = BigInt)]
    place: i64,
    #[diesel(sql_type = Text)]
    definition: String,
}

macro_rules! constraints {
    ($which:literal) => {
        concat!(
            "SELECT c.relname::text AS of, k.conname::text AS name, 0::bigint AS place, \
                 regexp_replace(pg_get_constraintdef(k.oid), '^(PRIMARY KEY|UNIQUE|CHECK|FOREIGN KEY) ', '') AS definition \
             FROM relation c JOIN pg_constraint k ON k.conrelid = c.oid WHERE ",
            $which
        )
    };
}
/// One query for each kind, over the relations of the current schema but for those of extensions.
const RELATIONS: &str = "\
    WITH relation AS (SELECT c.* FROM pg_class c WHERE c.relnamespace = current_schema()::regnamespace \
        AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'))";

const QUERIES: [(Kind, &str); 12] = [
    (
        Kind::Type,
        "SELECT t.typname AS of, '' AS name, 0::bigint AS place, CASE t.typtype \
             WHEN 'e' THEN concat('enum (', (SELECT string_agg(quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder) \
                 FROM pg_enum e WHERE e.enumtypid = t.oid), ')') \
             ELSE concat_ws(' ', 'domain', format_type(t.typbasetype, t.typtypmod), CASE WHEN t.typnotnull THEN 'not null' END, \
                 'default ' || t.typdefault, (SELECT string_agg(pg_get_constraintdef(k.oid), ' ' ORDER BY k.conname) \
                 FROM pg_constraint k WHERE k.contypid = t.oid AND k.contype = 'c')) END AS definition \
         FROM pg_type t WHERE t.typtype IN ('e', 'd') AND t.typnamespace = current_schema()::regnamespace \
             AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e')",
    ),
    (
        Kind::Sequence,
        "SELECT c.relname::text AS of, '' AS name, 0::bigint AS place, concat_ws(', ', format_type(s.seqtypid, NULL), \
             'start ' || s.seqstart, 'increment ' || s.seqincrement, 'from ' || s.seqmin, 'to ' || s.seqmax, \
             CASE WHEN s.seqcycle THEN 'cycle' END) AS definition \
         FROM relation c JOIN pg_sequence s ON s.seqrelid = c.oid",
    ),
    (
        Kind::Table,
        "SELECT c.relname::text AS of, '' AS name, 0::bigint AS place, concat_ws(', ', CASE c.relkind WHEN 'f' THEN 'foreign' \
             WHEN 'p' THEN 'partitioned by ' || pg_get_partkeydef(c.oid) END, CASE c.relpersistence WHEN 'u' THEN 'unlogged' END, \
             CASE WHEN c.relrowsecurity THEN 'row security' END, CASE WHEN c.relispartition THEN pg_get_expr(c.relpartbound, c.oid) END, \
             array_to_string(c.reloptions, ', ')) AS definition \
         FROM relation c WHERE c.relkind IN ('r', 'p', 'f')",
    ),
    (
        Kind::Column,
        "SELECT c.relname::text AS of, a.attname::text AS name, row_number() OVER (PARTITION BY c.oid ORDER BY a.attnum) AS place, \
             concat_ws(', ', replace(replace(format_type(a.atttypid, a.atttypmod), 'character varying', 'varchar'), \
                 'timestamp with time zone', 'timestamptz'), \
             CASE WHEN a.attnotnull THEN 'not null' END, \
             CASE a.attidentity WHEN 'a' THEN 'numbered always' WHEN 'd' THEN 'numbered by default' END, \
             CASE WHEN a.attcollation <> t.typcollation THEN 'collate ' || a.attcollation::regcollation::text END, \
             CASE WHEN a.attgenerated <> '' THEN 'generated ' ELSE 'default ' END || pg_get_expr(d.adbin, d.adrelid)) AS definition \
         FROM relation c JOIN pg_attribute a ON a.attrelid = c.oid JOIN pg_type t ON t.oid = a.atttypid \
         LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum \
         WHERE c.relkind IN ('r', 'p', 'f') AND a.attnum > 0 AND NOT a.attisdropped",
    ),
    (Kind::Key, constraints!("k.contype = 'p'")),
    (Kind::Unique, constraints!("k.contype IN ('u', 'x')")),
    (Kind::Check, constraints!("k.contype = 'c'")),
    (Kind::Reference, constraints!("k.contype = 'f'")),
    (
        Kind::Index,
        "SELECT c.relname::text AS of, n.relname::text AS name, 0::bigint AS place, concat(CASE WHEN i.indisunique THEN 'unique ' END, \
             regexp_replace(regexp_replace(pg_get_indexdef(i.indexrelid, 0, true), '^.*? USING ', ''), '^btree ', ''), \
             CASE WHEN NOT i.indisvalid THEN ', invalid' END) AS definition \
         FROM relation c JOIN pg_index i ON i.indrelid = c.oid JOIN pg_class n ON n.oid = i.indexrelid \
         WHERE NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))",
    ),
    (
        Kind::Trigger,
        "SELECT c.relname::text AS of, t.tgname::text AS name, 0::bigint AS place, \
             concat(regexp_replace(pg_get_triggerdef(t.oid, true), '^CREATE (CONSTRAINT )?TRIGGER \\S+ ', ''), \
             CASE t.tgenabled WHEN 'D' THEN ', disabled' WHEN 'R' THEN ', replica' WHEN 'A' THEN ', always' END) AS definition \
         FROM relation c JOIN pg_trigger t ON t.tgrelid = c.oid WHERE NOT t.tgisinternal",
    ),
    (
        Kind::View,
        "SELECT c.relname::text AS of, '' AS name, 0::bigint AS place, \
             concat(CASE c.relkind WHEN 'm' THEN 'materialized ' END, pg_get_viewdef(c.oid)) AS definition \
         FROM relation c WHERE c.relkind IN ('v', 'm')",
    ),
    (
        Kind::Function,
        "SELECT concat(p.proname, '(', pg_get_function_identity_arguments(p.oid), ')') AS of, '' AS name, 0::bigint AS place, \
             concat_ws(' ', 'returns', pg_get_function_result(p.oid), 'language', l.lanname, \
             CASE p.provolatile WHEN 'i' THEN 'immutable' WHEN 's' THEN 'stable' END, CASE WHEN p.proisstrict THEN 'strict' END, \
             CASE WHEN p.prosecdef THEN 'security definer' END, array_to_string(p.proconfig, ' '), \
             'as', coalesce(pg_get_function_sqlbody(p.oid), p.prosrc)) AS definition \
         FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang WHERE p.pronamespace = current_schema()::regnamespace \
             AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')",
    ),
];

pub(super) fn describe(connection: &mut PgConnection) -> QueryResult<Vec<Thing>> {
    let mut things = Vec::new();
    for (kind, query) in QUERIES {
        let rows: Vec<Row> = diesel::sql_query(format!("{RELATIONS} {query}")).load(connection)?;
        things.extend(rows.into_iter().map(|row| thing(kind, row)));
    }
    Ok(things)
}

fn thing(kind: Kind, row: Row) -> Thing {
    let definition = match kind {
        // These are kept as they were written.
        Kind::Function | Kind::View => canonical(&row.definition, Backend::Postgres),
        _ => row.definition,
    };
    Thing { kind, table: row.of, name: row.name, place: row.place, definition }
}

/// In a schema of its own, in a transaction that is taken back.
pub(super) fn describe_scratch(
    connection: &mut AnyConnection,
    steps: &[&'static Step],
) -> Result<Vec<Thing>, DbError> {
    let schema = format!("etl_scratch_{:08x}", fastrand::u32(..));
    rehearse(connection, |connection| {
        let AnyConnection::Postgres(connection) = connection else { return Ok(Vec::new()) };
        let opening = format!(
            "CREATE SCHEMA {schema}; \
             SELECT set_config('search_path', concat_ws(', ', '{schema}', nullif(current_setting('search_path'), '')), true)"
        );
        connection.batch_execute(&opening).map_err(without_privilege)?;
        for step in steps {
            for statement in statements(step.postgres.up, Backend::Postgres) {
                let failed = |error| DbError::from(error).while_doing(step.name);
                connection.batch_execute(&at_once(statement.text)).map_err(failed)?;
            }
        }
        let mut things = describe(connection)?;
        for thing in &mut things {
            let elsewhere = thing.definition.replace(&format!("{schema}, "), "");
            thing.definition = elsewhere.replace(&format!("{schema}."), "");
        }
        Ok(things)
    })
}

/// An index that is made beside other work is the same index when it is made at once, which a transaction allows.
fn at_once(statement: &str) -> String {
    let words = tokens(statement, Backend::Postgres);
    let is_index = words.iter().take(3).any(|word| word.is("index"));
    if !is_index {
        return statement.to_owned();
    }
    let kept: Vec<Token<'_>> = words.into_iter().filter(|word| !word.is("concurrently")).collect();
    joined(&kept)
}

fn without_privilege(error: diesel::result::Error) -> DbError {
    let error = DbError::from(error);
    if error.fault == Fault::Denied {
        return error.with_hint(
            "that is done in a schema that is gone at once: GRANT CREATE ON DATABASE to this user, or ask its owner",
        );
    }
    error
}
