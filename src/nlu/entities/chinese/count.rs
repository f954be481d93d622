//! How many, and which of several, in Chinese.

use super::super::count::ordinal;
use super::super::pattern::{Found, Row};
use super::super::value::{EntityKind, EntityValue};
use super::numbers::whole;

pub(super) static ROWS: [Row; 9] = [
    Row::new(EntityKind::Quantity, r"(?P<n>{int}) ?(?:双|对|副)", |found| {
        counted(found, Some("pair"))
    }),
    Row::new(
        EntityKind::Quantity,
        r"(?P<n>{int}) ?(?:个|件|款|条|顶|只|把|盏|张|套|份|瓶|罐|包|盒|本|支|根|台|床|卷|口|袋|桶|块|盒|箱|样)",
        |found| counted(found, None),
    ),
    Row::new(
        EntityKind::Quantity,
        r"(?:数量|件数)(?:是|为|改成|改为|:)? ?(?P<n>{int})|[*×] ?(?P<m>[0-9]{1,3})\b",
        |found| quantity(found, None),
    ),
    Row::new(
        EntityKind::Quantity,
        r"^ *(?P<v>(?P<n>[0-9]{1,3}|[一二两三四五六七八九十]|俩|仨)) ?(?:谢谢|吧|。|!)*$",
        |found| quantity(found, None),
    ),
    Row::new(
        EntityKind::Ordinal,
        r"倒数第(?P<o>{int}) ?{measure}?",
        |found| {
            let place = i32::try_from(whole(found.get("o")?)?).ok()?;
            ordinal(-place, 1)
        },
    ),
    Row::new(
        EntityKind::Ordinal,
        r"第 ?(?P<o>{int}) ?(?:{measure}|名|号)?(?:那(?:个|款|件|双|顶)?)?",
        |found| {
            // 第一次, 第二天 count something else.
            let other = found.after().starts_with([
                '次', '天', '周', '方', '时', '年', '月', '代', '人', '页', '步', '章', '回', '遍',
            ]);
            let place = i32::try_from(whole(found.get("o")?)?).ok()?;
            (!other && place <= 50).then(|| ordinal(place, 1))?
        },
    ),
    Row::new(
        EntityKind::Ordinal,
        r"最(?:后|末)(?:面)?(?:的)?(?:那)?一?{measure}",
        |_| ordinal(-1, 1),
    ),
    Row::new(
        EntityKind::Ordinal,
        r"(?P<which>前|头|后|最后)面?(?P<n>[两二三四五2-5]) ?{measure}",
        |found| {
            let count = whole(found.get("n")?)?;
            let from = match found.get("which")? {
                "前" | "头" => 1,
                _ => -i32::try_from(count).ok()?,
            };
            ordinal(from, count)
        },
    ),
    Row::new(
        EntityKind::Ordinal,
        r"(?P<n>[1-9一二三四五六])号(?:款|那个|的|$)",
        |found| {
            // 大一号 compares.
            let compares = found.before().ends_with(['大', '小', '第', '月', '日', '十']);
            let place = i32::try_from(whole(found.get("n")?)?).ok()?;
            (!compares).then(|| ordinal(place, 1))?
        },
    ),
];

/// A number before a measure word. "One" is mostly an article; it counts after a verb that takes.
fn counted(found: &Found<'_, '_>, of: Option<&'static str>) -> Option<EntityValue> {
    let before = found.before().trim_end();
    let part_of_more = before.ends_with(|c: char| {
        c.is_ascii_alphanumeric()
            || matches!(
                c,
                '第' | '前' | '后' | '这' | '那' | '每' | '几' | '.' | '$' | '#' | '半' | '某' | '哪'
            )
    });
    let takes = [
        "来", "要", "买", "加", "拿", "再", "订", "退", "换", "就", "只", "放",
    ]
    .iter()
    .any(|verb| before.ends_with(verb));
    let one = matches!(found.get("n"), Some("一"));
    // 两个月, 三个人, 两个问题 count something else; 两件套 is one thing.
    let other = [
        "月",
        "人",
        "小时",
        "钟头",
        "星期",
        "礼拜",
        "问题",
        "工作日",
        "多",
        "地址",
        "套",
        "字",
        "大人",
        "孩子",
        "小孩",
        "邮",
    ]
    .iter()
    .any(|word| found.after().trim_start().starts_with(word));
    (!part_of_more && !other && (!one || takes)).then(|| quantity(found, of))?
}

fn quantity(found: &Found<'_, '_>, of: Option<&'static str>) -> Option<EntityValue> {
    let count = whole(found.get("n").or(found.get("m"))?)?;
    (1..=999)
        .contains(&count)
        .then_some(EntityValue::Quantity { count, of })
}
