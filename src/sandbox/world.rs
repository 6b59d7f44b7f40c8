//! One sandbox's whole state, and the one place where a request meets it.

use serde_json::{Value, json};

use super::cache::Cache;
use super::clockwork::Clockwork;
use super::control::{self, Scheduled};
use super::faults::{self, Fault, Rule};
use super::http::{Request, Response};
use super::routes;
use super::store::{Kind, Store};

/// A request's body is logged up to this length.
const LOGGED_BODY: usize = 64 * 1024;

pub(super) struct World {
    pub(super) store: Store,
    pub(super) clock: Clockwork,
    pub(super) cache: Option<Cache>,
    pub(super) faults: Vec<Rule>,
    pub(super) schedule: Vec<Scheduled>,
    pub(super) log: Vec<Value>,
    /// Requests to the API so far; those to `/sandbox/` do not count.
    pub(super) served: u64,
    /// Ids made so far.
    pub(super) created: u32,
    /// What the `x-etl-sandbox` header says.
    pub(super) label: String,
    pub(super) gzip: bool,
}

impl World {
    /// Answers a request, and says which fault it meets on the wire.
    pub(super) fn serve(&mut self, request: &Request) -> (Response, Option<Fault>) {
        let (response, fault) = if request.path().starts_with("/sandbox/") {
            let body = String::from_utf8_lossy(&request.body);
            (control::act(self, &request.method, request.path(), &body), None)
        } else {
            self.serve_api(request)
        };
        let response = response.header("x-etl-sandbox", &self.label);
        // A faulty answer is not compressed, so that its bytes are those that were asked for.
        let gzip = self.gzip && fault.is_none();
        (response.fit(request, gzip), fault)
    }

    fn serve_api(&mut self, request: &Request) -> (Response, Option<Fault>) {
        self.served += 1;
        control::run_scheduled(self, self.served);
        let fault = faults::next(&mut self.faults, request.path());
        let ignore_filter = matches!(&fault, Some(Fault::EditAnswer(edit)) if edit.ignore_filter);
        let answer = || routes::answer(&self.store, request, ignore_filter);
        let mut response = match &mut self.cache {
            Some(cache) if !ignore_filter => cache.through(request, answer),
            _ => answer(),
        };
        if let Some(fault) = &fault {
            response = fault.alter(response);
        }
        let body =
            String::from_utf8_lossy(request.body.get(..LOGGED_BODY).unwrap_or(&request.body));
        self.log.push(json!({
            "number": self.served, "method": request.method, "path": request.target, "body": body,
            "status": response.status, "fault": fault.as_ref().map(Fault::name),
        }));
        (response, fault)
    }

    /// An id that nothing has; above those of the invented history.
    pub(super) fn new_id(&mut self) -> String {
        loop {
            self.created += 1;
            let id = self.store.universe.new_id(self.clock.now(), self.created);
            if Kind::ALL.into_iter().all(|kind| self.store.find(kind, &id).is_none()) {
                return id;
            }
        }
    }
}
