//! A query's answer, read from its text. The SDK makes a map of maps of it,
//! with a copy of each name and value, which for a tenant's 50 webhooks takes
//! longer than all else that is done with them.

use std::borrow::{Borrow, Cow};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_dynamodb::config::interceptors::BeforeDeserializationInterceptorContextMut as Received;
use aws_sdk_dynamodb::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::dyn_dispatch_hint;
use aws_smithy_types::body::SdkBody;
use base64::prelude::{BASE64_STANDARD, Engine as _};
use domain::ports::{PortError, PortResult};
use domain::time::Timestamp;
use serde::de::{Deserialize, Deserializer, Error as _, IgnoredAny};

use crate::error::{DYNAMODB, coded, port_error};
use crate::fields::{Attributes, Fields, Value};
use crate::tables::Key;

/// Sends a query and brings its answer's text.
pub(crate) async fn text(query: QueryFluentBuilder) -> PortResult<String> {
    let taken = Taken::default();
    let call = query.customize().interceptor(taken.clone());
    call.send().await.map_err(|error| port_error(DYNAMODB, "Query", &error))?;
    let text = taken.text().ok_or_else(unreadable)?;
    String::from_utf8(text).map_err(|_| unreadable())
}

/// What a query brought (<https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html>).
#[derive(serde::Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Answer<'a> {
    #[serde(borrow, default)]
    items: Vec<Brought<'a>>,
    #[serde(borrow)]
    last_evaluated_key: Option<Brought<'a>>,
}

impl<'a> Answer<'a> {
    pub(crate) fn read(text: &'a str) -> PortResult<Self> {
        serde_json::from_str(text).map_err(|_| unreadable())
    }

    /// All items, expired ones too.
    pub(crate) fn all(&self) -> impl Iterator<Item = Fields<'_>> {
        self.items.iter().map(|item| Fields(item))
    }

    /// The items that have not expired.
    pub(crate) fn live(&self, now: Timestamp) -> impl Iterator<Item = Fields<'_>> {
        self.all().filter(move |item| item.is_live(now))
    }

    /// The key that was read last, when there may be more behind it.
    pub(crate) fn last_key(&self) -> PortResult<Option<Key>> {
        self.last_evaluated_key.as_ref().map(|key| Fields(key).key()).transpose()
    }
}

/// An item, most of which lies in the answer's text.
#[derive(Debug, serde::Deserialize)]
struct Brought<'a>(#[serde(borrow)] BTreeMap<Name<'a>, Stored<'a>>);

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

/// By its type's name
/// (<https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html>).
#[derive(Debug, serde::Deserialize)]
enum Stored<'a> {
    S(#[serde(borrow)] Cow<'a, str>),
    N(#[serde(borrow)] Cow<'a, str>),
    B(#[serde(deserialize_with = "bytes")] Vec<u8>),
    #[serde(rename = "BOOL")]
    Flag(bool),
    #[serde(rename = "NULL", alias = "M", alias = "L", alias = "SS", alias = "NS", alias = "BS")]
    Other(IgnoredAny),
}

impl Borrow<str> for Name<'_> {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl Attributes for Brought<'_> {
    fn attribute(&self, name: &str) -> Option<Value<'_>> {
        Some(match self.0.get(name)? {
            Stored::S(text) => Value::Text(text),
            Stored::N(number) => Value::Number(number),
            Stored::B(bytes) => Value::Bytes(bytes),
            Stored::Flag(flag) => Value::Flag(*flag),
            Stored::Other(_) => Value::Other,
        })
    }
}

fn bytes<'a, D: Deserializer<'a>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    let text = Cow::<str>::deserialize(deserializer)?;
    BASE64_STANDARD.decode(&*text).map_err(D::Error::custom)
}

fn unreadable() -> PortError {
    coded(DYNAMODB, "Query", "unreadable")
}

/// Takes the text of a good answer before the SDK reads it, and leaves it an empty one. What came
/// in part is left to the SDK, which tries again.
#[derive(Clone, Debug, Default)]
struct Taken(Arc<Mutex<Option<Vec<u8>>>>);

impl Taken {
    fn text(&self) -> Option<Vec<u8>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

#[dyn_dispatch_hint]
impl Intercept for Taken {
    fn name(&self) -> &'static str {
        "the text of an answer"
    }

    fn modify_before_deserialization(
        &self,
        received: &mut Received<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let answer = received.response_mut();
        if answer.status().is_success()
            && let Some(text) = answer.body().bytes()
        {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(text.to_vec());
            *answer.body_mut() = SdkBody::from("{}");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_attribute_is_read_as_its_type() {
        let text = r#"{"Count": 1, "Items": [{
            "sk": {"S": "W#1"}, "pk": {"S": "t\u002d1\n"}, "other \"name\"": {"S": "é"}, "since": {"N": "17"},
            "event": {"B": "AQID"}, "removed": {"BOOL": true}, "list": {"L": [{"M": {"a": {"NULL": true}}}]},
            "nothing": {"NULL": true}, "set": {"SS": ["a"]}
        }], "ScannedCount": 1}"#;
        let answer = Answer::read(text).unwrap();
        let item = answer.all().next().unwrap();
        for (name, value) in [
            ("pk", Value::Text("t-1\n")),
            ("other \"name\"", Value::Text("é")),
            ("since", Value::Number("17")),
            ("event", Value::Bytes(&[1, 2, 3])),
            ("removed", Value::Flag(true)),
            ("list", Value::Other),
            ("nothing", Value::Other),
            ("set", Value::Other),
        ] {
            assert_eq!(item.get(name), Some(value), "{name}");
        }
        assert_eq!(item.get("absent"), None);
        let key = item.key().unwrap();
        assert_eq!((&*key.pk, &*key.sk), ("t-1\n", "W#1"));
        assert_eq!((answer.all().count(), answer.last_key()), (1, Ok(None)));
    }

    #[test]
    fn expired_items_are_told_apart_and_the_last_key_is_there() {
        let text = r#"{"Items": [{"ttl": {"N": "10"}}, {"ttl": {"N": "11"}}, {}, {"ttl": {"S": "12"}}],
            "LastEvaluatedKey": {"pk": {"S": "P"}, "sk": {"S": "S"}}}"#;
        let answer = Answer::read(text).unwrap();
        let live: Vec<_> = answer.live(Timestamp::from_millis(10_999)).map(|item| item.get("ttl")).collect();
        assert_eq!(live, [Some(Value::Number("11")), None]);
        assert_eq!(answer.last_key(), Ok(Some(Key { pk: "P".to_owned(), sk: "S".to_owned() })));
    }

    #[test]
    fn what_is_no_answer_is_refused() {
        for text in [
            "",
            "<html>",
            "[]",
            "{\"Items\": {}}",
            "{\"Items\": [{\"a\": \"b\"}]}",
            "{\"Items\": [{\"a\": {\"B\": \"!\"}}]}",
            "{\"Items\": [{\"a\": {\"X\": 1}}]}",
            "{\"Items\": [{}]",
        ] {
            let told = Answer::read(text).err().map(|error| error.to_string());
            assert!(told.is_some_and(|told| told.ends_with("dynamodb.Query: unreadable")), "{text}");
        }
        assert_eq!(Answer::read("{}").unwrap().all().count(), 0);
    }
}
