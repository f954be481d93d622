//! Finds the lines of what a parser without positions read, in the order in which it read.

/// The lines of a file, read once from top to bottom.
pub(super) struct Lines<'t> {
    lines: Vec<&'t str>,
    /// Lines that are done with.
    done: usize,
}

impl<'t> Lines<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self {
            lines: text.lines().collect(),
            done: 0,
        }
    }

    /// The line, counted from one, in which the item `kind: name` begins.
    pub(super) fn find_item(&mut self, kind: &str, name: &str) -> usize {
        self.advance(|line| {
            let line = line.trim_start().trim_start_matches('-').trim_start();
            let value = line.strip_prefix(kind).and_then(|line| line.strip_prefix(':'));
            value.is_some_and(|value| value.trim().trim_matches(['"', '\'']) == name)
        })
    }

    /// The line in which the next item of the list begins.
    pub(super) fn next_item(&mut self) -> usize {
        let marked = |line: &str| line.trim_start().starts_with("- ") && line.contains(':');
        self.advance(marked)
    }

    /// The line of an example that begins with `text`.
    pub(super) fn find(&mut self, text: &str) -> usize {
        self.advance(|line| {
            let line = line.trim().trim_start_matches('-').trim();
            let line = line.strip_prefix("text:").unwrap_or(line);
            line.trim().trim_matches(['"', '\'']) == text.trim_matches(['"', '\''])
        })
    }

    /// Goes on behind the first line that is `wanted`; stays when there is none. Returns where it is then.
    fn advance(&mut self, wanted: impl Fn(&str) -> bool) -> usize {
        let rest = self.lines.iter().skip(self.done);
        if let Some(ahead) = rest.copied().position(wanted) {
            self.done += ahead + 1;
        }
        self.done.max(1)
    }
}
