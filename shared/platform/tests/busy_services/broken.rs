//! A service's machine that answers with a fault of its own is not asked again over the same connection.

use std::io::Write;
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use domain::ports::PortResult;
use serde_json::json;
use tracing::Level;

use super::scripted::{self, Requests};
use super::{Scripted, delivery, webhook};

/// Over which connection each request came.
type Ways = Arc<Mutex<Vec<usize>>>;

/// Answers over connections that it keeps open, first with this status, then well.
fn serve(first: u16) -> (String, Ways) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let ways = Ways::default();
    let noted = Arc::clone(&ways);
    std::thread::spawn(move || {
        for (way, stream) in listener.incoming().enumerate() {
            let (mut stream, noted) = (stream.unwrap(), Arc::clone(&noted));
            std::thread::spawn(move || {
                while stream.peek(&mut [0]).is_ok_and(|read| read > 0) {
                    scripted::read(&stream);
                    let place = {
                        let mut noted = noted.lock().unwrap();
                        noted.push(way);
                        noted.len()
                    };
                    let status = if place == 1 { first } else { 200 };
                    let body = json!({ "__type": "com.amazonaws#InternalServerError" }).to_string();
                    let length = body.len();
                    write!(stream, "HTTP/1.1 {status} X\r\ncontent-length: {length}\r\n\r\n{body}").unwrap();
                }
            });
        }
    });
    (url, ways)
}

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Two calls of a service that answers the first request with this status; what they bring, over
/// which connections, and what is logged.
async fn ask_twice(first: u16) -> ([PortResult<()>; 2], Vec<usize>, String) {
    let lines = Lines::default();
    let writer = lines.clone();
    let logger = tracing_subscriber::fmt().with_max_level(Level::WARN).with_writer(move || writer.clone());
    let _logged = tracing::subscriber::set_default(logger.finish());
    let (url, ways) = serve(first);
    let service = Scripted::at((url, Requests::default()), 0);
    let ask = async || service.ports.log.get(&webhook(), &delivery(1)).await.map(|_| ());
    let told = [ask().await, ask().await];
    let (ways, lines) = (ways.lock().unwrap().clone(), lines.0.lock().unwrap().clone());
    (told, ways, String::from_utf8(lines).unwrap())
}

#[tokio::test]
async fn a_fault_of_the_service_closes_its_connection_and_is_nothing_to_tell_of() {
    for status in [500, 502, 503, 504] {
        let came = ask_twice(status).await;
        assert_eq!(came, ([Ok(()), Ok(())], vec![0, 1, 1], String::new()), "{status}");
    }
}

#[tokio::test]
async fn any_other_answer_leaves_the_connection_open() {
    let (told, ways, lines) = ask_twice(200).await;
    assert_eq!((told, ways, lines), ([Ok(()), Ok(())], vec![0, 0], String::new()));
    let (told, ways, lines) = ask_twice(400).await;
    assert!(told[0].is_err() && told[1].is_ok(), "{told:?}");
    assert_eq!((ways, lines), (vec![0, 0], String::new()));
}
