//! To whom an order goes.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

const MOST_CHARS: usize = 200;

/// What the checkout asks for. An address within one country: the demo delivers to no other.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Contact {
    pub name: String,
    pub email: String,
    pub street: String,
    /// Flat, floor, company; may be empty.
    pub extra: String,
    pub city: String,
    pub region: String,
    pub postcode: String,
}

/// What is wrong with a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrong {
    Missing,
    TooLong,
    NoEmail,
}

impl Contact {
    /// Without spaces around; with the names of fields that don't hold what they should.
    pub fn checked(self) -> (Self, Vec<(&'static str, Wrong)>) {
        let tidy = |text: String| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let contact = Self {
            name: tidy(self.name),
            email: self.email.trim().to_owned(),
            street: tidy(self.street),
            extra: tidy(self.extra),
            city: tidy(self.city),
            region: tidy(self.region),
            postcode: tidy(self.postcode),
        };
        let fields = [
            ("name", &contact.name, true),
            ("email", &contact.email, true),
            ("street", &contact.street, true),
            ("extra", &contact.extra, false),
            ("city", &contact.city, true),
            ("region", &contact.region, true),
            ("postcode", &contact.postcode, true),
        ];
        let wrong = fields.into_iter().filter_map(|(name, text, is_needed)| {
            let wrong = if text.is_empty() && is_needed {
                Wrong::Missing
            } else if text.chars().count() > MOST_CHARS || text.contains('\0') {
                Wrong::TooLong
            } else if name == "email" && !is_email(text) {
                Wrong::NoEmail
            } else {
                return None;
            };
            Some((name, wrong))
        });
        let wrong = wrong.collect();
        (contact, wrong)
    }

    /// Who this is to promotions: limits for each shopper and first orders go by the e-mail address. It is hashed
    /// because the ledger is kept for good and read by whoever checks the books; a ledger that holds no personal data
    /// needs no exception when a shopper asks to be forgotten. Upper case and spaces make nobody a new shopper.
    pub fn shopper(&self) -> String {
        shopper_of(&self.email)
    }
}

/// The same, of an e-mail address.
pub fn shopper_of(email: &str) -> String {
    hex::encode(Sha256::digest(email.trim().to_lowercase().as_bytes()))
}

/// Whether mail could be sent there, as far as can be told without sending some.
fn is_email(text: &str) -> bool {
    let Some((name, host)) = text.split_once('@') else {
        return false;
    };
    let has_end = host
        .rsplit_once('.')
        .is_some_and(|(name, end)| !name.is_empty() && end.len() > 1);
    !name.is_empty() && has_end && !host.contains('@') && !text.contains(char::is_whitespace)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_email(email: &str) -> Contact {
        Contact {
            name: " Ada   Lovelace ".into(),
            email: email.into(),
            street: "14 Mill Lane".into(),
            city: "Burlington".into(),
            region: "VT".into(),
            postcode: "05401".into(),
            ..Contact::default()
        }
    }

    #[test]
    fn fields_that_lack_something_are_named() {
        let (contact, wrong) = of_email("ada@shop.example ").checked();
        assert_eq!((contact.name.as_str(), wrong.len()), ("Ada Lovelace", 0));
        for email in [
            "ada",
            "ada@",
            "@shop.example",
            "ada@shop",
            "a da@shop.example",
            "a@b@c.example",
        ] {
            assert_eq!(
                of_email(email).checked().1,
                [("email", Wrong::NoEmail)],
                "{email}"
            );
        }
        let (_, wrong) = Contact::default().checked();
        let names: Vec<_> = wrong.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, ["name", "email", "street", "city", "region", "postcode"]);
        let (_, wrong) = Contact {
            extra: "x".repeat(201),
            ..of_email("ada@shop.example")
        }
        .checked();
        assert_eq!(wrong, [("extra", Wrong::TooLong)]);
    }

    #[test]
    fn a_shopper_is_known_by_the_address_and_the_address_is_not_told() {
        let shopper = of_email("Ada@Shop.example").shopper();
        assert_eq!(shopper, of_email(" ada@shop.EXAMPLE ").shopper());
        assert_ne!(shopper, of_email("ada@other.example").shopper());
        assert!(shopper.len() == 64 && !shopper.contains("ada"));
    }
}
