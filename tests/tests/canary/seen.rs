//! What was put out, and the search for secrets in it.

use std::fmt::Write as _;
use std::time::Duration;

use e2e::answer::Answer;
use e2e::emulators::endpoints;
use e2e::functions::Functions;
use serde_json::{Value, json};

/// The spellings under which a secret could hide.
fn spellings(secret: &str) -> Vec<String> {
    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
    let (mut hex, mut url) = (String::new(), String::new());
    for byte in secret.bytes() {
        write!(hex, "{byte:02x}").unwrap();
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => url.push(char::from(byte)),
            _ => write!(url, "%{byte:02X}").unwrap(),
        }
    }
    // Base64 of a text that stands inside another depends on where it begins.
    let base64 = (0..3).flat_map(|skip| {
        let inner = secret.get(skip..).unwrap_or_default();
        let whole = inner.get(..inner.len() / 3 * 3).unwrap_or_default();
        [STANDARD_NO_PAD.encode(whole), URL_SAFE_NO_PAD.encode(whole)]
    });
    let json = serde_json::to_string(secret).unwrap();
    let mut all = vec![secret.to_owned(), hex.to_uppercase(), hex, url, json.trim_matches('"').to_owned()];
    all.extend(base64);
    all
}

/// All that was put out, with its places.
#[derive(Default)]
pub(crate) struct Seen(pub(crate) Vec<(String, String)>);

impl Seen {
    pub(crate) fn add(&mut self, place: &str, text: impl Into<String>) {
        self.0.push((place.to_owned(), text.into()));
    }

    pub(crate) fn answer(&mut self, place: &str, answer: &Answer) {
        self.add(place, format!("{:?} {}", answer.headers, answer.text));
    }

    /// The tables, the queues, which are emptied, and what the functions have printed.
    pub(crate) async fn stores_and_output(&mut self, functions: &Functions) {
        for table in ["MainTable", "DeliveriesTable"] {
            self.add(table, scan(&functions.resources.table(table).unwrap()).await);
        }
        for queue in ["EventsQueue", "DeliveriesQueue", "EventsDeadLetterQueue", "DeliveriesDeadLetterQueue"]
        {
            let url = functions.resources.queue_url(queue).unwrap();
            while let messages @ [_, ..] =
                functions.sqs.receive(&url, 10, Duration::ZERO).await.unwrap().as_slice()
            {
                messages.iter().for_each(|message| self.add(queue, message.body.clone()));
            }
        }
        let output = String::from_utf8(functions.output.lock().unwrap().clone()).unwrap();
        assert!(output.contains("danger"), "the output was caught");
        self.add("log", output);
    }

    pub(crate) fn assert_looked_at(&self, places: &[&str]) {
        let seen: Vec<&str> = self.0.iter().map(|(place, _)| place.as_str()).collect();
        for place in places {
            assert!(seen.contains(place), "{place} was not looked at: {seen:?}");
        }
    }

    pub(crate) fn assert_free_of(&self, secret: &str) {
        for (place, text) in &self.0 {
            for spelling in spellings(secret) {
                assert!(!text.contains(&spelling), "{place} holds a secret as {spelling:?}: {text}");
            }
        }
    }
}

/// All items of a table as JSON text; what is compressed is an event.
async fn scan(table: &str) -> String {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let response = client
        .post(endpoints().await.dynamodb)
        .header("x-amz-target", "DynamoDB_20120810.Scan")
        .header("content-type", "application/x-amz-json-1.0")
        .header("x-amz-date", "20261123T154000Z")
        .header("authorization", "AWS4-HMAC-SHA256 Credential=test/20261123/us-east-1/dynamodb/aws4_request, SignedHeaders=host;x-amz-date, Signature=0")
        .body(json!({ "TableName": table }).to_string())
        .send()
        .await
        .unwrap();
    let text = response.text().await.unwrap();
    let items: Value = serde_json::from_str(&text).unwrap();
    assert!(items["Count"].as_u64().unwrap_or_default() > 0, "{text}");
    text
}
