//! Text as Slack takes it: clean, escaped, of bounded length, never empty.

use serde::Serialize;

/// Stands where there is nothing to show: Slack refuses an empty text.
pub(super) const DASH: &str = "–";
const ELLIPSIS: char = '…';

/// Text that can stand in a message. Only this file makes it, so no text of an
/// event gets into a message in another way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub(super) struct Escaped(String);

impl Escaped {
    /// Text on one line.
    pub(super) fn line(text: &str, limit: usize) -> Self {
        let mut pen = Pen::new(limit);
        pen.write_line(text);
        pen.finish()
    }

    /// Several on one line.
    pub(super) fn joined(parts: &[&Self]) -> Self {
        let parts: Vec<&str> = parts.iter().map(|part| part.0.as_str()).collect();
        Self(parts.join(" · "))
    }

    /// A line in bold, as mrkdwn; for words that have no markup in them.
    pub(super) fn bold(words: &str, limit: usize) -> Self {
        Self(format!("*{}*", Self::line(words, limit.saturating_sub(2)).0))
    }

    /// A date, as mrkdwn, that Slack shows in the reader's language and time zone
    /// (docs.slack.dev/messaging/formatting-message-text, "Date formatting").
    pub(super) fn date(unix: i64, utc: &str) -> Self {
        Self(format!("<!date^{unix}^{{date_short_pretty}} at {{time_secs}}|{utc}>"))
    }

    /// A link, as mrkdwn, shown as `name` or as its address; none when it is
    /// too long, or has in it what would end it early.
    pub(super) fn link(url: &str, name: Option<&str>, limit: usize) -> Option<Self> {
        let name = name.map(|name| format!("|{name}")).unwrap_or_default();
        let plain =
            |part: &str| !part.contains(|c: char| c.is_control() || c.is_whitespace() || "<>|".contains(c));
        if !plain(url) || !plain(name.trim_start_matches('|')) {
            return None;
        }
        let mut pen = Pen::new(limit.saturating_sub(2));
        pen.write(url);
        pen.write(&name);
        (!pen.is_full()).then(|| Self(format!("<{}>", pen.finish().0)))
    }
}

/// Writes text and stops at its limit: what follows costs no more than a look.
///
/// Lengths are UTF-16 units after escaping, which is never less than what
/// Slack counts, whichever way it does.
pub(super) struct Pen {
    text: String,
    units: usize,
    limit: usize,
    /// Up to where an ellipsis still fits behind the text.
    clip_at: usize,
    full: bool,
}

impl Pen {
    /// Room for that many units; at least one.
    pub(super) const fn new(limit: usize) -> Self {
        Self { text: String::new(), units: 0, limit, clip_at: 0, full: false }
    }

    /// Whether the text was clipped; nothing more is written.
    pub(super) const fn is_full(&self) -> bool {
        self.full
    }

    /// Adds text with its line breaks.
    pub(super) fn write(&mut self, text: &str) {
        self.write_all(clean(text));
    }

    /// Adds text on one line.
    pub(super) fn write_line(&mut self, text: &str) {
        let breaks = ['\n', '\t', '\u{2028}', '\u{2029}'];
        self.write_all(clean(text).map(|c| if breaks.contains(&c) { ' ' } else { c }));
    }

    fn write_all(&mut self, text: impl Iterator<Item = char>) {
        for c in text {
            if self.full {
                return;
            }
            match ENTITIES.iter().find(|(escaped, _)| *escaped == c) {
                Some((_, entity)) => self.add(entity),
                None => self.add(c.encode_utf8(&mut [0; 4])),
            }
        }
    }

    /// Adds a character or an entity, whole or not at all. Only while not full.
    fn add(&mut self, piece: &str) {
        self.units += piece.chars().map(char::len_utf16).sum::<usize>();
        if self.units > self.limit {
            self.text.truncate(self.clip_at);
            self.text.push(ELLIPSIS);
            self.full = true;
            return;
        }
        self.text.push_str(piece);
        if self.units < self.limit {
            self.clip_at = self.text.len();
        }
    }

    /// The text; a dash when there is nothing to see in it.
    pub(super) fn finish(self) -> Escaped {
        Escaped(if self.text.trim().is_empty() { DASH.to_owned() } else { self.text })
    }
}

/// What Slack reads as markup everywhere, and how it is written
/// (docs.slack.dev/messaging/formatting-message-text, "Escaping text").
const ENTITIES: [(char, &str); 3] = [('&', "&amp;"), ('<', "&lt;"), ('>', "&gt;")];

/// Whether there is nothing to see in a text.
pub(super) fn is_blank(text: &str) -> bool {
    clean(text).all(char::is_whitespace)
}

/// The text without control characters and without those that turn the
/// direction of what stands around it (UAX 9, section 2), which could make
/// one name look like another. A line ends in `\n`.
fn clean(text: &str) -> impl Iterator<Item = char> {
    let mut before = None;
    text.chars().filter_map(move |c| {
        let follows_return = before.replace(c) == Some('\r');
        match c {
            '\n' if follows_return => None,
            '\n' | '\r' => Some('\n'),
            '\t' => Some('\t'),
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => None,
            c if c.is_control() => None,
            c => Some(c),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str, limit: usize) -> String {
        let mut pen = Pen::new(limit);
        pen.write(text);
        pen.finish().0
    }

    #[test]
    fn markup_is_escaped_and_nothing_else_is() {
        assert_eq!(
            written("<!channel> & <@U1> &amp; *b* \"q\"", 99),
            "&lt;!channel&gt; &amp; &lt;@U1&gt; &amp;amp; *b* \"q\""
        );
    }

    #[test]
    fn clipping_leaves_entities_and_pairs_whole_and_ends_in_an_ellipsis() {
        for (text, limit, clipped) in [
            ("abc", 3, "abc"),
            ("abcd", 3, "ab…"),
            ("ab&", 7, "ab&amp;"),
            ("ab&", 6, "ab…"),
            ("a&b&", 7, "a&amp;…"),
            ("a🔍🔍", 5, "a🔍🔍"),
            ("a🔍🔍", 4, "a🔍…"),
            ("🔍🔍", 3, "🔍…"),
            ("&&", 5, "…"),
        ] {
            assert_eq!(written(text, limit), clipped, "{text} {limit}");
        }
    }

    #[test]
    fn control_characters_go_and_lines_end_in_one_way() {
        assert_eq!(written("a\r\nb\rc\n\td\0\u{7f}\u{85}\u{1b}[1m", 99), "a\nb\nc\n\td[1m");
        assert_eq!(written("ann\u{202e}txt\u{2066}\u{2069}\u{202a}", 99), "anntxt");
        assert_eq!(Escaped::line("a\r\nb\tc\u{2028}d", 99).0, "a b c d");
    }

    #[test]
    fn text_with_nothing_to_see_is_a_dash() {
        for blank in ["", " ", "\n\t", "\0", "\u{202e}", "\u{a0}\u{2003}"] {
            assert!(is_blank(blank));
            assert_eq!(written(blank, 9), DASH);
        }
        assert!(!is_blank(" a"));
    }

    #[test]
    fn a_link_is_whole_or_none() {
        let link = |url, name, limit| Escaped::link(url, name, limit).map(|link| link.0);
        assert_eq!(link("https://a.b/?x&y", None, 99).as_deref(), Some("<https://a.b/?x&amp;y>"));
        assert_eq!(link("https://a.b", Some("a.b"), 17).as_deref(), Some("<https://a.b|a.b>"));
        assert_eq!(link("https://a.b", Some("a.b"), 16), None);
        for bad in ["https://a.b/|c", "https://a.b/>", "https://a.b/<", "https://a.b/ c", "https://a.b/\n"] {
            assert_eq!(link(bad, None, 99), None, "{bad}");
            assert_eq!(link("https://a.b", Some(bad), 99), None, "{bad}");
        }
    }
}
