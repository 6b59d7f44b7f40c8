//! What can go wrong between us and Trino: in one line, with the server's name for it and the next thing to do.

use crate::clock::Interrupted;
use crate::model::shown::shown;
use crate::network::NetworkError;

/// The longest message of a server that is repeated, in characters.
const LONGEST: usize = 600;

/// What an error means for who asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The address or the login cannot be used as it is configured.
    Unusable,
    /// Not up, starting, or lost on the way; or what stands behind it is.
    Unavailable,
    /// The login was refused.
    Rejected,
    /// A statement that the server will not run, whoever asks when.
    Refused,
    /// A privilege is missing.
    Denied,
    /// Anything else.
    Failed,
    /// A signal ended the waiting.
    Interrupted(Interrupted),
}

/// An error of Trino, or on the way to it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub(crate) struct TrinoError {
    pub(crate) fault: Fault,
    /// The server's own name for it, where it named one.
    name: Option<String>,
    /// Whether the same statement may succeed in a moment: nothing of it was done.
    will_pass: bool,
    pub(crate) message: String,
    pub(crate) hint: Option<String>,
}

impl From<Interrupted> for TrinoError {
    fn from(interrupted: Interrupted) -> Self {
        Self::new(Fault::Interrupted(interrupted), interrupted.to_string())
    }
}

impl From<NetworkError> for TrinoError {
    fn from(error: NetworkError) -> Self {
        Self::new(Fault::Unusable, error.message).with_hint(error.hint)
    }
}

/// What the server says of a statement that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) message: String,
    pub(super) place: Option<(u64, u64)>,
}

impl TrinoError {
    pub(crate) fn new(fault: Fault, message: impl Into<String>) -> Self {
        Self { fault, name: None, will_pass: false, message: message.into(), hint: None }
    }

    pub(crate) fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Says in front what was being done.
    pub(crate) fn while_doing(mut self, what: &str) -> Self {
        self.message = format!("{what}: {}", self.message);
        self
    }

    /// The stable name of the error for scripts.
    pub(crate) fn kind(&self) -> &'static str {
        match self.fault {
            Fault::Unusable => "trino_configuration",
            Fault::Unavailable => "trino_unavailable",
            Fault::Rejected => "trino_rejected_login",
            Fault::Refused => "statement_refused",
            Fault::Denied => "trino_permission_denied",
            Fault::Failed => "trino_failed",
            Fault::Interrupted(_) => "interrupted",
        }
    }

    pub(crate) fn interrupted(&self) -> Option<Interrupted> {
        match self.fault {
            Fault::Interrupted(interrupted) => Some(interrupted),
            _ => None,
        }
    }

    /// Whether it is a failure of this name.
    pub(crate) fn is(&self, name: &str) -> bool {
        self.name.as_deref() == Some(name)
    }

    pub(super) fn will_pass(&self) -> bool {
        self.will_pass
    }

    pub(super) fn for_good(self) -> Self {
        Self { will_pass: false, ..self }
    }

    pub(super) fn no_transaction() -> Self {
        Self::new(Fault::Failed, "Trino began a transaction and did not name it")
    }

    pub(super) fn of(failure: &Failure) -> Self {
        let Failure { name, kind, place, .. } = failure;
        let message = one_line(&failure.message);
        // The place stands in front of the message too.
        let message = place
            .and_then(|(line, column)| message.strip_prefix(&format!("line {line}:{column}: ")))
            .unwrap_or(&message);
        let place = place.map(|(line, column)| format!(" at line {line}, column {column}"));
        let error = Self::new(
            fault_of(name, kind, message),
            format!("Trino answers {name}{}: {message}", place.unwrap_or_default()),
        );
        let hint = hint_of(name, error.fault);
        let will_pass = STARTING.contains(&name.as_str());
        Self { name: Some(name.clone()), will_pass, ..error.with_hint(hint) }
    }
}

/// Names of failures of a server that has only just started.
const STARTING: [&str; 2] = ["SERVER_STARTING_UP", "NO_NODES_AVAILABLE"];

/// Names of failures of a query that was ended from elsewhere.
const ENDED_BY_OTHERS: [&str; 3] =
    ["USER_CANCELED", "ADMINISTRATIVELY_KILLED", "ADMINISTRATIVELY_PREEMPTED"];

/// How PostgreSQL speaks of itself, through the driver, when it is not there to answer.
const GONE: [&str; 8] = [
    "refused",
    "starting up",
    "shutting down",
    "terminating connection",
    "could not connect",
    "connection attempt failed",
    "I/O error occurred",
    "too many clients",
];

fn fault_of(name: &str, kind: &str, message: &str) -> Fault {
    match (name, kind) {
        ("PERMISSION_DENIED", _) => Fault::Denied,
        ("QUERY_QUEUE_FULL" | "CLUSTER_OUT_OF_MEMORY" | "SERVER_SHUTTING_DOWN", _) => {
            Fault::Unavailable
        }
        (name, _) if STARTING.contains(&name) => Fault::Unavailable,
        ("JDBC_ERROR", _) if message.contains("permission denied") => Fault::Denied,
        ("JDBC_ERROR" | "GENERIC_INTERNAL_ERROR" | "ICEBERG_CATALOG_ERROR", _)
            if GONE.iter().any(|sign| message.contains(sign)) =>
        {
            Fault::Unavailable
        }
        (name, _) if ENDED_BY_OTHERS.contains(&name) => Fault::Failed,
        (_, "USER_ERROR") => Fault::Refused,
        _ => Fault::Failed,
    }
}

fn hint_of(name: &str, fault: Fault) -> &'static str {
    match name {
        "SYNTAX_ERROR" => "correct the statement at that place",
        "CATALOG_NOT_FOUND" => {
            "check --trino-catalog and --lake-catalog (ETL_TRINO_CATALOG, ETL_LAKE_CATALOG); SHOW CATALOGS lists those of the server"
        }
        "SCHEMA_NOT_FOUND" => {
            "check --trino-schema and --lake-schema (ETL_TRINO_SCHEMA, ETL_LAKE_SCHEMA); `etl publish` makes the lake's"
        }
        "TABLE_NOT_FOUND" => {
            "`etl migrate` makes the tables of the database that the catalog looks at, `etl publish` those of the lake"
        }
        "READ_ONLY_VIOLATION" => "give one query, which only reads",
        "SERVER_STARTING_UP" | "NO_NODES_AVAILABLE" => "wait for the server with --wait",
        "JDBC_ERROR" if fault == Fault::Unavailable => {
            "PostgreSQL behind Trino's catalog does not answer: check that it is up, then ask again"
        }
        "JDBC_ERROR" if fault == Fault::Denied => {
            "grant it to the role by which Trino's catalog logs in to PostgreSQL"
        }
        "JDBC_ERROR" => "check what Trino's catalog says of PostgreSQL: address, user and password",
        "PERMISSION_DENIED" => "ask as another user (--trino-user), or grant it to this one",
        name if ENDED_BY_OTHERS.contains(&name) => {
            "somebody ended the query on the server; ask again"
        }
        name if name.starts_with("EXCEEDED_") => {
            "ask for less (--since, --until), or raise that limit of the server"
        }
        _ => match fault {
            Fault::Unavailable => "try again later",
            Fault::Refused => "correct the statement",
            _ => "the server's log says more; run again when it is mended",
        },
    }
}

/// What a stranger said, fit for one line.
pub(super) fn one_line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    shown(&words.join(" "), LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(name: &str, kind: &str, message: &str, place: Option<(u64, u64)>) -> TrinoError {
        let [name, kind, message] = [name, kind, message].map(str::to_owned);
        TrinoError::of(&Failure { name, kind, message, place })
    }

    #[test]
    fn a_failure_is_one_line_with_its_name_and_its_place() {
        let syntax =
            error("SYNTAX_ERROR", "USER_ERROR", "line 2:7: mismatched\n input 'x'", Some((2, 7)));
        assert_eq!(
            syntax.to_string(),
            "Trino answers SYNTAX_ERROR at line 2, column 7: mismatched input 'x'"
        );
        assert_eq!(syntax.fault, Fault::Refused);
        assert!(syntax.hint.is_some());
    }

    #[test]
    fn what_stands_behind_trino_and_is_away_is_told_from_what_is_wrong() {
        let away =
            error("JDBC_ERROR", "EXTERNAL", "Connection to 127.0.0.1:5432 refused. Check", None);
        assert_eq!(away.fault, Fault::Unavailable);
        let wrong = error("JDBC_ERROR", "EXTERNAL", "FATAL: password authentication failed", None);
        assert_eq!(wrong.fault, Fault::Failed);
        let denied = error("JDBC_ERROR", "EXTERNAL", "ERROR: permission denied for table x", None);
        assert_eq!(denied.fault, Fault::Denied);
        assert!(error("NO_NODES_AVAILABLE", "INTERNAL_ERROR", "none", None).will_pass());
        assert!(!error("TABLE_NOT_FOUND", "USER_ERROR", "none", None).will_pass());
    }
}
