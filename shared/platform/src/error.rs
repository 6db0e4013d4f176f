//! What an SDK's error means for a caller. Only the operation and the
//! service's code are passed on: a message may repeat an item or a request.

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use domain::ports::PortError;

/// The services' names in errors.
pub(crate) const DYNAMODB: &str = "dynamodb";
pub(crate) const SQS: &str = "sqs";
pub(crate) const SECRETS_MANAGER: &str = "secretsmanager";

/// A [`PortError`] for what `operation` of `service` came to.
pub(crate) fn port_error<E, R>(service: &'static str, operation: &str, error: &SdkError<E, R>) -> PortError
where
    E: ProvideErrorMetadata,
{
    let code = match error {
        SdkError::ServiceError(context) => context.err().code().unwrap_or("unknown"),
        SdkError::ConstructionFailure(_) => "not-built",
        SdkError::TimeoutError(_) => "timeout",
        SdkError::DispatchFailure(_) => "not-sent",
        SdkError::ResponseError(_) => "unreadable",
        _ => "unknown",
    };
    coded(service, operation, code)
}

/// As [`port_error`], of a service's own code.
pub(crate) fn coded(service: &'static str, operation: &str, code: &str) -> PortError {
    if is_throttling(code) {
        PortError::Throttled { service }
    } else {
        PortError::Failed(format!("{service}.{operation}: {code}"))
    }
}

/// What is stored is not what we store: another program wrote it, or a newer one of ours.
pub(crate) fn unreadable(what: &str) -> PortError {
    PortError::Failed(format!("{DYNAMODB}: unreadable {what}"))
}

/// The codes by which the services ask for fewer calls:
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html>,
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html>,
/// <https://docs.aws.amazon.com/secretsmanager/latest/apireference/CommonErrors.html>; the words without
/// `Exception` are those inside a cancelled transaction. `KMS.ThrottlingException` is how SQS
/// says `KmsThrottled` to a client of its older protocol, and the SDK is one.
fn is_throttling(code: &str) -> bool {
    matches!(
        code,
        "ProvisionedThroughputExceeded"
            | "ProvisionedThroughputExceededException"
            | "RequestLimitExceeded"
            | "RequestThrottled"
            | "RequestThrottledException"
            | "SlowDown"
            | "Throttling"
            | "ThrottlingError"
            | "ThrottlingException"
            | "ThrottledException"
            | "TooManyRequestsException"
            | "KmsThrottled"
            | "KMS.ThrottlingException"
            | "AWS.SimpleQueueService.KmsThrottled"
            // Others write the same item: that passes too.
            | "TransactionConflict"
            | "TransactionConflictException"
            | "TransactionInProgressException"
    )
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::error::ErrorMetadata;
    use aws_sdk_dynamodb::operation::put_item::PutItemError;

    use super::*;

    fn mapped(code: &str) -> PortError {
        let metadata = ErrorMetadata::builder().code(code).message("the item {\"secret\":1}").build();
        port_error(DYNAMODB, "PutItem", &SdkError::service_error(PutItemError::generic(metadata), ()))
    }

    #[test]
    fn throttling_is_told_apart_in_all_its_spellings() {
        for code in
            ["ThrottlingException", "ProvisionedThroughputExceededException", "RequestThrottled", "SlowDown"]
        {
            assert_eq!(mapped(code), PortError::Throttled { service: "dynamodb" }, "{code}");
        }
    }

    #[test]
    fn anything_else_names_the_operation_and_the_code_alone() {
        let failed = |text: &str| PortError::Failed(text.to_owned());
        assert_eq!(
            mapped("ResourceNotFoundException"),
            failed("dynamodb.PutItem: ResourceNotFoundException")
        );
        let unsent: SdkError<PutItemError, ()> = SdkError::timeout_error("10 s for the item secret");
        assert_eq!(port_error(DYNAMODB, "PutItem", &unsent), failed("dynamodb.PutItem: timeout"));
        let unbuilt: SdkError<PutItemError, ()> = SdkError::construction_failure("secret");
        assert_eq!(port_error(DYNAMODB, "PutItem", &unbuilt), failed("dynamodb.PutItem: not-built"));
    }
}
