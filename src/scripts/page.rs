//! What a page of the demo shop says, and what its forms carry.

/// The text of a page as people read it, without what is not shown.
pub fn text(html: &str) -> String {
    let mut text = String::with_capacity(html.len() / 2);
    let mut rest = html;
    while let Some(open) = rest.find('<') {
        text.push_str(&rest[..open]);
        text.push(' ');
        let tag = &rest[open..];
        rest = match ["script", "style", "svg"].iter().find(|name| is_tag(tag, name)) {
            Some(name) => after(tag, &format!("</{name}")),
            None => tag,
        };
        rest = after(rest, ">");
    }
    text.push_str(rest);
    plain(&text)
}

fn is_tag(tag: &str, name: &str) -> bool {
    tag[1..]
        .strip_prefix(name)
        .is_some_and(|rest| rest.starts_with([' ', '>']))
}

fn after<'a>(text: &'a str, end: &str) -> &'a str {
    text.find(end).map_or("", |at| &text[at + end.len()..])
}

/// Entities as the letters they stand for, runs of space as one.
fn plain(text: &str) -> String {
    let mut plain = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for (entity, letter) in [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&#x27;", "'"),
        ("&#60;", "<"),
        ("&#62;", ">"),
        ("&#38;", "&"),
        ("&amp;", "&"),
    ] {
        plain = plain.replace(entity, letter);
    }
    plain
}

/// The value of the first hidden field of this name.
pub fn field(html: &str, name: &str) -> Option<String> {
    let start = html.find(&format!("type=\"hidden\" name=\"{name}\" value=\""))?;
    let value = after(&html[start..], "value=\"");
    Some(plain(&value[..value.find('"')?]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_what_people_read() {
        let html = "<html><style>p { margin: 5px }</style><body><p>Tom &amp; Ada<br>pay&#39;s</p>\n<script src=x>let a = '<p>';</script> $5.00</body>";
        assert_eq!(text(html), "Tom & Ada pay's $5.00");
        assert_eq!(text("no tags"), "no tags");
        assert_eq!(text("cut <b off"), "cut");
    }

    #[test]
    fn hidden_fields_are_found() {
        let html = r#"<input type="hidden" name="token" value="a&amp;b"><input name="shown" value="1">"#;
        assert_eq!(field(html, "token").as_deref(), Some("a&b"));
        assert_eq!(field(html, "shown"), None);
    }
}
