//! What a button of ours stands for, as the value that choosing it sends.

use super::super::asks::{Ask, How, ProductsAsk, Scene, like, shown_ids};
use crate::chat::forms::{OrderForm, Slot, Task};
use crate::chat::wants::Wants;
use crate::orders::ReturnReason;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Button {
    Article {
        slug: String,
    },
    NoneOfThese,
    CallPerson,
    NoPerson,
    /// Further products.
    More,
    /// Products on the table side by side.
    Compare,
    Like {
        item: String,
    },
    NotForMe {
        item: String,
    },
    PutInCart {
        item: String,
    },
    ApplyCode {
        code: String,
    },
    /// Arrange something about an order.
    Order {
        task: Task,
    },
    OrderNumber {
        number: String,
    },
    OrderLine {
        line: String,
    },
    ReturnReason {
        reason: ReturnReason,
    },
    /// Yes to what a form will do.
    Confirm,
    /// Leave the form.
    GiveUp,
}

impl Button {
    /// Reads the value that [`Button::value`] wrote; `None` for anything else, which is then read as words.
    pub fn parse(value: &str) -> Option<Self> {
        Some(match value.split_once(':')? {
            (_, "") => return None,
            ("article", slug) => Self::Article { slug: slug.into() },
            ("topic", "none") => Self::NoneOfThese,
            ("person", "yes") => Self::CallPerson,
            ("person", "no") => Self::NoPerson,
            ("products", "more") => Self::More,
            ("products", "compare") => Self::Compare,
            ("like", item) => Self::Like { item: item.into() },
            ("dismiss", item) => Self::NotForMe { item: item.into() },
            ("cart", item) => Self::PutInCart { item: item.into() },
            ("code", code) => Self::ApplyCode { code: code.into() },
            ("order", task) => Self::Order {
                task: Task::named(task)?,
            },
            ("number", number) => Self::OrderNumber {
                number: number.into(),
            },
            ("line", line) => Self::OrderLine { line: line.into() },
            ("reason", reason) => Self::ReturnReason {
                reason: reason.parse().ok()?,
            },
            ("form", "yes") => Self::Confirm,
            ("form", "no") => Self::GiveUp,
            _ => return None,
        })
    }

    pub fn value(&self) -> String {
        match self {
            Self::Article { slug } => format!("article:{slug}"),
            Self::NoneOfThese => "topic:none".into(),
            Self::CallPerson => "person:yes".into(),
            Self::NoPerson => "person:no".into(),
            Self::More => "products:more".into(),
            Self::Compare => "products:compare".into(),
            Self::Like { item } => format!("like:{item}"),
            Self::NotForMe { item } => format!("dismiss:{item}"),
            Self::PutInCart { item } => format!("cart:{item}"),
            Self::ApplyCode { code } => format!("code:{code}"),
            Self::Order { task } => format!("order:{}", task.name()),
            Self::OrderNumber { number } => format!("number:{number}"),
            Self::OrderLine { line } => format!("line:{line}"),
            Self::ReturnReason { reason } => format!("reason:{}", reason.name()),
            Self::Confirm => "form:yes".into(),
            Self::GiveUp => "form:no".into(),
        }
    }

    /// What it gives to a form; `None`: nothing, or there is no form that it fits.
    pub fn form(&self, form: Option<&OrderForm>) -> Option<OrderForm> {
        let form = || form.cloned();
        Some(match self {
            Self::Order { task } => {
                form().map_or_else(|| OrderForm::new(*task), |form| form.turned_to(*task))
            }
            Self::OrderNumber { number } => OrderForm {
                number: Some(number.clone()),
                ..form()?
            },
            Self::OrderLine { line } => OrderForm {
                lines: vec![line.clone()],
                ..form()?
            },
            Self::ReturnReason { reason } => OrderForm {
                reason: Some(*reason),
                ..form()?
            },
            Self::Confirm => OrderForm {
                confirmed: true,
                ..form().filter(|form| form.asked == Some(Slot::Confirm))?
            },
            _ => return None,
        })
    }

    /// What it asks of the shop; `None`: nothing.
    pub fn ask(&self, scene: &Scene<'_>) -> Option<Ask> {
        let products = |wants: Wants, how, skip| Ask::Products(ProductsAsk { wants, how, skip });
        Some(match self {
            Self::More => products(scene.wants.cloned()?, How::More, scene.seen.to_vec()),
            Self::Compare => Ask::Compare {
                items: shown_ids(scene),
            },
            Self::Like { item } => like(item, scene),
            Self::NotForMe { item } => Ask::NotForMe { item: item.clone() },
            Self::PutInCart { item } => Ask::PutInCart {
                item: item.clone(),
                quantity: 1,
            },
            Self::ApplyCode { code } => Ask::ApplyCode { code: code.clone() },
            _ => return None,
        })
    }
}
