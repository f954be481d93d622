//! What a message gives to a form that is under way.

use super::answers::{address, gives_up, is_no, is_yes, reason};
use super::{OrderForm, Shown, Slot, Task};
use crate::nlu::{EntityKind, EntityValue, Understanding};
use crate::text::script::is_chinese;

/// What became of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::large_enum_variant)] // One of them lives at a time.
pub enum Filled {
    /// The message gave something.
    On(OrderForm),
    /// The shopper leaves it.
    GivenUp,
    /// The message is about something else, or no answer.
    Nothing,
}

/// Takes what a message gives: numbers, proofs, reasons, an address, yes and no; several at once.
pub fn fill(form: &OrderForm, understanding: &Understanding) -> Filled {
    let text = understanding.text.as_str();
    let mut filled = OrderForm {
        tries: 0,
        ..form.clone()
    };
    if form.asked == Some(Slot::Confirm) {
        if is_yes(text) {
            filled.confirmed = true;
            return Filled::On(filled);
        }
        if gives_up(text) || (is_no(text) && numbers(understanding).is_empty()) {
            return Filled::GivenUp;
        }
    }
    filled = take_numbers(filled, understanding);
    filled = take_proof(filled, understanding);
    if matches!(form.task, Task::Return | Task::Exchange) {
        filled = take_goods(filled, understanding);
    }
    if form.asked == Some(Slot::Address)
        && let Some(address) = address(text)
    {
        filled.address = Some(address);
    }
    let before = OrderForm {
        tries: 0,
        ..form.clone()
    };
    if filled != before {
        return Filled::On(filled);
    }
    if gives_up(text) || is_no(text) {
        return Filled::GivenUp;
    }
    Filled::Nothing
}

fn numbers(understanding: &Understanding) -> Vec<&str> {
    let numbers = understanding
        .entities
        .iter()
        .filter_map(|entity| match (&entity.kind, &entity.value) {
            (EntityKind::OrderNumber, EntityValue::Text(number)) => Some(number.as_str()),
            _ => None,
        });
    numbers.collect()
}

/// The first number is the order's; where only the postcode is missing, a bare one is that.
fn take_numbers(form: OrderForm, understanding: &Understanding) -> OrderForm {
    let text = understanding.text.to_lowercase();
    let corrects = is_no(&text)
        || ["order", "#", "meant", "sorry", "actually", "订单"]
            .iter()
            .any(|word| text.contains(word));
    let mut found = numbers(understanding).into_iter();
    if form.asked == Some(Slot::Address) {
        return form;
    }
    let mut form = form;
    if form.number.is_none() || corrects || form.asked != Some(Slot::Proof) {
        if let Some(number) = found.next() {
            form = form.of_number(number);
        } else if form.asked == Some(Slot::Number) && form.number.is_none() {
            form.number = typed_number(&understanding.text);
        }
    }
    if form.proof.is_none()
        && let Some(postcode) = found.next()
    {
        form.proof = Some(Shown::Postcode(postcode.to_owned()));
    }
    form
}

/// A number as a shop may write it that patterns don't know: `LF-2026-88`.
fn typed_number(text: &str) -> Option<String> {
    let words = text
        .split(|letter: char| letter.is_whitespace() || is_chinese(letter))
        .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()));
    let mut numbers = words
        .filter(|word| word.chars().filter(char::is_ascii_digit).count() >= 4 && word.chars().count() <= 40);
    numbers.next().map(str::to_owned)
}

fn take_proof(mut form: OrderForm, understanding: &Understanding) -> OrderForm {
    for entity in &understanding.entities {
        match entity.kind {
            EntityKind::Email => form.proof = Some(Shown::Email(entity.text.clone())),
            EntityKind::Postcode if form.asked != Some(Slot::Address) && form.proof.is_none() => {
                form.proof = Some(Shown::Postcode(entity.text.clone()));
            }
            _ => {}
        }
    }
    form
}

fn take_goods(mut form: OrderForm, understanding: &Understanding) -> OrderForm {
    let text = understanding.text.as_str();
    form.reason = reason(text).or(form.reason);
    for entity in &understanding.entities {
        match &entity.value {
            EntityValue::Size { size, .. } if form.task == Task::Exchange => {
                form.instead.size = Some(size.clone())
            }
            EntityValue::Colour { colour, .. } if form.task == Task::Exchange => {
                form.instead.colour = Some(colour.clone());
            }
            EntityValue::Quantity { count, .. } => form.quantity = Some(*count),
            _ => {}
        }
    }
    // Which lines are meant can only be told once the order is known; a message that begins the form, or answers what
    // is to go back, may name them.
    if form.lines.is_empty() && matches!(form.asked, None | Some(Slot::Lines)) {
        form.lines_said = Some(text.to_owned());
    }
    form
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nlu::entities::Extractor;
    use crate::orders::ReturnReason;

    fn says(form: &OrderForm, text: &str) -> Filled {
        let understanding = Understanding {
            entities: Extractor::default().extract(text, jiff::civil::date(2026, 11, 25)),
            ..Understanding::of_text(text)
        };
        fill(form, &understanding)
    }

    fn on(form: &OrderForm, text: &str) -> OrderForm {
        match says(form, text) {
            Filled::On(form) => form,
            other => panic!("{text}: {other:?}"),
        }
    }

    fn asked(task: Task, slot: Slot) -> OrderForm {
        OrderForm {
            asked: Some(slot),
            ..OrderForm::new(task)
        }
    }

    #[test]
    fn several_values_come_in_one_sentence_and_are_corrected() {
        let form = on(&OrderForm::new(Task::Status), "order 10021, ada@shop.example");
        assert_eq!(form.number.as_deref(), Some("10021"));
        assert_eq!(form.proof, Some(Shown::Email("ada@shop.example".into())));
        let form = OrderForm {
            asked: Some(Slot::Proof),
            proof: None,
            ..form
        };
        assert_eq!(on(&form, "no, 10432").number.as_deref(), Some("10432"));
        let by_postcode = on(&form, "05401");
        assert_eq!(by_postcode.number.as_deref(), Some("10021"));
        assert_eq!(by_postcode.proof, Some(Shown::Postcode("05401".into())));
        let both = on(&asked(Task::Status, Slot::Number), "10021 05401");
        assert_eq!(
            (both.number.as_deref(), both.proof),
            (Some("10021"), Some(Shown::Postcode("05401".into())))
        );
    }

    #[test]
    fn a_return_takes_its_reason_and_is_left_when_the_shopper_wants() {
        let form = on(
            &OrderForm::new(Task::Return),
            "I want to return the boots from order 10021, they're too small",
        );
        assert_eq!(form.reason, Some(ReturnReason::TooSmall));
        assert!(form.lines_said.is_some());
        assert_eq!(
            says(&asked(Task::Status, Slot::Proof), "i'd rather not say"),
            Filled::GivenUp
        );
        assert_eq!(
            says(&asked(Task::Status, Slot::Proof), "do you ship to canada?"),
            Filled::Nothing
        );
    }

    #[test]
    fn only_a_yes_confirms() {
        let form = asked(Task::Cancel, Slot::Confirm);
        assert!(on(&form, "yes, please").confirmed);
        assert_eq!(says(&form, "no"), Filled::GivenUp);
        assert_eq!(says(&form, "how long does a refund take?"), Filled::Nothing);
    }

    #[test]
    fn an_address_is_no_postcode() {
        let form = OrderForm {
            number: Some("10021".into()),
            ..asked(Task::ChangeAddress, Slot::Address)
        };
        let form = on(&form, "48 Elm Street, Burlington, VT 05401");
        assert_eq!(
            form.address.map(|address| address.city),
            Some("Burlington".into())
        );
        assert_eq!(form.proof, None);
    }
}
