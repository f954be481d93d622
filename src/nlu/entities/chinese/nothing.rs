//! What looks like an entity in Chinese and is none: percentages, measures, times of day, ages.

use std::sync::LazyLock;

use regex::Regex;

use super::super::pattern::Row;
use super::constant;

pub(super) static ROWS: [Row; 7] = [
    Row::nothing(r"[0-9]+(?:\.[0-9]+)? ?%|百分之{han}+|百分百|[0-9]+ ?个百分点"),
    Row::nothing(r"[0-9一二两三四五六七八九](?:\.?[0-9]|[一二三四五六七八九])? ?折"),
    Row::nothing(
        r"(?:[0-9]+(?:[.,][0-9]+)?|{han}+) ?(?:公斤|千克|斤|克|厘米|公分|毫米|米|公里|千米|英里|英寸|英尺|尺|寸|摄氏度|华氏度|度|瓦|伏|流明|毫安|分贝|丹尼尔|磅|盎司|层|级|倍|步|楼|集|页|帧|像素|目|旦)",
    ),
    Row::nothing(r"[0-9]{1,2}(?::[0-9]{2}|点(?:半|钟|[0-9]{1,2}分?)?|时)"),
    Row::nothing(r"[一二两三四五六七八九十]{1,3}点(?:半|钟|[一二三四五]十?分?|一刻)?"),
    Row::nothing(r"7 ?[*x×乘] ?24|24 ?小时(?:服务|在线|营业|客服)|二十四小时(?:服务|在线|营业)|365 ?天"),
    Row::nothing(
        r"双十一|双11|双十二|双12|618|黑色星期五|黑五|白色情人节|黄金(?:周|会员)|白金|红包|蓝牙|白天|黑名单|红外|橙子|绿色通道|青年|粉丝|一下|一点|一些|一起|一直|一定|一样|一般|一共|万一",
    ),
];

/// Words after a number that make it a count or a measure of something other than money.
static MEASURED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    constant(
        r"^ ?(?:[.:：/%]|个|件|双|条|顶|只|把|盏|套|张|份|瓶|罐|包|盒|本|支|根|台|床|卷|口|次|遍|天|日|号|周|星期|礼拜|月|年|小时|分|秒|点|岁|人|位|口人|码|升|毫升|公斤|斤|克|厘米|公分|米|公里|英寸|寸|尺|度|折|级|层|楼|步|磅|瓦|流明|毫安|cm|mm|kg|g\b|l\b|ml)",
    )
});

/// Whether what follows a number makes it a count or a measure.
pub(super) fn is_measured(after: &str) -> bool {
    // 包邮 is free shipping, not a pack.
    let ships_free = after.trim_start().starts_with("包邮");
    !ships_free && MEASURED.as_ref().is_some_and(|measured| measured.is_match(after))
}
