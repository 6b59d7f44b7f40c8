//! Something that speaks as PostgreSQL does, and lets nobody in.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread::spawn;

/// A server that answers every login with this error, until the test ends; its address.
pub(crate) fn refusing_server(code: &'static str, message: &'static str) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            // The client may go at any moment.
            drop(refuse(client, code, message));
        }
    });
    address
}

/// A server that takes connections and never says a word, as one does that was stopped.
pub(crate) fn silent_server() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    (listener, address)
}

fn refuse(mut client: TcpStream, code: &str, message: &str) -> io::Result<()> {
    const ENCRYPTION: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];
    let mut first = [0; 8];
    client.read_exact(&mut first)?;
    if first == ENCRYPTION {
        client.write_all(b"N")?;
        client.read_exact(&mut first)?;
    }
    let fields = format!("SFATAL\0VFATAL\0C{code}\0M{message}\0\0");
    let length = u32::try_from(fields.len() + 4).expect("a short message");
    client.write_all(&[b"E", &length.to_be_bytes()[..], fields.as_bytes()].concat())?;
    // What the client had still to say is read, or it would be told of a reset instead.
    client.shutdown(std::net::Shutdown::Write)?;
    io::copy(&mut client, &mut io::sink()).map(drop)
}
