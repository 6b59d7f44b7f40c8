//! A pooler, `PgBouncer`, in front of the test server: every transaction gets whichever session is free.

use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use diesel::PgConnection;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use tempfile::TempDir;

use super::Database;

/// Sessions that take turns.
const SESSIONS: usize = 4;

pub(crate) struct Pooler {
    process: Child,
    url: String,
    _folder: TempDir,
}

impl Pooler {
    /// None, and said so, where there is no `pgbouncer`.
    pub(crate) fn start(database: &Database) -> Option<Pooler> {
        if pgbouncer().arg("--version").output().is_err() {
            let test = std::thread::current().name().unwrap_or("a test").to_owned();
            super::skip(&test, "pgbouncer is not installed");
            return None;
        }
        let folder = super::folder();
        let url = database.url();
        let (login, place) =
            url.split_once("://").and_then(|(_, url)| url.split_once('@')).expect("a login");
        let (user, password) = login.split_once(':').expect("a password");
        let (server, name) = place.split_once('/').expect("a database");
        let (host, port) = server.split_once(':').expect("a port");
        let own = free_port();
        let settings = format!(
            "[databases]\n\
             * = host={host} port={port}\n\
             [pgbouncer]\n\
             listen_addr = 127.0.0.1\n\
             listen_port = {own}\n\
             unix_socket_dir =\n\
             auth_type = scram-sha-256\n\
             auth_file = {}\n\
             pool_mode = transaction\n\
             server_round_robin = 1\n",
            folder.path().join("users").display()
        );
        write_for_all(&folder.path().join("settings"), &settings);
        write_for_all(&folder.path().join("users"), &format!("\"{user}\" \"{password}\"\n"));
        let mut command = pgbouncer();
        // It refuses to run as root.
        if std::fs::metadata(folder.path()).expect("it is there").uid() == 0 {
            open_to_all(folder.path());
            command.args(["--user", "nobody"]);
        }
        let process = command
            .arg(folder.path().join("settings"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("pgbouncer starts");
        let url = format!("postgres://{login}@127.0.0.1:{own}/{name}");
        let mut pooler = Pooler { process, url, _folder: folder };
        pooler.wait_until_up(own);
        pooler.warm_up();
        Some(pooler)
    }

    /// The database behind the pooler.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    fn wait_until_up(&mut self, port: u16) {
        let deadline = Instant::now() + Duration::from_secs(30);
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            let ended = self.process.try_wait().expect("the child can be waited for");
            assert!(ended.is_none(), "pgbouncer ended: {ended:?}");
            assert!(Instant::now() < deadline, "pgbouncer does not listen");
            sleep(Duration::from_millis(10));
        }
    }

    /// Several sessions, so that two transactions in a row never get the same one.
    fn warm_up(&self) {
        let mut clients: Vec<PgConnection> = (0..SESSIONS)
            .map(|_| PgConnection::establish(&self.url).expect("the pooler lets us in"))
            .collect();
        for words in ["BEGIN; SELECT 1", "COMMIT"] {
            for client in &mut clients {
                client.batch_execute(words).expect("a transaction");
            }
        }
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

fn pgbouncer() -> Command {
    let mut command = Command::new("pgbouncer");
    // Debian has it where only root's PATH leads.
    command.env("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    command
}

/// Below the ports that the system gives away by itself.
fn free_port() -> u16 {
    let is_free = |port: &u16| TcpListener::bind(("127.0.0.1", *port)).is_ok();
    std::iter::repeat_with(|| fastrand::u16(12_000..20_000)).find(is_free).expect("a free port")
}

fn write_for_all(file: &Path, text: &str) {
    std::fs::write(file, text).expect("a file");
    open_to_all(file);
}

fn open_to_all(path: &Path) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).expect("permissions");
}
