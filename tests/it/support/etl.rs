//! The built binary in a clean room: no environment but what the test gives, a folder of its own.

use std::ffi::{OsStr, OsString};
use std::fmt::Write as _;
use std::io::{Read, Write as _};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::{JoinHandle, sleep, spawn};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::Database;

const PATIENCE: Duration = Duration::from_mins(2);
const GLANCE: Duration = Duration::from_millis(5);

/// A call of `etl` that is being put together: `Etl::new().args("run --format json").run()`.
pub(crate) struct Etl {
    arguments: Vec<OsString>,
    variables: Vec<(OsString, OsString)>,
    /// What starts the binary instead of us, and with what.
    under: Vec<OsString>,
    binary: PathBuf,
    own_folder: TempDir,
    working_folder: Option<PathBuf>,
}

impl Etl {
    pub(crate) fn new() -> Etl {
        Etl {
            arguments: vec![],
            variables: vec![],
            under: vec![],
            binary: env!("CARGO_BIN_EXE_etl").into(),
            own_folder: super::folder(),
            working_folder: None,
        }
    }

    /// Words as typed, without quoting.
    pub(crate) fn args(mut self, words: &str) -> Etl {
        self.arguments.extend(words.split_whitespace().map(OsString::from));
        self
    }

    /// One argument, whatever is in it.
    pub(crate) fn arg(mut self, word: impl AsRef<OsStr>) -> Etl {
        self.arguments.push(word.as_ref().to_owned());
        self
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Etl {
        self.variables.push((name.into(), value.as_ref().to_owned()));
        self
    }

    /// Has it started by another program, in words as typed: `strace -f`, `prlimit --nofile=12`.
    pub(crate) fn under(mut self, words: &str) -> Etl {
        self.under.extend(words.split_whitespace().map(OsString::from));
        self
    }

    /// Has it started by a shell that does this first.
    pub(crate) fn after(mut self, script: &str) -> Etl {
        let script = format!("{script}; exec \"$0\" \"$@\"");
        self.under.extend(["sh".into(), "-c".into(), script.into()]);
        self
    }

    /// Another copy of the binary, for a user who cannot come to where it was built.
    pub(crate) fn binary(mut self, copy: &Path) -> Etl {
        copy.clone_into(&mut self.binary);
        self
    }

    /// As if never given.
    pub(crate) fn without(mut self, name: &str) -> Etl {
        self.variables.retain(|(given, _)| given != name);
        self
    }

    pub(crate) fn database(self, database: &Database) -> Etl {
        self.env("DATABASE_URL", database.url())
    }

    /// Works in this folder instead of an empty one.
    pub(crate) fn in_folder(mut self, folder: &Path) -> Etl {
        self.working_folder = Some(folder.to_owned());
        self
    }

    /// Runs to the end, with nothing on standard input.
    pub(crate) fn run(self) -> Output {
        self.spawn().wait()
    }

    /// Starts it and comes back at once.
    pub(crate) fn spawn(self) -> Running {
        let mut words = self.under.into_iter().chain([self.binary.into_os_string()]);
        let mut command = Command::new(words.next().expect("a program"));
        command
            .args(words)
            .args(&self.arguments)
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("HOME", self.own_folder.path())
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .current_dir(self.working_folder.as_deref().unwrap_or(self.own_folder.path()))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().expect("the built binary starts");
        let stdout = Collected::from(child.stdout.take().expect("piped"));
        let stderr = Collected::from(child.stderr.take().expect("piped"));
        Running { child, stdout, stderr, _folder: self.own_folder }
    }
}

/// A process under way; killed when the value goes.
pub(crate) struct Running {
    child: Child,
    stdout: Collected,
    stderr: Collected,
    _folder: TempDir,
}

impl Running {
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal by name: `TERM`, `INT`, `KILL`, `STOP`.
    pub(crate) fn signal(&self, name: &str) {
        let sent =
            Command::new("sh").args(["-c", &format!("kill -{name} {}", self.pid())]).status();
        assert!(sent.expect("sh starts").success(), "SIG{name} was not sent to {}", self.pid());
    }

    /// `kill -9`, and waits until it is gone.
    pub(crate) fn kill(self) -> Output {
        self.signal("KILL");
        self.wait()
    }

    /// The same, also where it may have ended by itself.
    pub(crate) fn kill_if_running(mut self) -> Output {
        self.child.kill().expect("a child of ours can be killed");
        self.wait()
    }

    /// The first line on standard output, as soon as it is whole.
    pub(crate) fn first_line(&mut self) -> String {
        self.wait_until("a first line on standard output", |running| {
            running.stdout.text().split_once('\n').map(|(line, _)| line.to_owned())
        })
    }

    /// Waits until standard error holds the text.
    pub(crate) fn wait_for_stderr(&mut self, text: &str) {
        self.wait_until(text, |running| running.stderr.text().contains(text).then_some(()));
    }

    pub(crate) fn has_ended(&mut self) -> bool {
        self.child.try_wait().expect("the child can be waited for").is_some()
    }

    /// Waits for the end.
    pub(crate) fn wait(mut self) -> Output {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().expect("the child can be waited for") {
                return Output::new(status, self.stdout.all(), self.stderr.all());
            }
            assert!(Instant::now() < deadline, "still runs after {PATIENCE:?}\n{}", self.so_far());
            sleep(GLANCE);
        }
    }

    fn wait_until<T>(&mut self, what: &str, seen: impl Fn(&Running) -> Option<T>) -> T {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let ended = self.has_ended();
            if let Some(value) = seen(self) {
                return value;
            }
            let over = ended && self.stdout.ended() && self.stderr.ended();
            assert!(
                !over && Instant::now() < deadline,
                "etl did not show: {what}\n{}",
                self.so_far()
            );
            sleep(GLANCE);
        }
    }

    fn so_far(&self) -> String {
        format!("stdout:\n{}\nstderr:\n{}", self.stdout.text(), self.stderr.text())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Both fail only when it has ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// What a process has written so far, read beside it so that it never waits for us.
struct Collected {
    bytes: Arc<Mutex<Vec<u8>>>,
    reader: Option<JoinHandle<()>>,
}

impl Collected {
    fn from(mut stream: impl Read + Send + 'static) -> Collected {
        let bytes = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&bytes);
        let reader = spawn(move || {
            let mut page = [0; 8192];
            while let Ok(read @ 1..) = stream.read(&mut page) {
                kept.lock().expect("no reader panics").write_all(&page[..read]).expect("memory");
            }
        });
        Collected { bytes, reader: Some(reader) }
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes.lock().expect("no reader panics")).into_owned()
    }

    fn ended(&self) -> bool {
        self.reader.as_ref().is_none_or(JoinHandle::is_finished)
    }

    fn all(&mut self) -> String {
        if let Some(reader) = self.reader.take() {
            reader.join().expect("no reader panics");
        }
        String::from_utf8(self.bytes.lock().expect("no reader panics").clone())
            .expect("UTF-8 is written")
    }
}

/// How a call ended, and all it wrote.
#[derive(Debug)]
pub(crate) struct Output {
    /// None when a signal ended it.
    pub(crate) code: Option<i32>,
    pub(crate) signal: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Output {
    fn new(status: ExitStatus, stdout: String, stderr: String) -> Output {
        Output { code: status.code(), signal: status.signal(), stdout, stderr }
    }

    /// Fails, showing everything, unless the exit code is this one.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Output {
        assert!(self.code == Some(code), "expected exit code {code}\n{}", self.everything());
        self
    }

    #[track_caller]
    pub(crate) fn succeeds(self) -> Output {
        self.exits(0)
    }

    /// Fails, showing everything, unless standard error holds the text.
    #[track_caller]
    pub(crate) fn says(self, text: &str) -> Output {
        assert!(self.stderr.contains(text), "{text:?} is not on stderr\n{}", self.everything());
        self
    }

    /// Standard output as the one line of JSON that it must be.
    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        let one_line = self.stdout.ends_with('\n') && self.stdout.lines().count() == 1;
        assert!(one_line, "standard output is not one line\n{}", self.everything());
        match serde_json::from_str(&self.stdout) {
            Ok(value) => value,
            Err(error) => panic!("standard output is not JSON: {error}\n{}", self.everything()),
        }
    }

    /// Code, standard output and standard error, to be frozen together.
    pub(crate) fn everything(&self) -> String {
        let mut text = String::new();
        match (self.code, self.signal) {
            (Some(code), _) => writeln!(text, "exit code: {code}").expect("memory"),
            (None, signal) => writeln!(text, "ended by signal: {signal:?}").expect("memory"),
        }
        write!(text, "----- stdout\n{}----- stderr\n{}", self.stdout, self.stderr).expect("memory");
        text
    }
}
