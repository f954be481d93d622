//! What came in a turn: read from the messages of the widget's API and from the turn's trace.

use serde_json::Value;

use super::expect::CardKind;

/// Fields of a card that are shown, below its title.
const CARD_LINES: [&str; 6] = ["description", "price", "stock", "reason", "code", "expires"];

/// A card as it was shown.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ShownCard {
    pub title: String,
    /// What stands below the title, price and all, a line each.
    pub lines: Vec<String>,
    pub kind: CardKind,
    /// The product's or the campaign's, where the card says it.
    pub id: Option<String>,
    pub actions: Vec<Button>,
    /// As the catalogue has it; `None` for an offer, and for what the catalogue doesn't know.
    pub product: Option<Product>,
}

/// A button or an action of a card.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Button {
    pub text: String,
    /// What pressing it sends; `None` where it only leads somewhere or copies.
    pub value: Option<String>,
}

/// A record that the trace names: `product` and its id, `campaign` and its id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Named {
    pub kind: String,
    pub id: String,
}

#[derive(Debug, Clone, Default, PartialEq)]
pub struct Comparison {
    pub items: usize,
    pub rows: Vec<String>,
}

/// What a product card's product is, from the catalogue.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Product {
    pub id: String,
    pub brand: String,
    pub category: Vec<String>,
    pub colour: String,
    pub size: String,
    pub person: String,
    /// What it costs now and usually, in whole units of its currency.
    pub costs: Option<f64>,
    pub usual: Option<f64>,
    pub in_stock: bool,
}

/// A line of the cart.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    pub item: String,
    pub quantity: u32,
    pub product: Product,
}

/// Everything that a turn brought.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Heard {
    /// All that is to be read, a text each: what the messages say, and their cards and comparisons.
    pub texts: Vec<String>,
    /// Slugs of the articles that are cited.
    pub articles: Vec<String>,
    pub buttons: Vec<Button>,
    pub cards: Vec<ShownCard>,
    pub comparisons: Vec<Comparison>,
    /// Of the message and of each of its questions.
    pub intents: Vec<String>,
    pub actions: Vec<String>,
    pub records: Vec<Named>,
    pub state: Value,
    pub handed_over: bool,
    pub cart: Vec<Line>,
    pub codes: Vec<String>,
}

impl Heard {
    /// Reads the messages of a reply.
    pub fn of_messages(messages: &[Value]) -> Self {
        let mut heard = Self::default();
        for message in messages {
            heard.add(text_of(message, "content"));
            let attributes = &message["content_attributes"];
            let items = attributes["items"].as_array().map_or(&[][..], Vec::as_slice);
            match message["content_type"].as_str().unwrap_or_default() {
                "article" => heard
                    .articles
                    .extend(items.iter().map(|item| text_of(item, "slug"))),
                "input_select" => heard.buttons.extend(items.iter().map(choice)),
                "cards" => items.iter().for_each(|item| heard.add_card(item)),
                "comparison" => {
                    items.iter().for_each(|item| heard.add(text_of(item, "title")));
                    heard.add_comparison(items.len(), &attributes["rows"]);
                }
                "text" | "input_csat" => {}
                // What a kind of message that is not known here shows counts as said.
                _ => {
                    heard.add_buttons(items);
                    heard.add(every_text(attributes));
                }
            }
        }
        heard
    }

    fn add(&mut self, text: String) {
        if !text.trim().is_empty() {
            self.texts.push(text);
        }
    }

    fn add_buttons(&mut self, items: &[Value]) {
        let with_value = items.iter().filter(|item| item["value"].is_string());
        self.buttons.extend(with_value.map(choice));
    }

    fn add_card(&mut self, item: &Value) {
        let link = text_of(item, "link");
        let of_product = link.strip_prefix("/products/").map(str::to_owned);
        let kind = match item["kind"].as_str() {
            Some("offer") => CardKind::Offer,
            Some(_) => CardKind::Product,
            None if of_product.is_some() => CardKind::Product,
            None => CardKind::Offer,
        };
        let card = ShownCard {
            title: text_of(item, "title"),
            lines: CARD_LINES
                .iter()
                .map(|key| every_text(&item[*key]))
                .filter(|text| !text.is_empty())
                .collect(),
            kind,
            id: item["id"].as_str().map(str::to_owned).or(of_product),
            actions: item["actions"]
                .as_array()
                .into_iter()
                .flatten()
                .map(action)
                .collect(),
            product: None,
        };
        self.add(card.words());
        self.cards.push(card);
    }

    fn add_comparison(&mut self, items: usize, rows: &Value) {
        let rows = rows.as_array().map_or(&[][..], Vec::as_slice);
        self.comparisons.push(Comparison {
            items,
            rows: rows.iter().map(|row| text_of(row, "label")).collect(),
        });
        rows.iter().for_each(|row| self.add(every_text(row)));
    }

    /// Reads the turn's trace.
    pub fn note_trace(&mut self, trace: &Value) {
        let whole = std::iter::once(&trace["understanding"]);
        let questions = trace["questions"].as_array().into_iter().flatten();
        for understood in whole.chain(questions.map(|question| &question["understanding"])) {
            if let Some(intent) = understood["intents"][0]["name"].as_str() {
                self.intents.push(intent.to_owned());
            }
        }
        walk(trace, &mut |object| {
            if let Some(action) = object.get("action").and_then(Value::as_str) {
                self.actions.push(action.to_owned());
            }
            if let Some(kind) = object.get("record").and_then(Value::as_str) {
                let id = object.get("id").or(object.get("number")).or(object.get("slug"));
                let id = id.map(|id| id.as_str().map_or_else(|| id.to_string(), str::to_owned));
                self.records.push(Named {
                    kind: kind.to_owned(),
                    id: id.unwrap_or_default(),
                });
            }
        });
        self.records.sort();
        self.records.dedup();
    }

    /// Cards of a kind.
    pub fn cards_of(&self, kind: CardKind) -> impl Iterator<Item = &ShownCard> {
        self.cards.iter().filter(move |card| card.kind == kind)
    }
}

impl ShownCard {
    /// All that stands on it.
    pub fn words(&self) -> String {
        let below = self.lines.iter().map(String::as_str);
        std::iter::once(self.title.as_str())
            .chain(below)
            .collect::<Vec<_>>()
            .join("\n")
    }
}

fn text_of(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_default().to_owned()
}

fn choice(item: &Value) -> Button {
    Button {
        text: text_of(item, "title"),
        value: item["value"].as_str().map(str::to_owned),
    }
}

fn action(item: &Value) -> Button {
    let sends = item["type"] == "postback";
    Button {
        text: text_of(item, "text"),
        value: item["payload"].as_str().filter(|_| sends).map(str::to_owned),
    }
}

/// All texts of a value, a line each.
fn every_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(values) => values.iter().map(every_text).collect::<Vec<_>>().join("\n"),
        Value::Object(fields) => {
            let shown = fields.iter().filter(|(key, _)| *key != "in_reply_to");
            shown
                .map(|(_, value)| every_text(value))
                .collect::<Vec<_>>()
                .join("\n")
        }
        _ => String::new(),
    }
}

fn walk(value: &Value, visit: &mut impl FnMut(&serde_json::Map<String, Value>)) {
    match value {
        Value::Object(fields) => {
            visit(fields);
            fields.values().for_each(|value| walk(value, visit));
        }
        Value::Array(values) => values.iter().for_each(|value| walk(value, visit)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn messages_are_read() {
        let heard = Heard::of_messages(&[
            json!({ "content": "Here:", "content_type": "cards", "content_attributes": { "items": [
                { "title": "A tent", "description": "light", "link": "/products/T-1", "price": { "now": "$9.00", "was": "$11.00" }, "stock": "Only 2 left", "reason": null,
                  "actions": [{ "type": "postback", "text": "Add to cart", "payload": "cart:T-1" }, { "type": "copy", "text": "Copy", "payload": "X" }] },
                { "title": "An offer", "description": "5 % off", "link": "", "kind": "offer", "id": "spring" } ] } }),
            json!({ "content": "Returns", "content_type": "article", "content_attributes": { "items": [{ "slug": "returns" }] } }),
            json!({ "content": "", "content_type": "input_select", "content_attributes": { "items": [{ "title": "Yes", "value": "person:yes" }] } }),
            json!({ "content": "", "content_type": "comparison", "content_attributes": { "items": [{}, {}], "rows": [{ "label": "Price", "values": ["$1.00", "$2.00"] }] } }),
        ]);
        assert_eq!(heard.cards[0].id.as_deref(), Some("T-1"));
        assert_eq!(heard.cards[0].lines, ["light", "$9.00\n$11.00", "Only 2 left"]);
        assert_eq!(heard.cards[0].actions[0].value.as_deref(), Some("cart:T-1"));
        assert_eq!(heard.cards[0].actions[1].value, None);
        assert_eq!(heard.cards[1].kind, CardKind::Offer);
        assert_eq!((heard.articles.len(), heard.buttons.len()), (1, 1));
        assert_eq!(
            (heard.comparisons[0].items, heard.comparisons[0].rows.as_slice()),
            (2, &["Price".to_owned()][..])
        );
        assert!(
            heard.texts.iter().any(|text| text.contains("$2.00")),
            "{:?}",
            heard.texts
        );
    }

    #[test]
    fn traces_name_intents_actions_and_records() {
        let mut heard = Heard::default();
        heard.note_trace(&json!({
            "understanding": { "intents": [{ "name": "product_search" }, { "name": "oos" }] },
            "questions": [{ "understanding": { "intents": [{ "name": "returns" }] } }],
            "action": { "action": "show_products", "records": [{ "record": "product", "id": "T-1" }, { "record": "order", "number": 10432 }] },
        }));
        assert_eq!(heard.intents, ["product_search", "returns"]);
        assert_eq!(heard.actions, ["show_products"]);
        let named: Vec<_> = heard
            .records
            .iter()
            .map(|named| (named.kind.as_str(), named.id.as_str()))
            .collect();
        assert_eq!(named, [("order", "10432"), ("product", "T-1")]);
    }
}
