//! The parts of a message, and what Slack allows of them
//! (docs.slack.dev/reference/block-kit/blocks).

use std::io;

use serde::Serialize;

use super::text::Escaped;

/// The units of a header (docs.slack.dev/reference/block-kit/blocks/header-block).
pub(super) const HEADER: usize = 150;
/// The fields of a section; each may have 2,000 units
/// (docs.slack.dev/reference/block-kit/blocks/section-block).
pub(super) const FIELDS: usize = 10;
/// The units of all blocks as JSON. Slack refuses "about 12,000 characters of
/// text and their containers" as `msg_blocks_too_long` and counts in a way of
/// its own (slackapi/bolt-js issues 2509 and 2867: 11,341 of text were too many).
pub(super) const ALL_BLOCKS: usize = 11_000;

/// The body of a request to an incoming webhook
/// (docs.slack.dev/messaging/sending-messages-using-incoming-webhooks).
#[derive(Serialize)]
pub(super) struct Message {
    /// What a notification shows.
    pub(super) text: Escaped,
    /// What the channel shows.
    pub(super) blocks: Vec<Block>,
    /// No preview of linked pages.
    pub(super) unfurl_links: bool,
    /// No preview of linked pictures.
    pub(super) unfurl_media: bool,
}

/// One block.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Block {
    /// A line in large letters.
    Header {
        /// The line.
        text: Text,
    },
    /// A line in small letters.
    Context {
        /// Its parts, at most 10.
        elements: Vec<Text>,
    },
    /// Two columns.
    Section {
        /// Left, right, left, right, …
        fields: Vec<Text>,
    },
}

/// A text object (docs.slack.dev/reference/block-kit/composition-objects/text-object).
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Text {
    /// Shown as it is: its `*` and `_` mean nothing.
    PlainText {
        /// The text.
        text: Escaped,
        /// Whether `:name:` is an emoji.
        emoji: bool,
    },
    /// With Slack's markup; there is no way to escape its `*`, `_`, `~` and `` ` ``.
    Mrkdwn {
        /// The text.
        text: Escaped,
    },
}

impl Text {
    /// Text that means nothing but itself.
    pub(super) const fn plain(text: Escaped) -> Self {
        Self::PlainText { text, emoji: false }
    }

    /// Text with markup.
    pub(super) const fn mrkdwn(text: Escaped) -> Self {
        Self::Mrkdwn { text }
    }
}

/// How many UTF-16 units a part has as JSON.
pub(super) fn units_of(part: &impl Serialize) -> usize {
    let mut units = Units(0);
    // Serializing strings cannot fail, and neither can counting.
    let _ = serde_json::to_writer(&mut units, part);
    units.0
}

/// Counts the UTF-16 units of the UTF-8 written to it.
struct Units(usize);

impl io::Write for Units {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // RFC 3629, section 3: what begins with 11110 is beyond the basic
        // plane and takes two units; what begins with 10 continues a character.
        let units = |byte: &u8| match byte {
            0b1111_0000.. => 2,
            0b1000_0000..0b1100_0000 => 0,
            0..0b1000_0000 | 0b1100_0000..0b1111_0000 => 1,
        };
        self.0 += bytes.iter().map(units).sum::<usize>();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_those_of_utf_16() {
        for text in ["", "abc", "–é", "🔍", "日本語 🧪 \u{10ffff}\u{ffff}"] {
            assert_eq!(units_of(&text), text.encode_utf16().count() + 2, "{text}");
        }
        assert_eq!(units_of(&"\"\\\n"), 8);
    }
}
