use std::time::Duration;

use crate::samples::tenant;
use crate::world::World;

pub(crate) async fn messages_arrive_and_delayed_ones_wait(world: &World) {
    let queue = &world.ports.queue;
    queue.send_event(&tenant(), "{\"kind\":\"event\"}").await.unwrap();
    queue.send_delivery(&tenant(), "now", Duration::ZERO).await.unwrap();
    queue.send_delivery(&tenant(), "later", Duration::from_millis(30_001)).await.unwrap();
    queue.send_delivery(&tenant(), "much later", Duration::from_secs(90_000)).await.unwrap();
    assert_eq!(world.events().await, ["{\"kind\":\"event\"}"]);
    assert_eq!(world.deliveries().await, ["now"]);
}
