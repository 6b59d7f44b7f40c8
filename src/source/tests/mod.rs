//! The wire, over real sockets: a server that answers each request with the bytes a test gives it.

mod faults;
mod paging;
mod server;
