//! The exit code, decided once.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::error::ErrorKind;

use crate::cli::{Caller, Cli, Command, Format};
use crate::db::Fault;
use crate::error::Error;
use crate::model::failure::Failure;
use crate::model::shown::shown;
use crate::pipeline::RunError;
use crate::report;
use crate::report::atomic_file::FileError;
use crate::secret::redacted;
use crate::source::SourceError;
use crate::trino::{self, TrinoError};

/// How a command ended that did its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Done.
    Done,
    /// Done, and what was looked for is not as it should be: the answer says so.
    Found,
    /// A failure that the command has already told, with its answer.
    Told(u8),
}

const FINDING: u8 = 1;
const USAGE: u8 = 2;
const FAILED: u8 = 3;
const LATER: u8 = 75;
/// A shell adds the number of the signal to this.
const SIGNALLED: i32 = 128;

/// The longest error that is printed, in characters.
const LONGEST: usize = 2_000;

/// Ends a command line that could not be understood, or that asked for help.
pub(crate) fn usage(error: &clap::Error, caller: Caller) -> ExitCode {
    // Help that nobody reads is no failure. What was typed is repeated, but for a password in it.
    let typed = error.to_string();
    match redacted(&typed) {
        text if text == typed => error.print().unwrap_or_default(),
        text => write!(io::stderr(), "{text}").unwrap_or_default(),
    }
    if !error.use_stderr() {
        return ExitCode::SUCCESS;
    }
    answer(&Error::Usage(redacted(&in_one_line(error))), caller);
    ExitCode::from(USAGE)
}

/// What was wrong with a command line, without the advice around it.
fn in_one_line(error: &clap::Error) -> String {
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        return "a command is missing".to_owned();
    }
    let text = error.to_string();
    let first = text.split("\n\n").next().unwrap_or_default();
    let words: Vec<&str> = first.trim_start_matches("error: ").split_whitespace().collect();
    shown(&words.join(" "), LONGEST)
}

/// Ends the program.
pub(crate) fn code(cli: &Cli, outcome: Result<Outcome, Error>) -> ExitCode {
    match outcome {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::Found) => ExitCode::from(FINDING),
        Ok(Outcome::Told(code)) => ExitCode::from(code),
        // Whoever reads our answer has read enough.
        Err(Error::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            let wants_json =
                cli.global.format == Format::Json && !matches!(error, Error::Output(_));
            failed(&error, Caller { wants_json, is_run: matches!(cli.command, Command::Run(_)) })
        }
    }
}

/// Ends the program with a failure.
pub(crate) fn failed(error: &Error, caller: Caller) -> ExitCode {
    tell(error);
    answer(error, caller);
    ExitCode::from(of(error))
}

fn answer(error: &Error, caller: Caller) {
    if caller.wants_json {
        // The exit code says it, if nobody takes the answer.
        report::json::failure(&mut io::stdout(), &error.failure(), caller.is_run)
            .unwrap_or_default();
    }
}

/// Tells a failure in one line on standard error.
pub(crate) fn tell(error: &Error) {
    let Failure { message, hint, .. } = error.failure();
    let hint = hint.map(|hint| format!("; {hint}")).unwrap_or_default();
    let line = shown(&format!("{message}{hint}"), LONGEST);
    // Without a standard error there is still the exit code.
    writeln!(io::stderr(), "etl: {line}").unwrap_or_default();
}

/// The code of a failure.
pub(crate) fn of(error: &Error) -> u8 {
    if let Some(interrupted) = error.interrupted() {
        return u8::try_from(SIGNALLED + interrupted.0).unwrap_or(FAILED);
    }
    match error {
        Error::Usage(_)
        | Error::Question { .. }
        | Error::Config(_)
        | Error::Sandbox(_)
        | Error::File(FileError::NotAFile { .. }) => USAGE,
        Error::Migrate(error) if error.is_refusal() => USAGE,
        Error::Migrate(_) | Error::NotFound(_) => FINDING,
        Error::Interrupted(_)
        | Error::Defect(_)
        | Error::File(FileError::Failed { .. })
        | Error::Output(_) => FAILED,
        Error::Run(error) => of_run(error),
        Error::Trino(error) => of_trino(error),
    }
}

fn of_trino(error: &TrinoError) -> u8 {
    match error.fault {
        trino::Fault::Unavailable => LATER,
        trino::Fault::Unusable | trino::Fault::Rejected | trino::Fault::Refused => USAGE,
        trino::Fault::Denied | trino::Fault::Failed | trino::Fault::Interrupted(_) => FAILED,
    }
}

fn of_run(error: &RunError) -> u8 {
    match error {
        RunError::MassDeletion { .. } => FINDING,
        RunError::WrongSource { .. }
        | RunError::NothingLoaded
        | RunError::Source(SourceError::Address(_) | SourceError::Network(_)) => USAGE,
        RunError::Locked { .. } | RunError::TakenOver { .. } => LATER,
        RunError::Source(error) if error.is_rate_limited() => LATER,
        RunError::Database(error) => match error.fault {
            Fault::Unavailable | Fault::Locked | Fault::Contended => LATER,
            Fault::Rejected | Fault::Untrusted | Fault::Unusable | Fault::Refused => USAGE,
            Fault::ReadOnly | Fault::Full | Fault::Denied | Fault::Failed => FAILED,
        },
        RunError::ChangedShape { .. }
        | RunError::NothingServed
        | RunError::Defect(_)
        | RunError::Interrupted(_)
        | RunError::Source(_) => FAILED,
    }
}
