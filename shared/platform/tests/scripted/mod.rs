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
    pub(crate) body: Value,
}

/// Serves these answers at the URL that it gives, one a request, the last one
/// again and again.
pub(crate) fn serve(answers: Vec<(u16, Value)>) -> (String, Requests) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let requests = Requests::default();
    let seen = Arc::clone(&requests);
    std::thread::spawn(move || {
        for (place, stream) in listener.incoming().enumerate() {
            let (status, body) = answers[place.min(answers.len() - 1)].clone();
            let mut stream = stream.unwrap();
            seen.lock().unwrap().push(read(&stream));
            let body = body.to_string();
            let head =
                format!("HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", body.len());
            stream.write_all((head + &body).as_bytes()).unwrap();
        }
    });
    (url, requests)
}

fn read(stream: &TcpStream) -> Request {
    let mut reader = BufReader::new(stream);
    let (mut length, mut authorization) = (0, String::new());
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
            Some(_) => {}
            None if line.trim().is_empty() => break,
            None => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    Request { authorization, body: serde_json::from_slice(&body).unwrap() }
}
