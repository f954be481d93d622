//! A small signal of anger: words that people use of something that went wrong and of whoever is to blame, said loudly.

use std::sync::LazyLock;

use regex::Regex;

/// From so much on, a person should take over.
const ANGRY: u32 = 3;

static FURIOUS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i)\b(furious|outrag(ed|eous)|livid|disgust(ed|ing)|fuming|appall(ed|ing)|scam(mers?|med)?|rip[- ]?off|fraud(sters?)?|thieves|theft|steal(ing)?|stole|lawyer|sue|suing|never (again|shop|buy)|worst|f+u+c+k\w*|wtf|bullshit|piss(ed)?( off)?|screw you|go to hell|sick of (this|you|it)|fed up|had enough|unacceptable|ridiculous|pathetic|joke of a)\b|骗子|垃圾|气死|投诉|举报|什么破|太差|忍无可忍|无语",
    )
    .expect("the pattern is a constant that compiles")
});
static CROSS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i)\b(useless|stupid|idiot(s|ic)?|dumb|moron|terrible|horrible|awful|garbage|rubbish|crap|shit(ty)?|hate (you|this)|damn|hell|angry|mad|annoy(ed|ing)|frustrat(ed|ing)|waste of (my )?time|still (haven'?t|not|no)|third time|how many times|liar|lied|lying)\b|没用|烦(死|人)|差劲|笨|傻|生气|到底",
    )
    .expect("the pattern is a constant that compiles")
});

/// Whether whoever wrote this is angry enough to want a person.
pub fn is_angry(text: &str) -> bool {
    let furious = FURIOUS.find_iter(text).count().min(3) as u32;
    let cross = CROSS.find_iter(text).count().min(3) as u32;
    if furious + cross == 0 {
        return false;
    }
    let loud = u32::from(is_shouted(text)) + u32::from(text.matches(['!', '！']).count() >= 2);
    2 * furious + cross + loud >= ANGRY
}

static TRICK: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(ignore|forget|disregard|override) (all |any |your |the |previous |prior |above )+(instructions?|rules|prompts?)|system prompt|you are now|pretend (to be|you'?re|that you)|jailbreak|developer mode|忽略.{0,8}(指令|规则|提示)")
        .expect("the pattern is a constant that compiles")
});

/// Whether this wants to make another thing of the bot than a shop's assistant.
pub fn is_trick(text: &str) -> bool {
    TRICK.is_match(text)
}

/// Written in capitals, for the most part.
fn is_shouted(text: &str) -> bool {
    let letters = text
        .chars()
        .filter(|letter| letter.is_alphabetic() && letter.is_ascii());
    let (upper, all) = letters.fold((0, 0), |(upper, all), letter| {
        (upper + usize::from(letter.is_ascii_uppercase()), all + 1)
    });
    all >= 8 && upper * 10 >= all * 7
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anger_is_told_from_haste() {
        for text in [
            "THIS IS RIDICULOUS!!! WHERE IS MY ORDER",
            "you people are thieves and scammers",
            "this is the worst shop ever, I'm furious",
            "wtf is this, you useless stupid bot",
            "I am so fed up, third time I ask",
            "你们是骗子吧，垃圾店铺",
        ] {
            assert!(is_angry(text), "{text}");
        }
        for text in [
            "WHERE IS MY ORDER PLEASE",
            "is there a joke book?",
            "where the hell are my boots",
            "my tent is damaged",
            "do you have anything for terrible weather?!!",
            "what's the worst case for delivery",
            "stupid question, but do you ship to Canada",
        ] {
            assert!(!is_angry(text), "{text}");
        }
    }
}
