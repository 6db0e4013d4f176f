//! Services that take a call and never answer.

use std::time::Duration;

use futures::future::join_all;

use super::Scripted;
use super::calls::make;
use super::scripted::Reply;

/// More than the ten seconds that a call has, less than three attempts of four.
const BOUND: Duration = Duration::from_secs(11);

#[tokio::test]
async fn a_call_that_is_never_answered_is_made_three_times_and_told_as_a_timeout() {
    let calls = [
        ("log.get", "dynamodb.GetItem"),
        ("queue.send_event", "sqs.SendMessage"),
        ("secrets.read", "secretsmanager.GetSecretValue"),
    ];
    let made = calls.map(|(call, operation)| async move {
        let service = Scripted::new(vec![Reply(Reply::NEVER.to_owned())]).await;
        let told = tokio::time::timeout(BOUND, make(&service, call)).await;
        assert_eq!(told, Ok(format!("{operation}: timeout")), "{call}");
        assert_eq!(service.requests().len(), 3, "{call}");
    });
    join_all(made).await;
}
