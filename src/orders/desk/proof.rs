//! What proves that an order is one's own. Pure.

use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

use crate::orders::system::CustomerContact;
use crate::shoppers::SignedIn;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proof {
    SignedIn(SignedIn),
    /// The address that the order was placed with.
    Email(String),
    /// Of the address that it goes to.
    Postcode(String),
}

impl Proof {
    /// Whether it is a proof for an order that goes to `contact`; takes as long when it is none.
    pub fn holds(&self, contact: &CustomerContact) -> bool {
        let email = tidy_email(&contact.email);
        match self {
            Self::Email(given) => bool::from(same(&tidy_email(given), &email)),
            Self::Postcode(given) => {
                let postcode = &contact.address.postcode;
                let country = &contact.address.country;
                bool::from(same(
                    &tidy_postcode(given, country),
                    &tidy_postcode(postcode, country),
                ))
            }
            Self::SignedIn(shopper) => {
                let known = contact.identifier.as_deref().unwrap_or_default();
                let is_named = same(shopper.identifier(), known);
                let is_addressed = same(&tidy_email(shopper.email().unwrap_or_default()), &email);
                bool::from(is_named | is_addressed)
            }
        }
    }
}

/// Nothing is the same as nothing: an order without an address can't be proven by leaving it out. Hashes are compared,
/// so that neither length nor place of a difference shows.
fn same(given: &str, known: &str) -> Choice {
    let hash = |text: &str| Sha256::digest(text.as_bytes());
    let is_there = Choice::from(u8::from(!given.is_empty() && !known.is_empty()));
    hash(given).as_slice().ct_eq(hash(known).as_slice()) & is_there
}

fn tidy_email(email: &str) -> String {
    email.trim().to_lowercase()
}

/// Letters and digits alone. Of a US ZIP+4 the first five digits: people know no more of it.
fn tidy_postcode(postcode: &str, country: &str) -> String {
    let kept: String = postcode
        .chars()
        .filter(|letter| letter.is_alphanumeric())
        .collect();
    let is_digits = kept.chars().all(|letter| letter.is_ascii_digit());
    let may_be_american = country.is_empty() || country.eq_ignore_ascii_case("US");
    match kept.len() {
        9 if is_digits && may_be_american => kept[..5].to_owned(),
        _ => kept.to_uppercase(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::orders::system::Address;
    use crate::shoppers::{hash, verify};

    fn contact() -> CustomerContact {
        CustomerContact {
            email: "Ada@Shop.example".into(),
            identifier: Some("customer-7".into()),
            address: Address {
                postcode: "05401-1234".into(),
                ..Address::default()
            },
            ..CustomerContact::default()
        }
    }

    fn signed_in(identifier: &str) -> Proof {
        let hash = hash("secret", identifier).unwrap();
        Proof::SignedIn(verify("secret", identifier, &hash).unwrap())
    }

    #[test]
    fn an_order_is_whose_address_it_has() {
        for proof in [
            Proof::Email(" ada@shop.example".into()),
            Proof::Postcode("05401".into()),
            Proof::Postcode("05401 1234".into()),
            signed_in("customer-7"),
            signed_in("ada@SHOP.example"),
        ] {
            assert!(proof.holds(&contact()), "{proof:?}");
        }
        for proof in [
            Proof::Email("ada@shop.example.org".into()),
            Proof::Email(String::new()),
            Proof::Postcode("0540".into()),
            Proof::Postcode(String::new()),
            signed_in("customer-70"),
            signed_in("eve@shop.example"),
        ] {
            assert!(!proof.holds(&contact()), "{proof:?}");
        }
    }

    #[test]
    fn nothing_proves_an_order_that_has_no_address() {
        let nobody = CustomerContact::default();
        for proof in [
            Proof::Email(String::new()),
            Proof::Postcode(" - ".into()),
            signed_in("customer-7"),
        ] {
            assert!(!proof.holds(&nobody), "{proof:?}");
        }
    }
}
