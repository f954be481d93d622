//! Reads scripts from a folder. Each file is whole or it is an error that names its line.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_norway::Deserializer;

use super::format::{Script, fault};

/// What is wrong with a file.
#[derive(Debug, thiserror::Error)]
pub enum ScriptError {
    #[error("{}: {source}", file.display())]
    Read { file: PathBuf, source: std::io::Error },
    #[error("{}:{line}: {message}", file.display())]
    Format {
        file: PathBuf,
        line: usize,
        message: String,
    },
    #[error("{}: {message}", file.display())]
    Content { file: PathBuf, message: String },
    #[error("{}: expected at least one script, a file that ends in .yml", .0.display())]
    Empty(PathBuf),
}

/// All scripts of a folder and the folders in it, in the order of their paths, or all that is wrong with them. A single
/// file is a folder of one.
pub fn load(place: &Path) -> Result<Vec<Script>, Vec<ScriptError>> {
    let mut files = Vec::new();
    find(place, &mut files).map_err(|error| vec![error])?;
    files.sort();
    let (mut scripts, mut errors) = (Vec::new(), Vec::new());
    for file in &files {
        match read(place, file) {
            Ok(read) => scripts.extend(read),
            Err(error) => errors.push(error),
        }
    }
    errors.extend(doubles(&scripts));
    if files.is_empty() {
        errors.push(ScriptError::Empty(place.to_owned()));
    }
    if errors.is_empty() {
        Ok(scripts)
    } else {
        Err(errors)
    }
}

fn find(place: &Path, files: &mut Vec<PathBuf>) -> Result<(), ScriptError> {
    let failed = |source| ScriptError::Read {
        file: place.to_owned(),
        source,
    };
    if place.is_file() {
        files.push(place.to_owned());
        return Ok(());
    }
    for entry in std::fs::read_dir(place).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let is_script = path.extension().is_some_and(|end| end == "yml" || end == "yaml");
        if path.is_dir() || is_script {
            find(&path, files)?;
        }
    }
    Ok(())
}

fn read(place: &Path, file: &Path) -> Result<Vec<Script>, ScriptError> {
    let text = std::fs::read_to_string(file).map_err(|source| ScriptError::Read {
        file: file.to_owned(),
        source,
    })?;
    let mut scripts = parse(&text).map_err(|(line, message)| match line {
        Some(line) => ScriptError::Format {
            file: file.to_owned(),
            line,
            message,
        },
        None => ScriptError::Content {
            file: file.to_owned(),
            message,
        },
    })?;
    let below = file.strip_prefix(place).unwrap_or(file);
    let theme = below.parent().unwrap_or(Path::new("")).display().to_string();
    for script in &mut scripts {
        (script.file, script.theme) = (file.to_owned(), theme.clone());
    }
    Ok(scripts)
}

/// The scripts of a file: one, or several with a line of three dashes between them.
fn parse(text: &str) -> Result<Vec<Script>, (Option<usize>, String)> {
    let mut scripts = Vec::new();
    for document in Deserializer::from_str(text) {
        let script = Script::deserialize(document).map_err(|error| {
            let line = error.location().map(|place| place.line());
            (line, without_place(&error.to_string()))
        })?;
        if let Some(fault) = fault(&script) {
            return Err((None, format!("“{}”: {fault}", script.name)));
        }
        scripts.push(script);
    }
    if scripts.is_empty() {
        return Err((None, "expected a script with `name` and `turns`".into()));
    }
    Ok(scripts)
}

/// The line stands before the message already.
fn without_place(message: &str) -> String {
    match message.rsplit_once(" at line ") {
        Some((message, _)) => message.to_owned(),
        None => message.to_owned(),
    }
}

/// Names tell scripts apart on the command line and in reports.
fn doubles(scripts: &[Script]) -> Vec<ScriptError> {
    let mut errors = Vec::new();
    for (at, script) in scripts.iter().enumerate() {
        if let Some(first) = scripts[..at].iter().find(|first| first.name == script.name) {
            errors.push(ScriptError::Content {
                file: script.file.clone(),
                message: format!(
                    "the name “{}” is that of {} too",
                    script.name,
                    first.file.display()
                ),
            });
        }
    }
    errors
}

#[cfg(test)]
mod tests {
    use super::super::expect::CardKind;
    use super::super::format::{Answering, Pressed, Stage};
    use super::*;

    #[test]
    fn short_and_long_forms_are_read() {
        let scripts = parse(
            "name: One\nlocale: en\ngiven:\n  hours: closed\n  cart: [{item: A-1}]\n  order: {items: [{item: B-2, quantity: 3}], progress: dispatched}\n  \
             orders:\n    - items: [{item: C-3}]\n      progress: {stage: delivered, carrier: UPS}\nturns:\n  - says: 10432\n    \
             intent: greeting\n    action: [small_talk, quote]\n    cards: {kind: offer, every: {max_price: 120, color: sky, size: 10}}\n  \
             - presses: 2\n  - presses: Add to cart\n    on: 2\n    state: {failures: 0}\n---\nname: Two\nturns: [{says: x}]\n",
        )
        .unwrap();
        assert_eq!(scripts.len(), 2);
        let [one, _] = &scripts[..] else { panic!() };
        assert_eq!(one.given.hours, Some(Answering::Closed));
        assert_eq!(one.given.cart[0].quantity, 1);
        let stages: Vec<_> = one
            .given
            .past_orders()
            .map(|order| order.progress.stage)
            .collect();
        assert_eq!(stages, [Stage::Dispatched, Stage::Delivered]);
        assert_eq!(one.turns[0].says.as_deref(), Some("10432"));
        assert_eq!(one.turns[0].action.0, ["small_talk", "quote"]);
        let cards = one.turns[0].cards.as_ref().unwrap();
        assert_eq!(cards.kind, CardKind::Offer);
        assert_eq!(cards.every.as_ref().unwrap().size.0, ["10"]);
        assert_eq!(one.turns[1].presses, Some(Pressed::Number(2)));
        assert_eq!(one.turns[2].on, Some(2));
    }

    #[test]
    fn a_wrong_key_is_named_with_its_line() {
        for (text, line, named) in [
            (
                "name: A\nturns:\n  - says: x\n    replly: {has: y}\n",
                4,
                "replly",
            ),
            (
                "name: A\nturns:\n  - says: x\n    cards: {every: {max_prise: 1}}\n",
                4,
                "max_prise",
            ),
            (
                "name: A\nturns:\n  - says: x\n    reply:\n      has: y\n      hasnt: y\n",
                6,
                "hasnt",
            ),
            (
                "name: A\ngiven: {hours: sometimes}\nturns: [{says: x}]\n",
                2,
                "sometimes",
            ),
            ("name: A\nturns:\n  - says: [x]\n", 3, "says"),
        ] {
            let (found, message) = parse(text).unwrap_err();
            assert_eq!(found, Some(line), "{text}: {message}");
            assert!(message.contains(named), "{message} should name {named}");
        }
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for (text, named) in [
            ("name: A\nturns: []\n", "`turns`"),
            ("name: A\nturns: [{says: x, presses: y}]\n", "turn 1"),
            ("name: A\nturns: [{says: x}, {reply: {has: y}}]\n", "turn 2"),
            ("name: A\nturns: [{says: x, on: 2}]\n", "`on`"),
            ("name: ''\nturns: [{says: x}]\n", "`name`"),
            (
                "name: A\ngiven: {order: {items: []}}\nturns: [{says: x}]\n",
                "`items`",
            ),
            ("", "`name`"),
        ] {
            let (_, message) = parse(text).unwrap_err();
            assert!(message.contains(named), "{message} should name {named}");
        }
    }

    #[test]
    fn folders_are_themes_and_names_are_single() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let file = folder.path().join(name);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, text).unwrap();
        };
        write("b/two.yml", "name: Two\nturns: [{says: x}]\n");
        write("a/one.yaml", "name: One\nturns: [{says: x}]\n");
        write("a/notes.txt", "not a script");
        let scripts = load(folder.path()).unwrap();
        let themes: Vec<_> = scripts
            .iter()
            .map(|script| (script.theme.as_str(), script.name.as_str()))
            .collect();
        assert_eq!(themes, [("a", "One"), ("b", "Two")]);
        write("c/again.yml", "name: Two\nturns: [{says: x}]\n");
        let errors = load(folder.path()).unwrap_err();
        assert!(errors[0].to_string().contains("two.yml too"), "{errors:?}");
        assert!(matches!(
            load(&folder.path().join("none")).unwrap_err()[..],
            [ScriptError::Read { .. }]
        ));
    }
}
