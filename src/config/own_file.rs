//! A small text file that says how to work: read whole, and only where no stranger can have written it.

use std::fs::{File, Metadata};
use std::io::{ErrorKind, Read};
use std::path::Path;

use super::ConfigError;

/// More than anybody writes by hand.
const LARGEST: u64 = 1024 * 1024;

/// Whose a file must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trust {
    /// It was named by whoever started us.
    Named,
    /// It lies in the working directory, where a stranger may have put it.
    Found,
}

/// A file that was read.
#[derive(Debug, Default)]
pub(super) struct Text {
    pub(super) text: String,
    /// Every user of the machine may read it.
    pub(super) is_open_to_all: bool,
}

/// The file's text without a byte-order mark; nothing where a file that nobody named is not there.
pub(super) fn read(path: &Path, trust: Trust) -> Result<Option<Text>, ConfigError> {
    let failed = |error: std::io::Error| {
        refuse(path, &error.to_string(), "name a text file that can be read, or none")
    };
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound && trust == Trust::Found => {
            return Ok(None);
        }
        Err(error) => return Err(failed(error)),
    };
    let found = file.metadata().map_err(failed)?;
    if trust == Trust::Found {
        refuse_a_strangers(path, &found)?;
    }
    let mut bytes = Vec::new();
    file.by_ref().take(LARGEST + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > LARGEST {
        return Err(refuse(path, "it is larger than 1 MiB", "name the file that was meant"));
    }
    let text = String::from_utf8(bytes)
        .map_err(|_| refuse(path, "it is not valid UTF-8", "save it as UTF-8"))?;
    let text = text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text);
    Ok(Some(Text { text, is_open_to_all: is_open_to_all(&found) }))
}

fn refuse(path: &Path, why: &str, hint: &'static str) -> ConfigError {
    ConfigError { message: format!("{}: {why}", path.display()), hint }
}

/// What lies about in a directory does not tell us where to send the rows, unless it is ours or the system's.
#[cfg(unix)]
fn refuse_a_strangers(path: &Path, found: &Metadata) -> Result<(), ConfigError> {
    use std::os::unix::fs::MetadataExt;
    const WRITABLE_BY_ALL: u32 = 0o002;
    if found.is_file() && found.mode() & WRITABLE_BY_ALL != 0 {
        return Err(refuse(path, "every user may write to it", "take that away with `chmod o-w`"));
    }
    let ours = own_user();
    if ours.is_some_and(|ours| ours != found.uid() && found.uid() != 0) {
        let why = format!("it belongs to another user ({})", found.uid());
        return Err(refuse(path, &why, "make it your own, or work in another directory"));
    }
    Ok(())
}

/// The user that we run as, where the system shows it.
#[cfg(unix)]
fn own_user() -> Option<u32> {
    std::fs::metadata("/proc/self").ok().map(|own| std::os::unix::fs::MetadataExt::uid(&own))
}

#[cfg(unix)]
fn is_open_to_all(found: &Metadata) -> bool {
    const READABLE_BY_ALL: u32 = 0o004;
    std::os::unix::fs::MetadataExt::mode(found) & READABLE_BY_ALL != 0
}

#[cfg(not(unix))]
fn refuse_a_strangers(_path: &Path, _found: &Metadata) -> Result<(), ConfigError> {
    Ok(())
}

#[cfg(not(unix))]
fn is_open_to_all(_found: &Metadata) -> bool {
    false
}
