//! A stand-in of the SpaceX API on loopback.
//!
//! Invented launches (or served files), the real server's answers, time, edits and faults on demand. It imports nothing else of this package, since a stand-in that shares code shares bugs.

mod cache;
mod clockwork;
mod connection;
mod control;
mod document;
mod draw;
mod faults;
mod fields;
mod filter;
mod ground;
mod http;
mod instant;
mod portrait;
mod prepared;
mod projection;
mod query;
mod routes;
mod store;
#[cfg(test)]
mod tests;
mod universe;
mod world;

use std::collections::HashMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use cache::Cache;
use clockwork::Clockwork;
use store::Store;
use world::World;

/// What a sandbox serves, and how.
#[derive(Debug, Clone)]
pub struct Options {
    /// How many launches to invent.
    pub launches: u32,
    /// The same seed invents the same launches.
    pub seed: u64,
    /// The port on 127.0.0.1; 0 takes a free one.
    pub port: u16,
    /// Keep answers for a while, as the real server does in production.
    pub cache: bool,
    /// Compress answers for clients that accept it, as a proxy may.
    pub gzip: bool,
    /// Serve `launches.json`, `payloads.json`, `launchpads.json` and `rockets.json` of this directory instead.
    pub data: Option<PathBuf>,
}

impl Default for Options {
    fn default() -> Self {
        Self { launches: 205, seed: 1, port: 0, cache: false, gzip: true, data: None }
    }
}

/// Why a sandbox could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A file of the directory is missing or cannot be served.
    #[error(
        "cannot serve {0}; a data directory holds launches.json, payloads.json, launchpads.json and rockets.json, a JSON array each"
    )]
    Files(#[source] io::Error),
    /// The port is taken or may not be used.
    #[error(
        "cannot listen on 127.0.0.1:{port}: {cause}; choose another --port, or none for a free one"
    )]
    Listen {
        /// The port that was asked for.
        port: u16,
        /// What the operating system said.
        #[source]
        cause: io::Error,
    },
}

/// What all threads of a sandbox share.
struct Shared {
    world: Mutex<World>,
    stopping: AtomicBool,
    connections: Mutex<HashMap<u64, TcpStream>>,
}

impl Shared {
    fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn connections(&self) -> MutexGuard<'_, HashMap<u64, TcpStream>> {
        self.connections.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A running sandbox; dropping it ends its threads and closes its connections.
pub struct Sandbox {
    shared: Arc<Shared>,
    address: SocketAddr,
    accepting: Option<JoinHandle<()>>,
}

impl Sandbox {
    /// Invents or reads what is to be served, and serves it from threads of its own.
    pub fn start(options: Options) -> Result<Self, StartError> {
        let port = options.port;
        let world = world(options)?;
        let listening = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
            .and_then(|listener| Ok((listener.local_addr()?, listener)));
        let (address, listener) = listening.map_err(|cause| StartError::Listen { port, cause })?;
        let shared = Arc::new(Shared {
            world: Mutex::new(world),
            stopping: AtomicBool::new(false),
            connections: Mutex::new(HashMap::new()),
        });
        let for_accepting = Arc::clone(&shared);
        let accepting = Some(std::thread::spawn(move || accept(&listener, &for_accepting)));
        Ok(Self { shared, address, accepting })
    }

    /// The address of the API, ending in `/v4`.
    pub fn url(&self) -> String {
        format!("http://{}/v4", self.address)
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.shared.stopping.store(true, Ordering::Relaxed);
        // Wakes the thread that waits for a connection.
        drop(TcpStream::connect(self.address));
        if let Some(accepting) = self.accepting.take() {
            drop(accepting.join());
        }
    }
}

fn world(options: Options) -> Result<World, StartError> {
    let Options { launches, seed, cache, gzip, data, port: _ } = options;
    let (store, clock, source) = if let Some(directory) = data {
        let store = Store::from_directory(&directory, seed).map_err(StartError::Files)?;
        let clock = Clockwork::after(&store, seed);
        (store, clock, "data".to_owned())
    } else {
        (Store::generated(launches, seed), Clockwork::new(seed), format!("seed={seed}"))
    };
    Ok(World {
        store,
        clock,
        cache: cache.then(Cache::new),
        faults: Vec::new(),
        schedule: Vec::new(),
        log: Vec::new(),
        served: 0,
        created: 0,
        label: format!("{} {source}", env!("CARGO_PKG_VERSION")),
        gzip,
    })
}

/// Gives each connection a thread; at the end closes them all and waits for the threads.
fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    let mut threads: Vec<JoinHandle<()>> = Vec::new();
    for (number, stream) in (0u64..).zip(listener.incoming()) {
        if shared.is_stopping() {
            break;
        }
        let Ok((stream, twin)) = stream.and_then(|stream| Ok((stream.try_clone()?, stream))) else {
            // Out of file descriptors, most likely: they come back.
            std::thread::sleep(Duration::from_millis(10));
            continue;
        };
        shared.connections().insert(number, twin);
        threads.retain(|thread| !thread.is_finished());
        let shared = Arc::clone(shared);
        threads.push(std::thread::spawn(move || {
            // An error here is the client's going away.
            drop(connection::serve(&shared, stream));
            shared.connections().remove(&number);
        }));
    }
    for stream in shared.connections().values() {
        drop(stream.shutdown(std::net::Shutdown::Both));
    }
    for thread in threads {
        drop(thread.join());
    }
}
