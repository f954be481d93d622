//! Several questions in one message: where one ends and the next begins.

use std::sync::LazyLock;

use regex::Regex;

use super::script::{Script, word_count};

/// Words with which a question or a request begins.
const OPENERS: &str = "what|what's|whats|when|when's|where|where's|wheres|which|who|whom|whose|why|how|how's|do|does|did|is|are|am|was|were|can|could|will|would|should|shall|may|have|has|i want|i need|i would|i'd|i wanna|i also want|i also need|(?:tell me|let me know|show me) (?:what|when|where|which|who|why|how|if|whether|about)|please|cancel|change|track|return|refund|exchange|explain|i'm looking|im looking|looking for|any|got any|find me|recommend|show me";
/// Courtesies before them.
const COURTESIES: &str = "hi|hello|hey|hiya|good morning|good evening|thanks|thank you|please|sorry|ok|okay|so|and|also|plus|oh|well|quick question|one more thing|just";
/// Fewer words don't say what they are about.
const WORDS: usize = 3;
/// The same in Chinese, whose words are shorter: four characters.
const CHINESE_WORDS: usize = 2;
/// A message that only goes on from the one before is short.
const GOES_ON_WORDS: usize = 7;
/// Questions of one message that are looked at.
const MOST: usize = 4;

static JOINT: LazyLock<Regex> = LazyLock::new(|| {
    let joint =
        format!(r"(?i)(?:,?\s+(?:and also|and then|and|also|plus|but also|but)\s+|,\s+)((?:{OPENERS})\b)");
    Regex::new(&joint).expect("the pattern is a constant that compiles")
});
static ASKS: LazyLock<Regex> = LazyLock::new(|| {
    let asks = format!(r"(?i)^\W*(?:(?:{COURTESIES})\b\W*)*(?:{OPENERS})\b");
    Regex::new(&asks).expect("the pattern is a constant that compiles")
});
/// What makes a Chinese clause a question or a request.
static CHINESE_ASKS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"[吗呢么嘛]$|怎么|怎样|如何|多少|多久|多长|几天|几点|几号|什么|啥|哪|谁|为什么|为啥|能不能|可不可以|可以.*吗|是不是|有没有|会不会|要不要|算不算|能.*吗|想(?:买|要|问|找|退|换|查|改|取消)|(?:我|帮我|给我|请|麻烦).{0,6}(?:买|找|退|换|查|改|取消|推荐|看看)",
    )
    .expect("the pattern is a constant that compiles")
});
static CHINESE_COURTESIES: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(?:还有|另外|而且|顺便(?:问(?:一下|下)?)?|以及|然后|对了|再问(?:一下|下)|请问(?:一下|下)?|那个|就是)[，,\s]*")
        .expect("the pattern is a constant that compiles")
});
static CHINESE_POINTS_BACK: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"它|这个|那个|这款|那款|这些|那些|这件|那件|这种|这样")
        .expect("the pattern is a constant that compiles")
});
static GOES_ON: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)^\W*(?:(?:ok(?:ay)?|hm+|oh|so)\b\W*)?(?:and what about|and how about|and if|what about|how about|what if|and|also|or)\b|^(?:那么|那|如果|要是|换成)|^.{1,10}呢[？?。！!]?$")
        .expect("the pattern is a constant that compiles")
});
static POINTS_BACK: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(it|its|it's|that|this|these|those|them|they|one|ones)\b")
        .expect("the pattern is a constant that compiles")
});

/// The questions and requests of a message, each fit to be understood alone: one that points back ("how long does it
/// take") has what it points to before it. Empty when the message is but one clause.
pub fn questions(text: &str) -> Vec<String> {
    let clauses = clauses(text).into_iter();
    clauses
        .map(|clause| clause.with_before.unwrap_or(clause.alone))
        .collect()
}

/// A question or request of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clause {
    pub alone: String,
    /// With what stands before it, when it points back.
    pub with_before: Option<String>,
}

/// The same, with each question as it stands.
pub fn clauses(text: &str) -> Vec<Clause> {
    let parts: Vec<&str> = sentences(text).into_iter().flat_map(joined).collect();
    if parts.len() < 2 {
        return Vec::new();
    }
    let mut clauses: Vec<Clause> = Vec::new();
    let mut before = "";
    for part in parts {
        if is_long_enough(part) && asks(part) {
            // "What if it doesn't fit" is a question of its own, whatever it is.
            let is_own = part.trim_start().to_lowercase().starts_with("what if");
            let points_back = !before.is_empty() && !is_own && points_back(part);
            clauses.push(Clause {
                alone: part.to_owned(),
                with_before: points_back.then(|| format!("{before} {part}")),
            });
        }
        before = part;
    }
    clauses.truncate(MOST);
    clauses
}

/// Whether a message only goes on from the question before it ("and to Canada?", "what about boots?").
pub fn goes_on(text: &str) -> bool {
    word_count(text) <= GOES_ON_WORDS && GOES_ON.is_match(text)
}

fn is_long_enough(part: &str) -> bool {
    let least = match Script::of(part) {
        Script::Chinese => CHINESE_WORDS,
        Script::Latin | Script::Neither => WORDS,
    };
    word_count(part) >= least
}

fn points_back(text: &str) -> bool {
    POINTS_BACK.is_match(text) || CHINESE_POINTS_BACK.is_match(text)
}

/// A message that goes on, with the question before it, which loses what the message puts another in place of.
pub fn completed(before: &str, text: &str, replaced: &[&str]) -> String {
    let mut before = before.trim_end_matches(['?', '？', '.', '!', ' ']).to_owned();
    for name in replaced {
        before = before.replace(name, "");
    }
    let before: Vec<&str> = before.split_whitespace().collect();
    format!("{} {}", before.join(" "), GOES_ON.replace(text, "").trim())
}

/// A short message that points back ("what does that cost", "how long will it take") with the question before it.
/// `None`: it doesn't.
pub fn pointing_back(before: &str, text: &str) -> Option<String> {
    let is_short = word_count(text) <= GOES_ON_WORDS;
    // Of a question that itself pointed back, what it pointed to.
    let before = before
        .split(['?', '？'])
        .next()
        .unwrap_or_default()
        .trim_end_matches(['.', '!', ' ']);
    (is_short && asks(text) && points_back(text)).then(|| format!("{before}? {text}"))
}

/// Whether a clause asks or wants something, rather than telling it.
fn asks(clause: &str) -> bool {
    let bare = clause.trim_end_matches(|c: char| !c.is_alphanumeric());
    clause.trim_end().ends_with(['?', '？'])
        || ASKS.is_match(clause)
        || Script::of(clause) == Script::Chinese && CHINESE_ASKS.is_match(bare)
}

/// Runs of text that end with a full stop, a question mark or the like.
fn sentences(text: &str) -> Vec<&str> {
    let mut sentences = Vec::new();
    let mut start = 0;
    let mut letters = text.char_indices().peekable();
    while let Some((at, letter)) = letters.next() {
        let next = letters.peek().map(|(_, next)| *next);
        let ends = match letter {
            '\n' | '？' | '。' | '！' => true,
            // A point within a number or a name has no space behind it; the last mark of "?!" ends the sentence.
            '?' | '!' | '.' | ';' => next.is_none_or(char::is_whitespace),
            _ => false,
        };
        if ends {
            let end = at + letter.len_utf8();
            sentences.push(text[start..end].trim());
            start = end;
        }
    }
    sentences.push(text[start..].trim());
    sentences.retain(|sentence| !sentence.is_empty());
    sentences
}

/// A sentence cut where another question is joined on.
fn joined(sentence: &str) -> Vec<&str> {
    if Script::of(sentence) == Script::Chinese {
        return joined_in_chinese(sentence);
    }
    let mut clauses = Vec::new();
    let mut start = 0;
    for found in JOINT.captures_iter(sentence) {
        if let (Some(joint), Some(opener)) = (found.get(0), found.get(1)) {
            clauses.push(sentence[start..joint.start()].trim());
            start = opener.start();
        }
    }
    clauses.push(sentence[start..].trim());
    clauses.retain(|clause| !clause.is_empty());
    clauses
}

/// A Chinese sentence cut at commas between what are questions or requests each; commas stand between all kinds of
/// clauses.
fn joined_in_chinese(sentence: &str) -> Vec<&str> {
    let bare = |part: &'_ str| -> usize { CHINESE_COURTESIES.find(part).map_or(0, |found| found.end()) };
    let mut clauses: Vec<&str> = Vec::new();
    let mut start = 0;
    for (at, mark) in sentence.match_indices(['，', ',', '；', ';', ' ']) {
        let (before, after) = (&sentence[start..at], &sentence[at + mark.len()..]);
        let next = after
            .split(['，', ',', '；', ';', ' '])
            .next()
            .unwrap_or_default();
        if is_long_enough(before) && asks(before) && is_long_enough(next) && asks(next) {
            clauses.push(before);
            start = at + mark.len();
        }
    }
    clauses.push(&sentence[start..]);
    let clauses = clauses.into_iter().map(|clause| clause[bare(clause)..].trim());
    clauses.filter(|clause| !clause.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_goes_on() {
        let before = "how long does delivery to Germany take?";
        for (text, replaced, expected) in [
            (
                "and to Canada?",
                &["Germany"][..],
                Some("how long does delivery to take to Canada?"),
            ),
            (
                "what about Express",
                &[],
                Some("how long does delivery to Germany take Express"),
            ),
            (
                "and can I return what I bought online in the store in Burlington",
                &[],
                None,
            ),
            ("to Canada", &["Germany"], None),
        ] {
            let whole = goes_on(text).then(|| completed(before, text, replaced));
            assert_eq!(whole.as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn each_question_alone() {
        for (text, expected) in [
            (
                "where is my order and do you ship to canada?",
                &["where is my order", "do you ship to canada?"][..],
            ),
            (
                "Hi! What's your return policy? Also, can I pay with PayPal",
                &["What's your return policy?", "can I pay with PayPal"],
            ),
            (
                "my jacket is torn. can i send it back? how long have i got to decide",
                &[
                    "my jacket is torn. can i send it back?",
                    "how long have i got to decide",
                ],
            ),
            (
                "Hello there, I hope you are well. I bought a tent in May. Do you repair zips?",
                &["Do you repair zips?"],
            ),
            (
                "i want to change my address, and how do i use a gift card?",
                &["i want to change my address", "how do i use a gift card?"],
            ),
            ("运费多少，几天能到？", &["运费多少", "几天能到？"]),
            (
                "你好！帐篷能退吗？另外加拿大能发货吗",
                &["帐篷能退吗？", "加拿大能发货吗"],
            ),
            (
                "我的外套破了，想退货，钱多久到账",
                &["我的外套破了，想退货", "钱多久到账"],
            ),
        ] {
            assert_eq!(questions(text), expected, "{text}");
        }
    }

    #[test]
    fn one_question_is_left_whole() {
        for text in [
            "where is my order",
            "do you have jackets and trousers in large?",
            "do you ship to canada and mexico",
            "what? really? no?",
            "it is 12.50 in the shop",
            "I am back. Tell me at ann@mail.example",
            "",
            "???",
            "我的快递到哪了",
            "有没有两百以内，适合冬天，最好是红色的帐篷",
            "这个 jacket 有 L 码吗",
        ] {
            assert_eq!(questions(text), [""; 0], "{text}");
        }
    }
}
