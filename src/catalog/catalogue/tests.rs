use std::io::Cursor;

use super::*;
use crate::catalog::{Count, ImportOptions, Money, Sort, Vertical, import};

const FEED: &str = "id,title,description,product_type,brand,price,sale_price,inventory,item_group_id,color\n\
    J-1,Rain jacket,Keeps the rain out. Waterproof seams.,Clothing > Jackets,Nordfell,129 USD,,3,J,green\n\
    J-2,Rain jacket,Keeps the rain out. Waterproof seams.,Clothing > Jackets,Nordfell,129 USD,99 USD,0,J,blue\n\
    J-3,Wool jacket,Warm.,Clothing > Jackets,Larkfield,89 USD,,9,,grey\n\
    T-1,Tent for two,Waterproof.,Camping > Tents,Nordfell,249 USD,,2,,green\n\
    T-2,Crème brûlée torch,Burns sugar.,Kitchen,Larkfield,25 USD,,2,,red\n\
    U-1,防水雨衣,轻便,Clothing > Jackets,,200 CNY,,2,,黄色\n\
    J1-rain,Gift card,Also for the jacket.,Gifts,Larkfield,,,,,\n";

struct Shop {
    catalogue: Catalogue,
    store: Store,
    folder: tempfile::TempDir,
}

impl Shop {
    async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = Store::sqlite_url(&folder.path().join("shop.db"));
        let store = Store::open(&url).await.unwrap();
        takes(&store, FEED).await;
        let index = folder.path().join("products");
        let catalogue = Catalogue::open(store.clone(), None, Some(&index), &Progress::silent())
            .await
            .unwrap();
        Self {
            catalogue,
            store,
            folder,
        }
    }

    fn finds(&self, request: &SearchRequest) -> Vec<String> {
        let page = self.catalogue.search(request, None);
        page.hits.iter().map(|hit| hit.item.id.clone()).collect()
    }

    #[track_caller]
    fn first(&self, text: &str, id: &str) {
        let found = self.finds(&looking_for(text));
        assert_eq!(found.first().map(String::as_str), Some(id), "{text}: {found:?}");
    }
}

async fn takes(store: &Store, feed: &str) {
    let (input, size) = (Cursor::new(feed.to_owned()), feed.len() as u64);
    let options = ImportOptions::csv(Vertical::Shop);
    let report = import(store, input, size, &options, &Progress::silent())
        .await
        .unwrap();
    assert_eq!(report.bad, 0, "{report:?}");
}

fn looking_for(text: &str) -> SearchRequest {
    SearchRequest {
        text: text.into(),
        ..SearchRequest::default()
    }
}

fn usd(minor: i64) -> Option<Money> {
    let currency = "USD".into();
    Some(Money { minor, currency })
}

#[tokio::test]
async fn words_are_found_with_typos_without_accents_and_as_one_types() {
    let shop = Shop::open().await;
    shop.first("rain jackets", "J-1");
    shop.first("rian jaket", "J-1");
    shop.first("watrproof tent", "T-1");
    shop.first("creme brulee", "T-2");
    shop.first("wool ja", "J-3");
    shop.first("a tent for the garden please", "T-1");
    shop.first("雨衣", "U-1");
    shop.first("nordfell tent", "T-1");
    assert!(shop.finds(&looking_for("zzzzqqqq")).is_empty());
    assert_eq!(shop.finds(&looking_for(" ")).len(), 6);
}

#[tokio::test]
async fn an_id_wins_over_everything() {
    let shop = Shop::open().await;
    shop.first("j1-rain", "J1-rain");
    shop.first("T-2", "T-2");
}

#[tokio::test]
async fn filters_and_orders() {
    let shop = Shop::open().await;
    let of = |change: fn(&mut SearchRequest)| {
        let mut request = SearchRequest {
            collapse: false,
            ..looking_for("")
        };
        change(&mut request);
        let mut found = shop.finds(&request);
        if request.sort == Sort::Relevance {
            found.sort();
        }
        found.join(" ")
    };
    assert_eq!(
        of(|request| request.category = Some("jackets".into())),
        "J-1 J-2 J-3 U-1"
    );
    assert_eq!(
        of(|request| request.category = Some("clothing > Jackets".into())),
        "J-1 J-2 J-3 U-1"
    );
    assert_eq!(
        of(|request| request.category = Some("Camping > Jackets".into())),
        ""
    );
    assert_eq!(
        of(|request| request.brand = Some("NORDFELL".into())),
        "J-1 J-2 T-1"
    );
    assert_eq!(of(|request| request.max_price = usd(9900)), "J-2 J-3 T-2");
    assert_eq!(of(|request| request.min_price = usd(12_900)), "J-1 T-1");
    let in_stock = of(|request| {
        request.in_stock = true;
        request.brand = Some("nordfell".into());
    });
    assert_eq!(in_stock, "J-1 T-1");
    assert!(of(|request| request.sort = Sort::PriceUp).starts_with("T-2 J-3 J-2"));
    assert!(of(|request| request.sort = Sort::PriceUp).ends_with("J1-rain"));
    assert!(of(|request| request.sort = Sort::PriceDown).ends_with("J1-rain"));
}

#[tokio::test]
async fn variants_are_one_hit_and_facets_count_all_pages() {
    let shop = Shop::open().await;
    let request = SearchRequest {
        limit: 1,
        ..looking_for("jacket")
    };
    let page = shop.catalogue.search(&request, None);
    assert_eq!((page.hits.len(), page.next), (1, Some(1)));
    let all = shop.catalogue.search(&looking_for("jacket"), None);
    let rain = all.hits.iter().find(|hit| hit.item.group.is_some()).unwrap();
    // The one that can be bought stands for both.
    assert_eq!((rain.item.id.as_str(), rain.variants), ("J-1", 2));
    assert_eq!((page.total, all.next), (all.hits.len(), None));
    let brand = |value: &str, count| Count {
        value: value.into(),
        count,
    };
    assert_eq!(page.facets.brands, [brand("Larkfield", 2), brand("Nordfell", 1)]);
    assert_eq!(page.facets.categories[0].name, "Clothing");
    assert_eq!(page.facets.categories[0].within[0].count, 3);
    let prices = shop.catalogue.search(&looking_for(""), None).facets.prices;
    assert_eq!(prices.iter().map(|range| range.count).sum::<usize>(), 4);
    assert!(
        prices.windows(2).all(|pair| pair[0].below == pair[1].from),
        "{prices:?}"
    );
    let last = SearchRequest {
        after: 99,
        ..looking_for("jacket")
    };
    let past = shop.catalogue.search(&last, None);
    assert!(past.hits.is_empty() && past.next.is_none());
}

#[tokio::test]
async fn changes_are_taken_up_and_an_index_on_disk_is_gone_on_with() {
    let shop = Shop::open().await;
    takes(&shop.store, "id,title\nJ-3,Linen jacket\n").await;
    assert_eq!(shop.catalogue.refresh().await.unwrap(), 7);
    assert_eq!(shop.catalogue.refresh().await.unwrap(), 0);
    assert_eq!(shop.finds(&looking_for("jacket")), ["J-3"]);
    assert!(shop.finds(&looking_for("tent")).is_empty());
    assert_eq!(shop.catalogue.all().len(), 1);
    assert!(shop.catalogue.get("T-1").is_none());
    let Shop {
        catalogue,
        store,
        folder,
    } = shop;
    let index = folder.path().join("products");
    drop(catalogue);
    let opened = Catalogue::open(store, None, Some(&index), &Progress::silent())
        .await
        .unwrap();
    assert_eq!(opened.search(&looking_for("linen"), None).total, 1);
}

#[tokio::test]
async fn what_means_the_like_comes_along() {
    let shop = Shop::open().await;
    let vectors = [
        ("J-1", [1.0, 0.0]),
        ("J-3", [0.6, 0.8]),
        ("T-1", [0.9, 0.436]),
        ("T-2", [0.0, 1.0]),
    ];
    for (id, vector) in vectors {
        let current = shop.catalogue.inner.current.load();
        current.get(id).unwrap().vector.set(Arc::new(vector)).unwrap();
    }
    let page = shop.catalogue.search(&looking_for("anorak"), Some(&[1.0, 0.0]));
    let ids: Vec<_> = page.hits.iter().map(|hit| hit.item.id.as_str()).collect();
    assert_eq!(ids, ["J-1", "T-1"]);
    let similar = shop.catalogue.similar("J-1", 2);
    assert_eq!(similar[0].item.id, "T-1");
    assert_eq!(
        shop.catalogue.variants(&shop.catalogue.get("J-1").unwrap()).len(),
        2
    );
}
