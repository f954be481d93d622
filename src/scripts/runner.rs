//! Serves the shop on a free port and plays the scripts' shoppers, one after the other.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::check::{Wrong, check};
use super::format::{Answering, Pressed, Progress as OrderProgress, Script, Stage, Turn};
use super::heard::{Button, Heard, Line, ShownCard};
use super::honesty::{Sources, unfounded};
use super::hours::so_that;
use super::records;
use super::report::{Failure, Outcome, Report};
use super::shopper::{Browser, ShopperError, Talk};
use crate::chat::{ChatError, ConversationError};
use crate::config::Config;
use crate::orders::OrderError;
use crate::progress::{Cancelled, Progress};
use crate::store::now;
use crate::web::{App, serve};

/// More than any script needs: what limits visitors is not what is tried here.
const UNLIMITED: u32 = 100_000_000;

/// Why a run ended before its end.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    #[error("no free port can be listened on: {0}")]
    Listen(#[from] std::io::Error),
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    #[error(transparent)]
    Chat(#[from] ChatError),
}

/// Why a script ended before its end.
#[derive(Debug, thiserror::Error)]
enum Hindrance {
    #[error(transparent)]
    Shopper(#[from] ShopperError),
    #[error(transparent)]
    Conversation(#[from] ConversationError),
    #[error(transparent)]
    Orders(#[from] OrderError),
    #[error("no button “{wanted}”; there are: {there}")]
    NoButton { wanted: String, there: String },
    #[error("an order can't be brought to `{0:?}` here: the shop keeps no progress of orders")]
    NoProgress(Stage),
}

/// Makes what the server serves, for a configuration and until the token is cancelled.
type Build = Box<dyn Fn(Arc<Config>, CancellationToken) -> App + Send + Sync>;

/// Plays scripts at a shop.
pub struct Runner {
    config: Config,
    build: Build,
    stop: CancellationToken,
    /// One for each kind of hours that a script asks for.
    servers: HashMap<Option<Answering>, Server>,
    /// The conversations that were had.
    talks: Vec<(Option<Answering>, String)>,
}

struct Server {
    app: App,
    address: SocketAddr,
    task: JoinHandle<std::io::Result<()>>,
}

impl Runner {
    /// `build` makes the rooms' front from a configuration: those of one shop, which all servers share.
    pub fn new(
        mut config: Config,
        build: impl Fn(Arc<Config>, CancellationToken) -> App + Send + Sync + 'static,
    ) -> Self {
        config.limits.messages_per_minute = UNLIMITED;
        config.limits.conversations_per_minute = UNLIMITED;
        config.limits.requests_per_minute = UNLIMITED;
        Self {
            config,
            build: Box::new(build),
            stop: CancellationToken::new(),
            servers: HashMap::new(),
            talks: Vec::new(),
        }
    }

    /// Plays all of them.
    pub async fn run(&mut self, scripts: &[Script], progress: &Progress) -> Result<Report, RunError> {
        let mut report = Report::default();
        for (done, script) in scripts.iter().enumerate() {
            progress.step("Conversations", done as u64, scripts.len() as u64)?;
            self.serve(script.given.hours).await?;
            let failures = self.play(script).await;
            report.add(Outcome {
                name: script.name.clone(),
                theme: script.theme.clone(),
                file: script.file.clone(),
                passed: failures.is_empty(),
                failures,
            });
        }
        progress.step("Conversations", scripts.len() as u64, scripts.len() as u64)?;
        Ok(report)
    }

    /// Deletes the conversations that were had, and ends the servers.
    pub async fn end(self) -> Result<(), RunError> {
        for (hours, id) in &self.talks {
            if let Some((server, id)) = self.servers.get(hours).zip(id.parse().ok()) {
                server.app.chat.forget(id).await?;
            }
        }
        self.stop.cancel();
        for server in self.servers.into_values() {
            if let Ok(served) = server.task.await {
                served?;
            }
        }
        Ok(())
    }

    async fn serve(&mut self, hours: Option<Answering>) -> Result<(), RunError> {
        if self.servers.contains_key(&hours) {
            return Ok(());
        }
        let mut config = self.config.clone();
        if let Some(answering) = hours {
            config.hours = so_that(answering, &config.hours, now());
        }
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let app = (self.build)(Arc::new(config), self.stop.clone());
        let task = tokio::spawn(serve(app.clone(), listener));
        self.servers.insert(hours, Server { app, address, task });
        Ok(())
    }

    async fn play(&mut self, script: &Script) -> Vec<Failure> {
        let Some(server) = self.servers.get(&script.given.hours) else {
            return Vec::new();
        };
        let mut scene = match Scene::set(server, script).await {
            Ok(scene) => scene,
            Err(hindrance) => return vec![Failure::hindered(0, String::new(), hindrance.to_string())],
        };
        let mut failures = Vec::new();
        for (at, turn) in script.turns.iter().enumerate() {
            match scene.turn(turn).await {
                Ok((wrong, _)) if wrong.is_empty() => {}
                Ok((wrong, heard)) => failures.push(Failure::of(at + 1, turn.deed(), &wrong, &heard)),
                Err(hindrance) => {
                    failures.push(Failure::hindered(at + 1, turn.deed(), hindrance.to_string()));
                    break;
                }
            }
        }
        self.talks.push((script.given.hours, scene.talk.id));
        failures
    }
}

/// A script under way.
struct Scene<'a> {
    app: &'a App,
    locale: String,
    browser: Browser,
    talk: Talk,
    /// Numbers of the orders that were placed before, and what their pages say.
    orders: Vec<(String, String)>,
    cart_page: String,
    said: Vec<String>,
    last: Heard,
    /// The cards that were shown last.
    cards: Vec<ShownCard>,
}

impl<'a> Scene<'a> {
    /// Sees to it that all is as given, and opens the chat.
    async fn set(server: &'a Server, script: &Script) -> Result<Self, Hindrance> {
        let (app, base) = (&server.app, format!("http://{}", server.address));
        let mut browser = Browser::new(&base)?;
        let mut orders = Vec::new();
        for order in script.given.past_orders() {
            let mut other = Browser::new(&base)?;
            let buyer = if order.same_browser {
                &mut browser
            } else {
                &mut other
            };
            let number = buyer.order(order).await?;
            advance(&order.progress)?;
            let page = buyer.order_page(&number).await?;
            orders.push((number, page));
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

    /// Plays a turn; what was not as expected, and what came.
    async fn turn(&mut self, turn: &Turn) -> Result<(Vec<Wrong>, Heard), Hindrance> {
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
        let mut texts = records::texts(self.app, heard, &self.locale);
        texts.extend([
            before,
            self.cart_page.clone(),
            self.app.chat.back_in_words(&self.locale),
        ]);
        for (number, page) in &self.orders {
            if heard
                .records
                .iter()
                .any(|named| named.kind == "order" && named.id == *number)
            {
                texts.push(page.clone());
            }
        }
        let sources = Sources {
            records: texts,
            said_by_shopper: self.said.clone(),
            codes: records::codes(self.app),
        };
        let claims = unfounded(&heard.texts, &sources);
        let told = |claim: super::honesty::Claim| {
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
        let plain = self.last.buttons.iter().filter(|_| on.is_none());
        let there: Vec<&Button> = plain
            .chain(of_cards)
            .filter(|button| button.value.is_some())
            .collect();
        let found = match pressed {
            Pressed::Number(number) => there.get(number - 1),
            Pressed::Named(name) => there.iter().find(|button| {
                super::wording::plain(&button.text) == super::wording::plain(name)
                    || button.value.as_deref() == Some(name)
            }),
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

/// Brings an order as far as it is given.
fn advance(progress: &OrderProgress) -> Result<(), Hindrance> {
    match progress.stage {
        Stage::Placed => Ok(()),
        stage => Err(Hindrance::NoProgress(stage)),
    }
}
