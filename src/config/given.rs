//! What is set without being typed, put behind what was typed: environment, then `.env`, then `etl.toml`.
//!
//! The rest of the program sees the outcome as if it had been typed. A value that excludes a stronger one gives way.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::builder::{OsStr, Resettable};
use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{ArgMatches, Command, FromArgMatches};

use super::ConfigError;
use super::env;
use super::settings_file::SettingsFile;
use super::slots::{Slot, is_off, slots};
use crate::cli::{self, Caller, Cli};
use crate::model::configuration::Origin;

/// A command line that cannot be obeyed, or one that asks for help.
#[derive(Debug)]
pub(crate) struct Unread {
    pub(crate) why: Why,
    pub(crate) caller: Caller,
}

/// Why it cannot be obeyed.
#[derive(Debug)]
pub(crate) enum Why {
    Typed(clap::Error),
    Given(ConfigError),
}

impl From<clap::Error> for Why {
    fn from(error: clap::Error) -> Self {
        Self::Typed(error)
    }
}

impl From<ConfigError> for Why {
    fn from(error: ConfigError) -> Self {
        Self::Given(error)
    }
}

/// Reads the command line and all that stands behind it.
pub(crate) fn read() -> Result<Cli, Unread> {
    try_read().map_err(|why| {
        let words: Vec<_> = std::env::args_os().skip(1).collect();
        let format = words.iter().position(|word| word == "--format");
        let typed = format.and_then(|flag| words.get(flag + 1)).cloned();
        let typed = typed
            .or_else(|| words.iter().any(|word| word == "--format=json").then(|| "json".into()));
        let wants_json = match typed {
            Some(format) => format == "json",
            None => {
                env::variable("ETL_FORMAT").is_ok_and(|format| format.as_deref() == Some("json"))
            }
        };
        let caller = Caller { wants_json, is_run: words.iter().any(|word| word == "run") };
        Unread { why, caller }
    })
}

fn try_read() -> Result<Cli, Why> {
    let typed = Typed::read()?;
    let layers = Layers::read(&typed)?;
    let fed = layers.behind(&typed)?;
    let command = feed(bare(), &[], &fed);
    let matches = command.clone().try_get_matches();
    let matches = match matches {
        Err(error) if error.kind() == ErrorKind::MissingRequiredArgument => {
            // What a flag needs may be set without being typed.
            let needs_fed =
                fed.iter().any(|fed| error.to_string().contains(&format!("--{}", fed.slot.name)));
            if needs_fed { without_needs(command).try_get_matches() } else { Err(error) }
        }
        matches => matches,
    };
    let cli = matches.and_then(|matches| Cli::from_arg_matches(&matches));
    cli.map_err(|error| {
        match error.kind() {
            ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => with_variables(error),
            _ => error,
        }
        .into()
    })
}

/// The help, which names the variables; the command line that is read knows none.
fn with_variables(error: clap::Error) -> clap::Error {
    match cli::command().try_get_matches() {
        Err(help) if help.kind() == error.kind() => help,
        _ => error,
    }
}

/// Every command and flag, none of which reads the environment.
fn bare() -> Command {
    fn reset(command: Command) -> Command {
        command.mut_args(|arg| arg.env(Resettable::<OsStr>::Reset)).mut_subcommands(reset)
    }
    reset(cli::command())
}

fn without_needs(command: Command) -> Command {
    use clap::Id;
    command.mut_args(|arg| arg.requires(Resettable::<Id>::Reset)).mut_subcommands(without_needs)
}

fn feed(command: Command, path: &[String], fed: &[Fed]) -> Command {
    let own = fed.iter().filter(|fed| fed.slot.path == path);
    let command = own.fold(command, |command, fed| {
        command.mut_arg(fed.slot.id.clone(), |arg| arg.default_value(fed.value.clone()))
    });
    command.mut_subcommands(|command| {
        let path: Vec<String> =
            path.iter().cloned().chain([command.get_name().to_owned()]).collect();
        feed(command, &path, fed)
    })
}

/// What was typed, as far as it can be understood without the rest.
#[derive(Debug, Default)]
pub(super) struct Typed {
    pub(super) path: Vec<String>,
    ids: BTreeSet<String>,
    config: Option<PathBuf>,
    matches: Option<ArgMatches>,
}

impl Typed {
    /// Fails only where help or the version was asked for.
    pub(super) fn read() -> Result<Self, clap::Error> {
        let matches = match bare().ignore_errors(true).try_get_matches() {
            Ok(matches) => matches,
            Err(error) if error.use_stderr() => return Ok(Self::default()),
            Err(help) => return Err(with_variables(help)),
        };
        let mut typed = Self { config: matches.get_one("config").cloned(), ..Self::default() };
        let mut level = Some(&matches);
        while let Some(matches) = level {
            typed.ids.extend(typed_in(matches));
            level = matches.subcommand().map(|(name, below)| {
                typed.path.push(name.to_owned());
                below
            });
        }
        Ok(Self { matches: Some(matches), ..typed })
    }

    /// What was typed for a flag that stands everywhere.
    pub(super) fn value(&self, slot: &Slot) -> Option<(String, Origin)> {
        let matches = self.matches.as_ref().filter(|_| self.has(&slot.id))?;
        let typed = matches.get_raw(&slot.id).and_then(|mut values| values.next());
        // A switch is typed without a value.
        let value =
            typed.map_or_else(|| "true".to_owned(), |value| value.to_string_lossy().into_owned());
        Some((value, Origin::Flag(format!("--{}", slot.name))))
    }

    pub(super) fn has(&self, id: &str) -> bool {
        self.ids.contains(id)
    }
}

fn typed_in(matches: &ArgMatches) -> impl Iterator<Item = String> {
    // Where reading broke off, a command may hold what it does not know: a flag for all below it.
    let is_known = |id: &&clap::Id| matches.try_contains_id(id.as_str()).is_ok();
    let is_typed =
        |id: &&clap::Id| matches.value_source(id.as_str()) == Some(ValueSource::CommandLine);
    matches.ids().filter(is_known).filter(is_typed).map(ToString::to_string)
}

/// A value for a flag that was not typed.
#[derive(Debug, Clone)]
struct Fed {
    slot: Slot,
    value: String,
    origin: Origin,
}

impl Fed {
    /// A switch that is off excludes nothing.
    fn is_on(&self) -> bool {
        !(self.slot.is_switch() && is_off(&self.value))
    }
}

/// All that can stand behind what is typed.
pub(super) struct Layers {
    pub(super) slots: Vec<Slot>,
    pub(super) file: SettingsFile,
}

impl Layers {
    pub(super) fn read(typed: &Typed) -> Result<Self, ConfigError> {
        env::read_dot_env()?;
        let named = match &typed.config {
            Some(file) => Some(file.clone()),
            None => env::variable("ETL_CONFIG")?.map(PathBuf::from),
        };
        let slots = slots(&cli::command());
        let file = SettingsFile::read(named.as_deref(), &slots)?;
        Ok(Self { slots, file })
    }

    /// The strongest value for a flag of the command at this path.
    pub(super) fn find(
        &self,
        slot: &Slot,
        path: &[String],
    ) -> Result<Option<(String, Origin)>, ConfigError> {
        if let Some(variable) = &slot.variable
            && let Some(found) = env::find(variable)?
        {
            return Ok(Some(found));
        }
        let origin = |line| Origin::File { file: self.file.path.display().to_string(), line };
        let entry = self.file.find(&slot.name, path);
        Ok(entry.map(|entry| (entry.value.clone(), origin(entry.line))))
    }

    /// What is to stand behind the words that were typed.
    fn behind(&self, typed: &Typed) -> Result<Vec<Fed>, ConfigError> {
        let mut candidates = self.candidates(typed)?;
        candidates.sort_by_key(|fed| fed.origin.rank());
        let exclusions = Exclusions::of(&typed.path);
        let family = postgres_family()?;
        let mut accepted: Vec<Fed> = Vec::new();
        for fed in candidates {
            let is_out = typed.ids.iter().any(|id| exclusions.between(&fed.slot.id, id));
            let names_database = fed.slot.id.starts_with("database_url");
            let stronger = family.as_ref().filter(|family| family.rank() < fed.origin.rank());
            if is_out || (names_database && stronger.is_some()) {
                continue;
            }
            let excludes = |other: &&Fed| {
                other.is_on() && fed.is_on() && exclusions.between(&other.slot.id, &fed.slot.id)
            };
            match accepted.iter().find(excludes) {
                None => accepted.push(fed),
                Some(other) if other.origin.rank() < fed.origin.rank() => {}
                Some(other) => {
                    return Err(ConfigError {
                        message: format!("{} and {} exclude each other", other.origin, fed.origin),
                        hint: "unset one of them",
                    });
                }
            }
        }
        Ok(accepted)
    }

    /// The strongest value of each flag of the command that was not typed.
    fn candidates(&self, typed: &Typed) -> Result<Vec<Fed>, ConfigError> {
        let on_path: Vec<&Slot> =
            self.slots.iter().filter(|slot| slot.is_on(&typed.path)).collect();
        let mut found = Vec::new();
        for slot in on_path.iter().filter(|slot| !typed.has(&slot.id)) {
            let Some((value, origin)) = self.find(slot, &typed.path)? else { continue };
            // A command may have a form of its own of a flag that stands everywhere.
            let refusals: Vec<String> = on_path
                .iter()
                .filter(|other| other.id == slot.id)
                .filter_map(|form| form.accepts(&value).err())
                .collect();
            let forms = on_path.iter().filter(|other| other.id == slot.id).count();
            if let Some(refusal) = refusals.first().filter(|_| refusals.len() == forms) {
                return Err(refused(&origin, refusal));
            }
            if slot.accepts(&value).is_ok() {
                found.push(Fed { slot: (*slot).clone(), value, origin });
            }
        }
        Ok(found)
    }
}

/// A value that could not have been typed.
pub(super) fn refused(origin: &Origin, refusal: &str) -> ConfigError {
    ConfigError {
        message: format!("{origin}: {}", crate::secret::redacted(refusal)),
        hint: "set it anew, or take it away; `etl config check` looks at all of them",
    }
}

/// Where the variables stand that name a database without `DATABASE_URL`.
pub(super) fn postgres_family() -> Result<Option<Origin>, ConfigError> {
    let found = [env::find("POSTGRES_HOST")?, env::find("POSTGRES_DB")?];
    let origins = found.into_iter().flatten().map(|(_, origin)| origin);
    Ok(origins.min_by_key(Origin::rank))
}

/// Which flags of a command cannot stand together.
struct Exclusions(BTreeSet<(String, String)>);

impl Exclusions {
    fn of(path: &[String]) -> Self {
        let mut root = bare();
        root.build();
        let mut command = &root;
        for name in path {
            command = command.find_subcommand(name).unwrap_or(command);
        }
        let pairs = command.get_arguments().flat_map(|arg| {
            let others = command.get_arg_conflicts_with(arg);
            others.into_iter().map(|other| (arg.get_id().to_string(), other.get_id().to_string()))
        });
        Self(pairs.collect())
    }

    fn between(&self, one: &str, other: &str) -> bool {
        let has = |a: &str, b: &str| self.0.contains(&(a.to_owned(), b.to_owned()));
        has(one, other) || has(other, one)
    }
}
