//! Rows of RSS: the `<item>` elements. Atom's `<entry>` is read alike.
//!
//! The elements are cut out of the stream first, in bounded memory; what is broken within one of them harms no other.

use std::borrow::Cow;
use std::io::BufRead;

use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesRef, BytesStart, Event};

use super::{FeedError, ROW_BYTES, Row, RowError, column_name};

/// Elements within elements of an item.
const DEPTH: usize = 16;
/// As much of a tag as tells what it is.
const HEAD: usize = 16;

pub(super) struct Elements<R> {
    input: R,
    /// Where the next byte stands, counted from 1.
    line: u64,
    any: bool,
}

/// What the bytes at hand belong to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Within {
    Text,
    /// A tag, up to its `>`; the quote that is open.
    Tag(Option<u8>),
    CData,
    Comment,
}

/// Where the reading of an element stands.
struct Scan {
    within: Within,
    /// The beginning of the tag, without its `<`.
    head: Vec<u8>,
    /// The last two bytes.
    last: [u8; 2],
    /// The element's bytes and the line of its beginning.
    item: Option<(u64, Vec<u8>)>,
    too_long: bool,
}

enum Tag {
    Opens,
    Closes,
    /// `<item/>`
    Both,
    Other,
}

impl<R: BufRead> Elements<R> {
    pub(super) fn new(input: R) -> Self {
        Self {
            input,
            line: 1,
            any: false,
        }
    }

    pub(super) fn next_row(&mut self) -> Result<Option<Result<Row, RowError>>, FeedError> {
        let mut scan = Scan::new();
        loop {
            let input = self.input.fill_buf()?;
            if input.is_empty() {
                return self.at_end(scan);
            }
            let mut read = 0;
            let mut finished = false;
            for byte in input {
                read += 1;
                self.line += u64::from(*byte == b'\n');
                if scan.take(*byte, self.line) {
                    finished = true;
                    break;
                }
            }
            self.input.consume(read);
            if finished {
                self.any = true;
                return Ok(scan.item.map(|(line, bytes)| match scan.too_long {
                    true => Err(RowError::too_long(line)),
                    false => row(line, &bytes),
                }));
            }
        }
    }

    fn at_end(&mut self, scan: Scan) -> Result<Option<Result<Row, RowError>>, FeedError> {
        if let Some((line, _)) = scan.item {
            self.any = true;
            return Ok(Some(Err(RowError::new(line, "the file ends within this item"))));
        }
        if !self.any {
            let message = "it holds no <item>: expected an RSS 2.0 feed of products";
            return Err(FeedError::Whole(message.into()));
        }
        Ok(None)
    }
}

impl Scan {
    fn new() -> Self {
        Self {
            within: Within::Text,
            head: Vec::with_capacity(HEAD),
            last: [0; 2],
            item: None,
            too_long: false,
        }
    }

    /// Takes one more byte; true when an element is complete.
    fn take(&mut self, byte: u8, line: u64) -> bool {
        self.keep(byte);
        let before = self.last;
        self.last = [before[1], byte];
        match self.within {
            Within::Text if byte == b'<' => {
                self.head.clear();
                self.within = Within::Tag(None);
            }
            Within::Text => {}
            Within::CData if byte == b'>' && before == *b"]]" => self.within = Within::Text,
            Within::Comment if byte == b'>' && before == *b"--" => self.within = Within::Text,
            Within::CData | Within::Comment => {}
            Within::Tag(Some(quote)) if byte == quote => self.within = Within::Tag(None),
            Within::Tag(Some(_)) => {}
            Within::Tag(None) => return self.take_in_tag(byte, line),
        }
        false
    }

    fn take_in_tag(&mut self, byte: u8, line: u64) -> bool {
        if byte == b'>' {
            self.within = Within::Text;
            let self_closing = self.last[0] == b'/';
            return match tag(&self.head, self_closing) {
                Tag::Opens if self.item.is_none() => {
                    self.item = Some((line, b"<item>".to_vec()));
                    false
                }
                Tag::Both if self.item.is_none() => {
                    self.item = Some((line, b"<item/>".to_vec()));
                    true
                }
                Tag::Closes => self.item.is_some(),
                _ => false,
            };
        }
        if matches!(byte, b'"' | b'\'') && !self.head.starts_with(b"!") {
            self.within = Within::Tag(Some(byte));
        }
        if self.head.len() < HEAD {
            self.head.push(byte);
            match self.head.as_slice() {
                b"![CDATA[" => self.within = Within::CData,
                b"!--" => (self.within, self.last) = (Within::Comment, [0; 2]),
                _ => {}
            }
        }
        false
    }

    fn keep(&mut self, byte: u8) {
        let Some((_, bytes)) = &mut self.item else { return };
        if bytes.len() < ROW_BYTES {
            bytes.push(byte);
        } else {
            self.too_long = true;
        }
    }
}

fn tag(head: &[u8], self_closing: bool) -> Tag {
    let name = head
        .split(|byte| byte.is_ascii_whitespace())
        .next()
        .unwrap_or(head);
    let (name, closes) = match name.strip_prefix(b"/") {
        Some(name) => (name, true),
        None => (name.strip_suffix(b"/").unwrap_or(name), false),
    };
    match (name, closes, self_closing) {
        (b"item" | b"entry", true, _) => Tag::Closes,
        (b"item" | b"entry", false, true) => Tag::Both,
        (b"item" | b"entry", false, false) => Tag::Opens,
        _ => Tag::Other,
    }
}

fn row(line: u64, bytes: &[u8]) -> Result<Row, RowError> {
    let wrong = |message: String| RowError::new(line, message);
    let text = str::from_utf8(bytes).map_err(|_| wrong("expected UTF-8".into()))?;
    // Atom's closing tag, where the opening one is ours.
    let text = match text.strip_suffix("</entry>") {
        Some(text) => Cow::Owned(format!("{text}</item>")),
        None => Cow::Borrowed(text),
    };
    let mut reader = Reader::from_str(&text);
    let mut row = Row {
        line,
        ..Row::default()
    };
    // Of each element that is open: its name, its text, whether it holds elements.
    let mut open: Vec<(String, String, bool)> = Vec::new();
    loop {
        let event = reader
            .read_event()
            .map_err(|error| wrong(format!("expected well-formed XML: {error}")))?;
        match event {
            Event::Eof => return Ok(row),
            Event::Start(tag) => {
                if let Some(parent) = open.last_mut() {
                    parent.2 = true;
                }
                if open.len() == DEPTH {
                    return Err(wrong(format!(
                        "expected at most {DEPTH} elements within each other"
                    )));
                }
                let address = address(&tag);
                open.push((name(&tag), address, false));
            }
            Event::Empty(tag) => {
                let address = address(&tag);
                if open.len() == 1 && !address.is_empty() {
                    row.cells.push((name(&tag).into(), address));
                }
            }
            Event::Text(text) => {
                let text = text.decode().map_err(|_| wrong("expected UTF-8".into()))?;
                append(&mut open, &text);
            }
            Event::CData(text) => {
                let text = text.decode().map_err(|_| wrong("expected UTF-8".into()))?;
                append(&mut open, &text);
            }
            Event::GeneralRef(reference) => {
                let text = character(&reference).ok_or_else(|| {
                    let name = String::from_utf8_lossy(&reference).into_owned();
                    wrong(format!(
                        "`&{name};`: expected a character of XML, such as `&amp;`"
                    ))
                })?;
                append(&mut open, &text);
            }
            Event::End(_) => close(&mut open, &mut row),
            _ => {}
        }
    }
}

fn append(open: &mut [(String, String, bool)], text: &str) {
    if let Some((_, known, _)) = open.last_mut() {
        known.push_str(text);
    }
}

fn close(open: &mut Vec<(String, String, bool)>, row: &mut Row) {
    let Some((_, text, has_elements)) = open.last() else {
        return;
    };
    if open.len() > 1 && !has_elements && !text.trim().is_empty() {
        let path: Vec<&str> = open[1..].iter().map(|(name, ..)| name.as_str()).collect();
        row.cells.push((path.join(".").into(), text.trim().to_owned()));
    }
    open.pop();
}

/// The element's name without its namespace.
fn name(tag: &BytesStart<'_>) -> String {
    column_name(&String::from_utf8_lossy(tag.local_name().as_ref()))
}

/// Atom puts the address of a link into an attribute.
fn address(tag: &BytesStart<'_>) -> String {
    let address = tag.try_get_attribute("href").ok().flatten();
    let address = address.and_then(|address| address.unescape_value().ok().map(Cow::into_owned));
    address.unwrap_or_default()
}

fn character(reference: &BytesRef<'_>) -> Option<String> {
    if let Some(character) = reference.resolve_char_ref().ok()? {
        return Some(character.to_string());
    }
    let name = reference.decode().ok()?;
    resolve_predefined_entity(&name).map(str::to_owned)
}
