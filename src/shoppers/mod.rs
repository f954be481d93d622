//! Who a shopper is, as their shop vouches for it: an identifier with its HMAC, or a signed token. Pure.

mod identity;
mod jwt;

pub use identity::{IdentityError, SignedIn, hash, verify};
pub use jwt::{sign_jwt, verify_jwt};
