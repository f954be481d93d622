//! How shoppers put what follows up on what was shown. Where an intent needs many phrases to be told from another, these
//! are short, say the same everywhere, and mean nothing without something on the table.

use std::sync::LazyLock;

use regex::Regex;

/// A pattern in any case.
macro_rules! phrases {
    ($($(#[$doc:meta])* $name:ident = $pattern:expr;)*) => {
        $($(#[$doc])* pub(super) static $name: LazyLock<Regex> = LazyLock::new(|| {
            Regex::new(&format!("(?i){}", $pattern)).expect("the pattern is a constant that compiles")
        });)*
    };
}

phrases! {
    CHEAPER = r"\b(cheaper|less expensive|lower[- ]priced?|more affordable|budget (one|option)s?|too (expensive|dear|pricey|steep)|(over|above|out of) (my|our) budget|costs? too much|a bit much)\b|便宜|太贵|贵了|有点贵";
    MORE = r"^\W*(ok(ay)?,? |and |hm+,? )*(((can|could) (i|you) )?(please )?(show|see|give|got|have you got|do you have|any|some)( me)? )?((some |any )?(more|others?|other (ones?|options?)|something (else|different)|anything else|different ones?)|what else( (is there|do you have|have you got))?|next( (ones?|page))?|keep going)( (please|options?|ones?|choices|of (these|them|those)|like (these|those|them)))*\W*$|^(还有(别的|其他|吗|没有)|换一批|再(看看|来几个)|更多)";
    COMPARE = r"\b(compare|comparison|difference|differences|differ|versus|vs|side by side|which (one )?(is|of (them|these|those|the two|the three) is|would be) (the )?(better|best|lighter|lightest|warmer|warmest))\b|对比|比较(一下)?|有(什么|啥)(区别|不同)|哪(个|款)(更)?好";
    STOCK = r"\b(in stock|available|availability|do you (still )?have|have you got|any left|how many (are )?left|left in|sold out|come(s)? in|do(es)? (it|that|this|they) come|get (it|that|this|one) in|got (it|that|this|one)|ha(ve|s) (it|that|this))\b|有(货|库存)|现货|还有.{0,6}(码|色)|有.{0,6}码(吗|么)";
    GOES_WITH = r"\b(go(es)? (well )?with|pairs? (well )?with|match(es)? (it|this|that|the)|what else (do|would|will|should) i need|accessor(y|ies)|to go with|complete the|bought with|buy with)\b|搭配|配(什么|啥)|一起买";
    LIKE = r"\b(more like|similar (to|ones?)|something like|anything like|ones? like)\b|类似|差不多的|像这(个|款)";
    NOT_FOR_ME = r"\b(not for me|(do|did)n'?t? ?(really )?like|don'?t show me|hate|not interested in|not my (thing|style|taste))\b|不喜欢|不(感兴趣|合适)|不要这";
    DESCRIBE = r"\b(tell me (a bit )?more|more (info|details|about)|details? (of|on|about)|how (much|heavy|big|warm|long|wide|tall)|price of|what('?s| is| are|s)? (it|that|this|the) .{0,20}(made|cost|weigh|like)|describe|is (it|that|this|the \w+ one)|does (it|that|this|the \w+ one)|what (material|colou?rs?|sizes?)|weight)\b|详细|介绍一下|多少钱|多重|什么(材质|材料|颜色|尺码)";
    PUT_IN_CART = r"\b(add|put|throw|pop|stick|place)\b.{0,60}\b(cart|basket|bag|trolley)\b|^\W*(ok(ay)?,? |great,? |yes,? |perfect,? )*(i'?ll|i will|i'?d like to|i want to|let me|i wanna) (take|have|buy|get|order|go (with|for)) (it|that|this|the|one|two|\d)|^\W*(buy|take|get me|order) (it|that|this|the (first|second|third|fourth|last|one)|one|two|\d)\b|加(入|到|进)?购物车|放(进|到|入)?购物车|(我)?(就)?(要|买)(这|第)|来(一|两|二|三|\d)(个|件|双|顶)?(这|第)?";
    TAKE_OUT = r"\b(remove|take|delete|drop|get rid of)\b.{0,60}\b(from|out of|off) (my |the )?(cart|basket|bag|trolley)\b|从购物车.{0,8}(删|拿|去)|购物车.{0,12}(删掉|拿掉|去掉|不要)";
    SHOW_CART = r"\b(what'?s|what is|whats|what do i have|show|see|view|check|look at|how much is)\b.{0,24}\b(in )?(my|the) (cart|basket|bag|trolley)\b|^\W*(my )?(cart|basket)( total)?\W*$|\b(cart|basket) total\b|\b(what'?s|whats|what is) (my|the) total\b|\b(my )?total so far\b|(看|查|打开).{0,6}购物车|购物车(里|里面)?(有|都有|多少)|^购物车$";
    APPLY = r"\b(apply|use|redeem|enter|activate)\b.{0,40}\b(code|coupon|voucher|promo|discount|it|that|this)\b|\b(apply|use|redeem|enter|add) [A-Z0-9-]*[A-Z][A-Z0-9-]{2,}\b|用(一下|这个|上)?.{0,10}(码|券)|使用.{0,12}(码|券)";
    SEVERAL_CODES = r"\b(together|combine[sd]?|stack|both|as well|at once)\b|一起|叠加|同时";
    CODE_TROUBLE = r"\b(does ?n.?t|do ?n.?t|did ?n.?t|won.?t|wont|will not|is ?n.?t|not|why|can.?t)\b.{0,40}\b(work(s|ing)?|appl(y|ied|ies|ying)|accept(s|ed)?|valid|tak(e|es|ing)|redeem)\b|\b(invalid|rejected|declined)\b|用不了|不能用|无效|不(起|生)效|没反应|能(不能)?用|有效吗|过期|失效|没用|不好使|用不上";
    DEALS = r"\b(deals?|discounts?|coupons?|promos?|promotions?|vouchers?|(special )?offers?|codes? for)\b|优惠|折扣|活动|券";
    BETTER_PRICE = r"\b(better|special|group|lower|good) (price|deal|rate)s?\b|批发价|更便宜";
    /// Offers that only some may have, which articles explain.
    FOR_SOME = r"\b(student|teacher|military|veteran|nurse|senior|pensioner|staff|employee|first[- ]order|first (time|purchase)|new (here|customer)|i'?m new|newsletter|birthday|refer(ral)?|friend|business|bulk|school|wholesale|points)\b|学生|教师|老师|军人|新人|首单|生日|推荐|企业|团购|积分";
    LOOKING = r"\b(show|find|get) me\b|\blook(ing)? for\b|\bdo you (have|sell|carry|stock)\b|\b(need|needs|want|wants|buy)\b|^\W*(any|got any)\b|有没有|想(买|要)|找";
    QUESTION = r"^\W*((hi|hello|hey|ok|so|and|but)\b\W*)*(how|where|when|why|what|which|who|can|could|should|is|are|was|were|did|does|if|will|would)\b|\b(warranty|wash|clean|care for|return|exchange|deliver(y|ed)?|ship(ping|ped)?|refund|order(ed|ing)?|size chart|how)\b|怎么|如何|为什么|多久|退|换|保修|清洗";
    QUANTITY = r"\b(\d{1,2}|two|three|four|five|six) (?:more )?(?:of|x|pairs?|pieces?)\b";
    ASKS_HOW = r"^\W*((hi|hello|hey|ok|so|and)\b\W*)*(how|where|why|can (i|you|we)|do (i|you) (have to|need))\b|怎么|在哪|如何";
    /// Points at one thing.
    IT = r"\b(it|its|that|this|that one|this one|the one)\b|这(个|款|件|双|顶)|那(个|款|件|双|顶)|它";
    /// Points at all that is on the table.
    THEM = r"\b(them|these|those|they|all( of)?( them| these| those)?|both|the two|the (three|four))\b|它们|这(些|几|两|三)|那(些|几|两)|全部|都";
    /// Begins like something that goes on.
    GOES_ON = r"^\W*(and|but|or|only|just|also|with|without|in|for|under|below|over|not|no|what about|how about|any( in)?|do you have (it|them|any|one)( in)?|something|anything|make it|is there (a|one)|actually|instead|maybe|prefer(ably)?|i('d)? prefer|the)\b|^(那|还有|有没有|要|不要|只要|换成|最好|如果)|(的呢|呢|的吗)[？?]?$";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phrases_are_told_apart() {
        for (pattern, yes, no) in [
            (
                &CHEAPER,
                vec!["anything cheaper?", "thats too expensive", "有没有便宜点的"],
                vec!["how much is it"],
            ),
            (
                &MORE,
                vec![
                    "show me more",
                    "more please",
                    "anything else?",
                    "ok, other options?",
                    "what else do you have",
                    "还有别的吗",
                    "any others",
                ],
                vec![
                    "show me more about the first",
                    "what else do I need for it",
                    "more jackets for men",
                ],
            ),
            (
                &COMPARE,
                vec![
                    "compare the first two",
                    "whats the difference between them",
                    "which one is better",
                ],
                vec!["show me both"],
            ),
            (
                &STOCK,
                vec![
                    "is the second one in stock in L",
                    "does it come in blue?",
                    "do you have it in XL",
                ],
                vec!["I like the second"],
            ),
            (
                &GOES_WITH,
                vec!["what goes with it", "anything to go with that"],
                vec!["go back"],
            ),
            (
                &PUT_IN_CART,
                vec![
                    "add the second one to my cart",
                    "I'll take the first",
                    "put it in my basket pls",
                    "ok i'll take it",
                    "buy this one",
                ],
                vec![
                    "what's in my cart",
                    "can I take it back to the store later?",
                    "buy boots",
                ],
            ),
            (
                &SHOW_CART,
                vec!["what's in my cart?", "show me my basket", "cart"],
                vec!["add it to the cart"],
            ),
            (
                &TAKE_OUT,
                vec!["remove the tent from my cart", "take it out of the basket"],
                vec!["take it"],
            ),
            (
                &APPLY,
                vec![
                    "apply it",
                    "use code HEARTH",
                    "apply HEARTH",
                    "can you apply the coupon",
                ],
                vec!["any coupons?", "can I return it"],
            ),
        ] {
            for text in yes {
                assert!(pattern.is_match(text), "{text}");
            }
            for text in no {
                assert!(!pattern.is_match(text), "{text}");
            }
        }
    }
}
