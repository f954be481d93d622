//! Where a product's page and picture are.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// The address of a product's page.
pub fn address(id: &str) -> String {
    format!("/products/{}", encoded(id))
}

/// What stands for itself in any part of an address (RFC 3986, section 2.3).
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Text as a part of an address: every byte that may mean something there is escaped.
pub fn encoded(text: &str) -> String {
    utf8_percent_encode(text, UNRESERVED).to_string()
}

/// The address of a picture that a page may load: the shop's own, or one by https.
pub fn picture(link: &str) -> Option<String> {
    let link = link.trim();
    if let Some(rest) = link.strip_prefix("http://") {
        return Some(format!("https://{rest}"));
    }
    let own = link.starts_with('/') && !link.starts_with("//");
    (own || link.starts_with("https://")).then(|| link.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_any_kind_have_an_address() {
        assert_eq!(address("LF-1101"), "/products/LF-1101");
        assert_eq!(address("a/b?c#d é"), "/products/a%2Fb%3Fc%23d%20%C3%A9");
    }

    #[test]
    fn pictures_come_from_the_shop_or_by_https() {
        for (link, shown) in [
            ("/pictures/tent/moss.svg", Some("/pictures/tent/moss.svg")),
            ("http://shop.example/a.jpg", Some("https://shop.example/a.jpg")),
            ("https://shop.example/a.jpg", Some("https://shop.example/a.jpg")),
            ("//shop.example/a.jpg", None),
            ("javascript:alert(1)", None),
            ("", None),
        ] {
            assert_eq!(picture(link).as_deref(), shown, "{link}");
        }
    }
}
