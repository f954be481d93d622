//! Who a shopper is, as their shop vouches for it: an identifier with its HMAC, or a signed token. Pure.

mod identity;
mod jwt;
mod page;

pub use identity::{IdentityError, SignedIn, VERIFIED, hash, verify};
pub use jwt::{sign_jwt, verify_jwt};
pub use page::{PageError, of_page};
