//! A setting, and where its value comes from.

use std::fmt;

/// Where a value comes from, the strongest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    /// It was typed.
    Flag(String),
    /// A variable of the environment.
    Variable(String),
    /// A variable in a line of `.env`.
    DotEnv {
        name: String,
        file: String,
        line: usize,
    },
    /// A line of `etl.toml`.
    File {
        file: String,
        line: usize,
    },
    Default,
}

impl Origin {
    /// The lower, the stronger.
    pub(crate) fn rank(&self) -> u8 {
        match self {
            Self::Flag(_) => 0,
            Self::Variable(_) => 1,
            Self::DotEnv { .. } => 2,
            Self::File { .. } => 3,
            Self::Default => 4,
        }
    }

    /// The stable name for scripts.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Flag(_) => "flag",
            Self::Variable(_) => "environment",
            Self::DotEnv { .. } => "dot_env",
            Self::File { .. } => "file",
            Self::Default => "default",
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(name) | Self::Variable(name) => f.write_str(name),
            Self::DotEnv { name, file, line } => write!(f, "{file}:{line} ({name})"),
            Self::File { file, line } => write!(f, "{file}:{line}"),
            Self::Default => f.write_str("default"),
        }
    }
}

/// A setting as it is shown: its value holds no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Setting {
    /// The long name of the flag, or the variable where there is no flag.
    pub(crate) name: String,
    /// The command for which alone the value stands, if it does.
    pub(crate) command: Option<String>,
    pub(crate) variable: Option<String>,
    pub(crate) value: Option<String>,
    pub(crate) origin: Origin,
}
