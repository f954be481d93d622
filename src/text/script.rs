//! In which script a text is written: Chinese, or another.

/// What share of a text must be Chinese before it is a Chinese text with foreign words in it.
const CHINESE_FROM: f32 = 0.3;

/// The script of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Script {
    Chinese,
    Latin,
    /// No word that tells: a number, a size, a sign.
    Neither,
}

impl Script {
    /// The script of a text, Chinese characters counting as much as whole words of others: product names stay Latin in
    /// Chinese sentences.
    pub fn of(text: &str) -> Self {
        let (mut chinese, mut words) = (0usize, 0usize);
        for word in text.split(|letter: char| !letter.is_alphabetic() && letter != '\'') {
            chinese += word.chars().filter(|letter| is_chinese(*letter)).count();
            // One or two letters are a size or a country, three and more a word.
            words += word
                .split(is_chinese)
                .filter(|part| part.chars().count() > 2)
                .count();
        }
        match (chinese, words) {
            (0, 0) => Self::Neither,
            _ if chinese as f32 >= CHINESE_FROM * (chinese + words) as f32 => Self::Chinese,
            _ => Self::Latin,
        }
    }
}

/// A text whose sentences were put together with blanks, which Chinese has none of: 好。 有货 becomes 好。有货.
pub fn tight(text: &str) -> String {
    let mut tight = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        tight.push(letter);
        let ends = matches!(
            letter,
            '。' | '！' | '？' | '；' | '：' | '，' | '、' | '”' | '）'
        );
        if ends && letters.peek() == Some(&' ') {
            letters.next();
        }
    }
    tight
}

/// Whether most of these texts are Chinese.
pub fn are_chinese<'a>(texts: impl Iterator<Item = &'a str>) -> bool {
    let (mut chinese, mut all) = (0, 0);
    for text in texts {
        chinese += usize::from(Script::of(text) == Script::Chinese);
        all += 1;
    }
    2 * chinese > all
}

/// How many words of Latin letters a text has.
pub fn latin_words(text: &str) -> usize {
    let words = text.split(|letter: char| !letter.is_alphabetic() && letter != '\'');
    words
        .filter(|word| !word.is_empty() && !word.contains(is_chinese))
        .count()
}

/// About how many words a text has; Chinese, which is written without blanks, has one for each two characters.
pub fn word_count(text: &str) -> usize {
    let chinese = text.chars().filter(|letter| is_chinese(*letter)).count();
    let others = text.split(|letter: char| letter.is_whitespace() || is_chinese(letter));
    others
        .filter(|word| word.chars().any(char::is_alphanumeric))
        .count()
        + chinese.div_ceil(2)
}

/// Whether a character is a Chinese one (Unicode's Han).
pub fn is_chinese(letter: char) -> bool {
    matches!(letter, '\u{3400}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}' | '々' | '〇')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_of_chinese_stand_close() {
        assert_eq!(tight("能。 寄到 Canada。 OK. Yes"), "能。寄到 Canada。OK. Yes");
    }

    #[test]
    fn words_are_counted_without_blanks_too() {
        for (text, count) in [
            ("where is my parcel?", 4),
            ("我的快递到哪了", 4),
            ("这个 jacket 有 L 码吗", 5),
            ("", 0),
        ] {
            assert_eq!(word_count(text), count, "{text}");
        }
    }

    #[test]
    fn foreign_words_leave_a_text_what_it_is() {
        for (text, script) in [
            ("这个 jacket 有 L 码吗", Script::Chinese),
            ("Northpeak Ridgeline 2 帐篷", Script::Chinese),
            ("我的快递到哪了", Script::Chinese),
            ("帳篷", Script::Chinese),
            ("where is my parcel", Script::Latin),
            ("what does the word 帐 on the box mean", Script::Latin),
            ("10432", Script::Neither),
            ("XL?", Script::Neither),
            ("👍", Script::Neither),
        ] {
            assert_eq!(Script::of(text), script, "{text}");
        }
    }
}
