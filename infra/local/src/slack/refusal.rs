//! What Slack answers when it does not do what it is asked.

use crate::receiver::Reply;

/// Slack's refusals of a message
/// (docs.slack.dev/messaging/sending-messages-using-incoming-webhooks, "Handling errors").
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PostError {
    /// The body is no message at all.
    InvalidPayload,
    /// The message says nothing.
    NoText,
    /// A block is not as it should be.
    InvalidBlocks,
    /// The user that the message is for is gone.
    UserNotFound,
    /// An administrator has forbidden it.
    ActionProhibited,
    /// Only some may post in the general channel.
    PostingToGeneralChannelDenied,
    /// The last part of the URL is wrong.
    InvalidToken,
    /// The channel is gone.
    ChannelNotFound,
    /// The webhook is gone.
    NoService,
    /// The webhook is switched off.
    NoActiveHooks,
    /// The workspace is unknown.
    NoTeam,
    /// The workspace is switched off.
    TeamDisabled,
    /// The channel is archived.
    ChannelIsArchived,
    /// Too many messages in too little time.
    RateLimited,
    /// Slack itself failed.
    RollupError,
}

impl PostError {
    /// Every one.
    pub const ALL: [Self; 15] = [
        Self::InvalidPayload,
        Self::NoText,
        Self::InvalidBlocks,
        Self::UserNotFound,
        Self::ActionProhibited,
        Self::PostingToGeneralChannelDenied,
        Self::InvalidToken,
        Self::ChannelNotFound,
        Self::NoService,
        Self::NoActiveHooks,
        Self::NoTeam,
        Self::TeamDisabled,
        Self::ChannelIsArchived,
        Self::RateLimited,
        Self::RollupError,
    ];

    /// The refusal with this code.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|error| error.code() == code)
    }

    /// The answer's body.
    pub const fn code(self) -> &'static str {
        match self {
            Self::InvalidPayload => "invalid_payload",
            Self::NoText => "no_text",
            Self::InvalidBlocks => "invalid_blocks",
            Self::UserNotFound => "user_not_found",
            Self::ActionProhibited => "action_prohibited",
            Self::PostingToGeneralChannelDenied => "posting_to_general_channel_denied",
            Self::InvalidToken => "invalid_token",
            Self::ChannelNotFound => "channel_not_found",
            Self::NoService => "no_service",
            Self::NoActiveHooks => "no_active_hooks",
            Self::NoTeam => "no_team",
            Self::TeamDisabled => "team_disabled",
            Self::ChannelIsArchived => "channel_is_archived",
            Self::RateLimited => "rate_limited",
            Self::RollupError => "rollup_error",
        }
    }

    /// The answer's status.
    pub const fn status(self) -> u16 {
        match self {
            Self::InvalidPayload | Self::NoText | Self::InvalidBlocks | Self::UserNotFound => 400,
            Self::ActionProhibited | Self::PostingToGeneralChannelDenied | Self::InvalidToken => 403,
            Self::ChannelNotFound
            | Self::NoService
            | Self::NoActiveHooks
            | Self::NoTeam
            | Self::TeamDisabled => 404,
            Self::ChannelIsArchived => 410,
            Self::RateLimited => 429,
            Self::RollupError => 500,
        }
    }

    pub(super) fn reply(self) -> Reply {
        let reply = plain(self.status(), self.code());
        if self == Self::RateLimited {
            return reply.with_header("retry-after", super::pace::RETRY_AFTER);
        }
        reply
    }
}

/// An answer as Slack's webhooks give it.
pub(super) fn plain(status: u16, body: &str) -> Reply {
    Reply::status(status).with_header("content-type", "text/plain; charset=utf-8").with_body(body)
}

/// How the token exchange fails on demand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExchangeFailure {
    /// HTTP 200 with this `error`.
    Code(String),
    /// This HTTP status, and no JSON.
    Status(u16),
    /// No answer at all.
    Hang,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_read_back_and_no_other() {
        for error in PostError::ALL {
            assert_eq!(PostError::parse(error.code()), Some(error));
            let limited = error == PostError::RateLimited;
            assert_eq!(error.reply().headers.iter().any(|(name, _)| name == "retry-after"), limited);
        }
        assert_eq!(PostError::parse("ok"), None);
    }
}
