//! What is sent to a shop's own system and what its answers mean, as docs/orders.md says.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::{Response, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::orders::system::{OrderView, SystemError, WhyNot};
use crate::shoppers::SignedIn;

/// Larger answers are no orders.
const MOST_BYTES: usize = 1024 * 1024;
const UNESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.');
/// A conflict's reason that isn't one of the order.
const KEY_OF_ANOTHER: &str = "idempotency_key_reused";

/// Why a call brought nothing.
pub enum Failure {
    /// The system works and says no.
    Refused(SystemError),
    /// It doesn't work: it may be tried again.
    Away(String),
}

#[derive(Deserialize)]
pub struct Orders {
    pub orders: Vec<OrderView>,
}

#[derive(Deserialize)]
struct Conflict {
    reason: String,
}

#[derive(Deserialize)]
struct Invalid {
    field: String,
    expected: String,
}

/// A part of a path. One of dots alone would leave the path, escaped or not: no order is called `_`.
pub fn encoded(part: &str) -> String {
    match part.chars().all(|letter| letter == '.') {
        true => "_".to_owned(),
        false => utf8_percent_encode(part, UNESCAPED).to_string(),
    }
}

pub fn order_path(number: &str) -> String {
    format!("/orders/{}", encoded(number))
}

pub fn shopper_query(shopper: &SignedIn, most: usize) -> String {
    let mut query = format!(
        "/orders?identifier={}&limit={most}",
        encoded(shopper.identifier())
    );
    if let Some(email) = shopper.email() {
        query += &format!("&email={}", encoded(email));
    }
    query
}

/// What an answer means.
pub async fn read<T: DeserializeOwned>(response: Response) -> Result<T, Failure> {
    let status = response.status();
    let body = body(response).await?;
    if status.is_success() {
        return serde_json::from_slice(&body)
            .map_err(|error| Failure::Away(format!("its answer is not what was agreed: {error}")));
    }
    Err(refusal(status, &body))
}

fn refusal(status: StatusCode, body: &[u8]) -> Failure {
    match status {
        StatusCode::NOT_FOUND => Failure::Refused(SystemError::NotFound),
        StatusCode::CONFLICT => {
            let reason = serde_json::from_slice(body).map(|Conflict { reason }| reason);
            Failure::Refused(conflict(&reason.unwrap_or_default()))
        }
        StatusCode::UNPROCESSABLE_ENTITY => match serde_json::from_slice(body) {
            Ok(Invalid { field, expected }) => Failure::Refused(SystemError::Invalid { field, expected }),
            Err(error) => Failure::Away(format!("its refusal is not what was agreed: {error}")),
        },
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Failure::Away(format!(
            "it answered {status}: `orders.token` is not what it expects"
        )),
        _ => Failure::Away(format!("it answered {status}")),
    }
}

fn conflict(reason: &str) -> SystemError {
    if reason == KEY_OF_ANOTHER {
        return SystemError::KeyOfAnother;
    }
    let why_not = serde_json::from_value(reason.into()).unwrap_or(WhyNot::Other);
    SystemError::NotPossible(why_not)
}

async fn body(mut response: Response) -> Result<Vec<u8>, Failure> {
    let mut body = Vec::new();
    loop {
        let chunk = response.chunk().await;
        match chunk.map_err(|error| Failure::Away(error.without_url().to_string()))? {
            None => return Ok(body),
            Some(chunk) if body.len() + chunk.len() <= MOST_BYTES => body.extend_from_slice(&chunk),
            Some(_) => {
                return Err(Failure::Away(format!(
                    "its answer has more than {MOST_BYTES} bytes"
                )));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_told_apart() {
        let told =
            |status: u16, body: &str| match refusal(StatusCode::from_u16(status).unwrap(), body.as_bytes()) {
                Failure::Refused(error) => error,
                Failure::Away(detail) => SystemError::Unavailable(detail),
            };
        let not_possible = |why_not| SystemError::NotPossible(why_not);
        assert_eq!(told(404, ""), SystemError::NotFound);
        assert_eq!(
            told(409, r#"{"reason":"already_packed"}"#),
            not_possible(WhyNot::AlreadyPacked)
        );
        assert_eq!(told(409, r#"{"reason":"customs"}"#), not_possible(WhyNot::Other));
        assert_eq!(told(409, "no JSON"), not_possible(WhyNot::Other));
        assert_eq!(
            told(409, r#"{"reason":"idempotency_key_reused"}"#),
            SystemError::KeyOfAnother
        );
        let invalid = SystemError::Invalid {
            field: "postcode".into(),
            expected: "five digits".into(),
        };
        assert_eq!(
            told(422, r#"{"field":"postcode","expected":"five digits"}"#),
            invalid
        );
        for status in [302, 400, 401, 429, 500, 503] {
            assert!(
                matches!(told(status, ""), SystemError::Unavailable(_)),
                "{status}"
            );
        }
    }

    #[test]
    fn numbers_stay_in_their_part_of_the_address() {
        assert_eq!(order_path("LF-10/01"), "/orders/LF-10%2F01");
        assert_eq!(order_path(".."), "/orders/_");
        assert_eq!(order_path("A?b#c"), "/orders/A%3Fb%23c");
    }
}
