use std::io::{BufReader, Cursor, Read};

use proptest::prelude::*;

use super::*;
use crate::catalog::{Availability, Money};

type Rows = Vec<Fed>;

fn read(format: Format, bytes: impl AsRef<[u8]>) -> Result<Rows, FeedError> {
    read_with(format, bytes, Defaults::default())
}

fn read_with(format: Format, bytes: impl AsRef<[u8]>, defaults: Defaults) -> Result<Rows, FeedError> {
    // A small buffer: rows must not depend on where it ends.
    let input = BufReader::with_capacity(7, Cursor::new(bytes.as_ref().to_vec()));
    let mut feed = Feed::open(input, format, defaults)?;
    let mut rows = Vec::new();
    while let Some(row) = feed.next_item()? {
        rows.push(row);
    }
    Ok(rows)
}

fn only(rows: Rows) -> Item {
    assert_eq!(rows.len(), 1, "{rows:?}");
    rows.into_iter().next().unwrap().unwrap().1
}

#[track_caller]
fn refused(rows: &Rows, at: usize, line: u64, part: &str) {
    let error = rows[at].as_ref().unwrap_err();
    assert_eq!(error.line, line, "{error:?}");
    assert!(error.message.contains(part), "{error:?} should speak of {part}");
}

fn tent() -> Item {
    Item {
        id: "T-1".into(),
        vertical: Vertical::Shop,
        title: "Tent & pegs".into(),
        description: "Sleeps two.".into(),
        category: vec!["Camping".into(), "Tents".into()],
        brand: "Larkfield".into(),
        price: Some(Money {
            minor: 12_999,
            currency: "USD".into(),
        }),
        sale_price: Some(9_900),
        cost: None,
        availability: Availability::InStock,
        stock: Some(4),
        group: Some("T".into()),
        attributes: [("color", "red"), ("custom_label_0", "new, summer")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
        texts: Default::default(),
        link: "https://shop.example/t?a=1&b=2".into(),
        image: "/pictures/tent/red.svg".into(),
        vanished_at: None,
        created_at: 0,
        updated_at: 0,
    }
}

#[test]
fn what_an_item_costs_the_shop_is_no_attribute() {
    let feed =
        "id,title,price,cost_of_goods_sold\n1,a,10 USD,4.50 USD\n2,b,10 USD,4 EUR\n3,c,,4 USD\n4,d,10 USD,\n";
    let rows = read(Format::Csv, feed).unwrap();
    let item = &rows[0].as_ref().unwrap().1;
    assert_eq!((item.cost, item.attributes.len()), (Some(450), 0));
    assert!(!serde_json::to_string(item).unwrap().contains("cost"));
    refused(&rows, 1, 3, "`cost_of_goods_sold`: EUR");
    refused(&rows, 2, 4, "a `price` beside it");
    assert_eq!(rows[3].as_ref().unwrap().1.cost, None);
}

#[test]
fn all_formats_say_the_same() {
    let csv = "\u{feff}id,Title,description,link,image link,price,sale_price,availability,inventory,brand,product_type,item_group_id,color,custom_label_0\r\n\
        T-1, Tent & pegs ,Sleeps two.,https://shop.example/t?a=1&b=2,/pictures/tent/red.svg,129.99 USD,USD 99,in stock,4,Larkfield,Camping > Tents,T,red,\"new, summer\"\r\n";
    assert_eq!(only(read(Format::Csv, csv).unwrap()), tent());
    let tsv = "id\ttitle\tdescription\tlink\timage_link\tprice\tsale_price\tbrand\tcategories\tgroup_id\tcolor\tcustom_label_0\tstock\n\
        T-1\tTent & pegs\tSleeps two.\thttps://shop.example/t?a=1&b=2\t/pictures/tent/red.svg\t129.99 USD\t99.00USD\tLarkfield\tCamping|Tents\tT\tred\tnew, summer\t4\n";
    assert_eq!(only(read(Format::Tsv, tsv).unwrap()), tent());
    let xml = r#"<?xml version="1.0"?><rss xmlns:g="http://base.google.com/ns/1.0" version="2.0"><channel><title>Shop</title>
        <!-- an <item> that is none --><item><g:id>T-1</g:id><title><![CDATA[Tent & pegs]]></title><description>Sleeps two.</description>
        <link>https://shop.example/t?a=1&amp;b=2</link><g:image_link>/pictures/tent/red.svg</g:image_link><g:price>129.99 USD</g:price>
        <g:sale_price>99.00 USD</g:sale_price><g:availability>in_stock</g:availability><g:quantity_to_sell_on_facebook>4</g:quantity_to_sell_on_facebook>
        <g:brand>Larkfield</g:brand><g:product_type>Camping &gt; Tents</g:product_type><g:item_group_id>T</g:item_group_id>
        <g:color>red</g:color><g:custom_label_0>new</g:custom_label_0><g:custom_label_0>summer</g:custom_label_0></item></channel></rss>"#;
    assert_eq!(only(read(Format::Xml, xml).unwrap()), tent());
    let jsonl = r#"{"id":"T-1","title":"Tent & pegs","description":"Sleeps two.","link":"https://shop.example/t?a=1&b=2","image_link":"/pictures/tent/red.svg","price":{"amount":129.99,"currency":"USD"},"sale_price":"99 USD","inventory":4,"brand":"Larkfield","product_type":["Camping","Tents"],"item_group_id":"T","attributes":{"color":"red"},"custom_label_0":["new","summer"],"gtin":null}"#;
    assert_eq!(only(read(Format::Jsonl, jsonl).unwrap()), tent());
}

#[test]
fn bad_values_are_refused_with_line_column_and_what_was_expected() {
    let cases = [
        ("1,a,12.99,,,", "names no currency"),
        ("1,a,-1 USD,,,", "not below zero"),
        ("1,a,NaN,,,", "ISO 4217"),
        ("1,a,1e9 USD,,,", "an amount such as"),
        ("1,a,99999999999999 USD,,,", "an amount such as"),
        ("1,a,1.5 JPY,,,", "at most 0 decimals"),
        ("1,a,5 USX,,,", "ISO 4217"),
        ("1,a,5 USD,6 USD,,", "`sale_price`: 6 USD: expected less"),
        ("1,a,5 USD,4 EUR,,", "`sale_price`: EUR"),
        ("1,a,,4 EUR,,", "a `price` beside it"),
        ("1,a,,,maybe,", "`availability`: `maybe`"),
        ("1,a,,,,-1", "`inventory`"),
        ("1,a,,,,1.5", "`inventory`"),
        (",a,,,,", "`id`: expected 1 to 100"),
        ("1,,,,,", "`title`: expected 1 to 500"),
        ("1,a\u{7},,,,", "`title`: expected text without control"),
        ("1,a", "expected 6 columns"),
        ("1,a,,,,,,", "expected 6 columns"),
    ];
    let lines: String = cases.iter().map(|(row, _)| format!("{row}\n")).collect();
    let feed = format!(
        "id,title,price,sale_price,availability,inventory\n{lines}\n\n2,\"b\nb\",1 USD,,,\n3,c,x,,,\n"
    );
    let rows = read(Format::Csv, feed).unwrap();
    for (at, (row, part)) in cases.iter().enumerate() {
        assert!(rows[at].is_err(), "{row}");
        refused(&rows, at, at as u64 + 2, part);
    }
    let (line, good) = rows[cases.len()].as_ref().unwrap();
    assert_eq!((*line, good.title.as_str()), (cases.len() as u64 + 4, "b b"));
    refused(&rows, cases.len() + 1, cases.len() as u64 + 6, "`price`");
}

#[test]
fn too_much_is_refused() {
    let long = |column: &str, length: usize| {
        let row = format!(
            "{{\"id\":\"1\",\"title\":\"a\",\"{column}\":\"{}\"}}",
            "é".repeat(length)
        );
        read(Format::Jsonl, row).unwrap()
    };
    refused(
        &long("description", 10_001),
        0,
        1,
        "10001 characters: expected at most 10000",
    );
    assert!(long("description", 10_000)[0].is_ok());
    refused(&long("color", 1001), 0, 1, "`color`");
    refused(&long("link", 3), 0, 1, "`link`: expected an address");
    let many: Vec<String> = (0..201).map(|number| format!("\"a{number}\":1")).collect();
    let row = format!("{{\"id\":\"1\",\"title\":\"a\",{}}}", many.join(","));
    refused(&read(Format::Jsonl, row).unwrap(), 0, 1, "201 attributes");
    let row = "{\"id\":\"1\",\"title\":\"a\",\"link\":\"javascript:alert(1)\"}";
    refused(&read(Format::Jsonl, row).unwrap(), 0, 1, "`link`");
}

#[test]
fn feeds_without_their_columns_are_none() {
    let fails = |format, text: &str, part: &str| {
        let error = read(format, text).unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
    };
    fails(Format::Csv, "", "empty");
    fails(Format::Csv, "id,price\n1,2\n", "`title` is missing");
    fails(Format::Csv, "title,price\n1,2\n", "`id` is missing");
    fails(Format::Csv, "id,title,ID\n", "`id` is there twice");
    fails(Format::Xml, "hello", "no <item>");
    assert!(read(Format::Csv, "id,title\n").unwrap().is_empty());
}

#[test]
fn broken_rows_leave_the_others_whole() {
    let csv = b"id,title,color\n1,\xff,red\n2,b,red\n";
    let rows = read(Format::Csv, csv).unwrap();
    refused(&rows, 0, 2, "`title`: expected UTF-8");
    assert!(rows[1].is_ok());
    let xml = "<rss>\n<item><id>1</id><title>a</b></item>\n<item><id>2</id><title>&nbsp;</title></item>\n\
        <item/>\n<item><id>3</id><title>c</title></item>\n<item><id>4</id>";
    let rows = read(Format::Xml, xml).unwrap();
    refused(&rows, 0, 2, "well-formed");
    refused(&rows, 1, 3, "&nbsp;");
    refused(&rows, 2, 4, "`id`");
    assert!(rows[3].is_ok());
    refused(&rows, 4, 6, "ends within");
    let rows = read(Format::Jsonl, "{\"id\":1\n\n[1]\n{\"id\":1,\"title\":\"a\"}").unwrap();
    refused(&rows, 0, 1, "expected a JSON object");
    refused(&rows, 1, 3, "expected a JSON object");
    assert_eq!(rows[2].as_ref().unwrap().1.id, "1");
}

#[test]
fn endless_rows_are_passed_over_without_being_held() {
    let endless = || std::io::repeat(b'x').take(50_000_000);
    let after = |format, before: &str, behind: &str| {
        let input = Cursor::new(before.as_bytes().to_vec())
            .chain(endless())
            .chain(Cursor::new(behind.as_bytes().to_vec()));
        let mut feed = Feed::open(BufReader::new(input), format, Defaults::default()).unwrap();
        let long = feed.next_item().unwrap().unwrap().unwrap_err();
        assert!(long.message.contains("at most 1 MiB"), "{long:?}");
        feed.next_item().unwrap().unwrap().unwrap().1.id
    };
    assert_eq!(after(Format::Csv, "id,title\n1,", "\n2,b\n"), "2");
    assert_eq!(
        after(Format::Jsonl, "{\"id\":\"", "\"}\n{\"id\":2,\"title\":\"b\"}"),
        "2"
    );
    let item = "</title></item><item><id>2</id><title>b</title></item>";
    assert_eq!(after(Format::Xml, "<item><title>", item), "2");
}

#[test]
fn small_catalogues_are_read_too() {
    let films = "item_id,title,categories,released\n1,Toy Story (1995),Animation|Children's,01-Jan-1995\n";
    let film = only(read(Format::Csv, films).unwrap());
    assert_eq!((film.id.as_str(), film.category.len()), ("1", 2));
    assert_eq!(film.attributes["released"], "01-Jan-1995");
    let both = "id,title,product_type,genres,price,currency\n1,Film,Films > Drama,\"mystery, drama\",3 EUR,USD\n2,Film,,Drama,3,USD\n";
    let rows = read(Format::Csv, both).unwrap();
    let (first, second) = (&rows[0].as_ref().unwrap().1, &rows[1].as_ref().unwrap().1);
    assert_eq!(
        (first.category.len(), first.attributes["genres"].as_str()),
        (2, "mystery, drama")
    );
    assert_eq!(first.attributes["currency"], "USD");
    assert_eq!(
        (second.category.as_slice(), second.attributes.len()),
        (["Drama".to_owned()].as_slice(), 0)
    );
    assert_eq!(second.price.as_ref().unwrap().currency, "USD");
    let beauty = "item_id,title,categories,brand,price\n1,Gel,\"Beauty|Creams, Gels\",Xtreme,19.99\n";
    refused(&read(Format::Csv, beauty).unwrap(), 0, 2, "names no currency");
    let currency = Some("USD".to_owned());
    let defaults = Defaults {
        currency,
        ..Defaults::default()
    };
    let gel = only(read_with(Format::Csv, beauty, defaults).unwrap());
    assert_eq!(gel.price.unwrap().minor, 1999);
    assert_eq!(gel.category, ["Beauty", "Creams, Gels"]);
}

proptest! {
    #[test]
    fn no_bytes_break_a_parser(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        for format in [Format::Csv, Format::Tsv, Format::Xml, Format::Jsonl] {
            let _ = read(format, &bytes);
            let _ = read(format, [b"id,title,price\n".as_slice(), &bytes].concat());
        }
    }

    #[test]
    fn no_markup_breaks_a_parser(text in "[<>/!\\[\\]\\-&;\"'{}:,itemCDATAgprc 0-9\n]{0,300}") {
        for format in [Format::Csv, Format::Tsv, Format::Xml, Format::Jsonl] {
            let _ = read(format, format!("id,title,price\n{text}"));
            let _ = read(format, format!("<item>{text}</item>"));
            let _ = read(format, format!("{{\"id\":1,\"title\":{text}}}"));
        }
    }
}
