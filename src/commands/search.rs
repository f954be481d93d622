use anyhow::{Result, anyhow, bail};
use clap::Args;
use serde_json::json;
use shopkeeper::catalog::{Catalogue, ItemHit, Money, SearchPage, SearchRequest, Sort};
use shopkeeper::config::Config;
use shopkeeper::nlu::CHINESE;
use shopkeeper::text::money::{money_text, parse_amount};
use shopkeeper::text::script::Script;

use super::{bar, house};

/// Catalogues up to this size are searched by meaning too: the vectors of larger ones are the server's work.
const BY_MEANING: usize = 2_000;

/// Search the products as shoppers find them.
///
/// Example: shopkeeper search "rain jacket" --max-price 120
#[derive(Args)]
#[command(verbatim_doc_comment)]
pub struct Search {
    /// What is looked for, typos included
    text: String,
    /// A category of any level, or a path such as "Camping > Tents"
    #[arg(long)]
    category: Option<String>,
    #[arg(long)]
    brand: Option<String>,
    /// In the currency of the catalogue, such as 49.90
    #[arg(long, value_name = "AMOUNT")]
    min_price: Option<String>,
    #[arg(long, value_name = "AMOUNT")]
    max_price: Option<String>,
    /// Only what can be bought today
    #[arg(long)]
    in_stock: bool,
    /// relevance, price_up, price_down or newest
    #[arg(long, default_value = "relevance")]
    sort: Sort,
    /// How many products are shown
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=1000))]
    limit: u16,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Search {
    pub async fn run(self, config: &Config) -> Result<()> {
        let progress = bar::progress();
        let store = house::store(config).await?;
        house::load_first_items(config, &store, None, &progress).await?;
        let count = shopkeeper::catalog::items::count(&store).await?;
        if count == 0 {
            bail!("there are no items: `shopkeeper import catalog` loads them");
        }
        let encoders = match count as usize <= BY_MEANING && !self.text.trim().is_empty() {
            true => Some(house::encoders(config).await?),
            false => None,
        };
        let chinese = Script::of(&self.text) == Script::Chinese;
        let language = if chinese { CHINESE } else { &config.locale };
        // A server may own the index on disk.
        let catalogue = Catalogue::open(store, encoders.clone(), None, &progress).await?;
        catalogue.make_vectors(&progress).await?;
        let encoder = encoders.as_ref().and_then(|encoders| encoders.of(language));
        let vector = match encoder {
            Some(encoder) => Some(encoder.encode(self.text.trim()).await?),
            None => None,
        };
        let json = self.json;
        let request = SearchRequest {
            language: language.to_owned(),
            ..self.request(&catalogue)?
        };
        let page = catalogue.search(&request, vector.as_deref());
        if json {
            println!("{}", as_json(&page));
        } else {
            page.hits
                .iter()
                .for_each(|hit| println!("{}", line(hit, language)));
            println!("{} of {}", page.hits.len(), page.total);
        }
        Ok(())
    }

    fn request(self, catalogue: &Catalogue) -> Result<SearchRequest> {
        let currency = catalogue.currency().unwrap_or_else(|| "USD".to_owned());
        let price = |flag: &str, written: Option<String>| -> Result<Option<Money>> {
            let read = written.map(|written| {
                let minor = parse_amount(&written, &currency);
                minor.ok_or_else(|| anyhow!("{flag} {written}: expected an amount of {currency} such as 49"))
            });
            let money = |minor| Money {
                minor,
                currency: currency.clone(),
            };
            Ok(read.transpose()?.map(money))
        };
        Ok(SearchRequest {
            min_price: price("--min-price", self.min_price)?,
            max_price: price("--max-price", self.max_price)?,
            text: self.text,
            category: self.category,
            brand: self.brand,
            in_stock: self.in_stock,
            sort: self.sort,
            limit: usize::from(self.limit),
            ..SearchRequest::default()
        })
    }
}

fn line(hit: &ItemHit, locale: &str) -> String {
    let item = &hit.item;
    let price = item
        .costs()
        .map(|costs| money_text(costs.minor, &costs.currency, locale));
    let price = price.unwrap_or_else(|| "-".into());
    let variants = match hit.variants {
        1 => String::new(),
        variants => format!(", {variants} variants"),
    };
    let sold = if item.is_sold() { "" } else { ", not in stock" };
    format!("{}  {}  {price}{variants}{sold}", item.id, item.title_in(locale))
}

fn as_json(page: &SearchPage) -> serde_json::Value {
    let hits = page
        .hits
        .iter()
        .map(|hit| json!({ "item": &*hit.item, "score": hit.score, "variants": hit.variants }));
    let prices = page.facets.prices.iter().map(|range| {
        json!({ "from": range.from, "below": range.below, "currency": range.currency, "count": range.count })
    });
    json!({
        "total": page.total,
        "hits": hits.collect::<Vec<_>>(),
        "categories": page.facets.categories,
        "brands": page.facets.brands,
        "prices": prices.collect::<Vec<_>>(),
    })
}
