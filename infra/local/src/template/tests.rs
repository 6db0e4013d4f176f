use super::*;

fn template() -> Template {
    Template::parse(TEMPLATE, "t").unwrap()
}

#[test]
fn the_tables_of_the_real_template_can_be_made() {
    let tables = template().tables().unwrap();
    let ids: Vec<_> = tables.iter().map(|table| table.logical_id.as_str()).collect();
    assert_eq!(ids, ["MainTable", "DeliveriesTable"]);
    for table in &tables {
        assert_eq!(table.name, format!("t-{}", table.logical_id));
        assert_eq!(table.ttl.as_deref(), Some("ttl"));
        assert_eq!(
            table.create["KeySchema"],
            json!([{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}])
        );
    }
}

#[test]
fn the_queues_of_the_real_template_can_be_made_dead_letter_queues_first() {
    let queues = template().queues().unwrap();
    let ids: Vec<_> = queues.iter().map(|queue| queue.logical_id.as_str()).collect();
    assert_eq!(ids, ["EventsDeadLetterQueue", "DeliveriesDeadLetterQueue", "EventsQueue", "DeliveriesQueue"]);
    let events = queues.iter().find(|queue| queue.logical_id == "EventsQueue").unwrap();
    assert_eq!(events.name, "t-events");
    let redrive: Json = serde_json::from_str(&events.attributes["RedrivePolicy"]).unwrap();
    assert_eq!(redrive["deadLetterTargetArn"], queue_arn("t-events-dead-letter"));
    assert!(redrive["maxReceiveCount"].is_u64());
}

#[test]
fn visibility_is_six_times_the_timeout_of_the_dispatcher() {
    let timeout = template().function("DispatcherFunction").unwrap().timeout.as_secs();
    for queue in template().queues().unwrap() {
        if let Some(visibility) = queue.attributes.get("VisibilityTimeout") {
            assert!(visibility.parse::<u64>().unwrap() >= 6 * timeout, "{}", queue.logical_id);
        }
    }
}

#[test]
fn what_is_not_understood_is_refused() {
    let text = "Resources: {Q: {Type: AWS::SQS::Queue, Properties: {VisibilityTimeout: !If [A, 1, 2]}}}";
    assert!(matches!(Template::parse(text, "t").unwrap().queues(), Err(Error::Template(_))));
}

#[test]
fn the_sweep_of_the_real_template_is_sent_to_the_deliveries_queue_once_an_hour() {
    let schedules = template().schedules().unwrap();
    let hour = Duration::from_secs(60 * 60);
    let message = r#"{"version":1,"kind":"sweep"}"#.to_owned();
    assert_eq!(schedules, [Schedule { queue: "DeliveriesQueue".to_owned(), message, every: hour }]);
}
