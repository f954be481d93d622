//! A CSV table with the columns `text` and `intent`.

use super::{Phrase, Row};
use crate::text::table;

pub(super) fn read(text: &str) -> Result<Vec<Row>, (usize, String)> {
    let rows = table::rows(text, ["text", "intent"])?;
    let row = |(line, [text, intent]): (usize, [String; 2])| Row {
        line,
        phrase: Phrase::new(&text, &intent),
    };
    Ok(rows.into_iter().map(row).collect())
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
