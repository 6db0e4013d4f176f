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
    /// Whether the answer stops before its end.
    stalls: bool,
    is_over: bool,
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
                if state.is_over {
                    break;
                }
                state.requests.push(request);
                let written = state.answer.as_ref().map(|answer| stream.write_all(answer.as_bytes()));
                if state.stalls || written.is_none() {
                    state.hanging.push(stream);
                }
            }
        });
        Self { url, state }
    }

    /// From now on every request is answered so; `status` may bring headers along.
    pub(crate) fn answer(&self, status: &str, body: &str) {
        self.set(Some(text(status, body, body.len())), false);
    }

    /// From now on every answer is cut off before its end.
    pub(crate) fn cut_off(&self, status: &str, body: &str) {
        self.set(Some(text(status, body, body.len() + 1)), false);
    }

    /// From now on every answer comes to a halt before its end.
    pub(crate) fn stall(&self, status: &str, body: &str) {
        self.set(Some(text(status, body, body.len() + 1)), true);
    }

    /// From now on no request is answered.
    pub(crate) fn hang(&self) {
        self.set(None, false);
    }

    fn set(&self, answer: Option<String>, stalls: bool) {
        let mut state = self.state.lock().unwrap();
        (state.answer, state.stalls) = (answer, stalls);
    }

    /// What was asked, head and body.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.state.lock().unwrap().requests.clone()
    }
}

impl Drop for Listener {
    /// Lets the thread go: it waits for one more connection.
    fn drop(&mut self) {
        self.state.lock().unwrap().is_over = true;
        drop(TcpStream::connect(self.url.trim_start_matches("http://")));
    }
}

fn text(status: &str, body: &str, length: usize) -> String {
    format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}")
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
