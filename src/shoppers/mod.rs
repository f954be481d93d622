//! Who a shopper is, as their shop vouches for it: an identifier with its HMAC, or a signed token, purely; and what is forgotten of them.

mod forget;
mod identity;
mod jwt;
mod page;

pub use forget::unname_offers;
pub use identity::{IdentityError, SignedIn, VERIFIED, hash, verify};
pub use jwt::{sign_jwt, verify_jwt};
pub use page::{PageError, of_page};
