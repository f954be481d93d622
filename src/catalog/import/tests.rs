use std::io::Cursor;

use super::*;
use crate::catalog::items::{count, get};

struct Shop {
    store: Store,
    _folder: tempfile::TempDir,
}

impl Shop {
    async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = Store::sqlite_url(&folder.path().join("shop.db"));
        Self {
            store: Store::open(&url).await.unwrap(),
            _folder: folder,
        }
    }

    async fn import(&self, options: &ImportOptions, feed: &str) -> Result<ImportReport, CatalogueError> {
        let (feed, size) = (Cursor::new(feed.to_owned()), feed.len() as u64);
        import(&self.store, feed, size, options, &Progress::silent()).await
    }

    async fn takes(&self, feed: &str) -> ImportReport {
        self.import(&options(), feed).await.unwrap()
    }
}

fn options() -> ImportOptions {
    ImportOptions::csv(Vertical::Shop)
}

fn counts(report: &ImportReport) -> [u64; 5] {
    [
        report.created,
        report.updated,
        report.unchanged,
        report.vanished,
        report.bad,
    ]
}

#[tokio::test]
async fn items_come_change_stay_vanish_and_return() {
    let shop = Shop::open().await;
    let first = "id,title,price\n1,a,1 USD\n2,b,2 USD\n3,c,3 USD\n";
    assert_eq!(counts(&shop.takes(first).await), [3, 0, 0, 0, 0]);
    assert_eq!(counts(&shop.takes(first).await), [0, 0, 3, 0, 0]);
    let second = "id,title,price\n1,a,9 USD\n2,b,2 USD\n";
    assert_eq!(counts(&shop.takes(second).await), [0, 1, 1, 1, 0]);
    assert_eq!(count(&shop.store).await.unwrap(), 2);
    assert!(
        get(&shop.store, "3")
            .await
            .unwrap()
            .unwrap()
            .vanished_at
            .is_some()
    );
    let created = get(&shop.store, "1").await.unwrap().unwrap().created_at;
    assert_eq!(counts(&shop.takes(first).await), [0, 2, 1, 0, 0]);
    let returned = get(&shop.store, "3").await.unwrap().unwrap();
    assert_eq!((returned.vanished_at, returned.title.as_str()), (None, "c"));
    assert_eq!(get(&shop.store, "1").await.unwrap().unwrap().created_at, created);
    let partial = ImportOptions {
        partial: true,
        ..options()
    };
    let report = shop.import(&partial, "id,title\n4,d\n").await.unwrap();
    assert_eq!(counts(&report), [1, 0, 0, 0, 0]);
    let travel = ImportOptions {
        vertical: Vertical::Travel,
        ..options()
    };
    let report = shop.import(&travel, "id,title\n5,e\n").await.unwrap();
    assert_eq!(counts(&report), [1, 0, 0, 0, 0]);
}

#[tokio::test]
async fn a_mistake_in_a_row_takes_nothing_off_sale() {
    let shop = Shop::open().await;
    shop.takes("id,title,price\n1,a,1 USD\n2,b,2 USD\n").await;
    let report = shop
        .takes("id,title,price\n1,a,1\n2,b,3 USD\n2,again,4 USD\n")
        .await;
    assert_eq!(counts(&report), [0, 1, 0, 0, 2]);
    assert_eq!(report.errors[1].message, "`id`: `2` is in line 3 already");
    assert_eq!(report.errors[1].line, 4);
    assert_eq!(count(&shop.store).await.unwrap(), 2);
    let report = shop.takes("id,title,price\n1,a,1\n").await;
    assert_eq!(counts(&report), [0, 0, 0, 0, 1]);
}

#[tokio::test]
async fn strict_takes_all_or_nothing() {
    let shop = Shop::open().await;
    let strict = ImportOptions {
        strict: true,
        ..options()
    };
    let rows: String = (0..1200).map(|number| format!("{number},item\n")).collect();
    let feed = format!("id,title\n{rows},bad\n");
    let report = shop.import(&strict, &feed).await.unwrap();
    assert!(!report.stored && report.bad == 1);
    assert_eq!(count(&shop.store).await.unwrap(), 0);
    let report = shop.import(&strict, &format!("id,title\n{rows}")).await.unwrap();
    assert!(report.stored);
    assert_eq!(count(&shop.store).await.unwrap(), 1200);
    let error = shop.import(&options(), "id,title\n").await.unwrap_err();
    assert_eq!(error.to_string(), "it holds no item");
    assert_eq!(count(&shop.store).await.unwrap(), 1200);
}

#[tokio::test]
async fn errors_are_counted_beyond_those_that_are_kept() {
    let shop = Shop::open().await;
    let report = shop.takes(&format!("id,title\n{}", ",x\n".repeat(2500))).await;
    assert_eq!((report.bad, report.errors.len()), (2500, 1000));
}

#[tokio::test]
async fn a_cancelled_import_leaves_nothing() {
    let shop = Shop::open().await;
    let progress = Progress::silent();
    progress.cancel();
    let feed = Cursor::new("id,title\n1,a\n");
    let cancelled = import(&shop.store, feed, 0, &options(), &progress).await;
    assert!(matches!(cancelled, Err(CatalogueError::Cancelled(_))));
    assert_eq!(count(&shop.store).await.unwrap(), 0);
}

#[tokio::test]
async fn what_is_exported_is_read_back_as_it_was() {
    let shop = Shop::open().await;
    let feed = "id,title,description,price,sale_price,product_type,color,availability,inventory,brand,link\n\
        1,\"Tent, red\",\"Two\nlines\",10.50 USD,9 USD,A > B|C,red,preorder,3,Larkfield,https://x.example/\n\
        2,Ticket,,1200 JPY,,,,,,,\n";
    shop.takes(feed).await;
    let mut exported = Vec::new();
    assert_eq!(export_jsonl(&shop.store, &mut exported).await.unwrap(), 2);
    let lines = ImportOptions {
        format: Format::Jsonl,
        ..options()
    };
    let report = shop
        .import(&lines, &String::from_utf8(exported).unwrap())
        .await
        .unwrap();
    assert_eq!(counts(&report), [0, 0, 2, 0, 0], "{report:?}");
}
