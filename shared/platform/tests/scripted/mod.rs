//! A service that gives scripted answers.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use serde_json::Value;

/// What was asked so far.
pub(crate) type Requests = Arc<Mutex<Vec<Request>>>;

pub(crate) struct Request {
    /// Who signed it for what: the credential of the `authorization` header.
    #[allow(dead_code, reason = "not every test asks who signed")]
    pub(crate) authorization: String,
    /// The operation, as the `x-amz-target` header names it.
    #[allow(dead_code, reason = "not every test asks for the operation")]
    pub(crate) target: String,
    pub(crate) body: Value,
}

/// All that a request is sent before its connection ends.
#[derive(Clone)]
pub(crate) struct Reply(pub(crate) String);

impl Reply {
    /// None, and the connection stays open.
    pub(crate) const NEVER: &str = "never";

    /// An answer with these header lines, each with its line break.
    pub(crate) fn of(status: u16, headers: &str, body: &str) -> Self {
        let length = body.len();
        Self(format!(
            "HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n{body}"
        ))
    }
}

impl From<(u16, Value)> for Reply {
    fn from((status, body): (u16, Value)) -> Self {
        Self::of(status, "", &body.to_string())
    }
}

/// Serves these answers at the URL that it gives, one a request, the last one
/// again and again.
pub(crate) fn serve<R: Into<Reply>>(answers: Vec<R>) -> (String, Requests) {
    let answers: Vec<Reply> = answers.into_iter().map(Into::into).collect();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let requests = Requests::default();
    let seen = Arc::clone(&requests);
    std::thread::spawn(move || {
        let mut kept = Vec::new();
        for (place, stream) in listener.incoming().enumerate() {
            let mut stream = stream.unwrap();
            let request = read(&stream);
            seen.lock().unwrap().push(request);
            let Reply(text) = &answers[place.min(answers.len() - 1)];
            if text == Reply::NEVER {
                kept.push(stream);
            } else {
                stream.write_all(text.as_bytes()).unwrap();
            }
        }
    });
    (url, requests)
}

/// What comes on this connection.
pub(crate) fn read(stream: &TcpStream) -> Request {
    let mut reader = BufReader::new(stream);
    let (mut length, mut authorization, mut target) = (0, String::new(), String::new());
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        match line.trim().split_once(": ") {
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                length = value.parse().unwrap()
            }
            Some((name, value)) if name.eq_ignore_ascii_case("authorization") => {
                value.clone_into(&mut authorization)
            }
            Some((name, value)) if name.eq_ignore_ascii_case("x-amz-target") => value.clone_into(&mut target),
            Some(_) => {}
            None if line.trim().is_empty() => break,
            None => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    Request { authorization, target, body: serde_json::from_slice(&body).unwrap() }
}
