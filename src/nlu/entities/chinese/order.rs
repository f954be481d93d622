//! Order numbers, parcels, coupon codes and how a person is reached, in Chinese sentences.

use super::super::pattern::{Found, Row};
use super::super::value::{EntityKind, EntityValue};
use super::nothing::is_measured;

pub(super) static ROWS: [Row; 9] = [
    Row::new(
        EntityKind::TrackingNumber,
        r"(?:快递单号|运单号码?|物流单号|快递号|物流号|追踪号码?|跟踪号)(?:是|为|:)? ?(?P<v>[a-z]{0,4}[0-9][0-9a-z]{7,33})",
        |found| {
            let number = found.text().to_uppercase();
            // Those of carriers that are told by their form have rows of their own.
            let known =
                number.starts_with("1Z") || number.len() >= 12 && !number.contains(char::is_alphabetic);
            (!known).then_some(EntityValue::Tracking {
                number,
                carrier: None,
            })
        },
    ),
    Row::new(
        EntityKind::OrderNumber,
        r"(?:订单编号|订单号码?|订单|单号|编号|单子)(?:是|为|:|叫)? ?(?P<v>#? ?(?:[a-z]{1,3}-?)?[0-9]{4,10})",
        order,
    ),
    Row::new(
        EntityKind::OrderNumber,
        r"(?P<v>#? ?[0-9]{4,10}) ?(?:号|这个|那个|这|那|的)?(?:订单|单子|单)",
        order,
    ),
    // A number that stands alone among Chinese: an order unless it counts something.
    Row::new(EntityKind::OrderNumber, r"[0-9]{5,8}", |found| {
        let is_part =
            |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | ',' | '/' | '+' | '$' | '@' | '_');
        let money = found
            .after()
            .trim_start()
            .starts_with(['块', '元', '刀', '美', '人', '欧', '万', '毫', '多', '%']);
        let named = [
            "邮编",
            "邮编是",
            "邮编:",
            "电话",
            "手机",
            "号码是",
            "验证码",
            "sku",
            "型号",
            "邮政编码",
            "zip",
        ]
        .iter()
        .any(|name| found.before().trim_end().ends_with(name));
        let glued = found.before().ends_with(is_part) || found.after().starts_with(is_part);
        (!glued && !money && !named).then(|| order(found))?
    }),
    Row::new(
        EntityKind::CouponCode,
        r#"(?:优惠码|折扣码|优惠券码|券码|优惠代码|促销码|兑换码|推荐码|优惠券|折扣券|代码|码)(?:是|为|:|叫|用|填)? ?["'「]?(?P<v>[a-z0-9][a-z0-9_-]{2,19})"#,
        code,
    ),
    Row::new(
        EntityKind::CouponCode,
        r"(?P<v>[a-z][a-z0-9_-]{2,19})[ 」“”'。]*(?:这个|这张|那个)?(?:优惠码|折扣码|码|优惠券|券|用不了|不能用|无效|没用|不好使|失效|过期|怎么用|能用|还能用|用不上)",
        code,
    ),
    Row::new(
        EntityKind::Phone,
        r"(?:\+?86[ -]?)?1[3-9][0-9](?:[ -]?[0-9]{4}){2}",
        |found| {
            let number = found.text().chars().filter(|c| c.is_ascii_digit() || *c == '+');
            let cut = found
                .before()
                .ends_with(|c: char| c.is_ascii_alphanumeric() || c == '#')
                || found.after().starts_with(|c: char| c.is_ascii_digit());
            (!cut).then(|| EntityValue::Text(number.collect()))
        },
    ),
    Row::new(
        EntityKind::Phone,
        r"(?:电话|手机号?|手机号码|座机|打我|联系方式)(?:是|为|:)? ?(?P<v>[0-9][0-9 -]{5,14}[0-9])",
        |found| {
            let number: String = found.text().chars().filter(char::is_ascii_digit).collect();
            (7..=13)
                .contains(&number.len())
                .then_some(EntityValue::Text(number))
        },
    ),
    Row::new(
        EntityKind::Postcode,
        r"(?:邮编|邮政编码|zip ?code|zip)(?:是|为|改成|:)? ?(?P<v>[0-9]{5}(?:-[0-9]{4}|[0-9])?)",
        |found| Some(EntityValue::Text(found.text().to_owned())),
    ),
];

fn order(found: &Found<'_, '_>) -> Option<EntityValue> {
    let number = found.text().trim_start_matches(['#', ' ']);
    // A four-digit year is no order: 2024年的订单.
    let year = number.len() == 4
        && (number.starts_with("19") || number.starts_with("20"))
        && !found.all().contains('#');
    let cut = found.after().starts_with(|c: char| c.is_ascii_digit())
        || found.text() == found.all() && found.before().ends_with(|c: char| c.is_ascii_digit());
    let measured =
        is_measured(found.after()) && !found.after().starts_with('号') && !found.after().starts_with(':');
    (!year && !cut && !measured).then(|| EntityValue::Text(number.to_uppercase()))
}

/// Capitals, or letters with digits: words of everyday English are no codes.
fn code(found: &Found<'_, '_>) -> Option<EntityValue> {
    let code = found.typed();
    let capitals =
        code.chars().all(|c| !c.is_lowercase()) && code.contains(char::is_alphabetic) && code.len() > 3;
    let mixed = code.contains(|c: char| c.is_ascii_digit()) && code.contains(char::is_alphabetic);
    let cut = found.before().ends_with(|c: char| c.is_ascii_alphanumeric()) && found.text() == found.all();
    ((capitals || mixed) && !cut).then(|| EntityValue::Text(code.to_uppercase()))
}
