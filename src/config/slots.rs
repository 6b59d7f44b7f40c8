//! Every flag that can be set without being typed: by its variable, or by its long name in `etl.toml`.

use clap::{Arg, ArgAction, Command};

/// A flag of a command; the path of what stands everywhere is empty.
#[derive(Debug, Clone)]
pub(super) struct Slot {
    pub(super) path: Vec<String>,
    pub(super) id: String,
    /// The long name.
    pub(super) name: String,
    pub(super) variable: Option<String>,
    pub(super) default: Option<String>,
    arg: Arg,
}

impl Slot {
    /// It is on or off, and takes no value when it is typed.
    pub(super) fn is_switch(&self) -> bool {
        matches!(self.arg.get_action(), ArgAction::SetTrue)
    }

    /// Says whether the value could be typed, and if not why.
    pub(super) fn accepts(&self, value: &str) -> Result<(), String> {
        let mut alone = Arg::new(self.id.clone())
            .long(self.name.clone())
            .value_parser(self.arg.get_value_parser().clone())
            .action(ArgAction::Set)
            .allow_hyphen_values(true);
        if let Some(names) = self.arg.get_value_names() {
            alone = alone.value_names(names.to_vec());
        }
        let command = Command::new("etl").no_binary_name(true).arg(alone);
        let tried = command.try_get_matches_from([format!("--{}={value}", self.name)]);
        tried.map(|_| ()).map_err(|error| {
            let text = error.to_string();
            let first = text.split("\n\n").next().unwrap_or_default();
            let words: Vec<&str> = first.trim_start_matches("error: ").split_whitespace().collect();
            words.join(" ")
        })
    }

    /// Says whether a command with this path understands the flag.
    pub(super) fn is_on(&self, path: &[String]) -> bool {
        path.starts_with(&self.path)
    }
}

/// The flags of a command and of all below it.
pub(super) fn slots(command: &Command) -> Vec<Slot> {
    fn collect(command: &Command, path: &[String], found: &mut Vec<Slot>) {
        found.extend(command.get_arguments().filter_map(|arg| {
            let name = arg.get_long()?.to_owned();
            let variable = arg.get_env().and_then(|name| name.to_str()).map(str::to_owned);
            let default = arg.get_default_values().first();
            Some(Slot {
                path: path.to_vec(),
                id: arg.get_id().to_string(),
                name,
                variable,
                default: default.and_then(|value| value.to_str()).map(str::to_owned),
                arg: arg.clone(),
            })
        }));
        for command in command.get_subcommands() {
            let path: Vec<String> =
                path.iter().cloned().chain([command.get_name().to_owned()]).collect();
            collect(command, &path, found);
        }
    }
    let mut found = Vec::new();
    collect(command, &[], &mut found);
    found
}

/// Whether a switch with this value is off.
pub(super) fn is_off(value: &str) -> bool {
    let off = ["false", "f", "no", "n", "off", "0"];
    off.contains(&value.to_lowercase().as_str())
}
