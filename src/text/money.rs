//! Amounts of money: how currencies divide, how amounts are read from text and written for people.

/// Largest amount that is taken for a price, in minor units. Sums of thousands of them stay exact everywhere, in the
/// numbers of JavaScript too.
const LARGEST: i64 = 1_000_000_000_000;

/// The currencies of ISO 4217 that are in use.
const CURRENCIES: &str = " AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN \
    BZD CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD \
    HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD \
    MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON \
    RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX \
    USD UYU UZS VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWG ";

/// How many decimals amounts of a currency have; `None` when ISO 4217 knows no such currency.
pub fn minor_digits(currency: &str) -> Option<u32> {
    let known = currency.len() == 3 && CURRENCIES.contains(&format!(" {currency} "));
    known.then_some(match currency {
        "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX" | "VND"
        | "VUV" | "XAF" | "XOF" | "XPF" => 0,
        "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
        _ => 2,
    })
}

/// Reads `12.99` as minor units of `currency`. `None`: not a number, below zero, finer than the currency divides, or
/// too large for a price.
pub fn parse_amount(text: &str, currency: &str) -> Option<i64> {
    parse_decimal(text, minor_digits(currency)?)
}

/// Reads `12.5` as a whole number of units of which ten to the power of `digits` make one: 1,250 for two digits. `None`
/// as for [`parse_amount`].
pub fn parse_decimal(text: &str, digits: u32) -> Option<i64> {
    let digits = digits as usize;
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let only_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || whole.len() > 15 || !only_digits(whole) || !only_digits(decimals) {
        return None;
    }
    let fine = decimals.trim_end_matches('0');
    if fine.len() > digits {
        return None;
    }
    let minor: i64 = format!("{whole}{fine:0<digits$}").parse().ok()?;
    (minor <= LARGEST).then_some(minor)
}

/// The amount as programs write it: `12.99`, without its currency.
pub fn plain_amount(minor: i64, currency: &str) -> String {
    plain_decimal(minor, minor_digits(currency).unwrap_or(2))
}

/// What [`parse_decimal`] reads.
pub fn plain_decimal(number: i64, digits: u32) -> String {
    let digits = digits as usize;
    let sign = if number < 0 { "-" } else { "" };
    let text = format!("{:0>width$}", number.unsigned_abs(), width = digits + 1);
    let (whole, decimals) = text.split_at(text.len() - digits);
    let point = if digits > 0 { "." } else { "" };
    format!("{sign}{whole}{point}{decimals}")
}

/// The amount as people of `locale` read it: `$129.00`, `€1,299.50`, `¥1,200`, `CHF 12.00`.
pub fn money_text(minor: i64, currency: &str, locale: &str) -> String {
    let plain = plain_amount(minor, currency);
    let (sign, amount) = match plain.strip_prefix('-') {
        Some(amount) => ("-", amount),
        None => ("", plain.as_str()),
    };
    let (whole, decimals) = amount.split_at(amount.find('.').unwrap_or(amount.len()));
    format!("{sign}{}{}{decimals}", symbol(currency, locale), grouped(whole))
}

/// The sign before an amount, as the Unicode CLDR has it for English and Chinese.
fn symbol(currency: &str, locale: &str) -> String {
    let chinese = locale.starts_with("zh");
    let sign = match currency {
        "USD" if chinese => "US$",
        "JPY" if chinese => "JP¥",
        "CNY" if chinese => "¥",
        "USD" => "$",
        "JPY" => "¥",
        "CNY" => "CN¥",
        "EUR" => "€",
        "GBP" => "£",
        "AUD" => "A$",
        "BRL" => "R$",
        "CAD" => "CA$",
        "HKD" => "HK$",
        "ILS" => "₪",
        "INR" => "₹",
        "KRW" => "₩",
        "MXN" => "MX$",
        "NZD" => "NZ$",
        "TWD" => "NT$",
        "VND" => "₫",
        // No line break between the code and its amount.
        other => return format!("{other}\u{a0}"),
    };
    sign.to_owned()
}

fn grouped(whole: &str) -> String {
    let mut text = String::with_capacity(whole.len() + whole.len() / 3);
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn currencies_divide_as_iso_4217_says() {
        for (currency, digits) in [("USD", Some(2)), ("JPY", Some(0)), ("KWD", Some(3))] {
            assert_eq!(minor_digits(currency), digits);
        }
        for unknown in ["", "US", "usd", "XXY", "D E", "USDX"] {
            assert_eq!(minor_digits(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn amounts_are_read_exactly_or_not_at_all() {
        for (text, currency, minor) in [
            ("12.99", "USD", 1299),
            ("12.9", "USD", 1290),
            ("12", "USD", 1200),
            ("12.9900", "USD", 1299),
            ("0", "USD", 0),
            ("1200", "JPY", 1200),
            ("1200.00", "JPY", 1200),
            ("1.234", "KWD", 1234),
        ] {
            assert_eq!(parse_amount(text, currency), Some(minor), "{text} {currency}");
        }
        for text in [
            "",
            ".",
            ".5",
            "-1",
            "+1",
            "NaN",
            "1e3",
            "1,299",
            "12.999",
            "99999999999999999",
            "١٢",
        ] {
            assert_eq!(parse_amount(text, "USD"), None, "{text}");
        }
        assert_eq!(parse_amount("1.5", "JPY"), None);
    }

    #[test]
    fn amounts_are_written_as_people_read_them() {
        for (minor, currency, locale, text) in [
            (12_900, "USD", "en", "$129.00"),
            (129_950, "EUR", "en", "€1,299.50"),
            (1200, "JPY", "en", "¥1,200"),
            (1200, "JPY", "zh", "JP¥1,200"),
            (1200, "CNY", "zh-CN", "¥12.00"),
            (5, "USD", "en", "$0.05"),
            (-5, "USD", "en", "-$0.05"),
            (1_234_567, "KWD", "en", "KWD\u{a0}1,234.567"),
        ] {
            assert_eq!(money_text(minor, currency, locale), text);
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(minor in 0..=LARGEST, currency in prop::sample::select(vec!["USD", "JPY", "KWD"])) {
            prop_assert_eq!(parse_amount(&plain_amount(minor, currency), currency), Some(minor));
        }

        #[test]
        fn no_text_breaks_it(text in ".*", currency in ".{0,4}") {
            let _ = parse_amount(&text, &currency);
        }
    }
}
