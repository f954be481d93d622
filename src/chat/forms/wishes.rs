//! Whether a message about orders wants something done, or wants to know how it is done.

use std::sync::LazyLock;

use regex::Regex;

use super::Task;
use crate::chat::intents::Behaviour;
use crate::nlu::{EntityKind, Understanding};
use crate::text::script::word_count;

/// Asks how things are in general: an article knows.
static ASKS_HOW: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i)^\W*((hi|hello|hey|ok|so|and|please|quick question)\b\W*)*(how (do|can|to|long|much|many|does|would|will|about)|can (i|you|we|my|they)|could (i|you|we)|do (i|you|we)|does|is (it|there|this|that)|are (there|they)|am i|what('s| is| are| if|s)?|which|where (do|can|should|to)|when (do|does|can|should)|who|why|until when|may i|will (i|you)|should)\b|\bpolicy\b|\bhow (long|much|many)\b|怎么|如何|多久|可以.{0,8}吗|能.{0,8}吗|政策|规则|吗[？?]?\s*$|几天|多少钱|在?哪(里|儿)|什么时候|为什么|能不能|可不可以|要不要",
    )
    .expect("the pattern is a constant that compiles")
});
/// Asks how to see it, or what a page of ours says: looking it up helps nobody.
static ABOUT_TRACKING: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)^\W*(how (do|can|to)|where (do|can) (i|we) (find|see|track|check))\b|\bwhat does\b|not found|(does ?n.?t|do not|not) work|hasn.?t updated|no scan|link\b|(says|shows|marked) .{0,12}delivered|nothing('?s)? here|never (came|arrived)|stolen|missing|lost|怎么(查|看)|在哪(里|儿)?(查|看)|链接|打不开|没(有)?(更新|动静|信息)|不(动|更新)|显示.{0,6}(签收|送达)|丢(件|了)|被偷|不见了")
        .expect("the pattern is a constant that compiles")
});
/// "Can you cancel …" is a wish for all its politeness.
static ASKS_KINDLY: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)^\W*((hi|hello|hey|ok|so|and|please)\b\W*)*(can|could|would|will) (you|u)( please| pls)? \w+|\b(my|this|the) order\b.*\b(please|pls)\b|please (cancel|change|return|send|exchange|update|track|check)|帮我|帮忙|给我|我要(退|换|取消|改|查)|我想(退|换|取消|改|查)|麻烦")
        .expect("the pattern is a constant that compiles")
});
/// Says what is wanted of a thing that the shopper has.
static OWN_WISH: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i)\b(i('d| would)? (want|need|like|wish|wanna|have)( to)?|i'?m going to|let me|start|begin|make) .{0,30}\b(return|exchange|cancel|swap|send .{0,20}back|change|refund)|^\W*(please )?(cancel|stop|return|exchange|swap|track|change|update|correct|send) (my|the|this|these|it|them|order|one|#)|\b(return|send|exchange|swap|cancel) (my|these|this|order|#)|\bwrong (address|zip|post ?code|street)|\b(don.?t|doesn.?t|didn.?t|dont|doesnt) (fit|want (it|them|the))|\bi (put|entered|gave|forgot|wrote|left out) |\bnot keen on|money back|我要退|我想退|退(货|款|了)|换(货|个|成|大|小)|取消(订单|我)|改.{0,4}地址|地址(写|填)错",
    )
    .expect("the pattern is a constant that compiles")
});

/// What shall happen to an order that is named, by the words that say it.
static BY_WORDS: LazyLock<[(Regex, Task); 6]> = LazyLock::new(|| {
    let pattern =
        |text: &str| Regex::new(&format!("(?i){text}")).expect("the pattern is a constant that compiles");
    [
        (
            pattern(r"\b(cancel|call off|void|annul|withdraw)\w*|取消"),
            Task::Cancel,
        ),
        (pattern(r"\brefund\w*|退款"), Task::Refund),
        (
            pattern(r"\b(exchange|swap|swop)\w*|换(货|成|大|小|个)"),
            Task::Exchange,
        ),
        (pattern(r"\b(return|send(ing)? .{0,20}back)\w*|退"), Task::Return),
        (
            pattern(
                r"\baddress\b|\b(send|ship|deliver)( \S+)? (it |order )?\S* ?to (my|the|our)\b|地址|改送|寄到",
            ),
            Task::ChangeAddress,
        ),
        (
            pattern(
                r"\b(where'?s?|status|track\w*|arriv\w*|ship(ped)?|news|update|look up|check|find|eta|when)\b|到哪|物流|查|状态|发货|什么时候",
            ),
            Task::Status,
        ),
    ]
});

/// The task of a message that names an order by its number and proves it, or says it is an order; `None`: no order is
/// named, or nothing says what about it.
pub fn task_by_words(understanding: &Understanding) -> Option<Task> {
    let has = |kind: EntityKind| understanding.entities.iter().any(|entity| entity.kind == kind);
    if !has(EntityKind::OrderNumber) {
        return None;
    }
    let text = understanding.text.as_str();
    let said = BY_WORDS
        .iter()
        .find(|(pattern, _)| pattern.is_match(text))
        .map(|(_, task)| *task);
    let is_bare = word_count(text) <= 3;
    let is_order = text.to_lowercase().contains("order") || text.contains('#') || text.contains("订单");
    let proves = has(EntityKind::Email) || has(EntityKind::Postcode);
    match said {
        Some(task) if is_order || proves => Some(task),
        _ => (is_bare || proves).then_some(Task::Status),
    }
}

/// The task that an intent is about.
pub fn task_of(behaviour: Behaviour) -> Option<Task> {
    Some(match behaviour {
        Behaviour::OrderStatus => Task::Status,
        Behaviour::CancelOrder => Task::Cancel,
        Behaviour::ChangeAddress => Task::ChangeAddress,
        Behaviour::ReturnItem => Task::Return,
        Behaviour::ExchangeItem => Task::Exchange,
        Behaviour::RefundStatus => Task::Refund,
        _ => return None,
    })
}

/// Whether a message of a task wants it done. Who names an order does; who asks how it works does not.
pub fn begins(task: Task, understanding: &Understanding) -> bool {
    let text = understanding.text.as_str();
    let names_an_order = understanding
        .entities
        .iter()
        .any(|entity| entity.kind == EntityKind::OrderNumber);
    if names_an_order {
        return true;
    }
    match task {
        Task::Status => !ABOUT_TRACKING.is_match(text),
        Task::Refund => {
            let mine = [
                "my refund",
                "my money",
                "refund status",
                "still no refund",
                "退款",
            ];
            let lower = text.to_lowercase();
            mine.iter().any(|mine| lower.contains(mine))
                && !lower.contains("how long")
                && !lower.contains("when will")
                && !ASKS_HOW.is_match(text)
        }
        _ => ASKS_KINDLY.is_match(text) || OWN_WISH.is_match(text) && !ASKS_HOW.is_match(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nlu::entities::Extractor;

    #[test]
    fn wishes_are_told_from_questions() {
        for (task, text, expected) in [
            (Task::Status, "where is my order", true),
            (Task::Status, "order 10432 status", true),
            (Task::Status, "how do i see where my delivery is", false),
            (Task::Status, "the tracking link doesnt work", false),
            (
                Task::Status,
                "tracking says delivered but theres nothing here!!",
                false,
            ),
            (Task::Cancel, "please cancel my order", true),
            (Task::Cancel, "can you cancel order 10011", true),
            (Task::Cancel, "can i still cancel", false),
            (Task::Cancel, "how do i cancel an order i just placed", false),
            (Task::Return, "i want to return my boots", true),
            (Task::Return, "the boots dont fit i want my money back", true),
            (Task::Return, "can i return a jacket i wore once", false),
            (Task::Return, "return policy", false),
            (Task::Return, "how many days do i have to return", false),
            (
                Task::Exchange,
                "i'd like to exchange these for a bigger size",
                true,
            ),
            (Task::Exchange, "how do exchanges work", false),
            (Task::ChangeAddress, "i put the wrong address", true),
            (Task::ChangeAddress, "can i change where my parcel goes", false),
            (Task::Refund, "where is my refund", true),
            (Task::Refund, "how long does a refund take", false),
        ] {
            let understanding = Understanding {
                entities: Extractor::default().extract(text, jiff::civil::date(2026, 11, 25)),
                ..Understanding::of_text(text)
            };
            assert_eq!(begins(task, &understanding), expected, "{text}");
        }
    }
}
