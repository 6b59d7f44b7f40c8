//! `etl query --engine trino`: the same answers from Trino, over the same tables or over the published ones.

use crate::cli::Global;
use crate::cli::query::QueryArgs;
use crate::cli::trino::Engine;
use crate::clock::Clock;
use crate::config;
use crate::error::Error;
use crate::model::query::{Asked, NamedCells};
use crate::publish::past;
use crate::report::marts;
use crate::report::rows::RowWriter;
use crate::trino::analytics::{Tables, statement};
use crate::trino::{Trino, TrinoError};

/// Answers a question of the given name, or the statement in the user's file.
pub(super) fn answer(
    global: &Global,
    args: &QueryArgs,
    clock: &Clock,
    writer: &mut RowWriter<'_>,
) -> Result<(), Error> {
    let settings = config::trino_settings(global, &args.server)?;
    let trino = Trino::open(&settings, clock)?;
    let Some(name) = &args.name else { return answer_own(&trino, args, writer) };
    let mart = marts::find(name)?;
    let asked = Asked { since: args.since, until: args.until, limit: args.limit };
    let tables = match (&args.as_of, args.engine) {
        (Some(when), _) => past::tables(&trino, &settings.lake, when)?,
        (None, Engine::Lake) => past::today(&settings.lake),
        (None, Engine::Database | Engine::Trino) => Tables::of(&settings.tables),
    };
    let sql = statement(mart.name, mart.dates, &asked, &tables)
        .ok_or_else(|| Error::NotFound(format!("{name} has no form for Trino")))?;
    mart.begin(&asked, writer)?;
    trino.ask::<Error>(&sql, |_, cells| Ok(writer.row(cells)?))?;
    Ok(())
}

/// Why the rows of a user's statement come to an end.
enum Enough {
    Limit,
    Error(Error),
}

impl From<TrinoError> for Enough {
    fn from(error: TrinoError) -> Self {
        Self::Error(error.into())
    }
}

fn answer_own(trino: &Trino, args: &QueryArgs, writer: &mut RowWriter<'_>) -> Result<(), Error> {
    let statement = config::statement(args)?;
    let statement = statement.trim_end().trim_end_matches(';');
    let mut left = args.limit.unwrap_or(u32::MAX);
    let asked = trino.ask_own(statement, |columns, cells| {
        let row = columns.iter().cloned().zip(cells).collect();
        writer.named_row(NamedCells(row)).map_err(|error| Enough::Error(error.into()))?;
        left -= 1;
        if left == 0 { Err(Enough::Limit) } else { Ok(()) }
    });
    match asked {
        Ok(ending) if !writer.has_begun() => Ok(writer.begin(ending.columns)?),
        Ok(_) | Err(Enough::Limit) => Ok(()),
        Err(Enough::Error(error)) => Err(error),
    }
}
