//! How a partition is read of which most is passed over.

use domain::ports::{Came, Range};
use serde_json::json;

use super::{START, Scripted, delivery, webhook};

#[tokio::test]
async fn what_is_passed_over_is_read_in_pages_that_grow() {
    let key = json!({"pk": {"S": "B"}, "sk": {"S": delivery(1).as_str()}});
    let nothing = (200, json!({"Items": [], "LastEvaluatedKey": key}));
    let end = (200, json!({"Items": []}));
    let mut answers = vec![nothing; 4];
    answers.push(end);
    let service = Scripted::new(answers).await;
    let range = Range { since: Some(START), after: None };
    assert_eq!(service.ports.backlog.oldest(&webhook(), range, 1).await, Ok(Vec::new()));
    let limits: Vec<_> = service.requests().iter().map(|request| request["Limit"].as_u64()).collect();
    assert_eq!(limits, [1, 100, 1_000, 10_000, 100_000].map(Some));
}

#[tokio::test]
async fn what_is_counted_ends_however_much_is_passed_over() {
    let key = json!({"pk": {"S": "B"}, "sk": {"S": delivery(1).as_str()}});
    let few = (200, json!({"Items": [{}, {}], "LastEvaluatedKey": key}));
    let service = Scripted::new(vec![few]).await;
    let counted = service.ports.backlog.count(&webhook(), Came::Since(START), 10_000).await;
    assert_eq!((counted, service.requests().len()), (Ok(40), 20));
    assert!(service.requests().iter().all(|request| request["ScanIndexForward"] == false));
}
