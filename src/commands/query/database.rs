//! `etl query` where the database itself answers.

use crate::cli::Global;
use crate::cli::query::QueryArgs;
use crate::clock::Clock;
use crate::commands::connect::{connect_migrated, database_url};
use crate::config;
use crate::db::{ask, open_to_ask, reading, scratch};
use crate::error::Error;
use crate::migrate::{STEPS, up};
use crate::model::query::Asked;
use crate::report::as_of;
use crate::report::marts::{self, Mart};
use crate::report::rows::RowWriter;

/// Answers a question of the given name.
pub(super) fn answer(
    global: &Global,
    mart: &Mart,
    args: &QueryArgs,
    clock: &Clock,
    writer: &mut RowWriter<'_>,
) -> Result<(), Error> {
    let asked = Asked { since: args.since, until: args.until, limit: args.limit };
    let (_database, mut connection) = connect_migrated(global, clock)?;
    reading(&mut connection, |connection| match &args.as_of {
        None => {
            marts::refuse_unfinished(connection)?;
            Ok(mart.answer(connection, &asked, writer)?)
        }
        Some(when) => {
            let moment = as_of::moment(connection, when)?;
            let mut past = scratch()?;
            up(&mut past, STEPS)?;
            as_of::copy(connection, &mut past, &moment)?;
            Ok(mart.answer(&mut past, &asked, writer)?)
        }
    })
}

/// Answers the statement in the user's file.
pub(super) fn answer_own(
    global: &Global,
    args: &QueryArgs,
    writer: &mut RowWriter<'_>,
) -> Result<(), Error> {
    let statement = config::statement(args)?;
    let mut connection = open_to_ask(&database_url(global)?)?;
    let each = |row| writer.named_row(row);
    Ok(reading(&mut connection, |connection| ask(connection, &statement, args.limit, each))?)
}
