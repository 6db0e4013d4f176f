//! The floor of a start-up: asks the Lambda Runtime API for an invocation and
//! waits. Whatever is linked in costs more than this.

use std::io::{self, Write as _};
use std::net::TcpStream;

fn main() -> io::Result<()> {
    let address = std::env::var("AWS_LAMBDA_RUNTIME_API").map_err(io::Error::other)?;
    let mut stream = TcpStream::connect(&address)?;
    let ask = format!("GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: {address}\r\n\r\n");
    stream.write_all(ask.as_bytes())?;
    io::copy(&mut stream, &mut io::sink())?;
    Ok(())
}
