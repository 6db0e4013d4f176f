//! A listener on loopback that keeps what it is asked and answers as it is told.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// One that lives as long as the test.
pub(crate) struct Listener {
    /// Without a slash at its end.
    pub(crate) url: String,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    /// None: nobody ever gets one.
    answer: Option<String>,
    requests: Vec<String>,
    hanging: Vec<TcpStream>,
}

impl Listener {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(State::default()));
        let served = state.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let request = read(&mut stream);
                let mut state = served.lock().unwrap();
                state.requests.push(request);
                match &state.answer {
                    Some(answer) => drop(stream.write_all(answer.as_bytes())),
                    None => state.hanging.push(stream),
                }
            }
        });
        Self { url, state }
    }

    /// From now on every request is answered so; `status` may bring headers along.
    pub(crate) fn answer(&self, status: &str, body: &str) {
        let length = body.len();
        let answer =
            format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}");
        self.state.lock().unwrap().answer = Some(answer);
    }

    /// From now on no request is answered.
    pub(crate) fn hang(&self) {
        self.state.lock().unwrap().answer = None;
    }

    /// What was asked, head and body.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.state.lock().unwrap().requests.clone()
    }
}

fn read(stream: &mut TcpStream) -> String {
    let (mut text, mut bytes) = (String::new(), [0; 4_096]);
    while let Ok(length @ 1..) = stream.read(&mut bytes) {
        text.push_str(&String::from_utf8_lossy(&bytes[..length]));
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head
            .to_lowercase()
            .split_once("content-length: ")
            .map_or(0, |(_, rest)| rest.split_once('\r').map_or(rest, |(length, _)| length).parse().unwrap());
        if body.len() >= length {
            break;
        }
    }
    text
}
