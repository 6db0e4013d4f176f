//! Slack's text as HTML: its entities, its tokens in angle brackets and its marks
//! (docs.slack.dev/messaging/formatting-message-text).

use super::html::escaped;

/// A mark that does not close within so many characters is none: without a limit
/// a hostile text would be searched to its end for each of its characters.
const LONGEST_MARKED: usize = 300;

/// `plain_text`: entities alone.
pub(super) fn plain(text: &str) -> String {
    escaped(&unescaped(text))
}

/// `mrkdwn`.
pub(super) fn html(text: &str) -> String {
    let mut html = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('<') {
        html.push_str(&marked(&unescaped(before)));
        let Some((token, after)) = after.split_once('>') else {
            html.push_str("&lt;");
            rest = after;
            continue;
        };
        html.push_str(&of_token(token));
        rest = after;
    }
    html.push_str(&marked(&unescaped(rest)));
    html
}

/// Once, and `&amp;` last: `&amp;lt;` is the text `&lt;`.
fn unescaped(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

/// What stands between angle brackets.
fn of_token(token: &str) -> String {
    let (target, label) = match token.split_once('|') {
        Some((target, label)) => (target, Some(label)),
        None => (token, None),
    };
    let shown = plain(label.unwrap_or(target));
    if target.starts_with("!date^") {
        // A reader's own time zone is Slack's to know; the fallback says the same time.
        return format!("<time>{shown}</time>");
    }
    if let Some(name) = target.strip_prefix('!') {
        return format!("<b class=ping>@{}</b>", plain(label.unwrap_or(name).trim_start_matches('@')));
    }
    if let Some(name) = target.strip_prefix('@') {
        return format!("<b class=ping>@{}</b>", plain(label.unwrap_or(name)));
    }
    if let Some(name) = target.strip_prefix('#') {
        return format!("<b>#{}</b>", plain(label.unwrap_or(name)));
    }
    let is_link = ["https://", "http://", "mailto:"].iter().any(|scheme| target.starts_with(scheme));
    if is_link {
        return format!("<a href=\"{}\" rel=noreferrer target=_blank>{shown}</a>", plain(target));
    }
    format!("&lt;{}&gt;", plain(token))
}

/// A text with a marked part in it.
struct Span<'a> {
    before: &'a str,
    tag: &'static str,
    inner: &'a str,
    after: &'a str,
}

/// Bold, italics, strike-through and code; one within another is drawn as text.
fn marked(text: &str) -> String {
    let mut html = String::new();
    let mut rest = text;
    while let Some(Span { before, tag, inner, after }) = span(rest) {
        html.push_str(&format!("{}<{tag}>{}</{tag}>", escaped(before), escaped(inner)));
        rest = after;
    }
    html.push_str(&escaped(rest));
    html
}

fn span(text: &str) -> Option<Span<'_>> {
    let mut previous = None;
    for (at, mark) in text.char_indices() {
        let is_inside_a_word = previous.replace(mark).is_some_and(char::is_alphanumeric);
        let Some(tag) = tag(mark).filter(|_| !is_inside_a_word) else { continue };
        let (before, opened) = text.split_at(at);
        let inside = opened.get(mark.len_utf8()..)?;
        if let Some((inner, after)) = closed(inside, mark) {
            return Some(Span { before, tag, inner, after });
        }
    }
    None
}

const fn tag(mark: char) -> Option<&'static str> {
    match mark {
        '*' => Some("strong"),
        '_' => Some("em"),
        '~' => Some("s"),
        '`' => Some("code"),
        _ => None,
    }
}

/// What stands before the mark that closes, and what follows it. It closes on the
/// same line, after text and before the end of a word.
fn closed(inside: &str, mark: char) -> Option<(&str, &str)> {
    let line = inside.char_indices().take(LONGEST_MARKED).take_while(|(_, c)| *c != '\n');
    let closing = line.filter(|(_, c)| *c == mark).map(|(at, _)| inside.split_at(at));
    closing.filter_map(|(inner, rest)| Some((inner, rest.strip_prefix(mark)?))).find(|(inner, after)| {
        !inner.is_empty() && inner.trim() == *inner && !after.starts_with(char::is_alphanumeric)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_drawn_as_slack_draws_it() {
        for (text, expected) in [
            ("a &lt;b&gt; &amp;amp; c", "a &lt;b&gt; &amp;amp; c"),
            ("*Project*\nOne", "<strong>Project</strong>\nOne"),
            ("_a_ ~b~ `c`", "<em>a</em> <s>b</s> <code>c</code>"),
            ("a*b*c 2 * 3 * 4 snake_case_name", "a*b*c 2 * 3 * 4 snake_case_name"),
            ("*a\nb*", "*a\nb*"),
            ("*<b>*", "*&lt;b&gt;*"),
            ("*&lt;b&gt;*", "<strong>&lt;b&gt;</strong>"),
            (
                "<https://example.com/?a=1&amp;b=2|the &lt;scan&gt;>",
                "<a href=\"https://example.com/?a=1&amp;b=2\" rel=noreferrer target=_blank>the &lt;scan&gt;</a>",
            ),
            (
                "<https://example.com>.",
                "<a href=\"https://example.com\" rel=noreferrer target=_blank>https://example.com</a>.",
            ),
            ("<!date^1^{date}|1 Jan>", "<time>1 Jan</time>"),
            ("<!channel> <!here|here>", "<b class=ping>@channel</b> <b class=ping>@here</b>"),
            ("<@U1> <#C1|audit>", "<b class=ping>@U1</b> <b>#audit</b>"),
        ] {
            assert_eq!(html(text), expected, "{text}");
        }
    }

    #[test]
    fn a_hostile_text_is_only_text() {
        for text in [
            "<script>alert(1)</script>",
            "<javascript:alert(1)|x>",
            "<https://a\" onclick=\"x|y>",
            "<!date^1|<img src=x>",
            "<!<b>|<b>",
            "<unclosed",
            "<<script>>",
            "*<script>*",
            "&lt;script&gt;",
        ] {
            let drawn = html(text);
            for bad in ["<script", "<img", "<b>", "href=\"javascript", "\" onclick"] {
                assert!(!drawn.contains(bad), "{text}: {drawn}");
            }
        }
        assert_eq!(plain("<b>&amp;lt;"), "&lt;b&gt;&amp;lt;");
        assert!(html(&"*a ".repeat(13_000)).len() > 13_000);
    }
}
