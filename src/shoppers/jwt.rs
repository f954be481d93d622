//! JSON Web Tokens (RFC 7519) signed with HS256: `sub` is the identifier, `exp` is needed, `email` may be there.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::Mac;
use serde::Deserialize;
use serde_json::{Value, json};

use super::identity::{IdentityError, SignedIn, keyed};
use crate::store::Millis;

#[derive(Deserialize)]
struct Header {
    alg: String,
    /// Extensions that must be understood; none is.
    crit: Option<Value>,
}

#[derive(Deserialize)]
struct Claims {
    sub: String,
    /// Seconds since 1970 UTC; RFC 7519 allows fractions.
    exp: f64,
    nbf: Option<f64>,
    email: Option<String>,
}

/// The shopper of a token that holds at `now`.
pub fn verify_jwt(secret: &str, token: &str, now: Millis) -> Result<SignedIn, IdentityError> {
    let (signed, signature) = token.trim().rsplit_once('.').ok_or(IdentityError::Token)?;
    let (header, claims) = signed.split_once('.').ok_or(IdentityError::Token)?;
    let header: Header = part(header).ok_or(IdentityError::Token)?;
    // The token doesn't choose how it is checked: `none` and every other algorithm are refused.
    if header.alg != "HS256" || header.crit.is_some() {
        return Err(IdentityError::Token);
    }
    let signature = URL_SAFE_NO_PAD
        .decode(signature)
        .map_err(|_| IdentityError::Token)?;
    keyed(secret, signed.as_bytes())?
        .verify_slice(&signature)
        .map_err(|_| IdentityError::Token)?;
    let claims: Claims = part(claims).ok_or(IdentityError::Claims)?;
    let seconds = now as f64 / 1000.0;
    if seconds >= claims.exp || claims.nbf.is_some_and(|begin| seconds < begin) {
        return Err(IdentityError::Expired);
    }
    SignedIn::new(&claims.sub, claims.email.as_deref())
}

/// A token as a shop makes it. `expires`: seconds since 1970 UTC.
pub fn sign_jwt(
    secret: &str,
    identifier: &str,
    email: Option<&str>,
    expires: i64,
) -> Result<String, IdentityError> {
    let encoded = |part: Value| URL_SAFE_NO_PAD.encode(part.to_string());
    let claims = json!({ "sub": identifier, "email": email, "exp": expires });
    let signed = format!(
        "{}.{}",
        encoded(json!({ "alg": "HS256", "typ": "JWT" })),
        encoded(claims)
    );
    let code = keyed(secret, signed.as_bytes())?.finalize().into_bytes();
    Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(code)))
}

fn part<T: for<'a> Deserialize<'a>>(text: &str) -> Option<T> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "a secret of the shop";
    const NOW: Millis = 1_700_000_000_500;

    #[test]
    fn a_token_is_believed_until_it_expires() {
        let token = sign_jwt(SECRET, "7", Some("ada@shop.example"), 1_700_000_001).unwrap();
        let shopper = verify_jwt(SECRET, &token, NOW).unwrap();
        assert_eq!(
            (shopper.identifier(), shopper.email()),
            ("7", Some("ada@shop.example"))
        );
        assert_eq!(verify_jwt(SECRET, &token, NOW + 500), Err(IdentityError::Expired));
        assert_eq!(verify_jwt("other", &token, NOW), Err(IdentityError::Token));
        assert_eq!(verify_jwt("", &token, NOW), Err(IdentityError::NoSecret));
    }

    #[test]
    fn a_token_that_was_made_by_others_is_refused() {
        let token = sign_jwt(SECRET, "7", None, 1_800_000_000).unwrap();
        let parts: Vec<&str> = token.split('.').collect();
        let encoded = |text: &str| URL_SAFE_NO_PAD.encode(text);
        let none = encoded(r#"{"alg":"none"}"#);
        let others = encoded(r#"{"sub":"8","exp":1800000000}"#);
        for forged in [
            format!("{none}.{}.", parts[1]),
            format!("{none}.{}.{}", parts[1], parts[2]),
            format!("{}.{others}.{}", parts[0], parts[2]),
            format!("{}.{}", parts[0], parts[1]),
            String::new(),
            "a.b.c".into(),
            format!("{token}A"),
        ] {
            assert_eq!(
                verify_jwt(SECRET, &forged, NOW),
                Err(IdentityError::Token),
                "{forged}"
            );
        }
    }

    #[test]
    fn a_token_names_its_end() {
        let signed = |claims: &str| {
            let signed = format!(
                "{}.{}",
                URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256"}"#),
                URL_SAFE_NO_PAD.encode(claims)
            );
            let code = keyed(SECRET, signed.as_bytes()).unwrap().finalize().into_bytes();
            format!("{signed}.{}", URL_SAFE_NO_PAD.encode(code))
        };
        let without_end = signed(r#"{"sub":"7"}"#);
        assert_eq!(verify_jwt(SECRET, &without_end, NOW), Err(IdentityError::Claims));
        let early = signed(r#"{"sub":"7","exp":1800000000,"nbf":1750000000}"#);
        assert_eq!(verify_jwt(SECRET, &early, NOW), Err(IdentityError::Expired));
        let nobody = signed(r#"{"sub":"","exp":1800000000}"#);
        assert_eq!(verify_jwt(SECRET, &nobody, NOW), Err(IdentityError::Identifier));
    }
}
