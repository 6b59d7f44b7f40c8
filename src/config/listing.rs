//! Every setting with its value and origin, and what is wrong with those that are set.

use super::given::{Layers, Typed, postgres_family, refused};
use super::settings_file::Entry;
use super::slots::{Slot, slots};
use super::{ConfigError, database_url, dot_env, env};
use crate::cli::{self, Global};
use crate::model::configuration::{Origin, Setting};
use crate::model::nearest::{distance, nearest};
use crate::secret::redacted;

/// What is read without a flag, and whether it is a secret.
const VARIABLES: [(&str, bool); 19] = [
    ("POSTGRES_HOST", false),
    ("POSTGRES_PORT", false),
    ("POSTGRES_DB", false),
    ("POSTGRES_USER", false),
    ("POSTGRES_PASSWORD", true),
    ("PGSSLROOTCERT", false),
    ("PGSSLMODE", false),
    ("ETL_TRINO_PASSWORD", true),
    ("RUST_LOG", false),
    ("HTTPS_PROXY", false),
    ("https_proxy", false),
    ("ALL_PROXY", false),
    ("all_proxy", false),
    ("HTTP_PROXY", false),
    ("http_proxy", false),
    ("NO_PROXY", false),
    ("no_proxy", false),
    ("SSL_CERT_FILE", false),
    ("SSL_CERT_DIR", false),
];

/// Letters by which a name may differ from a known one and still be meant for it.
const MISTYPED: usize = 2;

/// Every setting: those of every command, those of one command, and what is a variable alone.
pub(crate) fn listing(global: &Global) -> Result<Vec<Setting>, ConfigError> {
    // Help that was asked for never comes here.
    let typed = Typed::read().unwrap_or_default();
    let layers = Layers::read(&typed)?;
    let mut settings: Vec<Setting> = Vec::new();
    for slot in own_names(&layers.slots) {
        let is_typed = slot.path.is_empty() && typed.has(&slot.id);
        let found = if is_typed { typed.value(slot) } else { layers.find(slot, &[])? };
        settings.push(match global.database_url {
            None if slot.id == "database_url" => named_otherwise(slot, global, &layers, &typed)?,
            _ => setting(slot, None, found),
        });
        let sections = layers.file.entries.iter().filter(|entry| !entry.section.is_empty());
        for entry in sections.filter(|entry| entry.name == slot.name) {
            let found = layers.find(slot, &entry.section)?;
            settings.push(setting(slot, Some(entry.section.join(" ")), found));
        }
    }
    for (name, is_secret) in VARIABLES {
        if let Some((value, origin)) = env::find(name)? {
            let value = if is_secret { "***".to_owned() } else { shown_address(&value) };
            let (name, variable) = (name.to_owned(), Some(name.to_owned()));
            settings.push(Setting { name, command: None, variable, value: Some(value), origin });
        }
    }
    Ok(settings)
}

/// One slot for each pair of flag and variable, which several commands may have.
fn own_names(slots: &[Slot]) -> Vec<&Slot> {
    let mut found: Vec<&Slot> = Vec::new();
    for slot in slots.iter().filter(|slot| slot.variable.is_some()) {
        if found.iter().all(|other| (&other.name, &other.variable) != (&slot.name, &slot.variable))
        {
            found.push(slot);
        }
    }
    found
}

fn setting(slot: &Slot, command: Option<String>, found: Option<(String, Origin)>) -> Setting {
    let (value, origin) = match found {
        Some((value, origin)) => (Some(value), origin),
        None if slot.is_switch() => (Some("false".to_owned()), Origin::Default),
        None => (slot.default.clone(), Origin::Default),
    };
    let shown = |value: String| match slot.id.as_str() {
        "database_url" => database_url::shown(&value),
        _ => shown_address(&value),
    };
    let (name, variable) = (slot.name.clone(), slot.variable.clone());
    Setting { name, command, variable, value: value.map(shown), origin }
}

/// The database where no address is given, or one that is weaker than what names it otherwise.
fn named_otherwise(
    slot: &Slot,
    global: &Global,
    layers: &Layers,
    typed: &Typed,
) -> Result<Setting, ConfigError> {
    let file = layers.slots.iter().find(|slot| slot.id == "database_url_file");
    let named_by = match file.filter(|_| global.database_url_file.is_some()) {
        Some(file) => match typed.value(file) {
            Some(typed) => Some(typed),
            None => layers.find(file, &[])?,
        }
        .map(|(_, origin)| origin),
        None => postgres_family()?,
    };
    let origin = named_by.unwrap_or(Origin::Default);
    // What cannot be used is not shown; `check` says why.
    let value = database_url::place(global).ok().map(|place| place.url.place());
    Ok(Setting { value, origin, ..setting(slot, None, None) })
}

/// A value in which an address gives away neither a login nor what stands behind its path.
fn shown_address(value: &str) -> String {
    let Some((scheme, rest)) = value.split_once("://") else {
        // `user:password@host` without its scheme, as proxies may be written.
        return value
            .rsplit_once('@')
            .map_or_else(|| value.to_owned(), |(_, host)| format!("***@{host}"));
    };
    let (place, query) =
        rest.split_once(['?', '#']).map_or((rest, ""), |(place, _)| (place, "?***"));
    redacted(&format!("{scheme}://{place}{query}"))
}

/// Refuses the first thing that is wrong with what is set, whether or not a command would look at it, and says what is
/// most likely a mistake.
pub(crate) fn check(global: &Global) -> Result<Vec<String>, ConfigError> {
    let layers = Layers::read(&Typed::read().unwrap_or_default())?;
    for slot in own_names(&layers.slots) {
        if let Some((value, origin)) = layers.find(slot, &[])? {
            refuse_if_nobody_accepts(&layers.slots, &slot.name, &[], (&value, &origin))?;
        }
    }
    for Entry { section, name, value, line } in &layers.file.entries {
        let origin = Origin::File { file: layers.file.path.display().to_string(), line: *line };
        refuse_if_nobody_accepts(&layers.slots, name, section, (value, &origin))?;
    }
    database_url::place(global)?;
    super::network::network()?;
    let unknown = unknown_variables().into_iter().map(|(name, origin, meant)| {
        format!("{}; did you mean {meant}?", not_known(&name, &origin))
    });
    Ok(unknown.chain(exposed_passwords()?).collect())
}

fn not_known(name: &str, origin: &Origin) -> String {
    match origin {
        Origin::DotEnv { file, line, .. } => {
            format!("the variable {name} ({file}:{line}) is not known")
        }
        _ => format!("the variable {name} is not known"),
    }
}

/// A name may be a flag of several commands, each with its own form.
fn refuse_if_nobody_accepts(
    slots: &[Slot],
    name: &str,
    section: &[String],
    (value, origin): (&str, &Origin),
) -> Result<(), ConfigError> {
    let in_reach = |slot: &&Slot| slot.is_on(section) || slot.path.starts_with(section);
    let same = slots.iter().filter(|slot| slot.name == name).filter(in_reach);
    let refusals: Vec<Result<(), String>> = same.map(|slot| slot.accepts(value)).collect();
    if refusals.iter().any(Result::is_ok) {
        return Ok(());
    }
    match refusals.into_iter().find_map(Result::err) {
        Some(refusal) => Err(refused(origin, &refusal)),
        None => Ok(()),
    }
}

/// Every variable of our family that nobody reads, where it stands, and the known one that is most like it.
fn unknown_variables() -> Vec<(String, Origin, String)> {
    let slots = slots(&cli::command());
    let known: Vec<&str> = slots
        .iter()
        .filter_map(|slot| slot.variable.as_deref())
        .chain(VARIABLES.iter().map(|(name, _)| *name))
        .filter(|name| name.starts_with("ETL_"))
        .collect();
    let unknown =
        env::of_our_family().into_iter().filter(|(name, _)| !known.contains(&name.as_str()));
    unknown
        .map(|(name, origin)| {
            let meant = nearest(&name, known.iter().copied()).to_owned();
            (name, origin, meant)
        })
        .collect()
}

/// Warns of what is allowed and yet most likely a mistake.
pub(crate) fn warn() {
    for (name, origin, meant) in unknown_variables() {
        if distance(&name, &meant) <= MISTYPED {
            log::warn!("{}; did you mean {meant}?", not_known(&name, &origin));
        }
    }
    for warning in exposed_passwords().unwrap_or_default() {
        log::warn!("{warning}");
    }
}

/// Passwords that other users of this machine can read.
fn exposed_passwords() -> Result<Vec<String>, ConfigError> {
    let typed = Typed::read().unwrap_or_default();
    let layers = Layers::read(&typed)?;
    let mut found = Vec::new();
    let is_typed = |slot: &&Slot| slot.id == "database_url" && typed.has(&slot.id);
    let on_line = layers.slots.iter().find(is_typed).and_then(|slot| typed.value(slot));
    if on_line.is_some_and(|(url, _)| database_url::holds_password(&url)) {
        found.push(
            "a password on the command line can be read by every user of this machine: give it as DATABASE_URL or POSTGRES_PASSWORD".to_owned(),
        );
    }
    let open = |file: &str| {
        format!(
            "{file} holds a password and can be read by every user of this machine: `chmod 600 {file}`"
        )
    };
    let file = &layers.file;
    let is_password = |name: &str, value: &str| match name {
        "database-url" | "DATABASE_URL" => database_url::holds_password(value),
        name => VARIABLES.contains(&(name, true)),
    };
    let holds = file.entries.iter().any(|entry| is_password(&entry.name, &entry.value));
    if file.is_open_to_all && holds {
        found.push(open(&file.path.display().to_string()));
    }
    if let Some(env) = env::dot_env().filter(|env| env.is_open_to_all)
        && env.lines().iter().any(|line| is_password(&line.name, &line.value))
    {
        found.push(open(dot_env::NAME));
    }
    Ok(found)
}
