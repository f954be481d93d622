//! An article's Markdown as safe HTML.

use comrak::{Options, markdown_to_html};

/// HTML of a Markdown text: no scripts, no styles, whatever the author wrote.
pub fn article_html(markdown: &str) -> String {
    let mut options = Options::default();
    options.extension.table = true;
    options.extension.strikethrough = true;
    options.extension.autolink = true;
    ammonia::clean(&markdown_to_html(markdown, &options))
}

/// HTML of a Markdown text that is read elsewhere than on this server's pages. Links to those begin with `base`, or are
/// dropped where it is empty.
pub fn html_outside(markdown: &str, base: &str) -> String {
    let mut options = Options::default();
    options.extension.autolink = true;
    let relative = match ammonia::Url::parse(base) {
        Ok(base) => ammonia::UrlRelative::RewriteWithBase(base),
        Err(_) => ammonia::UrlRelative::Deny,
    };
    let mut cleaner = ammonia::Builder::default();
    cleaner
        // Pictures would tell the sender when the mail is read.
        .rm_tags(["img"])
        .url_relative(relative)
        .clean(&markdown_to_html(markdown, &options))
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_run_is_taken_out() {
        let html =
            article_html("## Hi\n\n[x](javascript:alert(1)) <script>alert(1)</script> <b onclick=x>ok</b>");
        assert!(html.contains("<h2>Hi</h2>"));
        assert!(!html.contains("script") && !html.contains("onclick"), "{html}");
    }
}
