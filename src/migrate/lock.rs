//! One migrator at a time: the lock that runs take too, tried at once and then waited for.

use std::time::{Duration, Instant};

use super::error::MigrateError;
use crate::clock::Clock;
use crate::db::{Database, DbError, ExclusiveLock, Fault};

/// Short, so that ten migrators that wait for each other are soon done.
const BETWEEN_TRIES: Duration = Duration::from_millis(100);
const BETWEEN_MESSAGES: Duration = Duration::from_secs(5);

/// Takes the lock, and while another has it says who.
pub(crate) fn lock(
    database: &Database,
    timeout: Duration,
    clock: &Clock,
) -> Result<ExclusiveLock, MigrateError> {
    let began = Instant::now();
    let mut told: Option<Instant> = None;
    loop {
        let holder = match database.try_lock()? {
            Some(lock) if database.is_writable_now()? => return Ok(lock),
            Some(_) => "another program that is writing".to_owned(),
            None => database.lock_holder()?,
        };
        if began.elapsed() >= timeout {
            return Err(timed_out(database, &holder, timeout).into());
        }
        if told.is_none_or(|at| at.elapsed() >= BETWEEN_MESSAGES) {
            log::info!("waiting for the lock of {}: {holder} has it", database.url().place());
            told = Some(Instant::now());
        }
        clock.sleep(BETWEEN_TRIES.min(timeout))?;
    }
}

fn timed_out(database: &Database, holder: &str, timeout: Duration) -> DbError {
    let place = database.url().place();
    let waited = humantime::format_duration(timeout);
    DbError::new(
        Fault::Locked,
        format!("the lock of {place} was not free within {waited}: {holder} has it"),
    )
    .with_hint("try again when that has ended, or wait longer with --lock-timeout")
}
