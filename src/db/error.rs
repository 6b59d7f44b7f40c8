//! What can go wrong with a database, and what it means for who asked.

use diesel::result::{DatabaseErrorKind, Error as QueryError};

/// What a database error means, told once, where it is born.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Not up, starting, full of clients, or lost on the way.
    Unavailable,
    /// The login or the database name was refused.
    Rejected,
    /// The server's certificate does not show it to be who it should be.
    Untrusted,
    /// Something else holds what is needed.
    Locked,
    /// A transaction got in the way of another one and was chosen to be done again.
    Contended,
    /// The database as it stands cannot be used: no file, not migrated, newer than this program.
    Unusable,
    /// It cannot be written.
    ReadOnly,
    /// No space is left for it.
    Full,
    /// A privilege is missing.
    Denied,
    /// A statement that is not a question.
    Refused,
    /// Anything else.
    Failed,
}

impl Fault {
    /// What to do next, where nothing better is known.
    pub(crate) fn hint(self) -> &'static str {
        match self {
            Self::Unavailable => "check that the server is up, or wait for it with --wait",
            Self::Rejected => "check user, password and database name",
            Self::Untrusted => {
                "check that the certificate is valid today, names this host, and is signed by an authority in sslrootcert"
            }
            Self::Locked | Self::Contended => "try again when the other one has ended",
            Self::Unusable => "look at it with `etl migrate status`",
            Self::ReadOnly => "name a database that may be written with DATABASE_URL",
            Self::Full => "make room where the database is; nothing was half written",
            Self::Denied => {
                "grant the user SELECT, INSERT and UPDATE on these tables, and TEMPORARY on the database"
            }
            Self::Refused => "give one query, which only reads",
            Self::Failed => {
                "nothing was half written: run it again, and look after the database if it comes back"
            }
        }
    }
}

/// A database error: what failed, on what, and what to do next.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub(crate) struct DbError {
    pub(crate) fault: Fault,
    pub(crate) message: String,
    pub(crate) hint: Option<String>,
}

impl DbError {
    pub(crate) fn new(fault: Fault, message: impl Into<String>) -> Self {
        Self { fault, message: message.into(), hint: None }
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
            Fault::Unavailable => "database_unavailable",
            Fault::Rejected => "database_rejected_login",
            Fault::Untrusted => "database_untrusted",
            Fault::Locked => "database_locked",
            Fault::Contended => "database_contended",
            Fault::Unusable => "database_unusable",
            Fault::ReadOnly => "database_read_only",
            Fault::Full => "database_full",
            Fault::Denied => "database_permission_denied",
            Fault::Refused => "statement_refused",
            Fault::Failed => "database_failed",
        }
    }
}

impl From<QueryError> for DbError {
    fn from(error: QueryError) -> Self {
        // Why the commit failed, not that there was nothing left to roll back.
        let error = match error {
            QueryError::RollbackErrorOnCommit { commit_error, .. } => *commit_error,
            error => error,
        };
        let fault = match &error {
            QueryError::DatabaseError(DatabaseErrorKind::ClosedConnection, _)
            | QueryError::BrokenTransactionManager => Fault::Unavailable,
            QueryError::DatabaseError(DatabaseErrorKind::ReadOnlyTransaction, _) => Fault::ReadOnly,
            QueryError::DatabaseError(DatabaseErrorKind::SerializationFailure, _) => {
                Fault::Contended
            }
            other => fault_of(&other.to_string()),
        };
        Self::new(fault, one_line(&error.to_string()))
    }
}

/// Of an address that the client library cannot use.
const UNUSABLE: [&str; 8] = [
    "invalid port number",
    "invalid percent-encoded token",
    "unexpected spaces found",
    "invalid URI query parameter",
    "missing key/value separator",
    "invalid sslmode value",
    "does not support SSL",
    "weak sslmode",
];

/// Of a certificate that is not what was asked for, or that cannot be held against any other.
const UNTRUSTED: [&str; 4] = [
    "certificate verify failed",
    "server certificate for",
    "host name from server certificate",
    "root certificate file",
];

/// What the words of a database mean. No more is known: Diesel passes the text on, but not the `SQLSTATE`.
pub(crate) fn fault_of(message: &str) -> Fault {
    let known: [(Fault, &[&str]); 9] = [
        (Fault::Unusable, &UNUSABLE),
        (Fault::Untrusted, &UNTRUSTED),
        (
            Fault::Rejected,
            &[
                "authentication failed",
                "no password supplied",
                "no pg_hba.conf entry",
                "requires a valid client certificate",
                "role \"",
                "database \"",
            ],
        ),
        (
            Fault::Unavailable,
            &[
                "could not connect",
                "Connection refused",
                "could not translate host name",
                "connection to server",
                "starting up",
                "shutting down",
                "too many clients",
                "too many connections",
                "remaining connection slots",
                "server closed the connection",
                "terminating connection",
                "timeout expired",
                "no connection to the server",
            ],
        ),
        (Fault::Locked, &["database is locked", "lock timeout"]),
        (Fault::Contended, &["deadlock detected", "could not serialize"]),
        (Fault::ReadOnly, &["readonly database", "read-only transaction"]),
        (Fault::Full, &["disk is full", "No space left on device", "disk full"]),
        (Fault::Denied, &["permission denied", "must be owner"]),
    ];
    let named = |word: &&str| match *word {
        // "role "x" does not exist": part of a sentence that speaks of a login.
        "role \"" | "database \"" => {
            message.contains(word)
                && (message.contains("does not exist") || message.contains("is not permitted"))
        }
        word => message.contains(word),
    };
    known
        .iter()
        .find(|(_, words)| words.iter().any(named))
        .map_or(Fault::Failed, |(fault, _)| *fault)
}

/// The message without line breaks, so that an error stays one line of a log.
pub(crate) fn one_line(message: &str) -> String {
    message.split_whitespace().collect::<Vec<_>>().join(" ")
}
