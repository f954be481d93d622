//! The widget's modules as browsers load them: what is needed at the start joined into one file, the rest by itself.

use std::collections::BTreeMap;

/// Scripts by name, without their comments.
pub type Modules = BTreeMap<String, String>;

/// How a module names another that it can't do without. What it loads later, it loads by `import('./…')`.
const IMPORT: &str = "import {";
const FROM: &str = " from './";

/// `first` and all that it needs as one module that exports `exported`. One request instead of twenty.
pub fn joined(modules: &Modules, first: &str, exported: &str) -> String {
    let mut whole = String::new();
    for name in needed(modules, first) {
        let lines = modules.get(name).map(|script| script.lines());
        for line in lines
            .into_iter()
            .flatten()
            .filter(|line| imported(line).is_none())
        {
            whole.push_str(line.strip_prefix("export ").unwrap_or(line));
            whole.push('\n');
        }
    }
    whole.push_str(&format!("export {{ {exported} }};\n"));
    whole
}

/// `first` and all that it needs, in the order in which they can be run.
pub fn needed<'a>(modules: &'a Modules, first: &'a str) -> Vec<&'a str> {
    let mut order = Vec::new();
    put_in_order(modules, first, &mut order);
    order
}

/// Each name after those that it needs.
fn put_in_order<'a>(modules: &'a Modules, name: &'a str, order: &mut Vec<&'a str>) {
    if order.contains(&name) {
        return;
    }
    let lines = modules.get(name).map(|script| script.lines());
    for needed in lines.into_iter().flatten().filter_map(imported) {
        put_in_order(modules, needed, order);
    }
    order.push(name);
}

/// The module that a line of a script imports from.
fn imported(line: &str) -> Option<&str> {
    let (_, rest) = line.strip_prefix(IMPORT)?.rsplit_once(FROM)?;
    rest.strip_suffix("';")
}

/// `script` without indentation, blank lines, whole-line `//` comments and `/** … */` blocks; `/*! … */` stays.
/// Template literals aren't told apart from code, so a line within one mustn't begin with `//` or `/**`.
pub fn without_comments(script: &str) -> String {
    let mut short = String::with_capacity(script.len());
    let mut in_block = false;
    for line in script.lines().map(str::trim) {
        in_block |= line.starts_with("/**");
        if !in_block && !line.is_empty() && !line.starts_with("//") {
            short.push_str(line);
            short.push('\n');
        }
        in_block &= !line.ends_with("*/");
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_go_and_style_rules_that_begin_with_a_star_stay() {
        let source = "/*! Licence */\n/**\n * Says hello.\n */\nconst CSS = `\n  *,::before{margin:0}\n`; // why\n\n  // gone\n  /** Short. */\n  run();\n";
        assert_eq!(
            without_comments(source),
            "/*! Licence */\nconst CSS = `\n*,::before{margin:0}\n`; // why\nrun();\n"
        );
    }

    #[test]
    fn modules_are_joined_each_once_after_what_it_needs() {
        let modules: Modules = [
            ("app.js", "import { b } from './b.js';\nimport { c } from './c.js';\nexport class App {}\nimport('./later.js');\n"),
            ("b.js", "import { c } from './c.js';\nexport const b = c + 1;\n"),
            ("c.js", "export const c = 1;\n"),
            ("later.js", "export const later = 2;\n"),
        ]
        .map(|(name, script)| (name.to_owned(), script.to_owned()))
        .into();
        assert_eq!(
            joined(&modules, "app.js", "App"),
            "const c = 1;\nconst b = c + 1;\nclass App {}\nimport('./later.js');\nexport { App };\n"
        );
    }
}
