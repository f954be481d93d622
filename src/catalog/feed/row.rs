//! From the columns of a row to an item: what each column may hold.

use std::collections::BTreeMap;

use super::{Defaults, Row, RowError};
use crate::catalog::item::{Availability, Item, Money, Vertical};
use crate::text::money::{minor_digits, parse_amount};

const ID_CHARS: usize = 100;
const TITLE_CHARS: usize = 500;
const DESCRIPTION_CHARS: usize = 10_000;
const BRAND_CHARS: usize = 200;
const LINK_CHARS: usize = 2000;
const CATEGORY_LEVELS: usize = 10;
const CATEGORY_CHARS: usize = 200;
const ATTRIBUTES: usize = 200;
const ATTRIBUTE_NAME_CHARS: usize = 100;
const ATTRIBUTE_CHARS: usize = 1000;
/// More pieces than any shop has of anything.
const MOST_STOCK: i64 = 1_000_000_000;

pub(super) fn is_id(column: &str) -> bool {
    matches!(column, "id" | "item_id")
}

pub(super) fn is_category(column: &str) -> bool {
    matches!(column, "product_type" | "category" | "categories")
}

/// The columns that are no attributes, as they were written.
#[derive(Default)]
struct Cells {
    id: String,
    vertical: String,
    title: String,
    description: String,
    category: String,
    /// Each is the category where no other column is.
    genres: String,
    google_category: String,
    brand: String,
    price: String,
    sale_price: String,
    cost: String,
    currency: String,
    availability: String,
    stock: String,
    group: String,
    link: String,
    image: String,
}

impl Cells {
    fn of(&mut self, column: &str) -> Option<&mut String> {
        Some(match column {
            _ if is_id(column) => &mut self.id,
            _ if is_category(column) => &mut self.category,
            "genres" => &mut self.genres,
            "vertical" => &mut self.vertical,
            "title" => &mut self.title,
            "description" | "summary" => &mut self.description,
            "google_product_category" => &mut self.google_category,
            "brand" => &mut self.brand,
            "price" => &mut self.price,
            "sale_price" => &mut self.sale_price,
            "cost_of_goods_sold" => &mut self.cost,
            "currency" => &mut self.currency,
            "availability" => &mut self.availability,
            "stock" | "inventory" | "quantity" | "quantity_to_sell_on_facebook" => &mut self.stock,
            "item_group_id" | "group_id" => &mut self.group,
            "link" => &mut self.link,
            "image_link" | "image" => &mut self.image,
            _ => return None,
        })
    }
}

impl Row {
    /// The item that the row describes, without times.
    pub(super) fn into_item(self, defaults: &Defaults) -> Result<Item, RowError> {
        let (line, levels) = (self.line, self.category);
        let (mut cells, mut attributes) = (Cells::default(), BTreeMap::new());
        for (name, value) in self.cells {
            match cells.of(&name) {
                // Of several spellings of a column, the first one counts.
                Some(cell) if cell.is_empty() => *cell = value,
                Some(_) => {}
                None => add(&mut attributes, name.to_string(), &value),
            }
        }
        for (name, value) in self.attributes {
            add(&mut attributes, name, &value);
        }
        let id = one_line("id", &cells.id, ID_CHARS).map_err(|message| RowError::new(line, message))?;
        let known = (!id.is_empty()).then(|| id.clone());
        item(id, cells, levels, attributes, defaults).map_err(|message| RowError {
            line,
            message,
            id: known,
        })
    }
}

fn add(attributes: &mut BTreeMap<String, String>, name: String, value: &str) {
    let value = value.trim();
    if name.is_empty() || value.is_empty() {
        return;
    }
    let known = attributes.entry(name).or_default();
    if !known.is_empty() {
        known.push_str(", ");
    }
    known.push_str(value);
}

fn item(
    id: String,
    mut cells: Cells,
    levels: Option<Vec<String>>,
    mut attributes: BTreeMap<String, String>,
    defaults: &Defaults,
) -> Result<Item, String> {
    if id.is_empty() {
        return Err("`id`: expected 1 to 100 characters".into());
    }
    let title = one_line("title", &cells.title, TITLE_CHARS)?;
    if title.is_empty() {
        return Err("`title`: expected 1 to 500 characters".into());
    }
    if cells.category.is_empty() && levels.is_none() {
        cells.category = std::mem::take(&mut cells.genres);
    }
    add(&mut attributes, "genres".into(), &cells.genres);
    // Of what costs money it may be a property too: the currency of an account.
    if cells.price.contains(|c: char| c.is_ascii_alphabetic()) {
        add(&mut attributes, "currency".into(), &cells.currency);
    }
    let is_number = cells
        .google_category
        .trim()
        .bytes()
        .all(|byte| byte.is_ascii_digit());
    if cells.category.is_empty() && levels.is_none() && !is_number {
        cells.category = std::mem::take(&mut cells.google_category);
    }
    add(
        &mut attributes,
        "google_product_category".into(),
        &cells.google_category,
    );
    let Prices {
        price,
        sale_price,
        cost,
    } = prices(&cells, defaults)?;
    Ok(Item {
        id,
        vertical: match cells.vertical.trim() {
            "" => defaults.vertical,
            name => name
                .parse::<Vertical>()
                .map_err(|message| format!("`vertical`: {message}"))?,
        },
        title,
        description: text("description", &cells.description, DESCRIPTION_CHARS)?,
        category: category(levels.unwrap_or_else(|| path(&cells.category)))?,
        brand: one_line("brand", &cells.brand, BRAND_CHARS)?,
        price,
        sale_price,
        cost,
        availability: availability(&cells.availability)?,
        stock: stock(cells.stock.trim())?,
        group: Some(one_line("item_group_id", &cells.group, ID_CHARS)?).filter(|group| !group.is_empty()),
        attributes: checked(attributes)?,
        texts: BTreeMap::new(),
        link: address("link", &cells.link)?,
        image: address("image_link", &cells.image)?,
        vanished_at: None,
        created_at: 0,
        updated_at: 0,
    })
}

/// Text without blanks around it, and without the one character that PostgreSQL does not store.
fn text(column: &str, written: &str, most: usize) -> Result<String, String> {
    let text = written.trim();
    if text.contains('\0') {
        return Err(format!("`{column}`: expected text without the character U+0000"));
    }
    if text.len() > most && text.chars().count() > most {
        let length = text.chars().count();
        return Err(format!(
            "`{column}`: {length} characters: expected at most {most}"
        ));
    }
    Ok(text.to_owned())
}

/// Text on one line, with single blanks.
fn one_line(column: &str, written: &str, most: usize) -> Result<String, String> {
    let line = written.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().any(char::is_control) {
        return Err(format!("`{column}`: expected text without control characters"));
    }
    text(column, &line, most)
}

/// `Animals > Cats` as Google writes a path, or `Animals|Cats`.
fn path(written: &str) -> Vec<String> {
    let separator = if written.contains('>') { '>' } else { '|' };
    written.split(separator).map(str::to_owned).collect()
}

fn category(levels: Vec<String>) -> Result<Vec<String>, String> {
    let levels: Vec<String> = levels
        .iter()
        .map(|level| one_line("product_type", level, CATEGORY_CHARS))
        .filter(|level| level.as_ref() != Ok(&String::new()))
        .collect::<Result<_, _>>()?;
    if levels.len() > CATEGORY_LEVELS {
        return Err(format!(
            "`product_type`: expected at most {CATEGORY_LEVELS} levels"
        ));
    }
    Ok(levels)
}

/// What a row says of money, all in the currency of the price.
struct Prices {
    price: Option<Money>,
    sale_price: Option<i64>,
    /// What a piece costs the shop; Google's feeds call it the cost of goods sold.
    cost: Option<i64>,
}

fn prices(cells: &Cells, defaults: &Defaults) -> Result<Prices, String> {
    let own = Some(cells.currency.trim()).filter(|currency| !currency.is_empty());
    let fallback = own.or(defaults.currency.as_deref());
    let price = money("price", &cells.price, fallback)?;
    let beside = |column: &str, written: &str| -> Result<Option<(i64, i64)>, String> {
        let Some(amount) = money(column, written, fallback)? else {
            return Ok(None);
        };
        let Some(price) = &price else {
            return Err(format!("`{column}`: expected a `price` beside it"));
        };
        if amount.currency != price.currency {
            return Err(format!(
                "`{column}`: {}: expected the currency of `price`, {}",
                amount.currency, price.currency
            ));
        }
        Ok(Some((amount.minor, price.minor)))
    };
    let sale_price = beside("sale_price", &cells.sale_price)?;
    if sale_price.is_some_and(|(sale, usual)| sale > usual) {
        let (sale, usual) = (cells.sale_price.trim(), cells.price.trim());
        return Err(format!(
            "`sale_price`: {sale}: expected less than `price`, {usual}"
        ));
    }
    let cost = beside("cost_of_goods_sold", &cells.cost)?.map(|(cost, _)| cost);
    Ok(Prices {
        sale_price: sale_price
            .filter(|(sale, usual)| sale < usual)
            .map(|(sale, _)| sale),
        cost,
        price,
    })
}

/// `12.99 USD` or `USD 12.99`; `12.99` where a currency is known otherwise.
fn money(column: &str, written: &str, fallback: Option<&str>) -> Result<Option<Money>, String> {
    let written = written.trim();
    if written.is_empty() {
        return Ok(None);
    }
    let shown: String = written.chars().take(40).collect();
    let is_letter = |c: char| c.is_ascii_alphabetic();
    let (amount, currency) = match written.strip_suffix(is_letter) {
        Some(_) => written.split_at(written.trim_end_matches(is_letter).len()),
        None => {
            let (currency, amount) =
                written.split_at(written.len() - written.trim_start_matches(is_letter).len());
            (amount, currency)
        }
    };
    let currency = match currency {
        "" => fallback.ok_or_else(|| {
            format!("`{column}`: `{shown}` names no currency: expected an amount such as `12.99 USD`")
        })?,
        currency => currency,
    };
    let currency = currency.to_ascii_uppercase();
    if minor_digits(&currency).is_none() {
        return Err(format!(
            "`{column}`: `{shown}`: expected a currency of ISO 4217, such as USD"
        ));
    }
    let minor = parse_amount(amount.trim(), &currency).ok_or_else(|| {
        let digits = minor_digits(&currency).unwrap_or(2);
        format!(
            "`{column}`: `{shown}`: expected an amount such as `12.99 USD`, not below zero, with at most {digits} decimals"
        )
    })?;
    Ok(Some(Money { minor, currency }))
}

fn availability(written: &str) -> Result<Availability, String> {
    let name = written.trim().to_lowercase().replace([' ', '-'], "_");
    Ok(match name.as_str() {
        "" | "in_stock" | "available" => Availability::InStock,
        "out_of_stock" | "discontinued" => Availability::OutOfStock,
        "preorder" | "pre_order" => Availability::Preorder,
        "backorder" | "back_order" | "available_for_order" => Availability::Backorder,
        _ => {
            let shown: String = written.trim().chars().take(40).collect();
            return Err(format!(
                "`availability`: `{shown}`: expected in_stock, out_of_stock, preorder or backorder"
            ));
        }
    })
}

fn stock(written: &str) -> Result<Option<i64>, String> {
    if written.is_empty() {
        return Ok(None);
    }
    let pieces = written
        .parse()
        .ok()
        .filter(|pieces| (0..=MOST_STOCK).contains(pieces));
    let shown: String = written.chars().take(40).collect();
    pieces
        .map(Some)
        .ok_or_else(|| format!("`inventory`: `{shown}`: expected a whole number from 0 to {MOST_STOCK}"))
}

/// Pages link to it, so it must not be a script.
fn address(column: &str, written: &str) -> Result<String, String> {
    let address = one_line(column, written, LINK_CHARS)?;
    let scheme = address.get(..8).unwrap_or(&address).to_ascii_lowercase();
    let on_this_site = address.starts_with('/') && !address.starts_with("//");
    if address.is_empty() || on_this_site || scheme.starts_with("http://") || scheme.starts_with("https://") {
        return Ok(address);
    }
    Err(format!(
        "`{column}`: expected an address that begins with https:// or /"
    ))
}

fn checked(attributes: BTreeMap<String, String>) -> Result<BTreeMap<String, String>, String> {
    if attributes.len() > ATTRIBUTES {
        let count = attributes.len();
        return Err(format!("{count} attributes: expected at most {ATTRIBUTES}"));
    }
    for (name, value) in &attributes {
        if name.chars().count() > ATTRIBUTE_NAME_CHARS || name.chars().any(char::is_control) {
            let shown: String = name.chars().filter(|c| !c.is_control()).take(40).collect();
            return Err(format!(
                "`{shown}`: expected a name of at most {ATTRIBUTE_NAME_CHARS} characters without control characters"
            ));
        }
        text(name, value, ATTRIBUTE_CHARS)?;
    }
    Ok(attributes)
}
