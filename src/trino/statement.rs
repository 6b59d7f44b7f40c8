//! One statement on its way through the server: sent, followed from page to page, and ended there when nobody waits
//! for it any more.

use super::Ending;
use super::error::{Failure, Fault, TrinoError, one_line};
use super::page::{Page, Stats, how_far};
use super::retry::Patience;
use super::value::Kind;
use super::wire::{Answer, Call, Wire};
use crate::clock::Clock;
use crate::console::Progress;
use crate::model::query::Cell;

/// A statement that the server has.
pub(super) struct Statement<'a> {
    wire: &'a Wire,
    clock: &'a Clock,
    patience: Patience,
    query_id: String,
    /// Where the next page is; nothing at the end.
    next: Option<String>,
    /// The page that came and was not read yet.
    unread: Option<Vec<u8>>,
    columns: Vec<String>,
    kinds: Vec<Kind>,
    has_rows: bool,
    written: Option<u64>,
    stats: Stats,
    transaction: Option<String>,
    progress: Progress,
}

/// Takes a row with the names of its columns, and may stop the reading.
pub(super) type EachRow<'a, E> = dyn FnMut(&[String], Vec<Cell>) -> Result<(), E> + 'a;

/// Why the reading stopped.
pub(super) enum Stopped<E> {
    Server(TrinoError),
    /// Whoever takes the rows has had enough.
    Reader(E),
}

impl<E> From<TrinoError> for Stopped<E> {
    fn from(error: TrinoError) -> Self {
        Self::Server(error)
    }
}

impl From<Stopped<TrinoError>> for TrinoError {
    fn from(stopped: Stopped<TrinoError>) -> Self {
        match stopped {
            Stopped::Server(error) | Stopped::Reader(error) => error,
        }
    }
}

impl<'a> Statement<'a> {
    /// Sends it. What was sent and not answered may run: it is not sent again.
    pub(super) fn begin(
        wire: &'a Wire,
        clock: &'a Clock,
        patience: Patience,
        sql: &str,
        transaction: Option<&str>,
    ) -> Result<Self, TrinoError> {
        let call = Call::Send { sql: sql.to_owned(), transaction: transaction.map(str::to_owned) };
        let answer = ask(wire, clock, patience, &call)?;
        let mut statement = Self {
            wire,
            clock,
            patience,
            query_id: String::new(),
            next: None,
            unread: None,
            columns: Vec::new(),
            kinds: Vec::new(),
            has_rows: false,
            written: None,
            stats: Stats::default(),
            transaction: None,
            progress: Progress::begin("asking Trino"),
        };
        statement.take(answer);
        // Known before anything else can fail, so that the end of this value ends the query too.
        let page = statement.unread.as_deref().map(parse).transpose()?;
        if let Some(page) = page {
            statement.query_id = page.id;
            statement.next = page.next_uri.filter(|next| wire.is_ours(next));
        }
        clock.interrupted()?;
        Ok(statement)
    }

    /// Reads a page and asks for the next one; says whether there is one.
    pub(super) fn next_page<E>(&mut self, each: &mut EachRow<'_, E>) -> Result<bool, Stopped<E>> {
        if self.unread.is_none() {
            let Some(next) = &self.next else { return Ok(false) };
            let answer = ask(self.wire, self.clock, self.patience, &Call::Follow(next.clone()))?;
            self.take(answer);
        }
        let body = self.unread.take().unwrap_or_default();
        let page = parse(&body)?;
        self.stats = page.stats;
        self.progress.say(&how_far(&self.stats));
        self.written = page.update_count.or(self.written);
        if let Some(next) = page.next_uri.as_ref().filter(|next| !self.wire.is_ours(next)) {
            return Err(foreign(next, self.wire.at()).into());
        }
        self.next = page.next_uri;
        if let Some(told) = page.error {
            self.next = None;
            let error = TrinoError::of(&Failure::from(told));
            // What a reader has seen cannot be begun anew.
            return Err(if self.has_rows { error.for_good() } else { error }.into());
        }
        if let Some(columns) = page.columns.filter(|_| self.kinds.is_empty()) {
            self.kinds = columns.iter().map(|column| Kind::of(&column.kind)).collect();
            self.columns = columns.into_iter().map(|column| column.name).collect();
        }
        for row in page.data.unwrap_or_default() {
            let cells = self.kinds.iter().zip(row).map(|(kind, value)| kind.cell(value));
            let cells: Vec<Cell> =
                cells.collect::<serde_json::Result<_>>().map_err(|error| unreadable(&error))?;
            if !self.has_rows {
                self.progress.end();
                self.has_rows = true;
            }
            each(&self.columns, cells).map_err(Stopped::Reader)?;
        }
        Ok(self.next.is_some())
    }

    /// The transaction that the statement began.
    pub(super) fn transaction(&self) -> Option<String> {
        self.transaction.clone()
    }

    pub(super) fn ending(&mut self) -> Ending {
        Ending {
            query_id: self.query_id.clone(),
            columns: std::mem::take(&mut self.columns),
            written: self.written,
            read: self.stats.processed_rows,
        }
    }

    fn take(&mut self, answer: Answer) {
        self.transaction = answer.transaction.or_else(|| self.transaction.take());
        self.unread = Some(answer.body);
    }
}

/// A query that nobody follows any more is ended on the server.
impl Drop for Statement<'_> {
    fn drop(&mut self) {
        self.progress.end();
        if let Some(next) = self.next.take() {
            self.wire.cancel(&next);
        }
    }
}

/// One call, again and again while what is in the way may pass.
fn ask(wire: &Wire, clock: &Clock, patience: Patience, call: &Call) -> Result<Answer, TrinoError> {
    let mut tries = patience.begin();
    loop {
        match wire.send(call, clock)? {
            Ok(answer) => return Ok(answer),
            Err(trouble) if trouble.is_passing(call) => {
                tries.wait(trouble.error(wire.at()), clock)?;
            }
            Err(trouble) => return Err(trouble.error(wire.at())),
        }
    }
}

fn parse(body: &[u8]) -> Result<Page<'_>, TrinoError> {
    serde_json::from_slice(body).map_err(|error| unreadable(&error))
}

fn unreadable(error: &serde_json::Error) -> TrinoError {
    TrinoError::new(
        Fault::Failed,
        format!("the answer is none of Trino's: {}", one_line(&error.to_string())),
    )
    .with_hint("check that ETL_TRINO_URL (--trino-url) is the address of a Trino server")
}

fn foreign(next: &str, at: &str) -> TrinoError {
    let host = next.split("://").nth(1).and_then(|rest| rest.split('/').next()).unwrap_or_default();
    let host = one_line(host.rsplit('@').next().unwrap_or_default());
    TrinoError::new(
        Fault::Failed,
        format!(
            "{at} says that its answer goes on at {host}, which is another address: not followed"
        ),
    )
    .with_hint("behind a proxy the server needs http-server.process-forwarded=true")
}
