//! How many calls are under way at once.

use std::collections::VecDeque;
use std::io::{ErrorKind, Write};
use std::net::TcpListener;
use std::thread::JoinHandle;

use futures::future::join_all;
use serde_json::json;

use super::scripted::{self, Reply, Requests};
use super::{Scripted, delivery, webhook};

const ROOM: usize = 128;
const CALLS: usize = 300;

/// Answers none before the room is full, and then the oldest whenever no other
/// is there, so that it stays full. Tells how many waited at most.
fn serve() -> (String, JoinHandle<usize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let Reply(nothing) = (200, json!({})).into();
    let served = std::thread::spawn(move || {
        let (mut came, mut most, mut waiting) = (0, 0, VecDeque::new());
        while came < CALLS || !waiting.is_empty() {
            listener.set_nonblocking(came == CALLS || waiting.len() >= ROOM).unwrap();
            match listener.accept() {
                Ok((stream, _)) => {
                    stream.set_nonblocking(false).unwrap();
                    scripted::read(&stream);
                    waiting.push_back(stream);
                    came += 1;
                    most = most.max(waiting.len());
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    waiting.pop_front().unwrap().write_all(nothing.as_bytes()).unwrap();
                }
                Err(error) => panic!("{error}"),
            }
        }
        most
    });
    (url, served)
}

#[tokio::test]
async fn a_service_is_asked_many_things_at_once_but_never_more_than_there_is_room_for() {
    let (url, served) = serve();
    let service = Scripted::at((url, Requests::default()), 0);
    let deliveries: Vec<_> = (0..CALLS as i64).map(delivery).collect();
    let webhook = webhook();
    let answers = join_all(deliveries.iter().map(|one| service.ports.log.get(&webhook, one))).await;
    assert!(answers.iter().all(|answer| *answer == Ok(None)), "{answers:?}");
    assert_eq!(served.join().unwrap(), ROOM, "so many at most of {CALLS}");
}

#[tokio::test]
async fn what_comes_in_parts_is_asked_for_as_long_as_there_is_more() {
    let key = |place: i64| json!({"pk": {"S": "L"}, "sk": {"S": delivery(place).as_str()}});
    let answers = (0..8).map(|answered| {
        let left: Vec<_> = (answered + 1..8).map(key).collect();
        (
            200,
            json!({
                "Responses": {"deliveries": [key(answered)]},
                "UnprocessedKeys": {"deliveries": {"Keys": left}},
            }),
        )
    });
    let service = Scripted::new(answers.collect::<Vec<_>>()).await;
    let deliveries: Vec<_> = (0..8).map(delivery).collect();
    let known = service.ports.log.known(&webhook(), &deliveries).await.unwrap();
    assert_eq!((known.len(), service.requests().len()), (8, 8));
}
