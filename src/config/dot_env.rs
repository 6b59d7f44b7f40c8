//! `.env` in the working directory: a variable a line, weaker than one of the environment.
//!
//! Nothing is put in place of `$NAME`, so that a password may hold a dollar.

use std::path::Path;

use super::ConfigError;
use super::own_file::{self, Trust};

pub(super) const NAME: &str = ".env";

const FORM: &str = "a line is NAME=VALUE, a comment begins with #";

/// What the file says.
#[derive(Debug, Default)]
pub(super) struct DotEnv {
    lines: Vec<Line>,
    pub(super) is_open_to_all: bool,
}

/// A variable of the file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) name: String,
    pub(super) value: String,
    pub(super) number: usize,
}

impl DotEnv {
    pub(super) fn read() -> Result<Self, ConfigError> {
        let Some(file) = own_file::read(Path::new(NAME), Trust::Found)? else {
            return Ok(Self::default());
        };
        Ok(Self { lines: parse(&file.text)?, is_open_to_all: file.is_open_to_all })
    }

    /// The variable, if the file gives it a value; the last line of a name counts.
    pub(super) fn find(&self, name: &str) -> Option<&Line> {
        let last = self.lines.iter().rev().find(|line| line.name == name);
        last.filter(|line| !line.value.is_empty())
    }

    pub(super) fn lines(&self) -> &[Line] {
        &self.lines
    }
}

fn parse(text: &str) -> Result<Vec<Line>, ConfigError> {
    let mut lines = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        // What is wrong with a line is told without the line, which may hold a password.
        let refuse =
            |what: &str| ConfigError { message: format!("{NAME}:{number}: {what}"), hint: FORM };
        let line = line.strip_prefix("export ").unwrap_or(line);
        let (name, value) =
            line.split_once('=').ok_or_else(|| refuse("there is no = in this line"))?;
        let name = name.trim_end();
        if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
            return Err(refuse("what stands before the = is no name of a variable"));
        }
        let value = value_of(value.trim())
            .ok_or_else(|| refuse("a quote is not closed, or something follows it"))?;
        lines.push(Line { name: name.to_owned(), value, number });
    }
    Ok(lines)
}

/// As it is between single quotes, with escapes between double ones, up to a comment without any.
fn value_of(text: &str) -> Option<String> {
    let (value, rest) = if let Some(quoted) = text.strip_prefix('\'') {
        let (value, rest) = quoted.split_once('\'')?;
        (value.to_owned(), rest)
    } else if let Some(quoted) = text.strip_prefix('"') {
        unescaped(quoted)?
    } else if text.starts_with('#') {
        (String::new(), "")
    } else {
        let end = text.find(" #").or_else(|| text.find("\t#")).unwrap_or(text.len());
        (text.split_at(end).0.trim_end().to_owned(), "")
    };
    let rest = rest.trim_start();
    (rest.is_empty() || rest.starts_with('#')).then_some(value)
}

/// The text up to the closing quote, and what follows it.
fn unescaped(quoted: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut chars = quoted.chars();
    loop {
        match chars.next()? {
            '"' => return Some((value, chars.as_str())),
            '\\' => match chars.next()? {
                'n' => value.push('\n'),
                't' => value.push('\t'),
                c @ ('"' | '\\' | '$' | '\'') => value.push(c),
                c => value.extend(['\\', c]),
            },
            c => value.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(text: &str) -> Vec<(String, String)> {
        let lines = parse(text).unwrap();
        lines.into_iter().map(|line| (line.name, line.value)).collect()
    }

    #[test]
    fn values_arrive_as_they_were_meant() {
        for (line, value) in [
            ("A=b", "b"),
            ("  export A = b c  # said", "b c"),
            ("A=b#c", "b#c"),
            ("A=", ""),
            ("A= # nothing", ""),
            ("A='$b # \"c\"' # said", "$b # \"c\""),
            ("A=\"b\\\"c\\n$d\\q\"", "b\"c\n$d\\q"),
            ("A=b=c\r", "b=c"),
            ("A=ü'x", "ü'x"),
        ] {
            assert_eq!(values(line), [("A".to_owned(), value.to_owned())], "{line}");
        }
        assert_eq!(values("# no\n\n   \n"), []);
    }

    #[test]
    fn a_wrong_line_is_named_by_its_number_and_not_repeated() {
        for wrong in
            ["hunter2", "=hunter2", "hunter 2=x", "A='hunter2", "A=\"hunter2", "A='h'unter2"]
        {
            let error = parse(&format!("B=1\r\n\r\n{wrong}\r\n")).unwrap_err();
            assert!(error.message.starts_with(".env:3: "), "{error}");
            assert!(!error.message.contains("unter2"), "{error}");
        }
    }

    #[test]
    fn the_last_line_of_a_name_counts() {
        let env = DotEnv { lines: parse("A=1\nA=2\nB=1\nB=").unwrap(), is_open_to_all: false };
        assert_eq!(env.find("A").map(|line| (line.value.as_str(), line.number)), Some(("2", 2)));
        assert_eq!(env.find("B"), None);
    }
}
