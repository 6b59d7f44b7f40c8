//! What a live database says of its own tables, in the words of `schema.rs`.

use std::fmt;

use crate::support::Database;

pub(crate) const SEQUENCE: &str = "next in sequence";

/// One column of a table or view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Column {
    pub(crate) table: String,
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) nullable: bool,
    /// The place in the primary key, from 1; 0 is none.
    pub(crate) key: usize,
    pub(crate) default: String,
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}: {}", self.table, self.name, self.kind)?;
        if !self.nullable {
            f.write_str(", not null")?;
        }
        if self.key > 0 {
            write!(f, ", key {}", self.key)?;
        }
        if !self.default.is_empty() {
            write!(f, ", default {}", self.default)?;
        }
        Ok(())
    }
}

/// The columns of every table, in order.
pub(crate) fn columns(database: &Database) -> Vec<Column> {
    describe(database, "r")
}

/// The columns of every view, in order.
pub(crate) fn views(database: &Database) -> Vec<Column> {
    describe(database, "v")
}

/// The migrator's own tables.
const LEDGERS: &str = "'__diesel_schema_migrations', '__etl_migration_checksums'";

fn describe(database: &Database, relation: &str) -> Vec<Column> {
    let sql = if database.is_postgres() {
        format!(
            "SELECT concat_ws('|', c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
                 coalesce((SELECT array_position(string_to_array(i.indkey::text, ' ')::int[], a.attnum::int)
                           FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary), 0),
                 CASE WHEN a.attidentity = 'd' THEN 'nextval' ELSE coalesce(pg_get_expr(d.adbin, d.adrelid), '') END, '')
             FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
             LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
             WHERE c.relkind = '{relation}' AND c.relnamespace = current_schema()::regnamespace
               AND a.attnum > 0 AND NOT a.attisdropped AND c.relname NOT IN ({LEDGERS})
             ORDER BY c.relname, a.attnum"
        )
    } else {
        let relation = if relation == "r" { "table" } else { "view" };
        // The CHECK tells which texts are instants and which are JSON.
        format!(
            "SELECT concat_ws('|', m.name, x.name, CASE m.type WHEN 'view' THEN '' ELSE x.type END, x.\"notnull\", x.pk, coalesce(x.dflt_value, ''),
                 CASE WHEN instr(m.sql, 'CHECK (' || x.name || ' GLOB ') THEN 'instant'
                      WHEN instr(m.sql, 'json_valid(' || x.name || '))') THEN 'json'
                      WHEN instr(m.sql, x.name || ' integer PRIMARY KEY AUTOINCREMENT') THEN 'numbered' ELSE '' END)
             FROM sqlite_master m, pragma_table_xinfo(m.name) x
             WHERE m.type = '{relation}' AND m.name NOT LIKE 'sqlite_%' AND m.name NOT IN ({LEDGERS})
             ORDER BY m.name, x.cid"
        )
    };
    database.rows(&sql).iter().map(|line| column(line)).collect()
}

fn column(line: &str) -> Column {
    let parts: Vec<&str> = line.split('|').collect();
    let [table, name, declared, not_null, key, default, mark] = parts[..] else {
        panic!("not seven parts: {line}")
    };
    let numbered = mark == "numbered" || default.starts_with("nextval");
    Column {
        table: table.into(),
        name: name.into(),
        kind: kind(declared, mark),
        nullable: !matches!(not_null, "t" | "true" | "1"),
        key: key.parse().unwrap(),
        default: if numbered { SEQUENCE.into() } else { default_value(default) },
    }
}

fn kind(declared: &str, mark: &str) -> String {
    let declared = declared.to_lowercase();
    match (declared.as_str(), mark) {
        ("character varying" | "varchar", "") => "Varchar".into(),
        ("timestamp with time zone", "") | ("text", "instant") => "Timestamptz".into(),
        ("jsonb", "") | ("text", "json") => "Jsonb".into(),
        ("text", "") => "Text".into(),
        ("boolean", "") => "Bool".into(),
        ("integer", _) => "Int4".into(),
        ("bigint", _) => "Int8".into(),
        (decimal, "") if decimal.starts_with("numeric") => decimal.replace("numeric", "Numeric"),
        // The columns of SQLite's views are expressions, which have no type.
        ("", "") => String::new(),
        other => panic!("no mapping for {other:?}"),
    }
}

fn default_value(text: &str) -> String {
    match text {
        "CURRENT_TIMESTAMP" | "strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')" => "now".into(),
        "false" => "0".into(),
        other => other.trim_matches('\'').into(),
    }
}

/// Every index but those of the primary keys: table, whether it is unique, columns, condition.
pub(crate) fn indexes(database: &Database) -> Vec<String> {
    let sql = if database.is_postgres() {
        "SELECT concat(t.relname, CASE WHEN i.indisunique THEN ' unique ' ELSE ' ' END,
             (SELECT string_agg(a.attname, ', ' ORDER BY k.place)
              FROM unnest(string_to_array(i.indkey::text, ' ')::int[]) WITH ORDINALITY AS k(attnum, place)
              JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.attnum),
             ' where ' || translate(pg_get_expr(i.indpred, i.indrelid), '()', ''))
         FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid
         WHERE t.relnamespace = current_schema()::regnamespace AND NOT i.indisprimary"
    } else {
        "SELECT concat(m.name, CASE l.\"unique\" WHEN 1 THEN ' unique ' ELSE ' ' END,
             (SELECT group_concat(x.name, ', ' ORDER BY x.seqno) FROM pragma_index_info(l.name) x),
             (SELECT ' where ' || substr(d.sql, instr(d.sql, ' WHERE ') + 7) FROM sqlite_master d
              WHERE d.name = l.name AND l.partial))
         FROM sqlite_master m, pragma_index_list(m.name) l
         WHERE m.type = 'table' AND l.origin <> 'pk'"
    };
    let mut indexes = database.rows(sql);
    indexes.sort();
    indexes
}
