//! CSV tables whose columns go by their names, in any order and among others.

/// Each with the line that it begins on.
pub type Rows<const N: usize> = Vec<(usize, [String; N])>;

/// The rows of a table: the fields of `columns`, none of which may be empty. What is wrong is said
/// with the line it stands on.
pub fn rows<const N: usize>(text: &str, columns: [&str; N]) -> Result<Rows<N>, (usize, String)> {
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let headers = reader.headers().map_err(|error| (1, error.to_string()))?.clone();
    let mut places = [0; N];
    for (place, name) in places.iter_mut().zip(columns) {
        let found = headers.iter().position(|header| header.trim() == name);
        *place = found.ok_or_else(|| {
            let all = columns.join(",");
            (1, format!("expected the columns {all}: `{name}` is missing"))
        })?;
    }
    reader
        .records()
        .map(|record| {
            let record = record.map_err(|error| {
                let line = error.position().map_or(0, |at| at.line() as usize);
                (line, error.to_string())
            })?;
            let line = record.position().map_or(0, |at| at.line() as usize);
            let fields = places.map(|place| record.get(place).unwrap_or_default().trim().to_owned());
            match fields.iter().zip(columns).find(|(field, _)| field.is_empty()) {
                Some((_, name)) => Err((line, format!("`{name}` is empty"))),
                None => Ok((line, fields)),
            }
        })
        .collect()
}
