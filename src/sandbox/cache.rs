//! The answers that the real server keeps for a while: by method, address and body, whatever is written meanwhile.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use super::http::{Request, Response};

pub(super) struct Cache {
    started: Instant,
    /// Time that was told to pass, on top of the time that passed.
    told: Duration,
    kept: HashMap<(String, String, Vec<u8>), (Duration, Response)>,
}

impl Cache {
    pub(super) fn new() -> Self {
        Self { started: Instant::now(), told: Duration::ZERO, kept: HashMap::new() }
    }

    pub(super) fn advance(&mut self, seconds: i64) {
        self.told += Duration::from_secs(u64::try_from(seconds).unwrap_or_default());
    }

    /// How long answers to a path live; nothing for paths that are not kept.
    fn lifetime(path: &str) -> Option<u64> {
        let path = path.trim_end_matches('/').strip_prefix("/v4/")?;
        match path.split_once('/').map_or((path, ""), |(first, rest)| (first, rest)) {
            ("launches", _) => Some(20),
            ("payloads" | "launchpads", _) | ("rockets", "query") => Some(300),
            ("rockets", _) => Some(86_400),
            _ => None,
        }
    }

    /// The kept answer, or the one that `answer` gives, which is kept if it is a 200.
    pub(super) fn through(
        &mut self,
        request: &Request,
        answer: impl FnOnce() -> Response,
    ) -> Response {
        let Some(lifetime) = Self::lifetime(request.path()) else { return answer() };
        let now = self.started.elapsed() + self.told;
        let method = if request.method == "HEAD" { "GET" } else { &request.method };
        let key = (method.to_owned(), request.target.clone(), request.body.clone());
        let marked = |response: Response, hit: &str| {
            response
                .header("Cache-Control", &format!("max-age={lifetime}"))
                .header("spacex-api-cache", hit)
                .header("spacex-api-cache-online", "true")
        };
        self.kept.retain(|_, (until, _)| *until > now);
        if let Some((_, response)) = self.kept.get(&key) {
            return marked(response.clone(), "HIT");
        }
        let response = answer();
        if response.status == 200 {
            self.kept.insert(key, (now + Duration::from_secs(lifetime), response.clone()));
        }
        marked(response, "MISS")
    }
}
