//! A proxy as companies have them: it is asked by CONNECT to let a client through, and says how it decided.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{JoinHandle, spawn};

/// The proxy; it stops listening with the value.
pub(crate) struct HttpProxy {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
    stopped: Arc<AtomicBool>,
    listening: Option<JoinHandle<()>>,
}

impl HttpProxy {
    /// Whatever host is asked for, the client ends up at this port of this machine.
    pub(crate) fn leading_to(port: u16) -> HttpProxy {
        HttpProxy::start("200 OK", Some(port))
    }

    /// Lets nobody through: `407 Proxy Authentication Required`.
    pub(crate) fn answering(status: &'static str) -> HttpProxy {
        HttpProxy::start(status, None)
    }

    fn start(status: &'static str, port: Option<u16>) -> HttpProxy {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let asked = Arc::new(Mutex::new(vec![]));
        let stopped = Arc::new(AtomicBool::new(false));
        let (log, stop) = (Arc::clone(&asked), Arc::clone(&stopped));
        let listening = spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if stop.load(Ordering::SeqCst) {
                    return;
                }
                let log = Arc::clone(&log);
                // The client may go at any moment.
                spawn(move || drop(serve(stream, status, port, &log)));
            }
        });
        HttpProxy { address, asked, stopped, listening: Some(listening) }
    }

    /// Host and port.
    pub(crate) fn address(&self) -> String {
        self.address.to_string()
    }

    /// The heads of the requests so far.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("no connection panics").clone()
    }
}

impl Drop for HttpProxy {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::SeqCst);
        // One more connection, so that the listener sees it.
        drop(TcpStream::connect(self.address));
        if let Some(listening) = self.listening.take() {
            drop(listening.join());
        }
    }
}

fn serve(
    mut client: TcpStream,
    status: &str,
    port: Option<u16>,
    log: &Mutex<Vec<String>>,
) -> io::Result<()> {
    let mut head = Vec::new();
    let mut byte = [0; 1];
    while !head.ends_with(b"\r\n\r\n") {
        client.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    log.lock().expect("no connection panics").push(String::from_utf8_lossy(&head).into_owned());
    client.write_all(format!("HTTP/1.1 {status}\r\n\r\n").as_bytes())?;
    let Some(port) = port else { return Ok(()) };
    let mut server = TcpStream::connect(("127.0.0.1", port))?;
    let (mut from, mut to) = (client.try_clone()?, server.try_clone()?);
    let back = spawn(move || {
        let copied = io::copy(&mut server, &mut client);
        // Both fail only when that side is gone already.
        drop(client.shutdown(Shutdown::Both));
        copied
    });
    io::copy(&mut from, &mut to)?;
    to.shutdown(Shutdown::Both)?;
    drop(back.join());
    Ok(())
}
