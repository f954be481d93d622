//! What a page says of its shopper, and what of it the shop vouches for.

use serde_json::{Map, Value};

use super::identity::{IdentityError, SignedIn, verify};
use super::jwt::verify_jwt;
use crate::store::Millis;

const IDENTIFIER: &str = "identifier";
const HASH: &str = "identifier_hash";
const TOKEN: &str = "token";

/// The field of what a page says that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`user.{field}`: expected {error}")]
pub struct PageError {
    pub field: &'static str,
    pub error: IdentityError,
}

/// Takes the proof out of what a page says of its shopper, so that it is nowhere stored, and says who it proves them to
/// be. A proof that is wrong is refused; none is needed unless `enforce` says so. Without a secret nobody can be proven.
pub fn of_page(
    user: &mut Map<String, Value>,
    secret: &str,
    enforce: bool,
    now: Millis,
) -> Result<Option<SignedIn>, PageError> {
    let (hash, token) = (taken(user, HASH)?, taken(user, TOKEN)?);
    let identifier = match user.get(IDENTIFIER) {
        None | Some(Value::Null) => None,
        Some(Value::String(identifier)) => Some(identifier.clone()),
        Some(Value::Number(number)) => Some(number.to_string()),
        Some(_) => return Err(wrong(IDENTIFIER, IdentityError::Identifier)),
    };
    if secret.is_empty() {
        return Ok(None);
    }
    if let Some(token) = token {
        let shopper = verify_jwt(secret, &token, now).map_err(|error| wrong(TOKEN, error))?;
        if identifier.is_some_and(|identifier| identifier != shopper.identifier()) {
            return Err(wrong(IDENTIFIER, IdentityError::Token));
        }
        user.insert(IDENTIFIER.into(), shopper.identifier().into());
        return Ok(Some(shopper));
    }
    match (identifier, hash) {
        (Some(identifier), Some(hash)) => verify(secret, &identifier, &hash)
            .map(Some)
            .map_err(|error| wrong(HASH, error)),
        (Some(_), None) if enforce => Err(wrong(HASH, IdentityError::Hash)),
        (None, Some(_)) => Err(wrong(IDENTIFIER, IdentityError::Identifier)),
        (_, None) => Ok(None),
    }
}

fn taken(user: &mut Map<String, Value>, field: &'static str) -> Result<Option<String>, PageError> {
    match user.remove(field) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) if field == HASH => Err(wrong(field, IdentityError::Hash)),
        Some(_) => Err(wrong(field, IdentityError::Token)),
    }
}

fn wrong(field: &'static str, error: IdentityError) -> PageError {
    PageError { field, error }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::shoppers::{hash, sign_jwt};

    const SECRET: &str = "a secret of the shop";

    fn heard(said: Value, enforce: bool) -> (Result<Option<String>, &'static str>, Value) {
        let Value::Object(mut user) = said else {
            panic!("not an object");
        };
        let shopper = of_page(&mut user, SECRET, enforce, 0);
        let told = shopper
            .map(|shopper| shopper.map(|shopper| shopper.identifier().to_owned()))
            .map_err(|error| error.field);
        (told, user.into())
    }

    #[test]
    fn a_shopper_is_who_the_shop_vouches_for() {
        let right = hash(SECRET, "7").unwrap();
        let token = sign_jwt(SECRET, "7", None, 10).unwrap();
        let plain = json!({ "identifier": "7", "name": "Ada" });
        assert_eq!(heard(plain.clone(), false), (Ok(None), plain.clone()));
        assert_eq!(heard(plain, true).0, Err(HASH));
        assert_eq!(heard(json!({ "name": "Ada" }), true).0, Ok(None));
        let (told, kept) = heard(json!({ "identifier": "7", "identifier_hash": right }), true);
        assert_eq!(
            (told, kept),
            (Ok(Some("7".into())), json!({ "identifier": "7" })),
            "the proof isn't kept"
        );
        assert_eq!(
            heard(json!({ "identifier": 7, "identifier_hash": right }), true).0,
            Ok(Some("7".into()))
        );
        let (told, kept) = heard(json!({ "token": token }), true);
        assert_eq!((told, kept), (Ok(Some("7".into())), json!({ "identifier": "7" })));
        for (said, field) in [
            (json!({ "identifier": "8", "identifier_hash": right }), HASH),
            (json!({ "identifier_hash": right }), IDENTIFIER),
            (json!({ "identifier": "7", "identifier_hash": 7 }), HASH),
            (json!({ "identifier": ["7"] }), IDENTIFIER),
            (json!({ "identifier": "8", "token": token }), IDENTIFIER),
            (json!({ "token": format!("{token}A") }), TOKEN),
        ] {
            assert_eq!(heard(said.clone(), false).0, Err(field), "{said}");
        }
    }

    #[test]
    fn nobody_is_proven_where_the_shop_has_no_secret() {
        let Value::Object(mut user) = json!({ "identifier": "7", "identifier_hash": "00" }) else {
            panic!("not an object");
        };
        assert_eq!(of_page(&mut user, "", false, 0), Ok(None));
    }
}
