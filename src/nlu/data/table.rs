//! A CSV table with the columns `text` and `intent`.

use super::{Phrase, Row};

pub(super) fn read(text: &str) -> Result<Vec<Row>, (usize, String)> {
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .from_reader(text.as_bytes());
    let headers = reader.headers().map_err(|error| (1, error.to_string()))?.clone();
    let column = |name: &str| {
        let found = headers
            .iter()
            .position(|header| header.trim().trim_start_matches('\u{feff}') == name);
        found.ok_or_else(|| {
            (
                1,
                format!("expected the columns text,intent: `{name}` is missing"),
            )
        })
    };
    let (text_at, intent_at) = (column("text")?, column("intent")?);
    reader
        .records()
        .map(|record| {
            let record = record.map_err(|error| {
                (
                    error.position().map_or(0, |at| at.line() as usize),
                    error.to_string(),
                )
            })?;
            let line = record.position().map_or(0, |at| at.line() as usize);
            let field = |at: usize, name: &str| match record.get(at).map(str::trim) {
                Some(value) if !value.is_empty() => Ok(value.to_owned()),
                _ => Err((line, format!("`{name}` is empty"))),
            };
            Ok(Row {
                line,
                phrase: Phrase::new(&field(text_at, "text")?, &field(intent_at, "intent")?),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_and_mistakes() {
        let rows = read("text,intent\n\"a, b\",x\nc,oos\n").unwrap();
        assert_eq!((rows[0].phrase.text.as_str(), rows[1].line), ("a, b", 3));
        assert_eq!(read("text,label\na,b\n").err().unwrap().0, 1);
        assert_eq!(
            read("text,intent\na,x\n,y\n").err().unwrap(),
            (3, "`text` is empty".into())
        );
    }
}
