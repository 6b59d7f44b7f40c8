//! A dead-man's switch: it calls somebody when it does not hear of a success in time.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::post::{Post, Unusable};
use super::{Ended, in_a_line};
use crate::model::settings::Network;
use crate::secret::{Secret, redacted};

/// The switch; its address is the key to it.
#[derive(Clone)]
pub(super) struct Ping {
    post: Post,
    url: Secret,
    /// One warning a run is enough.
    has_warned: Arc<AtomicBool>,
}

impl Ping {
    pub(super) fn open(url: &Secret, network: &Network) -> Result<Self, Unusable> {
        let post = Post::open(url, "ETL_PING_URL (--ping-url)", network)?;
        Ok(Self { post, url: url.clone(), has_warned: Arc::default() })
    }

    pub(super) fn start(&self) {
        self.tell("/start", "");
    }

    pub(super) fn end(&self, ended: &Ended) {
        let word = if ended.is_success() { "" } else { "/fail" };
        self.tell(word, &redacted(&in_a_line(ended)));
    }

    fn tell(&self, word: &str, body: &str) {
        let url = with(self.url.expose(), word);
        if let Err(why) = self.post.send(&url, "text/plain; charset=utf-8", None, body)
            && !self.has_warned.swap(true, Ordering::Relaxed)
        {
            log::warn!("the ping did not arrive: {why}");
        }
    }
}

/// The word behind the path, before what else is in the address.
fn with(url: &str, word: &str) -> String {
    let (path, rest) = url.find(['?', '#']).map_or((url, ""), |at| url.split_at(at));
    if word.is_empty() {
        url.to_owned()
    } else {
        format!("{}{word}{rest}", path.trim_end_matches('/'))
    }
}

#[cfg(test)]
mod tests {
    use super::with;

    #[test]
    fn the_word_stands_behind_the_path() {
        assert_eq!(with("https://h/key", "/start"), "https://h/key/start");
        assert_eq!(with("https://h/key/", "/fail"), "https://h/key/fail");
        assert_eq!(with("https://h/key?rid=1", "/fail"), "https://h/key/fail?rid=1");
        assert_eq!(with("https://h/key/?rid=1", ""), "https://h/key/?rid=1");
    }
}
