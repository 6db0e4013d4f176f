//! What each problem is in HTTP, for programs and for people.

use axum::http::StatusCode;
use domain::ports::PortError;

use super::{Challenge, Problem};

impl Problem {
    /// The HTTP status.
    pub(super) const fn status(&self) -> StatusCode {
        match self {
            Self::NoSuchRoute | Self::NoSuchWebhook | Self::NoSuchDelivery | Self::NoSuchInstallation => {
                StatusCode::NOT_FOUND
            }
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::Unauthorized(_) => StatusCode::UNAUTHORIZED,
            Self::NotAdmin | Self::LicenseRequired => StatusCode::FORBIDDEN,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::NotJson(_) | Self::BodyCutOff => StatusCode::BAD_REQUEST,
            Self::PreconditionRequired => StatusCode::PRECONDITION_REQUIRED,
            Self::PreconditionFailed => StatusCode::PRECONDITION_FAILED,
            Self::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::TooManyWebhooks
            | Self::IdempotencyInProgress
            | Self::DeliveryPending
            | Self::WebhookNotActive => StatusCode::CONFLICT,
            Self::TooManyTests { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::SecretUnavailable | Self::Contended | Self::Port(PortError::Throttled { .. }) => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Self::Port(PortError::Failed(_)) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// For programs.
    pub(super) const fn code(&self) -> &'static str {
        match self {
            Self::NoSuchRoute => "no_such_route",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::Unauthorized(_) => "unauthorized",
            Self::NotAdmin => "not_admin",
            Self::NoSuchWebhook | Self::NoSuchDelivery | Self::NoSuchInstallation => "not_found",
            Self::LicenseRequired => "license_required",
            Self::UnsupportedMediaType => "unsupported_media_type",
            Self::BodyTooLarge => "body_too_large",
            Self::NotJson(_) | Self::BodyCutOff => "not_json",
            Self::PreconditionRequired => "precondition_required",
            Self::PreconditionFailed => "precondition_failed",
            Self::Invalid(_) => "validation_failed",
            Self::TooManyWebhooks => "too_many_webhooks",
            Self::IdempotencyInProgress => "idempotency_in_progress",
            Self::DeliveryPending => "delivery_pending",
            Self::WebhookNotActive => "webhook_not_active",
            Self::TooManyTests { .. } => "too_many_tests",
            Self::SecretUnavailable => "secret_unavailable",
            Self::Contended => "contended",
            Self::Port(PortError::Throttled { .. }) => "throttled",
            Self::Port(PortError::Failed(_)) => "internal",
        }
    }

    /// For people.
    pub(super) fn detail(&self) -> String {
        let sentence = match self {
            Self::NoSuchRoute => "There is nothing at this path.",
            Self::MethodNotAllowed => {
                "This path does not take this method; the Allow header names those it takes."
            }
            Self::Unauthorized(Challenge::NoToken) => "Send one Authorization header with a bearer token.",
            Self::Unauthorized(Challenge::InvalidToken) => "The token is not accepted: get a new one.",
            Self::NotAdmin => "Only a Jira administrator may do this.",
            Self::NoSuchWebhook => "There is no such webhook.",
            Self::NoSuchDelivery => "The webhook has no such delivery; deliveries are kept for 30 days.",
            Self::NoSuchInstallation => "There is no such installation.",
            Self::LicenseRequired => {
                "Webhooks need the advanced edition. Ask your administrator about a license upgrade."
            }
            Self::UnsupportedMediaType => {
                "Send the body as application/json, in UTF-8 and without content coding."
            }
            Self::BodyTooLarge => "The body must be at most 64 KiB.",
            Self::NotJson(place) => return format!("The body is {place}."),
            Self::BodyCutOff => "The body could not be read to its end.",
            Self::PreconditionRequired => "Send If-Match with the ETag of the webhook that you have read.",
            Self::PreconditionFailed => "The webhook has been edited since you read it: read it again.",
            Self::Invalid(faults) if faults.len() == 1 => "The request breaks a rule; see errors.",
            Self::Invalid(_) => "The request breaks several rules; see errors.",
            Self::TooManyWebhooks => "There are 50 webhooks already: delete one first.",
            Self::IdempotencyInProgress => "The first request with this Idempotency-Key is still running.",
            Self::DeliveryPending => "The delivery is pending: it is sent by itself.",
            Self::WebhookNotActive => "The webhook is paused or disabled: enable it first.",
            Self::TooManyTests { .. } => "A test event was sent a moment ago: wait 5 seconds.",
            Self::SecretUnavailable => {
                "The webhook's stored secrets cannot be read at the moment: try again."
            }
            Self::Contended => "The webhook is being changed at this moment: try again.",
            Self::Port(PortError::Throttled { .. }) => "Too much is being asked at the moment: try again.",
            Self::Port(PortError::Failed(_)) => {
                "Something failed on our side; the request id finds it in our logs."
            }
        };
        sentence.to_owned()
    }

    /// Seconds, for `Retry-After`.
    pub(super) fn retry_after(&self) -> Option<u64> {
        if let Self::TooManyTests { wait } = self {
            return wait.as_millis().div_ceil(1_000).try_into().ok();
        }
        let soon =
            matches!(self, Self::IdempotencyInProgress) || self.status() == StatusCode::SERVICE_UNAVAILABLE;
        soon.then_some(1)
    }

    /// For `WWW-Authenticate` (RFC 6750 §3).
    pub(super) const fn challenge(&self) -> Option<&'static str> {
        match self {
            Self::Unauthorized(Challenge::NoToken | Challenge::InvalidToken) => Some("Bearer"),
            _ => None,
        }
    }
}
