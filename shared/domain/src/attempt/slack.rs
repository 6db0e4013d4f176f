//! What Slack answers to a post that it does not take: a code as plain text
//! (<https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks#handling_errors>).
//!
//! A code that is not among these says no more than its status does.

use crate::webhook::slack::SlackTarget;

/// Declares codes: how Slack spells each, and how it stands in the API and in the log.
macro_rules! codes {
    ($(#[$doc:meta])* $name:ident { $($(#[$of:meta])* $variant:ident = $code:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$of])* $variant,)+ }

        impl $name {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The code as it stands in the API and in the log: `slack_` and Slack's own.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => concat!("slack_", $code)),+ }
            }
        }
    };
}

codes! {
    /// The receiver is gone: nothing can be posted until an admin does something about it.
    SlackGone {
        /// The webhook was removed, or the app uninstalled.
        NoService = "no_service",
        /// The workspace has switched incoming webhooks off.
        NoActiveHooks = "no_active_hooks",
        /// The workspace does not exist any more.
        NoTeam = "no_team",
        /// The workspace was disabled.
        TeamDisabled = "team_disabled",
        /// The channel was deleted.
        ChannelNotFound = "channel_not_found",
        /// The channel was archived.
        ChannelIsArchived = "channel_is_archived",
        /// An administrator of the workspace forbids it.
        ActionProhibited = "action_prohibited",
        /// Apps may not post to the workspace's general channel.
        PostingToGeneralChannelDenied = "posting_to_general_channel_denied",
        /// The URL is not accepted any more.
        InvalidToken = "invalid_token",
        /// The person that it posts to does not exist any more.
        UserNotFound = "user_not_found",
    }
}

codes! {
    /// The message is malformed, which is a fault of ours: this delivery has
    /// failed, and the webhook is well.
    SlackMalformed {
        /// The body cannot be understood.
        InvalidPayload = "invalid_payload",
        /// It has no text.
        NoText = "no_text",
        /// A block breaks a rule.
        InvalidBlocks = "invalid_blocks",
        /// The blocks are no list of blocks.
        InvalidBlocksFormat = "invalid_blocks_format",
        /// An attachment breaks a rule.
        InvalidAttachments = "invalid_attachments",
        /// There are too many attachments.
        TooManyAttachments = "too_many_attachments",
        /// It has neither text nor anything in its place.
        MissingText = "missing_text_or_fallback_or_attachments",
        /// The text is too long.
        TooLong = "msg_too_long",
        /// The blocks are too long together.
        BlocksTooLong = "msg_blocks_too_long",
    }
}

codes! {
    /// Slack is in trouble, or asks for patience.
    SlackTrouble {
        /// Something went wrong at Slack.
        RollupError = "rollup_error",
        /// Messages come too fast.
        RateLimited = "rate_limited",
    }
}

/// A code of Slack's, by what it means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SlackError {
    /// The receiver is gone.
    Gone(SlackGone),
    /// The message is malformed.
    Malformed(SlackMalformed),
    /// Slack is in trouble.
    Trouble(SlackTrouble),
}

impl SlackError {
    /// The longest body that may be a code, in bytes.
    pub const MAX_BYTES: usize = 64;

    /// Reads the body of an answer that is no success.
    pub fn read(body: &[u8]) -> Option<Self> {
        let said = std::str::from_utf8(body).ok()?.trim();
        Self::all().find(|code| code.as_str().strip_prefix("slack_") == Some(said))
    }

    /// The code as it stands in the API and in the log.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Gone(code) => code.as_str(),
            Self::Malformed(code) => code.as_str(),
            Self::Trouble(code) => code.as_str(),
        }
    }

    pub(super) fn all() -> impl Iterator<Item = Self> {
        let gone = SlackGone::ALL.iter().copied().map(Self::Gone);
        let malformed = SlackMalformed::ALL.iter().copied().map(Self::Malformed);
        gone.chain(malformed).chain(SlackTrouble::ALL.iter().copied().map(Self::Trouble))
    }
}

impl SlackGone {
    /// A sentence for people: what happened, and what helps.
    pub fn sentence(self, target: &SlackTarget) -> String {
        let (channel, team) = (&target.channel.name, &target.team.name);
        match self {
            Self::NoService => format!(
                "Slack does not know this webhook any more: the app was removed from {team}, or the webhook deleted there. Install again."
            ),
            Self::NoActiveHooks => format!(
                "The workspace {team} has switched incoming webhooks off: ask its administrator, then enable the webhook again."
            ),
            Self::NoTeam => {
                format!("The workspace {team} does not exist any more: install again in another one.")
            }
            Self::TeamDisabled => {
                format!("The workspace {team} was disabled: once it is back, enable the webhook again.")
            }
            Self::ChannelNotFound => {
                format!("The channel {channel} was deleted: install again in another channel.")
            }
            Self::ChannelIsArchived => format!(
                "The channel {channel} was archived: unarchive it or install again. Once it is unarchived, enable the webhook again."
            ),
            Self::ActionProhibited => format!(
                "An administrator of {team} does not allow posts to {channel}: ask them, then enable the webhook again."
            ),
            Self::PostingToGeneralChannelDenied => format!(
                "{team} does not allow apps to post to {channel}: ask its administrator, or install again in another channel."
            ),
            Self::InvalidToken => {
                "Slack does not accept this webhook's URL any more: install again.".to_owned()
            }
            Self::UserNotFound => {
                format!("The person whom {channel} stands for is no longer in {team}: install again.")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::webhook::slack::SlackName;

    #[test]
    fn a_body_is_a_code_exactly_or_says_nothing() {
        for code in SlackError::all() {
            let said = code.as_str().strip_prefix("slack_").unwrap();
            assert!(said.len() <= SlackError::MAX_BYTES);
            assert_eq!(SlackError::read(said.as_bytes()), Some(code), "{said}");
            assert_eq!(SlackError::read(format!("{said}\n").as_bytes()), Some(code), "{said}");
        }
        let read = |said: &str| SlackError::read(said.as_bytes());
        for said in ["", "ok", "slack_no_service", "NO_SERVICE", "no_service!", "<b>no_service</b>"] {
            assert_eq!(read(said), None, "{said}");
        }
        assert_eq!(SlackError::read(b"\xff"), None);
    }

    #[test]
    fn every_reason_is_a_sentence_that_says_what_helps() {
        let name = |id: &str, name: &str| SlackName { id: id.to_owned(), name: name.to_owned() };
        let target = SlackTarget {
            team: name("T1", "Acme"),
            channel: name("C1", "#audit"),
            configuration_url: "https://acme.slack.com/services/B1".to_owned(),
        };
        for code in SlackGone::ALL {
            let sentence = code.sentence(&target);
            assert!(sentence.ends_with('.') && !sentence.contains("  "), "{sentence}");
            assert!(
                sentence.contains("nstall again") || sentence.contains("enable the webhook"),
                "{sentence}"
            );
        }
        let archived = SlackGone::ChannelIsArchived.sentence(&target);
        assert!(
            archived.starts_with("The channel #audit was archived: unarchive it or install again."),
            "{archived}"
        );
    }
}
