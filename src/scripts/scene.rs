//! A script under way: what its shopper has, does and hears.

use std::net::SocketAddr;

use super::check::{Wrong, check};
use super::format::{PastOrder, Pressed, Progress, Script, Stage, Turn};
use super::heard::{Button, Heard, Line, Named, ShownCard};
use super::honesty::{Claim, Sources, unfounded};
use super::records;
use super::shopper::{Browser, ShopperError, Talk};
use super::wording::plain;
use crate::chat::ConversationError;
use crate::orders::{HouseOrders, OrderError, ShopSystem, Step, SystemError};
use crate::web::App;

/// Why a script ended before its end.
#[derive(Debug, thiserror::Error)]
pub enum Hindrance {
    #[error(transparent)]
    Shopper(#[from] ShopperError),
    #[error(transparent)]
    Conversation(#[from] ConversationError),
    #[error(transparent)]
    Orders(#[from] OrderError),
    #[error("no button “{wanted}”; there are: {there}")]
    NoButton { wanted: String, there: String },
    #[error("the order can't be brought so far: {0}")]
    Progress(#[from] SystemError),
}

/// A script under way.
pub struct Scene<'a> {
    app: &'a App,
    locale: String,
    browser: Browser,
    talk: Talk,
    /// Numbers of the orders that were placed before, and the browsers that they were placed from; `None`: this one.
    orders: Vec<(String, Option<Browser>)>,
    cart_page: String,
    said: Vec<String>,
    last: Heard,
    /// The cards that were shown last.
    cards: Vec<ShownCard>,
}

impl<'a> Scene<'a> {
    /// Sees to it that all is as given, and opens the chat.
    pub async fn set(app: &'a App, address: SocketAddr, script: &Script) -> Result<Self, Hindrance> {
        let base = format!("http://{address}");
        let mut browser = Browser::new(&base)?;
        let mut orders = Vec::new();
        for order in script.given.past_orders() {
            orders.push(place(app, &base, &mut browser, order).await?);
        }
        for pieces in &script.given.cart {
            browser.put(pieces).await?;
        }
        for code in &script.given.codes {
            browser.enter_code(code).await?;
        }
        let locale = script.locale.clone().unwrap_or_else(|| app.config.locale.clone());
        let page = script.given.page.as_deref();
        let talk = browser.talk(&app.config.website_token, &locale, page).await?;
        Ok(Self {
            cart_page: browser.cart_page().await?,
            app,
            locale,
            browser,
            talk,
            orders,
            said: Vec::new(),
            last: Heard::default(),
            cards: Vec::new(),
        })
    }

    /// The id of its conversation.
    pub fn conversation(&self) -> String {
        self.talk.id.clone()
    }

    /// Plays a turn; what was not as expected, and what came.
    pub async fn turn(&mut self, turn: &Turn) -> Result<(Vec<Wrong>, Heard), Hindrance> {
        let replies = match &turn.presses {
            Some(pressed) => {
                let button = self.button(pressed, turn.on)?;
                let value = button.value.as_deref();
                self.browser.say(&self.talk, &button.text, value).await?
            }
            None => {
                let text = self.fill(turn.says.as_deref().unwrap_or_default());
                self.said.push(text.clone());
                self.browser.say(&self.talk, &text, None).await?
            }
        };
        let heard = self.hear(&replies).await?;
        let mut wrong = check(turn, &heard, &self.cards, &|text| self.fill(text));
        if replies.is_empty() {
            wrong.push(fault("reply", "a reply"));
        }
        wrong.extend(self.dishonest(&heard).await?);
        if !heard.cards.is_empty() {
            self.cards = heard.cards.clone();
        }
        self.last = heard.clone();
        Ok((wrong, heard))
    }

    /// Reads what came: the messages, why they were said, and how things stand then.
    async fn hear(&mut self, replies: &[serde_json::Value]) -> Result<Heard, Hindrance> {
        let mut heard = Heard::of_messages(replies);
        let turn = replies.iter().find_map(|reply| reply["turn_id"].as_str());
        if let Some(turn) = turn
            && let Some(trace) = crate::chat::trace(&self.app.store, turn).await?
        {
            heard.note_trace(&trace);
        }
        for card in &mut heard.cards {
            card.product = card.id.as_deref().and_then(|id| records::product(self.app, id));
        }
        if let Ok(id) = self.talk.id.parse() {
            heard.state = crate::chat::state(&self.app.store, id).await?;
        }
        heard.handed_over = self.browser.status(&self.talk).await? == "open";
        if let Some(cart) = self.browser.cart() {
            let cart = self.app.orders.cart(&cart).await?;
            heard.codes = cart.basket.codes.clone();
            let lines = cart.basket.lines.iter();
            heard.cart = lines
                .map(|line| Line {
                    item: line.item.clone(),
                    quantity: line.quantity,
                    product: records::product(self.app, &line.item).unwrap_or_default(),
                })
                .collect();
        }
        Ok(heard)
    }

    /// Numbers in the reply that no record stands behind.
    async fn dishonest(&mut self, heard: &Heard) -> Result<Vec<Wrong>, Hindrance> {
        let before = std::mem::replace(&mut self.cart_page, self.browser.cart_page().await?);
        let cart = self.browser.cart();
        let mut texts = records::texts(self.app, heard, cart.as_deref(), &self.locale).await;
        texts.extend([
            before,
            self.cart_page.clone(),
            self.app.chat.back_in_words(&self.locale),
        ]);
        for (number, buyer) in &mut self.orders {
            let is_named = |named: &Named| named.kind == "order" && named.id == *number;
            if heard.records.iter().any(is_named) {
                let buyer = buyer.as_mut().unwrap_or(&mut self.browser);
                texts.push(buyer.order_page(number).await?);
            }
        }
        let sources = Sources {
            records: texts,
            said_by_shopper: self.said.clone(),
            codes: records::codes(self.app),
        };
        let claims = unfounded(&heard.texts, &sources);
        let told = |claim: Claim| {
            fault(
                "honesty",
                &format!("a record behind the {} “{}”", claim.kind.name(), claim.shown),
            )
        };
        Ok(claims.into_iter().map(told).collect())
    }

    /// The button that is meant, among those of the last reply.
    fn button(&self, pressed: &Pressed, on: Option<usize>) -> Result<Button, Hindrance> {
        let cards = self.last.cards.iter().enumerate();
        let cards = cards.filter(|(at, _)| on.is_none_or(|on| on == at + 1));
        let of_cards = cards.flat_map(|(_, card)| &card.actions);
        let of_reply = self.last.buttons.iter().filter(|_| on.is_none());
        let there: Vec<&Button> = of_reply
            .chain(of_cards)
            .filter(|button| button.value.is_some())
            .collect();
        let found = match pressed {
            Pressed::Number(number) => there.get(number - 1),
            Pressed::Named(name) => there
                .iter()
                .find(|button| plain(&button.text) == plain(name) || button.value.as_deref() == Some(name)),
        };
        found
            .map(|button| (*button).clone())
            .ok_or_else(|| Hindrance::NoButton {
                wanted: match pressed {
                    Pressed::Number(number) => number.to_string(),
                    Pressed::Named(name) => name.clone(),
                },
                there: there
                    .iter()
                    .map(|button| button.text.as_str())
                    .collect::<Vec<_>>()
                    .join(", "),
            })
    }

    /// `{order}` and `{order2}` become the numbers of the orders that were placed before.
    fn fill(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (at, (number, _)) in self.orders.iter().enumerate() {
            text = text.replace(&format!("{{order{}}}", at + 1), number);
            if at == 0 {
                text = text.replace("{order}", number);
            }
        }
        text
    }
}

fn fault(key: &'static str, expected: &str) -> Wrong {
    Wrong {
        key,
        expected: expected.to_owned(),
    }
}

/// Places an order as it is given, and brings it as far. Its number, and the browser that it was placed from.
async fn place(
    app: &App,
    base: &str,
    browser: &mut Browser,
    order: &PastOrder,
) -> Result<(String, Option<Browser>), Hindrance> {
    let mut other = match order.same_browser {
        true => None,
        false => Some(Browser::new(base)?),
    };
    let number = other.as_mut().unwrap_or(browser).order(order).await?;
    advance(app, &number, &order.progress).await?;
    Ok((number, other))
}

async fn advance(app: &App, number: &str, progress: &Progress) -> Result<(), Hindrance> {
    let shipped = || Step::Shipped {
        carrier: progress.carrier.clone().unwrap_or_else(|| "UPS".into()),
        tracking: progress.tracking.clone().unwrap_or_else(|| format!("1Z{number}")),
        tracking_url: None,
        exchange: None,
    };
    let delivered = || Step::Delivered { exchange: None };
    let steps = match progress.stage {
        Stage::Placed => vec![],
        Stage::Packed => vec![Step::Packed],
        Stage::Dispatched => vec![Step::Packed, shipped()],
        Stage::Delivered => vec![Step::Packed, shipped(), delivered()],
        Stage::Cancelled => {
            app.house.cancel(number, &format!("script {number}")).await?;
            vec![]
        }
    };
    // Nobody waits here until its shopper may change it no more.
    let mut config = crate::config::Config::clone(&app.config);
    config.orders.change_minutes = 0;
    let house = HouseOrders::of_config(&config, app.orders.clone());
    for step in &steps {
        house.advance(number, step, None).await?;
    }
    Ok(())
}
