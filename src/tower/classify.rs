//! What a response or an error says about the version that gave it.

use http::{Response, StatusCode};

use crate::migration::Outcome;

/// Tells what happened to a request from its answer: the same for both versions, by construction.
///
/// Closures do: `|answer: Result<&Response<Body>, &Error>| …`. Only the head of the response is to be read.
/// [`Outcome::Failed`] is what a fallback is for, and what the guard weighs most. A panic or a timeout is `Failed` without
/// being asked about.
pub trait Classify<B, E> {
    /// The outcome of a request with this answer.
    fn classify(&self, answer: Result<&Response<B>, &E>) -> Outcome;
}

impl<B, E, C> Classify<B, E> for C
where
    C: Fn(Result<&Response<B>, &E>) -> Outcome,
{
    fn classify(&self, answer: Result<&Response<B>, &E>) -> Outcome {
        self(answer)
    }
}

/// By the status code: 5xx and errors are `Failed`, so is 408, which is what `tower_http`'s timeout answers by default for a
/// handler that took too long; 429 is `RateLimited`, other 4xx are `Rejected`, the rest is `Accepted`.
///
/// gRPC answers 200 whatever happens, with the status in the header `grpc-status` or in trailers: give it a closure.
#[derive(Clone, Copy, Debug, Default)]
pub struct ByStatus;

impl<B, E> Classify<B, E> for ByStatus {
    fn classify(&self, answer: Result<&Response<B>, &E>) -> Outcome {
        let Ok(response) = answer else {
            return Outcome::Failed;
        };
        match response.status() {
            StatusCode::REQUEST_TIMEOUT => Outcome::Failed,
            StatusCode::TOO_MANY_REQUESTS => Outcome::RateLimited,
            status if status.is_server_error() => Outcome::Failed,
            status if status.is_client_error() => Outcome::Rejected,
            _ => Outcome::Accepted,
        }
    }
}
