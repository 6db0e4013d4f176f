//! The parts of the OpenAPI document that belong to no single route.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{
    ContentBuilder, Header, HeaderBuilder, ObjectBuilder, OpenApi as Document, PathItem, Ref, RefOr,
    Response, ResponseBuilder, Type,
};
use utoipa::{IntoResponses, Modify, OpenApi, ToSchema};

use crate::problem::{FaultBody, PROBLEM_JSON, ProblemBody};
use crate::router::Operations;

/// The document without its routes.
#[derive(OpenApi)]
#[openapi(
    info(title = "Webhooks of Soteri Security for Jira", description = "The admin API: which webhooks a Jira site has, and what became of their deliveries."),
    components(schemas(ProblemBody, FaultBody)),
    security(("bearer" = [])),
    modifiers(&Bearer),
)]
struct ApiDocument;

/// The whole document.
pub(crate) fn document() -> Document {
    let mut document = ApiDocument::openapi();
    document.merge(Operations::openapi());
    // They would be the names of our files.
    for path in document.paths.paths.values_mut() {
        let PathItem { get, post, patch, delete, .. } = path;
        [get, post, patch, delete].into_iter().flatten().for_each(|operation| operation.tags = None);
    }
    document
}

struct Bearer;

impl Modify for Bearer {
    fn modify(&self, document: &mut Document) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format("JWT")
            .description(Some("A token of the app's issuer, of a Jira administrator."))
            .build();
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("bearer", SecurityScheme::Http(scheme));
    }
}

/// Declares the problems that a kind of route can answer with.
macro_rules! problems {
    ($($(#[doc = $doc:literal])* $name:ident = [$($status:ident),*];)*) => {
        $($(#[doc = $doc])* pub(crate) struct $name;

        impl IntoResponses for $name {
            fn responses() -> BTreeMap<String, RefOr<Response>> {
                [$(StatusCode::$status),*].into_iter().map(problem).collect()
            }
        })*
    };
}

problems! {
    /// Of a route that reads what belongs to the tenant.
    ReadProblems = [UNAUTHORIZED, FORBIDDEN, INTERNAL_SERVER_ERROR, SERVICE_UNAVAILABLE];
    /// Of a route that reads one webhook.
    FindProblems = [UNAUTHORIZED, FORBIDDEN, NOT_FOUND, INTERNAL_SERVER_ERROR, SERVICE_UNAVAILABLE];
    /// Of a route that reads a part of what one webhook has.
    ListProblems = [
        UNAUTHORIZED, FORBIDDEN, NOT_FOUND, UNPROCESSABLE_ENTITY, INTERNAL_SERVER_ERROR, SERVICE_UNAVAILABLE
    ];
    /// Of the creation of a webhook.
    CreateProblems = [
        BAD_REQUEST, UNAUTHORIZED, FORBIDDEN, CONFLICT, PAYLOAD_TOO_LARGE, UNSUPPORTED_MEDIA_TYPE,
        UNPROCESSABLE_ENTITY, INTERNAL_SERVER_ERROR, SERVICE_UNAVAILABLE
    ];
    /// Of an edit of a webhook.
    EditProblems = [
        BAD_REQUEST, UNAUTHORIZED, FORBIDDEN, NOT_FOUND, PRECONDITION_FAILED, PAYLOAD_TOO_LARGE,
        UNSUPPORTED_MEDIA_TYPE, UNPROCESSABLE_ENTITY, PRECONDITION_REQUIRED, INTERNAL_SERVER_ERROR,
        SERVICE_UNAVAILABLE
    ];
    /// Of the deletion of a webhook.
    DeleteProblems = [
        UNAUTHORIZED, FORBIDDEN, NOT_FOUND, PRECONDITION_FAILED, PRECONDITION_REQUIRED,
        INTERNAL_SERVER_ERROR, SERVICE_UNAVAILABLE
    ];
    /// Of a redelivery.
    RedeliverProblems = [
        UNAUTHORIZED, FORBIDDEN, NOT_FOUND, CONFLICT, INTERNAL_SERVER_ERROR, SERVICE_UNAVAILABLE
    ];
    /// Of a redelivery of many.
    RedeliverAllProblems = [
        BAD_REQUEST, UNAUTHORIZED, FORBIDDEN, NOT_FOUND, CONFLICT, PAYLOAD_TOO_LARGE, UNSUPPORTED_MEDIA_TYPE,
        UNPROCESSABLE_ENTITY, INTERNAL_SERVER_ERROR, SERVICE_UNAVAILABLE
    ];
    /// Of a test event.
    TestProblems = [
        UNAUTHORIZED, FORBIDDEN, NOT_FOUND, TOO_MANY_REQUESTS, INTERNAL_SERVER_ERROR, SERVICE_UNAVAILABLE
    ];
}

fn problem(status: StatusCode) -> (String, RefOr<Response>) {
    let schema = Ref::from_schema_name(ProblemBody::name());
    let response = ResponseBuilder::new()
        .description(status.canonical_reason().unwrap_or_default())
        .content(PROBLEM_JSON, ContentBuilder::new().schema(Some(schema)).build());
    let response = match status {
        StatusCode::UNAUTHORIZED => {
            response.header("WWW-Authenticate", header(Type::String, "How to authenticate."))
        }
        StatusCode::CONFLICT | StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => response
            .header("Retry-After", header(Type::Integer, "In how many seconds to ask again, if that helps.")),
        _ => response,
    };
    (status.as_u16().to_string(), response.build().into())
}

fn header(of: Type, description: &str) -> Header {
    let schema = ObjectBuilder::new().schema_type(of).build();
    HeaderBuilder::new().schema(Some(schema)).description(Some(description)).build()
}

/// What a creation takes. The rules of the fields are those of `docs/contract.md`,
/// and each refusal says the one that was broken: a body is read by them and not through this type.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
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

/// One entry of `signingSecrets` in a write: one of both.
#[derive(ToSchema)]
#[allow(dead_code, reason = "as WebhookCreation")]
pub(crate) struct SigningSecretInput {
    /// Keeps this one.
    #[schema(nullable = false)]
    id: Option<String>,
    /// Adds this one: 16 to 256 printable ASCII characters. Write-only.
    #[schema(nullable = false, write_only, min_length = 16, max_length = 256)]
    value: Option<String>,
}

/// One entry of `headers` in a write.
#[derive(ToSchema)]
#[allow(dead_code, reason = "as WebhookCreation")]
pub(crate) struct HeaderInput {
    #[schema(max_length = 128, example = "X-Source")]
    name: String,
    /// Left out, a stored secret value is kept.
    #[schema(nullable = false, max_length = 4096)]
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
