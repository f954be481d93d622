//! Products that keep what is wanted: by the search where something is looked for, by the recommender where advice is
//! asked for, both steered by the words of the conversation.

use std::collections::HashSet;
use std::sync::Arc;

use super::cards::product_card;
use super::{Asking, Finding, Record, Shelf};
use crate::catalog::{Item, Labels, Money, SearchRequest};
use crate::chat::asks::{Doing, How, ProductsAsk};
use crate::chat::message::Choice;
use crate::chat::policy::Button;
use crate::chat::reply::Part;
use crate::chat::wants::{Limit, Wants};
use crate::dot::dot;
use crate::nlu::entities::Audience;
use crate::recommend::words::{ADVISED, WORDS_WEIGHT, steered};
use crate::recommend::{Asker, Event, EventKind, Filter, Request};
use crate::store::now;
use crate::text::money::money_text;
use crate::text::say::Voice;

/// Cards of one reply.
const SHOWN: usize = 4;
/// Hits that limits choose from; search knows neither colours nor sizes.
const SEARCHED: usize = 200;
/// With more products than this, a question that narrows them is worth asking.
const MANY: usize = 8;

/// Products with the reasons for them, the limit that was given up for them, and how many there are.
#[derive(Default)]
struct Found {
    items: Vec<(Arc<Item>, String)>,
    given_up: Option<Limit>,
    /// They stand beside what was looked for.
    is_wider: bool,
    total: usize,
    /// The prices of all of them, ascending.
    prices: Vec<i64>,
}

impl Shelf {
    /// Products for an ask. `None`: there is nothing of the kind, and nothing was looked for before.
    pub(super) async fn products(&self, asked: &ProductsAsk, asking: &Asking<'_>) -> Option<Finding> {
        let (language, vector) = self.meaning(asked, asking).await;
        let (shelf, ask, voice) = (self.clone(), asked.clone(), asking.voice.clone());
        let (seen, dismissed) = (asking.seen.to_vec(), asking.dismissed.to_vec());
        let visitor = asking.visitor.map(str::to_owned);
        let found = tokio::task::spawn_blocking(move || {
            Seeker {
                shelf: &shelf,
                ask: &ask,
                vector: vector.as_deref(),
                language: &language,
                seen: &seen,
                dismissed: &dismissed,
                visitor: visitor.as_deref(),
                voice: &voice,
            }
            .found()
        });
        let found = found.await.unwrap_or_default();
        let is_new = matches!(asked.how, How::Search | How::Advice);
        if found.items.is_empty() {
            return (!is_new).then(|| nothing(asked, asking.voice));
        }
        let mut finding = Finding::of(Doing::ShowProducts);
        let mut cards = Vec::new();
        for (item, reason) in &found.items {
            finding.records.push(Record::Product {
                id: item.id.clone(),
                reason: reason.clone(),
            });
            cards.push(product_card(self, item, reason, asking.voice).await);
        }
        let ids: Vec<String> = found.items.iter().map(|(item, _)| item.id.clone()).collect();
        finding.focus = (ids.len() == 1).then(|| ids[0].clone());
        finding.shown = Some(ids);
        finding.wants = Some(asked.wants.clone());
        finding.parts.push(Part::Cards {
            prompt: prompt(
                asked,
                &found,
                asking.voice,
                &self.catalogue.labels(&asking.voice.code()),
            ),
            cards,
        });
        finding
            .parts
            .extend(further(asked, &found, asking.voice, self.catalogue.currency()));
        Some(finding)
    }

    /// What the words mean, and in which language: the message's own vector where it says all of it.
    async fn meaning(&self, asked: &ProductsAsk, asking: &Asking<'_>) -> (String, Option<Arc<[f32]>>) {
        let spoken = asking.voice.code();
        match asked.how {
            How::Like => {
                let item = asked.skip.first();
                (String::new(), item.and_then(|item| self.catalogue.vector(item)))
            }
            How::Search | How::Advice => (spoken, Some(Arc::from(asking.vector))),
            _ if asked.wants.text.is_empty() => (spoken, None),
            _ => {
                let language = self.languages.spoken(&asked.wants.text, &spoken);
                let encoder = self.languages.encoder(language);
                (language.to_owned(), encoder.encode(&asked.wants.text).await.ok())
            }
        }
    }
}

struct Seeker<'a> {
    shelf: &'a Shelf,
    ask: &'a ProductsAsk,
    vector: Option<&'a [f32]>,
    /// Of the vector.
    language: &'a str,
    seen: &'a [String],
    dismissed: &'a [String],
    visitor: Option<&'a str>,
    voice: &'a Voice,
}

impl Seeker<'_> {
    /// What keeps all limits; or, when nothing does, what keeps all but one.
    fn found(&self) -> Found {
        let first = self.keeping(&self.ask.wants);
        if !first.items.is_empty() {
            return first;
        }
        match self.ask.how {
            How::More => return self.wider(first),
            How::Cheaper => return self.below_the_dearest(first),
            _ => {}
        }
        for limit in Limit::ALL {
            let Some(wants) = self.ask.wants.without(limit) else {
                continue;
            };
            let found = self.keeping(&wants);
            if !found.items.is_empty() {
                return Found {
                    given_up: Some(limit),
                    ..found
                };
            }
        }
        first
    }

    /// When the cheapest was among those shown: what else costs less than the dearest of them.
    fn below_the_dearest(&self, nothing: Found) -> Found {
        let shown = self
            .ask
            .skip
            .iter()
            .filter_map(|id| self.shelf.catalogue.get(id)?.costs());
        let Some(dearest) = shown.max_by_key(|costs| costs.minor) else {
            return nothing;
        };
        let wants = Wants {
            max_price: Some(Money {
                minor: dearest.minor - 1,
                ..dearest
            }),
            ..self.ask.wants.clone()
        };
        self.keeping(&wants)
    }

    /// What stands beside the category, once all of that has been shown.
    fn wider(&self, nothing: Found) -> Found {
        let parent = self
            .ask
            .wants
            .category
            .as_ref()
            .and_then(|path| path.rsplit_once(" > "));
        let Some((parent, _)) = parent else {
            return nothing;
        };
        let wants = Wants {
            category: Some(parent.to_owned()),
            ..self.ask.wants.clone()
        };
        Found {
            is_wider: true,
            ..self.keeping(&wants)
        }
    }

    fn keeping(&self, wants: &Wants) -> Found {
        let all = match self.ask.how {
            How::Like => self.alike(),
            How::Advice => self.advised(wants),
            _ if wants.is_open() => self.advised(wants),
            _ => self.searched(wants),
        };
        let passed: HashSet<&String> = self.ask.skip.iter().chain(self.dismissed).collect();
        let mut groups: HashSet<String> = HashSet::new();
        let kept = all.into_iter().filter(|(item, _)| {
            // One of each product: the first of its variants that fits.
            item.is_sold()
                && wants.admits(item)
                && !passed.contains(&item.id)
                && item
                    .group
                    .as_ref()
                    .is_none_or(|group| groups.insert(group.clone()))
        });
        let kept: Vec<_> = kept.collect();
        let costs = kept.iter().filter_map(|(item, _)| item.costs());
        let mut prices: Vec<i64> = costs.map(|costs| costs.minor).collect();
        prices.sort_unstable();
        Found {
            total: kept.len(),
            prices,
            items: kept.into_iter().take(SHOWN).collect(),
            given_up: None,
            is_wider: false,
        }
    }

    fn searched(&self, wants: &Wants) -> Vec<(Arc<Item>, String)> {
        let request = SearchRequest {
            text: wants.text.clone(),
            language: self.language.to_owned(),
            category: wants.category.clone(),
            brand: wants.brand.clone(),
            min_price: wants.min_price.clone(),
            max_price: wants.max_price.clone(),
            in_stock: true,
            collapse: false,
            limit: SEARCHED,
            ..SearchRequest::default()
        };
        let mut hits = self.shelf.catalogue.search(&request, self.vector).hits;
        // A search wants all of its words; what else the category holds comes after what has them.
        if wants.category.is_some() && !request.text.is_empty() {
            let whole = SearchRequest {
                text: String::new(),
                ..request
            };
            let mut others = self.shelf.catalogue.search(&whole, None).hits;
            others.retain(|other| hits.iter().all(|hit| hit.item.id != other.item.id));
            others.sort_by(|a, b| self.nearness(&b.item).total_cmp(&self.nearness(&a.item)));
            hits.extend(others);
        }
        hits.into_iter().map(|hit| (hit.item, String::new())).collect()
    }

    /// How near an item's text is to the words.
    fn nearness(&self, item: &Item) -> f32 {
        let known = self
            .shelf
            .catalogue
            .vector_in(&item.id, self.language)
            .zip(self.vector);
        known.map_or(0.0, |(own, vector)| dot(&own, vector))
    }

    fn alike(&self) -> Vec<(Arc<Item>, String)> {
        let Some(item) = self.ask.skip.first() else {
            return Vec::new();
        };
        let hits = self.shelf.catalogue.similar(item, SEARCHED);
        hits.into_iter().map(|hit| (hit.item, String::new())).collect()
    }

    /// The recommender's list, in an order that the words of the conversation have a say in.
    fn advised(&self, wants: &Wants) -> Vec<(Arc<Item>, String)> {
        let minor = |money: &Option<Money>| money.as_ref().map(|money| money.minor);
        let request = Request {
            n: ADVISED,
            filter: Filter {
                category: wants.category.clone(),
                brand: wants.brand.clone(),
                not_brands: wants.not_brands.clone(),
                min_price: minor(&wants.min_price),
                max_price: minor(&wants.max_price),
            },
            exclude: self.ask.skip.iter().chain(self.dismissed).cloned().collect(),
        };
        let at = now();
        let session: Vec<Event> = self.seen.iter().map(|item| mentioned(item, at)).collect();
        let asker = match self.visitor {
            Some(visitor) if session.is_empty() => Asker::Known(visitor),
            _ => Asker::Session(&session),
        };
        let found = self.shelf.recommender.recommend(asker, &request);
        // Words that name no category are looked for first: the recommender knows nothing of them.
        let mut listed = match wants.category.is_none() && !wants.text.is_empty() {
            true => self.searched(wants),
            false => Vec::new(),
        };
        listed.truncate(ADVISED / 4);
        let advised = found
            .into_iter()
            .map(|found| {
                (
                    found.item.clone(),
                    found.in_words(&self.shelf.catalogue, self.voice),
                )
            })
            .filter(|(item, _)| listed.iter().all(|(other, _)| other.id != item.id))
            .collect::<Vec<_>>();
        listed.extend(advised);
        match self.vector {
            Some(_) => {
                let near: Vec<f32> = listed.iter().map(|(item, _)| self.nearness(item)).collect();
                steered(listed, &near, WORDS_WEIGHT)
            }
            None => listed,
        }
    }
}

pub(super) fn mentioned(item: &str, at: i64) -> Event {
    Event {
        kind: EventKind::ChatMention,
        ..Event::of_session(item, at)
    }
}

/// What is said above the cards.
fn prompt(asked: &ProductsAsk, found: &Found, voice: &Voice, labels: &Labels) -> String {
    if let Some(limit) = found.given_up {
        return voice.say(&format!("bot-products-without-{}", limit.name()));
    }
    let limits = limits_in_words(&asked.wants, voice, labels);
    let key = match asked.how {
        How::Advice => "bot-products-advice",
        How::More if found.is_wider => "bot-products-more-beside",
        How::More => "bot-products-more",
        How::Cheaper => "bot-products-cheaper",
        How::Like => "bot-products-like",
        How::Search | How::Refined if limits.is_empty() => "bot-products-found",
        How::Search | How::Refined => {
            return voice.say_with("bot-products-found-for", &[("limits", &limits)]);
        }
    };
    voice.say(key)
}

/// The limits as they were understood: "rain jackets, under $120.00, blue".
fn limits_in_words(wants: &Wants, voice: &Voice, labels: &Labels) -> String {
    let money = |money: &Money| money_text(money.minor, &money.currency, &voice.code());
    let mut said = Vec::new();
    said.extend(
        wants
            .category
            .as_ref()
            .and_then(|path| path.rsplit(" > ").next())
            .map(|name| labels.category(name).to_owned()),
    );
    said.extend(wants.brand.clone());
    said.extend(wants.colour.clone());
    said.extend(
        wants
            .size
            .as_ref()
            .map(|size| voice.say_with("limit-size", &[("size", size)])),
    );
    said.extend(
        wants
            .persons
            .map(|persons| voice.say_count("limit-persons", "persons", persons.into())),
    );
    said.extend(wants.audience.and_then(audience_key).map(|key| voice.say(key)));
    said.extend(
        wants
            .min_price
            .as_ref()
            .map(|least| voice.say_with("limit-min", &[("amount", &money(least))])),
    );
    said.extend(
        wants
            .max_price
            .as_ref()
            .map(|most| voice.say_with("limit-max", &[("amount", &money(most))])),
    );
    let unwanted = wants
        .not_brands
        .iter()
        .chain(&wants.not_colours)
        .chain(&wants.not_materials);
    said.extend(unwanted.map(|name| voice.say_with("limit-not", &[("name", name)])));
    said.join(&voice.say("list-comma"))
}

fn audience_key(audience: Audience) -> Option<&'static str> {
    Some(match audience {
        Audience::Men => "limit-men",
        Audience::Women => "limit-women",
        Audience::Boys | Audience::Girls | Audience::Kids => "limit-kids",
        Audience::Babies => "limit-babies",
        Audience::Anyone => return None,
    })
}

/// Buttons that go on: a budget where it narrows much, more of them, cheaper ones.
fn further(asked: &ProductsAsk, found: &Found, voice: &Voice, currency: Option<String>) -> Option<Part> {
    let words = |title: String| Choice {
        value: format!("say:{title}"),
        title,
    };
    let has_budget = asked.wants.min_price.is_some() || asked.wants.max_price.is_some();
    let mut choices = Vec::new();
    let mut prompt = String::new();
    let is_new = matches!(asked.how, How::Search | How::Advice);
    if is_new && !has_budget && found.total > MANY && found.given_up.is_none() {
        prompt = voice.say("bot-products-budget");
        for part in [1, 2] {
            let price = rounded(
                found
                    .prices
                    .get(found.prices.len() * part / 3)
                    .copied()
                    .unwrap_or_default(),
            );
            let amount = money_text(price, currency.as_deref().unwrap_or("USD"), &voice.code());
            let title = voice.say_with("button-under", &[("amount", amount.trim_end_matches(".00"))]);
            if !choices.iter().any(|choice: &Choice| choice.title == title) {
                choices.push(words(title));
            }
        }
    }
    if found.total > found.items.len() {
        choices.push(Choice {
            title: voice.say("button-more"),
            value: Button::More.value(),
        });
    }
    if found.items.len() > 1 {
        choices.push(Choice {
            title: voice.say("button-compare"),
            value: Button::Compare.value(),
        });
    }
    (!choices.is_empty()).then_some(Part::Choices { prompt, choices })
}

/// A price that people would name: up to the next 5, 10 or 50.
fn rounded(minor: i64) -> i64 {
    let step = match minor {
        ..5_000 => 500,
        5_000..30_000 => 1_000,
        _ => 5_000,
    };
    (minor + step - 1) / step * step
}

/// When nothing is left to show.
fn nothing(asked: &ProductsAsk, voice: &Voice) -> Finding {
    let key = match asked.how {
        How::More => "bot-products-no-more",
        How::Cheaper => "bot-products-no-cheaper",
        _ => "bot-products-none",
    };
    Finding::of(Doing::ShowProducts).says(voice.say(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn budgets_are_round() {
        for (minor, expected) in [(4_201, 4_500), (5_000, 5_000), (11_900, 12_000), (30_001, 35_000)] {
            assert_eq!(rounded(minor), expected, "{minor}");
        }
    }
}
