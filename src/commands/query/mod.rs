//! `etl query`: an analytic answer by name, or to a statement of the user's own.

mod trino;

use std::io::{self, BufWriter};

use super::{connect_migrated, database_url};
use crate::cli::Global;
use crate::cli::query::QueryArgs;
use crate::cli::trino::Engine;
use crate::clock::Clock;
use crate::config;
use crate::db::{ask, open_to_ask, reading, scratch};
use crate::error::Error;
use crate::exit::{self, Outcome};
use crate::migrate::{STEPS, up};
use crate::model::query::Asked;
use crate::report::as_of;
use crate::report::json::error_object;
use crate::report::marts::{self, Mart};
use crate::report::rows::RowWriter;

pub(super) fn run(global: &Global, args: &QueryArgs, clock: &Clock) -> Result<Outcome, Error> {
    let is_ours = args.engine == Engine::Database;
    if is_ours {
        // Nothing is written that would have to be ended with care.
        clock.end_at_once();
    }
    let out = &mut BufWriter::new(io::stdout());
    let mut writer = RowWriter::new(out, config::row_format(args.format));
    let answered = match (&args.file, &args.name) {
        (None, None) => Ok(marts::list(&mut writer)?),
        (None, Some(name)) if args.explain => {
            return Ok(marts::find(name)?.explain(&mut io::stdout()).map(|()| Outcome::Done)?);
        }
        _ if !is_ours => trino::answer(global, args, clock, &mut writer),
        (Some(_), _) => answer_own(global, args, &mut writer),
        (None, Some(name)) => answer(global, marts::find(name)?, args, clock, &mut writer),
    };
    match answered {
        Err(error) if writer.must_end() && !matches!(error, Error::Output(_)) => {
            writer.fail(&error_object(&error.failure()))?;
            exit::tell(&error);
            Ok(Outcome::Told(exit::of(&error)))
        }
        answered => {
            answered?;
            if writer.finish()? == 0 {
                log::info!("no rows");
            }
            Ok(Outcome::Done)
        }
    }
}

fn answer(
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

fn answer_own(global: &Global, args: &QueryArgs, writer: &mut RowWriter<'_>) -> Result<(), Error> {
    let statement = config::statement(args)?;
    let mut connection = open_to_ask(&database_url(global)?)?;
    let each = |row| writer.named_row(row);
    Ok(reading(&mut connection, |connection| ask(connection, &statement, args.limit, each))?)
}
