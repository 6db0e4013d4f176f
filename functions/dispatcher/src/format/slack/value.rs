//! The value of a detail, for people.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::block::Text;
use super::details::Details;
use super::site::Site;
use super::text::{DASH, Pen, is_blank};

/// The units of a value. Slack allows 2,000 in a field; with half of that a
/// long one leaves room for the others (see [`ALL_BLOCKS`](super::ALL_BLOCKS)).
const VALUE: usize = 1_000;
/// The levels that are shown of a nested value.
const DEPTH: usize = 4;

/// Words, numbers and lists as they are; a page of the tenant's own site as a link.
pub(super) fn of(raw: &RawValue, site: Option<&Site>) -> Text {
    let shape = Shape::of(raw);
    if let (Shape::Word(word), Some(site)) = (&shape, site)
        && let Some(link) = site.link_to(word, VALUE)
    {
        return Text::mrkdwn(link);
    }
    let mut pen = Pen::new(VALUE);
    match shape {
        Shape::List(items) => write_list(&mut pen, &items, DEPTH),
        Shape::Word(_) | Shape::Object(_) => write(&mut pen, shape, DEPTH),
    }
    Text::plain(pen.finish())
}

/// What a value looks like, one level of it.
enum Shape<'a> {
    Word(Cow<'a, str>),
    List(Vec<&'a RawValue>),
    Object(Details<'a>),
}

impl<'a> Shape<'a> {
    /// A number keeps the digits that were sent.
    fn of(raw: &'a RawValue) -> Self {
        let written = raw.get();
        let shape = match written.as_bytes().first() {
            Some(b'"') => Self::Word(domain::message::text(raw)),
            Some(b'[') => Self::List(serde_json::from_str(written).unwrap_or_default()),
            Some(b'{') => Self::Object(Details::read(raw)),
            Some(b'n') | None => Self::Word(DASH.into()),
            Some(_) => Self::Word(written.into()),
        };
        if shape.is_empty() { Self::Word(DASH.into()) } else { shape }
    }

    fn is_empty(&self) -> bool {
        match self {
            Self::Word(word) => is_blank(word),
            Self::List(items) => items.is_empty(),
            Self::Object(members) => members.is_empty(),
        }
    }
}

/// Writes a value that is `depth` levels from the last one shown.
fn write(pen: &mut Pen, shape: Shape<'_>, depth: usize) {
    match shape {
        Shape::Word(word) => pen.write(&word),
        Shape::List(_) if depth == 0 => pen.write("[…]"),
        Shape::Object(_) if depth == 0 => pen.write("{…}"),
        Shape::List(items) => {
            pen.write("[");
            write_list(pen, &items, depth);
            pen.write("]");
        }
        Shape::Object(members) => {
            pen.write("{");
            for (index, (key, value)) in members.iter().enumerate() {
                pen.write(if index == 0 { "" } else { ", " });
                pen.write_line(key);
                pen.write(": ");
                if pen.is_full() {
                    return;
                }
                write(pen, Shape::of(value), depth - 1);
            }
            pen.write("}");
        }
    }
}

fn write_list(pen: &mut Pen, items: &[&RawValue], depth: usize) {
    for (index, item) in items.iter().enumerate() {
        if pen.is_full() {
            return;
        }
        pen.write(if index == 0 { "" } else { ", " });
        write(pen, Shape::of(item), depth - 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json_of(value: &str) -> String {
        let site = Site::parse("https://acme.atlassian.net");
        let raw: &RawValue = serde_json::from_str(value).unwrap();
        serde_json::to_string(&of(raw, site.as_ref())).unwrap()
    }

    fn shown(value: &str) -> String {
        let json: serde_json::Value = serde_json::from_str(&json_of(value)).unwrap();
        assert_eq!((&json["type"], &json["emoji"]), (&"plain_text".into(), &false.into()), "{value}");
        json["text"].as_str().unwrap().to_owned()
    }

    #[test]
    fn a_value_is_shown_as_people_write_it() {
        for (value, text) in [
            (r#""a *b* :c:""#, "a *b* :c:"),
            ("1.50", "1.50"),
            ("123456789012345678901234567890.000", "123456789012345678901234567890.000"),
            ("-1e400", "-1e400"),
            ("true", "true"),
            ("null", "–"),
            (r#""""#, "–"),
            (r#"" \n""#, "–"),
            ("[]", "–"),
            ("{}", "–"),
            (r#"["a",1,null,false]"#, "a, 1, –, false"),
            (r#"{"a": 1, "b": ["x","y"], "c":{}}"#, "{a: 1, b: [x, y], c: –}"),
            (r#"[{"a":1},[2,3]]"#, "{a: 1}, [2, 3]"),
            (r#""\ud800 <!here>""#, r"\ud800 &lt;!here&gt;"),
            (r#""https://example.com/""#, "https://example.com/"),
        ] {
            assert_eq!(shown(value), text, "{value}");
        }
    }

    #[test]
    fn a_page_of_the_site_is_a_link() {
        assert_eq!(
            json_of(r#""https:\/\/acme.atlassian.net\/browse\/SEC-1""#),
            r#"{"type":"mrkdwn","text":"<https://acme.atlassian.net/browse/SEC-1>"}"#
        );
    }

    #[test]
    fn depth_has_an_end() {
        assert_eq!(shown("[[[[[[[1]]]]]]]"), "[[[[…]]]]");
        assert_eq!(shown(r#"{"a":{"b":{"c":{"d":{"e":1}}}}}"#), "{a: {b: {c: {d: {…}}}}}");
        let deep = format!("{}1{}", r#"{"a":["#.repeat(50_000), "]}".repeat(50_000));
        assert_eq!(shown(&deep), "{a: [{a: [{…}]}]}");
    }

    #[test]
    fn length_has_an_end() {
        let long = format!("[{}1]", "[1,2],".repeat(40_000));
        assert_eq!(shown(&long).encode_utf16().count(), VALUE);
        let long = format!(r#"{{"a":{}}}"#, "1".repeat(200_000));
        assert!(shown(&long).ends_with("11…"));
    }
}
