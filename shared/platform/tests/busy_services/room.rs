//! How many calls are under way at once.

use std::time::Duration;

use futures::future::join_all;
use serde_json::json;

use super::scripted::Reply;
use super::{Scripted, delivery, webhook};

#[tokio::test]
async fn a_service_that_hangs_takes_a_bounded_number_of_connections() {
    const ROOM: usize = 128;
    let service = Scripted::new(vec![Reply(Reply::NEVER.to_owned())]).await;
    let deliveries: Vec<_> = (0..300).map(delivery).collect();
    let webhook = webhook();
    let hanging = join_all(deliveries.iter().map(|one| service.ports.log.get(&webhook, one)));
    let full = async {
        while service.requests.lock().unwrap().len() < ROOM {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        // Time enough for those that would come without a bound.
        tokio::time::sleep(Duration::from_millis(300)).await;
    };
    tokio::select! {
        _ = hanging => panic!("nobody answers"),
        () = full => {}
    }
    assert_eq!(service.requests.lock().unwrap().len(), ROOM);
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
