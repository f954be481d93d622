//! Whom something is for, in Chinese.

use super::super::pattern::Row;
use super::super::value::{Audience, EntityKind, EntityValue};
use super::numbers::whole;

use Audience::{Anyone, Babies, Boys, Girls, Kids, Men, Women};

/// How people are called, who that is, and what is made for them; the longer come before what they hold.
const PEOPLE: [(&str, Option<&str>, Audience); 58] = [
    ("爷爷", Some("grandfather"), Men),
    ("外公", Some("grandfather"), Men),
    ("姥爷", Some("grandfather"), Men),
    ("奶奶", Some("grandmother"), Women),
    ("外婆", Some("grandmother"), Women),
    ("姥姥", Some("grandmother"), Women),
    ("孙子", Some("grandson"), Boys),
    ("外孙", Some("grandson"), Boys),
    ("孙女", Some("granddaughter"), Girls),
    ("爸妈", Some("parents"), Anyone),
    ("父母", Some("parents"), Anyone),
    ("爸", Some("father"), Men),
    ("父亲", Some("father"), Men),
    ("岳父", Some("father"), Men),
    ("公公", Some("father"), Men),
    ("妈", Some("mother"), Women),
    ("母亲", Some("mother"), Women),
    ("岳母", Some("mother"), Women),
    ("婆婆", Some("mother"), Women),
    ("老公", Some("husband"), Men),
    ("丈夫", Some("husband"), Men),
    ("男朋友", Some("boyfriend"), Men),
    ("男友", Some("boyfriend"), Men),
    ("老婆", Some("wife"), Women),
    ("妻子", Some("wife"), Women),
    ("媳妇", Some("wife"), Women),
    ("太太", Some("wife"), Women),
    ("女朋友", Some("girlfriend"), Women),
    ("女友", Some("girlfriend"), Women),
    ("对象", Some("partner"), Anyone),
    ("爱人", Some("partner"), Anyone),
    ("儿子", Some("son"), Boys),
    ("女儿", Some("daughter"), Girls),
    ("闺女", Some("daughter"), Girls),
    ("哥", Some("brother"), Men),
    ("弟", Some("brother"), Men),
    ("姐", Some("sister"), Women),
    ("妹", Some("sister"), Women),
    ("叔叔", Some("uncle"), Men),
    ("舅舅", Some("uncle"), Men),
    ("阿姨", Some("aunt"), Women),
    ("姑", Some("aunt"), Women),
    ("侄子", Some("nephew"), Boys),
    ("侄女", Some("niece"), Girls),
    ("朋友", Some("friend"), Anyone),
    ("老板", Some("boss"), Anyone),
    ("领导", Some("boss"), Anyone),
    ("老师", Some("teacher"), Anyone),
    ("同事", Some("colleague"), Anyone),
    ("自己", Some("self"), Anyone),
    ("宝宝", None, Babies),
    ("婴儿", None, Babies),
    ("男孩", None, Boys),
    ("男童", None, Boys),
    ("女孩", None, Girls),
    ("女童", None, Girls),
    ("男", None, Men),
    ("女", None, Women),
];

/// Words for children of any kind.
const CHILDREN: [&str; 6] = ["孩子", "小孩", "儿童", "娃", "小朋友", "童款"];

/// Age in years below which a person is a child.
const GROWN_UP: u32 = 16;

pub(super) static ROWS: [Row; 3] = [
    Row::new(
        EntityKind::Person,
        r"(?P<n>{int}) ?(?P<unit>岁半|岁|个月大|个月)(?:多)?(?:左右|大)?(?:的)?(?:小)?(?P<who>儿子|女儿|闺女|孙子|孙女|侄子|侄女|男孩|女孩|男童|女童|宝宝|孩子|小孩|小朋友|儿童|娃)?",
        |found| {
            let unit = found.get("unit")?;
            // 三个月 is how long, 三个月的宝宝 is who.
            if unit == "个月" && found.get("who").is_none() {
                return None;
            }
            let age = whole(found.get("n")?)?;
            let months = match unit {
                "岁" => age.checked_mul(12)?,
                "岁半" => age.checked_mul(12)?.checked_add(6)?,
                _ => age,
            };
            if months > 120 * 12 {
                return None;
            }
            let by_age = if months >= GROWN_UP * 12 {
                Anyone
            } else if months < 24 {
                Babies
            } else {
                Kids
            };
            let (relation, audience) = found.get("who").and_then(person).unwrap_or((None, by_age));
            Some(EntityValue::Person {
                audience,
                relation,
                age_months: Some(months),
            })
        },
    ),
    Row::new(
        EntityKind::Person,
        r"(?:给|送给?|帮|为|替|适合|跟|和)(?:我|他|她|咱|俺|你)?们?(?:家|的)*(?:小|大|老|亲)?(?P<who>爷爷|外公|姥爷|奶奶|外婆|姥姥|孙子|外孙|孙女|爸妈|父母|爸爸|爸|父亲|岳父|公公|妈妈|妈|母亲|岳母|婆婆|老公|公|丈夫|男朋友|男友|老婆|婆|妻子|媳妇|太太|女朋友|女友|对象|爱人|儿子|女儿|闺女|哥哥|哥|弟弟|弟|姐姐|姐|妹妹|妹|叔叔|舅舅|阿姨|姑姑|侄子|侄女|朋友|老板|领导|老师|同事|自己|宝宝|婴儿|男孩子?|女孩子?|孩子|小孩子?|孩|娃娃?|儿童|小朋友|男人|男生|男士|女人|女生|女士|老人|大人)",
        |found| value(found.get("who")?),
    ),
    Row::new(
        EntityKind::Person,
        r"(?P<who>男士|女士|男款|女款|男式|女式|男生|女生|男人|女人|男孩|女孩|男童|女童|儿童|小孩子?|童款|亲子|宝宝|婴儿|成人|大人)(?:款|用|的|穿)?|(?P<w>[男女])(?:的|码|鞋|裤|装|靴)",
        |found| value(found.get("who").or(found.get("w"))?),
    ),
];

fn value(name: &str) -> Option<EntityValue> {
    let (relation, audience) = person(name)?;
    Some(EntityValue::Person {
        audience,
        relation,
        age_months: None,
    })
}

fn person(name: &str) -> Option<(Option<&'static str>, Audience)> {
    if name == "孩" || CHILDREN.iter().any(|word| name.starts_with(word)) {
        return Some((None, Kids));
    }
    match name {
        "公" => return Some((Some("husband"), Men)),
        "婆" => return Some((Some("wife"), Women)),
        "老人" | "大人" | "成人" | "亲子" => return Some((None, Anyone)),
        _ => {}
    }
    let known = PEOPLE.iter().find(|(known, ..)| name.starts_with(known));
    known.map(|(_, relation, audience)| (*relation, *audience))
}
