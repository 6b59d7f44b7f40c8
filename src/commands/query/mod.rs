//! `etl query`: an analytic answer by name, or to a statement of the user's own.

mod database;
mod trino;

use std::io::{self, BufWriter};

use crate::cli::Global;
use crate::cli::query::QueryArgs;
use crate::cli::trino::Engine;
use crate::clock::Clock;
use crate::config;
use crate::console;
use crate::error::Error;
use crate::exit::{self, Outcome};
use crate::report::json::error_object;
use crate::report::marts;
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
        (Some(_), _) => database::answer_own(global, args, &mut writer),
        (None, Some(name)) => {
            database::answer(global, marts::find(name)?, args, clock, &mut writer)
        }
    };
    match answered {
        Err(error) if writer.must_end() && !matches!(error, Error::Output(_)) => {
            writer.fail(&error_object(&error.failure()))?;
            console::tell(&error.failure());
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
