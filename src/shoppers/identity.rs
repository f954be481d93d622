//! A shopper whom the shop vouches for.

use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::Sha256;

/// Where a conversation's shopper has what is verified of them. No page can write there.
pub const VERIFIED: &str = "verified";
const MOST_CHARS: usize = 256;

/// A signed-in shopper. There is one only where the shop's signature was checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedIn {
    identifier: String,
    /// Of a token that names it; what a page says beside an identifier is not signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    email: Option<String>,
}

/// Why nobody is signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    #[error("this shop has no secret for identities: `widget.identity_secret` of its configuration")]
    NoSecret,
    #[error("an identifier of 1 to {MOST_CHARS} characters")]
    Identifier,
    #[error("the identifier's HMAC-SHA256 with the shop's secret, as hexadecimal digits")]
    Hash,
    #[error("a token signed with HS256 and the shop's secret")]
    Token,
    #[error("a token with `sub` and `exp`")]
    Claims,
    #[error("a token that has not expired")]
    Expired,
}

impl SignedIn {
    pub(super) fn new(identifier: &str, email: Option<&str>) -> Result<Self, IdentityError> {
        if identifier.is_empty() || identifier.chars().count() > MOST_CHARS || identifier.contains('\0') {
            return Err(IdentityError::Identifier);
        }
        Ok(Self {
            identifier: identifier.to_owned(),
            email: email.map(str::to_owned).filter(|email| !email.is_empty()),
        })
    }

    /// The shop's own name for them.
    pub fn identifier(&self) -> &str {
        &self.identifier
    }

    /// The address that the shop vouches for: the token's, or the identifier when it is one.
    pub fn email(&self) -> Option<&str> {
        let own = Some(self.identifier.as_str()).filter(|identifier| identifier.contains('@'));
        self.email.as_deref().or(own)
    }

    /// Whoever is verified in a conversation's shopper, as it is stored.
    pub fn of_conversation(shopper: &Value) -> Option<Self> {
        Self::deserialize(shopper.get(VERIFIED)?).ok()
    }
}

/// Checks an identifier against its HMAC-SHA256 with the shop's secret, in hexadecimal digits of either case.
pub fn verify(secret: &str, identifier: &str, hash: &str) -> Result<SignedIn, IdentityError> {
    let shopper = SignedIn::new(identifier, None)?;
    let claimed = hex::decode(hash.trim()).map_err(|_| IdentityError::Hash)?;
    // In the same time wherever they differ.
    keyed(secret, identifier.as_bytes())?
        .verify_slice(&claimed)
        .map_err(|_| IdentityError::Hash)?;
    Ok(shopper)
}

/// What a shop sends beside an identifier.
pub fn hash(secret: &str, identifier: &str) -> Result<String, IdentityError> {
    let code = keyed(secret, identifier.as_bytes())?.finalize().into_bytes();
    Ok(hex::encode(code))
}

/// An HMAC of `text`; none without a secret.
pub(super) fn keyed(secret: &str, text: &[u8]) -> Result<Hmac<Sha256>, IdentityError> {
    if secret.is_empty() {
        return Err(IdentityError::NoSecret);
    }
    let mut code = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).map_err(|_| IdentityError::NoSecret)?;
    code.update(text);
    Ok(code)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_identifier_is_believed_with_its_hash_alone() {
        // RFC 4231, test case 2.
        let known = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        let text = "what do ya want for nothing?";
        assert_eq!(hash("Jefe", text).unwrap(), known);
        assert_eq!(verify("Jefe", text, known).unwrap().identifier(), text);
        assert!(verify("Jefe", text, &known.to_uppercase()).is_ok());
        for (secret, identifier, hash, wrong) in [
            ("Jefe", "somebody else", known, IdentityError::Hash),
            ("other", text, known, IdentityError::Hash),
            ("Jefe", text, &known[..62], IdentityError::Hash),
            ("Jefe", text, "no digits", IdentityError::Hash),
            ("Jefe", text, "", IdentityError::Hash),
            ("Jefe", "", known, IdentityError::Identifier),
            ("", text, known, IdentityError::NoSecret),
        ] {
            assert_eq!(
                verify(secret, identifier, hash),
                Err(wrong),
                "{identifier} {hash}"
            );
        }
    }

    #[test]
    fn what_a_page_says_of_its_shopper_is_not_verified() {
        let said = json!({ "user": { "identifier": "7", "verified": { "identifier": "7" } } });
        assert_eq!(SignedIn::of_conversation(&said), None);
        let shopper = SignedIn::new("ada@shop.example", None).unwrap();
        let stored = json!({ "user": {}, VERIFIED: shopper });
        let known = SignedIn::of_conversation(&stored).unwrap();
        assert_eq!(known.email(), Some("ada@shop.example"));
        assert_eq!(SignedIn::new("7", None).unwrap().email(), None);
    }
}
