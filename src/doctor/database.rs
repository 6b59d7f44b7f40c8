//! The database: reached, of a known version, at the schema, not locked, whole, and in the hands of the right user.

use super::{compare, failed};
use crate::clock::Clock;
use crate::db::{Condition, Connection, Database, DbError, Missing, condition, damage, reading};
use crate::error::Error;
use crate::migrate::{self, MigrateError, STEPS};
use crate::model::diagnosis::Diagnosis;
use crate::model::migration::State;
use crate::model::settings::{DatabaseUrl, Patience};

/// A database that was reached.
pub(super) struct Open {
    pub(super) connection: Connection,
    /// It is at the schema of this program.
    pub(super) is_current: bool,
}

/// What is asked of a database that was reached, in this order.
const INSIDE: [&str; 5] = ["privileges", "migrations", "lock", "files", "database_clock"];

/// Looks at the database; what it answers can be asked for more.
pub(super) fn examine(
    url: Result<DatabaseUrl, Error>,
    patience: Patience,
    clock: &Clock,
    found: &mut Vec<Diagnosis>,
) -> Option<Open> {
    let reached = match url {
        Err(error) => Err(failed("database", error)),
        Ok(url) => reach(&url, patience, clock),
    };
    match reached {
        Ok((database, connection, condition)) => {
            Some(look(&database, connection, &condition, clock, found))
        }
        Err(unreached) => {
            found.push(unreached);
            let skipped = |subject| Diagnosis::skipped(subject, "there is no database to ask");
            found.extend(INSIDE.map(skipped));
            None
        }
    }
}

fn reach(
    url: &DatabaseUrl,
    patience: Patience,
    clock: &Clock,
) -> Result<(Database, Connection, Condition), Diagnosis> {
    const SUBJECT: &str = "database";
    if let DatabaseUrl::Sqlite(path) = url
        && !path.exists()
    {
        let seen = format!("there is no SQLite file {} yet", path.display());
        return Err(Diagnosis::warning(SUBJECT, seen, "`etl run` makes it and loads it"));
    }
    let opened = || -> Result<(Database, Connection, Condition), DbError> {
        let database = Database::connect(url, Missing::Refuse, patience, clock)?;
        let mut connection = database.connection()?;
        let condition = reading(&mut connection, condition)?;
        Ok((database, connection, condition))
    };
    opened().map_err(|error| failed(SUBJECT, error))
}

fn look(
    database: &Database,
    mut connection: Connection,
    condition: &Condition,
    clock: &Clock,
    found: &mut Vec<Diagnosis>,
) -> Open {
    let place = database.url().place();
    let version = &condition.version;
    found.push(if condition.is_old {
        let seen = format!("{version} at {place} is older than what etl is tried with");
        Diagnosis::warning("database", seen, "move to PostgreSQL 14 or later")
    } else {
        Diagnosis::well("database", format!("{version} at {place}"))
    });
    let migrations = migrations(&mut connection, condition.lacking_to_migrate.is_empty());
    let (schema, is_current) =
        migrations.unwrap_or_else(|error| (failed("migrations", error), false));
    found.push(privileges(database.url(), condition, is_current));
    found.push(schema);
    found.push(lock(database, &mut connection));
    found.push(files(database.url(), &mut connection, condition));
    found.push(match condition.clock {
        Some(theirs) => compare("database_clock", "the database", theirs, clock.now()),
        None => Diagnosis::well("database_clock", "the file is read by our own clock"),
    });
    Open { connection, is_current }
}

fn privileges(url: &DatabaseUrl, condition: &Condition, is_current: bool) -> Diagnosis {
    const SUBJECT: &str = "privileges";
    if matches!(url, DatabaseUrl::Sqlite(_)) {
        return Diagnosis::well(SUBJECT, "whoever may write the file may do everything");
    }
    let (run, migrate) = (&condition.lacking_to_run, &condition.lacking_to_migrate);
    if !run.is_empty() {
        let seen = format!("`etl run` lacks {}", run.join(", "));
        return Diagnosis::failure(SUBJECT, seen, "have the owner GRANT it to this user");
    }
    if !migrate.is_empty() && !is_current {
        let seen = format!("`etl migrate` lacks {}", migrate.join(", "));
        return Diagnosis::failure(SUBJECT, seen, "run `etl migrate` as the owner of the tables");
    }
    if condition.is_superuser {
        let seen = "this user is a superuser, whom nothing keeps from the history";
        return Diagnosis::warning(
            SUBJECT,
            seen,
            "give etl a user of its own (CREATE ROLE ... LOGIN), the owner of its schema",
        );
    }
    Diagnosis::well(
        SUBJECT,
        if migrate.is_empty() {
            "enough to run and to migrate"
        } else {
            "enough to run, not to migrate"
        },
    )
}

fn migrations(
    connection: &mut Connection,
    may_compare: bool,
) -> Result<(Diagnosis, bool), MigrateError> {
    const SUBJECT: &str = "migrations";
    let standing = reading(connection, |connection| migrate::standing(connection, STEPS))?;
    let listing = standing.listing();
    let is = |wanted: State| listing.steps.iter().filter(|(_, _, state)| *state == wanted).count();
    if !listing.unknown.is_empty() {
        let seen =
            format!("{} are applied that this etl does not know", listing.unknown.join(", "));
        return Ok((
            Diagnosis::failure(SUBJECT, seen, "use the newer etl, or see `etl migrate status`"),
            false,
        ));
    }
    if is(State::Pending) > 0 {
        let seen = format!("{} of {} are pending", is(State::Pending), listing.steps.len());
        return Ok((Diagnosis::failure(SUBJECT, seen, "`etl migrate`"), false));
    }
    if !may_compare {
        let seen =
            format!("all {} applied; who owns the tables can compare them", listing.steps.len());
        return Ok((Diagnosis::well(SUBJECT, seen), true));
    }
    let drift = migrate::verify(connection, STEPS)?;
    let Some(first) = drift.first() else {
        let seen =
            format!("all {} applied, and the tables are as they make them", listing.steps.len());
        return Ok((Diagnosis::well(SUBJECT, seen), true));
    };
    let more = match drift.len() - 1 {
        0 => String::new(),
        more => format!(", and {more} more"),
    };
    let seen = format!("{}: {}{more}", first.subject, first.detail);
    Ok((Diagnosis::failure(SUBJECT, seen, "`etl migrate verify` names all that differs"), true))
}

fn lock(database: &Database, connection: &mut Connection) -> Diagnosis {
    const SUBJECT: &str = "lock";
    let held = reading(connection, |connection| database.is_locked_by(connection));
    match held {
        Err(error) => failed(SUBJECT, error),
        Ok(None) => Diagnosis::well(SUBJECT, "free: a run could begin"),
        Ok(Some(holder)) => Diagnosis::warning(
            SUBJECT,
            format!("held by {holder} so that a run would exit with 75"),
            "`etl status` shows the run; end it, or wait for it",
        ),
    }
}

fn files(url: &DatabaseUrl, connection: &mut Connection, condition: &Condition) -> Diagnosis {
    const SUBJECT: &str = "files";
    let damage = match reading(connection, damage) {
        Ok(damage) => damage,
        Err(error) => return failed(SUBJECT, error),
    };
    if let Some(first) = damage.first() {
        let next = "keep a copy of it, load a new database, and compare the two";
        return Diagnosis::failure(SUBJECT, format!("the database is damaged: {first}"), next);
    }
    let DatabaseUrl::Sqlite(path) = url else {
        return Diagnosis::well(SUBJECT, "the server knows of no damaged index");
    };
    if let Some(mode) = condition.journal_mode.as_ref().filter(|mode| *mode != "wal") {
        let seen =
            format!("the journal mode is {mode}, so that readers and a run wait for each other");
        return Diagnosis::warning(SUBJECT, seen, "keep the file on a disk of this machine");
    }
    if is_open_to_others(path) {
        let seen = format!("other users of this machine may open {}", path.display());
        return Diagnosis::warning(SUBJECT, seen, format!("`chmod 600 {}`", path.display()));
    }
    Diagnosis::well(SUBJECT, "no damage, and the write-ahead log is on")
}

#[cfg(unix)]
fn is_open_to_others(file: &std::path::Path) -> bool {
    const OF_ALL: u32 = 0o007;
    std::fs::metadata(file)
        .is_ok_and(|found| std::os::unix::fs::MetadataExt::mode(&found) & OF_ALL != 0)
}

#[cfg(not(unix))]
fn is_open_to_others(_file: &std::path::Path) -> bool {
    false
}
