//! The fields of the checkout, each with its label and what is wrong with it.

use crate::orders::{Contact, Wrong};
use crate::web::pages::Frame;

pub struct Field {
    pub name: &'static str,
    pub label: String,
    pub value: String,
    pub kind: &'static str,
    /// What browsers may fill in.
    pub autocomplete: &'static str,
    pub is_needed: bool,
    /// Why it is asked for; empty where that is plain.
    pub hint: String,
    /// Empty: nothing.
    pub wrong: String,
}

/// All fields in their order.
pub fn fields(frame: &Frame<'_>, contact: Contact, wrong: &[(&'static str, Wrong)]) -> Vec<Field> {
    let values = [
        ("name", contact.name, "text", "name", true),
        ("email", contact.email, "email", "email", true),
        ("street", contact.street, "text", "address-line1", true),
        ("extra", contact.extra, "text", "address-line2", false),
        ("city", contact.city, "text", "address-level2", true),
        ("region", contact.region, "text", "address-level1", true),
        ("postcode", contact.postcode, "text", "postal-code", true),
    ];
    let field = |(name, value, kind, autocomplete, is_needed)| Field {
        name,
        label: frame.say(&format!("checkout-{name}")),
        value,
        kind,
        autocomplete,
        is_needed,
        hint: match name {
            "email" => frame.say("checkout-email-hint"),
            _ => String::new(),
        },
        wrong: wrong
            .iter()
            .find(|(field, _)| *field == name)
            .map(|(_, wrong)| frame.say(message(name, *wrong)))
            .unwrap_or_default(),
    };
    values.into_iter().map(field).collect()
}

fn message(name: &str, wrong: Wrong) -> &'static str {
    match (name, wrong) {
        (_, Wrong::TooLong) => "checkout-too-long",
        (_, Wrong::NoEmail) | ("email", Wrong::Missing) => "checkout-no-email",
        ("name", Wrong::Missing) => "checkout-no-name",
        ("street", Wrong::Missing) => "checkout-no-street",
        ("city", Wrong::Missing) => "checkout-no-city",
        ("region", Wrong::Missing) => "checkout-no-region",
        (_, Wrong::Missing) => "checkout-no-postcode",
    }
}
