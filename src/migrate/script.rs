//! SQL text taken apart: tokens, and the statements of a script with the line where each begins.

use super::steps::Backend;

/// A script whose first comment says this cannot run inside a transaction.
const NO_TRANSACTION: &str = "-- etl: no-transaction";

/// One statement of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Statement<'a> {
    /// Without what stands around it, and without the semicolon.
    pub(super) text: &'a str,
    /// Where it begins in its script, from 1.
    pub(super) line: usize,
}

/// The smallest piece of SQL that means something. White space and comments are none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub(super) text: &'a str,
    pub(super) start: usize,
}

impl Token<'_> {
    fn end(&self) -> usize {
        self.start + self.text.len()
    }

    pub(super) fn is(&self, word: &str) -> bool {
        self.text.eq_ignore_ascii_case(word)
    }
}

/// Says whether the script asks to be run outside a transaction.
pub(super) fn runs_in_transaction(script: &str) -> bool {
    !script.lines().take_while(|line| line.starts_with("--")).any(|line| line == NO_TRANSACTION)
}

/// The statements of a script, in order.
pub(super) fn statements(script: &str, backend: Backend) -> Vec<Statement<'_>> {
    let mut statements = Vec::new();
    let mut open = Open::default();
    for token in tokens(script, backend) {
        if token.text == ";" && open.ends_here(backend) {
            statements.extend(open.close(script));
            open = Open::default();
        } else {
            open.take(token);
        }
    }
    statements.extend(open.close(script));
    statements
}

/// A statement whose end has not been seen yet.
#[derive(Default)]
struct Open<'a> {
    tokens: Vec<Token<'a>>,
    parentheses: usize,
    /// Open `BEGIN ATOMIC` and `CASE` of a function's body.
    blocks: usize,
}

impl<'a> Open<'a> {
    fn take(&mut self, token: Token<'a>) {
        match token.text {
            "(" => self.parentheses += 1,
            ")" => self.parentheses = self.parentheses.saturating_sub(1),
            _ if token.is("atomic") && self.tokens.last().is_some_and(|last| last.is("begin")) => {
                self.blocks += 1;
            }
            _ if token.is("case") && self.blocks > 0 => self.blocks += 1,
            _ if token.is("end") => self.blocks = self.blocks.saturating_sub(1),
            _ => {}
        }
        self.tokens.push(token);
    }

    /// A trigger of SQLite ends with `; END`, and has semicolons inside.
    fn ends_here(&self, backend: Backend) -> bool {
        if self.parentheses > 0 || self.blocks > 0 {
            return false;
        }
        let is_trigger = backend == Backend::Sqlite
            && self.tokens.first().is_some_and(|first| first.is("create"))
            && self.tokens.iter().take(3).any(|token| token.is("trigger"));
        match self.tokens.as_slice() {
            [.., before, last] if is_trigger => before.text == ";" && last.is("end"),
            _ => true,
        }
    }

    fn close(&self, script: &'a str) -> Option<Statement<'a>> {
        let (first, last) = (self.tokens.first()?, self.tokens.last()?);
        let text = script.get(first.start..last.end())?;
        let line = script.get(..first.start)?.matches('\n').count() + 1;
        Some(Statement { text, line })
    }
}

/// The tokens of a text, in order.
pub(super) fn tokens(text: &str, backend: Backend) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut rest = text;
    loop {
        rest = after_blanks(rest, backend);
        if rest.is_empty() {
            return tokens;
        }
        let (token, left) = rest.split_at(length_of_first(rest, backend));
        tokens.push(Token { text: token, start: text.len() - rest.len() });
        rest = left;
    }
}

fn after_blanks(text: &str, backend: Backend) -> &str {
    let mut rest = text.trim_start();
    loop {
        rest = if rest.starts_with("--") {
            rest.split_once('\n').map_or("", |(_, left)| left).trim_start()
        } else if rest.starts_with("/*") {
            rest.get(length_of_comment(rest, backend)..).unwrap_or_default().trim_start()
        } else {
            return rest;
        };
    }
}

/// On PostgreSQL a comment may hold others.
fn length_of_comment(text: &str, backend: Backend) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        if rest.starts_with("/*") && (depth == 0 || backend == Backend::Postgres) {
            depth += 1;
            at += 2;
        } else if rest.starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    text.len()
}

fn length_of_first(text: &str, backend: Backend) -> usize {
    let first = text.chars().next().unwrap_or_default();
    let escaped =
        backend == Backend::Postgres && (text.starts_with("E'") || text.starts_with("e'"));
    match first {
        _ if escaped => 1 + length_of_quoted(text.get(1..).unwrap_or_default(), '\'', true),
        '\'' | '"' => length_of_quoted(text, first, false),
        '`' if backend == Backend::Sqlite => length_of_quoted(text, first, false),
        '[' if backend == Backend::Sqlite => text.find(']').map_or(text.len(), |end| end + 1),
        '$' if backend == Backend::Postgres => length_of_dollar_quoted(text),
        first if is_of_word(first) => text.find(|c| !is_of_word(c)).unwrap_or(text.len()),
        first if is_of_operator(first) => length_of_operator(text),
        first => first.len_utf8(),
    }
}

fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$' || !c.is_ascii()
}

fn is_of_operator(c: char) -> bool {
    "+-*/<>=~!@#%^&|?:".contains(c)
}

/// An operator ends where a comment begins.
fn length_of_operator(text: &str) -> usize {
    let end = text.find(|c| !is_of_operator(c)).unwrap_or(text.len());
    let operator = text.get(..end).unwrap_or_default();
    let comment = ["--", "/*"].iter().filter_map(|mark| operator.find(mark)).min();
    comment.filter(|at| *at > 0).unwrap_or(end)
}

fn length_of_quoted(text: &str, quote: char, backslashes: bool) -> usize {
    let mut inside = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = inside.next() {
        if c == '\\' && backslashes {
            inside.next();
        } else if c == quote {
            match inside.peek() {
                Some((_, next)) if *next == quote => {
                    inside.next();
                }
                _ => return at + c.len_utf8(),
            }
        }
    }
    text.len()
}

/// `$$ ... $$` or `$name$ ... $name$`; a lone `$` is itself.
fn length_of_dollar_quoted(text: &str) -> usize {
    let name = text.get(1..).and_then(|rest| rest.split_once('$')).map(|(name, _)| name);
    let Some(name) = name.filter(|name| name.chars().all(|c| c.is_alphanumeric() || c == '_'))
    else {
        return 1;
    };
    let mark = name.len() + 2;
    let Some((tag, body)) = text.split_at_checked(mark) else { return text.len() };
    body.find(tag).map_or(text.len(), |end| mark + end + mark)
}

/// Behind these a parenthesis is no function's.
const WORDS_BEFORE_PARENTHESES: [&str; 16] = [
    "and", "as", "by", "check", "default", "exists", "from", "in", "is", "key", "not", "on", "or",
    "select", "then", "when",
];

/// The same text for all ways of writing the same: without comments, in one spacing, unquoted words in lower case.
pub(super) fn canonical(text: &str, backend: Backend) -> String {
    joined(&tokens(text, backend))
}

/// The tokens in one spacing, unquoted words in lower case.
pub(super) fn joined(tokens: &[Token<'_>]) -> String {
    let mut out = String::new();
    let mut before = "";
    for token in tokens {
        let is_call = token.text == "("
            && !WORDS_BEFORE_PARENTHESES.iter().any(|word| before.eq_ignore_ascii_case(word));
        let glued = out.is_empty()
            || is_call
            || matches!(token.text, ")" | "," | ";" | "." | "]")
            || matches!(before, "(" | "." | "[");
        if !glued {
            out.push(' ');
        }
        out.push_str(&plain(token.text));
        before = token.text;
    }
    out
}

/// A name is the same with quotes around it and without, where it needs none.
pub(super) fn plain(token: &str) -> String {
    let unquoted = token.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let needs_none =
        |name: &&str| !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    match unquoted.filter(needs_none) {
        Some(name) => name.to_owned(),
        None if token.starts_with(is_of_word) => token.to_ascii_lowercase(),
        None => token.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(script: &str, backend: Backend) -> Vec<&str> {
        statements(script, backend).into_iter().map(|statement| statement.text).collect()
    }

    #[test]
    fn a_semicolon_that_is_part_of_something_ends_nothing() {
        let both = "SELECT ';', \";\" -- ;\n, 'it''s;' /* ; */ ; SELECT 2;;\n-- the end";
        for backend in [Backend::Postgres, Backend::Sqlite] {
            let [first, second] = texts(both, backend)[..] else { panic!("{backend:?}") };
            assert!(first.ends_with("'it''s;'"), "{first}");
            assert_eq!(second, "SELECT 2");
        }
        assert_eq!(texts("SELECT $a$;$$;$a$, E'\\';', $1; SELECT 2", Backend::Postgres).len(), 2);
        assert_eq!(texts("SELECT [;], `;`; SELECT 2", Backend::Sqlite).len(), 2);
        assert_eq!(texts("/* a /* ; */ ; */ SELECT 1", Backend::Postgres), ["SELECT 1"]);
        let rule = "CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2); SELECT 3";
        assert_eq!(texts(rule, Backend::Postgres).len(), 2);
    }

    #[test]
    fn a_body_is_one_with_its_statement() {
        let trigger = "CREATE TRIGGER t AFTER UPDATE ON x BEGIN\n SELECT CASE 1 WHEN 1 THEN 2 END;\n SELECT 3;\nEND; SELECT 4;";
        assert_eq!(texts(trigger, Backend::Sqlite).len(), 2);
        let atomic = "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END; SELECT 4;";
        assert_eq!(texts(atomic, Backend::Postgres).len(), 2);
    }

    #[test]
    fn a_statement_knows_its_line() {
        let script = "-- why\n\nSELECT 1;\nSELECT\n 2;";
        let lines: Vec<usize> =
            statements(script, Backend::Sqlite).iter().map(|statement| statement.line).collect();
        assert_eq!(lines, [3, 4]);
    }

    #[test]
    fn only_the_head_of_a_script_says_how_it_runs() {
        assert!(!runs_in_transaction(
            "-- etl: no-transaction\nCREATE INDEX CONCURRENTLY i ON t (a);"
        ));
        assert!(!runs_in_transaction("-- why\n-- etl: no-transaction\nSELECT 1;"));
        assert!(runs_in_transaction("SELECT 1;\n-- etl: no-transaction\n"));
    }

    #[test]
    fn the_same_in_other_words_is_the_same() {
        let one = canonical("CHECK (x IN (0,1) AND \"y\"<>'A')", Backend::Sqlite);
        let other = canonical("check( X in( 0, 1 ) -- why\n and y <> 'A')", Backend::Sqlite);
        assert_eq!(one, other);
        assert_ne!(one, canonical("check(x in(0, 1) and y <> 'a')", Backend::Sqlite));
    }
}
