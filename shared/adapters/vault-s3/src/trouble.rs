//! What the store's errors mean: nothing that an object is guilty of.

use aws_sdk_s3::{
    error::{DisplayErrorContext, ProvideErrorMetadata, SdkError},
    operation::get_object::GetObjectError,
};
use mohor_ports::error::Error;

/// An error that remains after the SDK's own retries. `name` is the store.
pub(crate) fn trouble<E>(name: &str, error: SdkError<E>) -> Error
where
    E: std::error::Error + ProvideErrorMetadata + Send + Sync + 'static,
{
    let words = match &error {
        SdkError::ServiceError(answer) => match (answer.raw().status().as_u16(), answer.err().code()) {
            (403, _) => format!("{name} refuses this access key; look at `s3.access_key_id` and its secret's file"),
            (404, Some("NoSuchBucket")) => format!("{name} has no such bucket; make it, work goes on by itself"),
            (status, code) => format!("{name} answers {status} {}", code.unwrap_or_default()),
        },
        SdkError::TimeoutError(_) => format!("{name} does not answer in time"),
        _ => format!("{name} cannot be reached"),
    };
    Error::outage(words).because(DisplayErrorContext(error).to_string())
}

/// There is no such object (and there is such a bucket).
pub(crate) fn is_missing(error: &SdkError<GetObjectError>) -> bool {
    match error {
        SdkError::ServiceError(answer) => {
            answer.err().is_no_such_key()
                || (answer.raw().status().as_u16() == 404 && answer.err().code() != Some("NoSuchBucket"))
        }
        _ => false,
    }
}
