//! Secrets that cannot be printed: redacted in `Debug`, and with no `Display`.

use std::fmt;

/// A text that only `expose` gives away.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret(String);

impl Secret {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself, for the one call that needs it.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// The text with the password of every URL in it made unreadable.
pub(crate) fn redacted(text: &str) -> String {
    let Some((before, after)) = text.split_once("://") else { return text.to_owned() };
    let end = after.find(|c: char| c.is_whitespace() || matches!(c, '\'' | '"' | '`'));
    let (url, rest) = after.split_at(end.unwrap_or(after.len()));
    let login =
        url.rsplit_once('@').and_then(|(login, place)| Some((login.split_once(':')?, place)));
    let url = match login {
        Some(((user, _), place)) => format!("{user}:***@{place}"),
        None => url.to_owned(),
    };
    format!("{before}://{}{}", without_passwords(&url), redacted(rest))
}

/// The URL without the passwords among its options.
fn without_passwords(url: &str) -> String {
    let Some((place, options)) = url.split_once('?') else { return url.to_owned() };
    let options = options.split('&').map(|option| match option.split_once('=') {
        Some((name, _)) if name.ends_with("password") => format!("{name}=***"),
        _ => option.to_owned(),
    });
    format!("{place}?{}", options.collect::<Vec<_>>().join("&"))
}

#[cfg(test)]
mod tests {
    use super::redacted;

    #[test]
    fn a_password_in_a_url_is_not_repeated() {
        let typed =
            "unexpected argument 'postgres://u:hunter2@x@h/d' found, see https://h/ and a://b:c@d";
        let shown =
            "unexpected argument 'postgres://u:***@h/d' found, see https://h/ and a://b:***@d";
        assert_eq!(redacted(typed), shown);
        let options = redacted("postgres://h/d?password=hunter2&sslmode=require&sslpassword=x");
        assert_eq!(options, "postgres://h/d?password=***&sslmode=require&sslpassword=***");
        assert_eq!(redacted("nothing: here @ all"), "nothing: here @ all");
    }
}
