//! The parts of the OpenAPI document that belong to no single route.

mod bodies;

use std::collections::BTreeMap;

use axum::http::StatusCode;
use utoipa::openapi::path::Parameter;
use utoipa::openapi::schema::SchemaType;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{
    ContentBuilder, Header, HeaderBuilder, ObjectBuilder, OpenApi as Document, PathItem, Ref, RefOr,
    Response, ResponseBuilder, Schema, Type,
};
use utoipa::{IntoResponses, Modify, OpenApi, ToSchema as _};

pub(crate) use self::bodies::{
    EditionWord, InstallationState, Kind, RedeliveryRequest, StateWord, WebhookCreation, WebhookPatch,
};
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
        for operation in [get, post, patch, delete].into_iter().flatten() {
            operation.tags = None;
            operation.parameters.iter_mut().flatten().for_each(never_null);
        }
    }
    document
}

/// A parameter that may be left out is a text all the same.
fn never_null(parameter: &mut RefOr<Parameter>) {
    if let RefOr::T(parameter) = parameter
        && let Some(RefOr::T(Schema::Object(schema))) = &mut parameter.schema
        && let SchemaType::Array(types) = &schema.schema_type
        && let Some(first) = types.iter().find(|one| **one != Type::Null)
    {
        schema.schema_type = SchemaType::Type(first.clone());
    }
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
    /// Of the creation of a webhook, beside its conflicts.
    CreateProblems = [
        BAD_REQUEST, UNAUTHORIZED, FORBIDDEN, PAYLOAD_TOO_LARGE, UNSUPPORTED_MEDIA_TYPE,
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
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
            response.header("Retry-After", header(Type::Integer, "In how many seconds to ask again."))
        }
        _ => response,
    };
    (status.as_u16().to_string(), response.build().into())
}

fn header(of: Type, description: &str) -> Header {
    let schema = ObjectBuilder::new().schema_type(of).build();
    HeaderBuilder::new().schema(Some(schema)).description(Some(description)).build()
}
