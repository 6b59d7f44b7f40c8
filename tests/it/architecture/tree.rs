//! The text files of the project, read once, or planted by a test.

use std::fs;
use std::path::Path;

/// A text file: its path from the root of the project, with `/`, and what is in it.
pub(super) struct TextFile {
    pub(super) path: String,
    pub(super) text: String,
}

/// All text files, in the order of their paths.
pub(super) struct Tree {
    pub(super) files: Vec<TextFile>,
}

impl Tree {
    pub(super) fn of_project() -> Tree {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut files = vec![];
        read(root, "", &mut files);
        files.sort_by(|a, b| a.path.cmp(&b.path));
        assert!(files.iter().any(|file| file.path == "src/lib.rs"), "the project was not found");
        Tree { files }
    }

    pub(super) fn planted(files: &[(&str, &str)]) -> Tree {
        let file =
            |(path, text): &(&str, &str)| TextFile { path: (*path).into(), text: (*text).into() };
        Tree { files: files.iter().map(file).collect() }
    }

    /// The Rust files of the product.
    pub(super) fn sources(&self) -> impl Iterator<Item = &TextFile> {
        self.files.iter().filter(|file| file.path.starts_with("src/") && file.is_rust())
    }
}

impl TextFile {
    pub(super) fn is_rust(&self) -> bool {
        Path::new(&self.path).extension().is_some_and(|extension| extension == "rs")
    }

    /// The lines without comments and without the tests at the end, numbered from 1.
    pub(super) fn product_lines(&self) -> impl Iterator<Item = (usize, &str)> {
        let is_test = self.path.ends_with("/tests.rs") || self.path.contains("/tests/");
        let end = if is_test { Some(0) } else { self.text.find("#[cfg(test)]\nmod tests {") };
        let product = &self.text[..end.unwrap_or(self.text.len())];
        product.lines().zip(1..).map(|(line, number)| (number, without_comment(line)))
    }
}

/// Cuts a `//` comment off, unless it follows a colon, as in an address.
fn without_comment(line: &str) -> &str {
    let comment = line.match_indices("//").map(|(at, _)| at).find(|&at| !line[..at].ends_with(':'));
    &line[..comment.unwrap_or(line.len())]
}

fn read(folder: &Path, prefix: &str, files: &mut Vec<TextFile>) {
    for entry in fs::read_dir(folder).expect("a folder of the project") {
        let entry = entry.expect("an entry");
        let name = entry.file_name().into_string().expect("a name in UTF-8");
        let path = format!("{prefix}{name}");
        let kind = entry.file_type().expect("a file type");
        if kind.is_dir() && !matches!(path.as_str(), "target" | ".git") {
            read(&entry.path(), &format!("{path}/"), files);
        } else if kind.is_file() && name != ".git" {
            // What is not text (a database left by a trial run) is none of our business.
            if let Ok(text) = fs::read_to_string(entry.path()) {
                files.push(TextFile { path, text });
            }
        }
    }
}
