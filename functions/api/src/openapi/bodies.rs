//! What requests take, which no type of ours reads, and the words of closed sets.

use utoipa::ToSchema;

/// What a creation takes. The rules of the fields are those of `docs/contract.md`,
/// and each refusal says the one that was broken: a body is read by them and not through this type.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "describes a body that is read member by member, so that every fault is found")]
pub(crate) struct WebhookCreation {
    #[schema(min_length = 1, max_length = 100, example = "Splunk prod")]
    display_name: String,
    #[schema(
        format = "uri",
        max_length = 2048,
        example = "https://hec.example.com:8088/services/collector/raw"
    )]
    url: String,
    /// Types of the catalogue, or `["*"]` for all, those added later too, which is the default.
    #[schema(min_items = 1)]
    event_types: Option<Vec<String>>,
    /// The default is `json`.
    #[schema(example = "json")]
    format: Option<String>,
    /// The whole list, in order.
    #[schema(max_items = 10)]
    signing_secrets: Option<Vec<SigningSecretInput>>,
    /// The header's whole value. Write-only.
    #[schema(write_only, max_length = 4096, example = "Splunk 11111111-2222-3333-4444-555555555555")]
    authorization: Option<String>,
    /// The whole list, in order.
    #[schema(max_items = 20)]
    headers: Option<Vec<HeaderInput>>,
    /// False makes a paused webhook. The default is true.
    enabled: Option<bool>,
}

/// A JSON merge patch (RFC 7396): a field that is left out stays, null
/// restores the default of creation. A Slack webhook takes `displayName`,
/// `eventTypes` and `enabled` alone.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "as WebhookCreation")]
pub(crate) struct WebhookPatch {
    #[schema(nullable = false, min_length = 1, max_length = 100)]
    display_name: Option<String>,
    /// One on another origin needs `authorization` and `headers` anew, if any are stored.
    #[schema(nullable = false, format = "uri", max_length = 2048)]
    url: Option<String>,
    #[schema(min_items = 1)]
    event_types: Option<Vec<String>>,
    format: Option<String>,
    /// The whole new list, in order.
    #[schema(max_items = 10)]
    signing_secrets: Option<Vec<SigningSecretInput>>,
    /// Null clears it. Write-only.
    #[schema(write_only, max_length = 4096)]
    authorization: Option<String>,
    /// The whole new list, in order.
    #[schema(max_items = 20)]
    headers: Option<Vec<HeaderInput>>,
    /// False pauses the webhook; true makes one that was paused or disabled active again.
    enabled: Option<bool>,
}

/// One entry of `signingSecrets` in a write.
#[derive(ToSchema)]
#[serde(untagged, deny_unknown_fields)]
#[allow(dead_code, reason = "as WebhookCreation")]
pub(crate) enum SigningSecretInput {
    /// Keeps this one.
    Kept {
        #[schema(example = "sec_01ARYZ6S41TSV4RRFFQ69G5FAV")]
        id: String,
    },
    /// Adds this one.
    Added {
        /// 16 to 256 printable ASCII characters. Write-only.
        #[schema(write_only, min_length = 16, max_length = 256)]
        value: String,
    },
}

/// One entry of `headers` in a write.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "as WebhookCreation")]
pub(crate) struct HeaderInput {
    #[schema(min_length = 1, max_length = 128, example = "X-Source")]
    name: String,
    /// Left out, a stored secret value is kept.
    #[schema(nullable = false, min_length = 1, max_length = 4096)]
    value: Option<String>,
    /// Whether the value is write-only. The default follows from the name.
    #[schema(nullable = false)]
    secret: Option<bool>,
}

/// What a webhook is.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
#[allow(dead_code, reason = "describes words that the domain has")]
pub(crate) enum Kind {
    Custom,
    Slack,
}

/// How a webhook is: `paused` by an admin, `disabled` by us.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
#[allow(dead_code, reason = "as Kind")]
pub(crate) enum StateWord {
    Active,
    Paused,
    Failing,
    Disabled,
}

/// How an installation into Slack stands.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
#[allow(dead_code, reason = "as Kind")]
pub(crate) enum InstallationState {
    Pending,
    Completed,
    Failed,
}

/// What a tenant has bought.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
#[allow(dead_code, reason = "as Kind")]
pub(crate) enum EditionWord {
    Standard,
    Advanced,
}

/// Those that failed, or those that are held.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
#[allow(dead_code, reason = "as WebhookCreation")]
enum KeptStatus {
    Failed,
    Held,
}

/// Which deliveries are to be sent again.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "as WebhookCreation")]
pub(crate) struct RedeliveryRequest {
    #[schema(inline)]
    status: KeptStatus,
    /// Only those whose event is of this time or later.
    #[schema(format = DateTime)]
    since: String,
    /// Only counts them.
    #[schema(nullable = false)]
    dry_run: Option<bool>,
}
