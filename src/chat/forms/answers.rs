//! Answers that shoppers give to the questions of a form.

use std::sync::LazyLock;

use regex::Regex;

use crate::orders::{Address, ReturnReason};

/// A pattern in any case.
fn pattern(text: &str) -> Regex {
    Regex::new(&format!("(?i){text}")).expect("the pattern is a constant that compiles")
}

static YES: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^\W*(yes|yep|yeah|yup|ya|sure|ok(ay)?|correct|right|confirm(ed)?|go ahead|please do|do it|that'?s (right|correct|it)|absolutely|of course|fine|perfect|y)\b|^\W*(是(的|啊|呀|滴|这样)?|对(的|啊|呀|对|滴)*|好(的|啊|呀|吧|滴|哒|嘞|好|了)*|嗯+|可以(的|啊|呀)?|确认|没错|没问题|行(的|吧|啊)?|要(的)?|需要|当然|就这样|就它|就这个|来吧|办吧|中|OK)(\W|$)|^\W*(是的|对的|好的|嗯|可以|确认|没错|没问题|当然|就这样)",
    )
});
static NO: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^\W*(no|nope|nah|not (really|now|yet)|don'?t|do not|wrong|n)\b|^\W*(不|别|算了|没有|没了|取消吧|免了|先不|暂时不|还是算了)",
    )
});
static GIVES_UP: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(never ?mind|nvm|forget (it|that|about it)|leave it|stop( it| this| that)?$|changed my mind|don'?t (bother|want to (give|say|tell|share))|i(('d)| would) rather not|not (giving|telling) you|no thanks?|none of your|doesn'?t matter|skip it)\b|算了|不用了|不(想|愿意)(说|给|告诉)|没事了|不弄了|不办了|不查了|别查了|不换了|不退了|不取消了|当我没说|以后再说",
    )
});
static REASONS: LazyLock<[(Regex, ReturnReason); 7]> = LazyLock::new(|| {
    use ReturnReason::{ChangedMind, Damaged, Faulty, NotAsExpected, TooLarge, TooSmall, WrongItem};
    [
        (
            pattern(
                r"\b(too|bit|little|very) (small|tight|short|narrow|snug)\b|squash|pinch|doesn'?t fit over|size up|bigger size|next size|太小|小了|太紧|偏小|紧了|挤脚|短了|太短|穿不(上|下|进)|勒",
            ),
            TooSmall,
        ),
        (
            pattern(
                r"\b(too|bit|little|very) (big|large|loose|long|wide|baggy)\b|swimming in|size down|smaller size|太大|大了|太松|偏大|松了|长了|太长|晃荡|空荡",
            ),
            TooLarge,
        ),
        (
            pattern(
                r"\bwrong (item|product|thing|one|colou?r|size) (was |were )?(sent|delivered|came|arrived)?|sent (me )?(the|a) (wrong|different)|not what i ordered|发错|寄错|送错|不是我(买|要|订|下)的",
            ),
            WrongItem,
        ),
        (
            pattern(
                r"\b(arrived|came|delivered) (damaged|broken|cracked|torn|ripped|dented|smashed)|damaged|in pieces|(收到|寄来|送来|拿到|打开).{0,6}(坏|破|碎|裂)|坏的|破(了|损)|摔坏|压坏|碎了|裂了|磕",
            ),
            Damaged,
        ),
        (
            pattern(
                r"\b(faulty|defect(ive)?|does ?n.?t work|stopped working|leak(s|ing|ed)?|broke|broken|zip(per)? (is |was )?(broken|stuck))|质量|漏(水|气|绒)|坏了|不能用|不亮|打不开|拉不上|脱线|开胶|开线",
            ),
            Faulty,
        ),
        (
            pattern(
                r"\b(not as (expected|described|pictured)|different (from|than)|looks? (different|nothing)|disappoint|quality|colou?r is|heavier than|not what i (expected|thought))|(和|跟|与)(图|描述|照片|想)|色差|失望|不(像|符)|没有?想象|颜色不对",
            ),
            NotAsExpected,
        ),
        (
            pattern(
                r"\b(changed my mind|do(es)?n'?t want|do ?n.?t like|no longer need|don'?t need|not keen|not for me|hate|as (a )?(gift|present)s?|found it cheaper|just because)|不(想要|喜欢|需要|要了)|改主意|用不(上|着)|买多了|买错|送人的|后悔|别家(更)?便宜",
            ),
            ChangedMind,
        ),
    ]
});
static ADDRESS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^\W*(?:(?:it'?s|to|my new address is|the (?:right|correct|new) address is|new address:?|send it to|ship it to)\s+)?(?P<street>[^,\n]*\d[^,\n]*?)\s*[,\n]\s*(?:(?P<extra>(?:apt|apartment|unit|flat|suite|floor|#)[^,\n]*)[,\n]\s*)?(?P<city>[A-Za-z][A-Za-z .'-]*?)\s*[,\n]?\s+(?P<region>[A-Za-z]{2}|[A-Z][a-z]+(?: [A-Z][a-z]+)?)\s*,?\s+(?P<postcode>\d{5}(?:-\d{4})?|[A-Za-z]\d[A-Za-z] ?\d[A-Za-z]\d)\W*$",
    )
});

pub(super) fn is_yes(text: &str) -> bool {
    YES.is_match(text)
}

pub(super) fn is_no(text: &str) -> bool {
    NO.is_match(text)
}

/// Whether the shopper wants to leave it.
pub(super) fn gives_up(text: &str) -> bool {
    GIVES_UP.is_match(text)
}

pub(super) fn reason(text: &str) -> Option<ReturnReason> {
    let known = REASONS.iter().find(|(pattern, _)| pattern.is_match(text));
    known.map(|(_, reason)| *reason)
}

/// "14 Mill Lane, Apt 2, Burlington, VT 05401".
pub(super) fn address(text: &str) -> Option<Address> {
    let found = ADDRESS.captures(text.trim())?;
    let part = |name: &str| {
        found
            .name(name)
            .map_or(String::new(), |part| part.as_str().trim().to_owned())
    };
    let region = part("region");
    Some(Address {
        street: part("street"),
        extra: part("extra"),
        city: part("city"),
        region: if region.len() == 2 {
            region.to_uppercase()
        } else {
            region
        },
        postcode: part("postcode").to_uppercase(),
        country: String::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read() {
        let read = |text: &str| {
            let address = address(text)?;
            Some(
                [
                    address.street,
                    address.extra,
                    address.city,
                    address.region,
                    address.postcode,
                ]
                .join("|"),
            )
        };
        for (text, expected) in [
            (
                "48 Elm Street, Burlington, VT 05401",
                Some("48 Elm Street||Burlington|VT|05401"),
            ),
            (
                "48 Elm Street, Apt 2, Burlington VT 05401",
                Some("48 Elm Street|Apt 2|Burlington|VT|05401"),
            ),
            (
                "my new address is 7 Oak Ave, Portland, Maine 04101",
                Some("7 Oak Ave||Portland|Maine|04101"),
            ),
            (
                "it's 7 Oak Ave\nPortland, me 04101",
                Some("7 Oak Ave||Portland|ME|04101"),
            ),
            ("to my office please", None),
            ("Burlington", None),
        ] {
            assert_eq!(read(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn reasons_are_read() {
        use ReturnReason::*;
        for (text, expected) in [
            ("they're too small", Some(TooSmall)),
            ("a bit tight", Some(TooSmall)),
            ("it's way too big on me", Some(TooLarge)),
            ("the zipper is broken", Some(Faulty)),
            ("it arrived damaged", Some(Damaged)),
            ("you sent me the wrong one", Some(WrongItem)),
            ("i changed my mind", Some(ChangedMind)),
            ("not as described", Some(NotAsExpected)),
            ("太小了", Some(TooSmall)),
            ("穿着有点大了", Some(TooLarge)),
            ("打开就是碎的", Some(Damaged)),
            ("拉链拉不上", Some(Faulty)),
            ("跟图片不一样", Some(NotAsExpected)),
            ("买多了用不上", Some(ChangedMind)),
            ("my mum", None),
        ] {
            assert_eq!(reason(text), expected, "{text}");
        }
    }

    #[test]
    fn yes_and_no_are_told_apart() {
        for (text, yes, no) in [
            ("yes please", true, false),
            ("Yep, do it", true, false),
            ("no, 10432", false, true),
            ("好的", true, false),
            ("不用了", false, true),
            ("嗯嗯 取消吧", true, false),
            ("是不是要收钱", false, false),
            ("好像不对", false, false),
            ("先不了", false, true),
            ("north side", false, false),
        ] {
            assert_eq!((is_yes(text), is_no(text)), (yes, no), "{text}");
        }
        assert!(gives_up("never mind") && gives_up("i'd rather not") && !gives_up("mine is 10432"));
    }
}
