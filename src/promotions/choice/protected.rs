//! Protected attributes: what may not decide who gets an offer, told by a column's name.
//!
//! Grounds: article 21 of the EU Charter of Fundamental Rights, special categories of article 9 GDPR. A name is taken
//! apart into its words first, so `customerAge` is refused and `average` or `storage` is not. What a column holds can't be
//! seen from its name: proxies (a postcode, a first name) remain the merchant's duty.

use super::ChoiceError;

/// Words that name a ground by themselves.
const WORDS: [(&str, &[&str]); 12] = [
    (
        "gender",
        &[
            "gender",
            "genders",
            "sex",
            "male",
            "female",
            "transgender",
            "nonbinary",
            "xingbie",
        ],
    ),
    (
        "race or ethnicity",
        &[
            "race",
            "races",
            "racial",
            "ethnic",
            "ethnicity",
            "ethnicities",
            "caste",
            "tribe",
            "minzu",
            "zhongzu",
        ],
    ),
    (
        "religion",
        &[
            "religion",
            "religions",
            "religious",
            "religiosity",
            "faith",
            "belief",
            "beliefs",
            "muslim",
            "islam",
            "jewish",
            "judaism",
            "hindu",
            "buddhist",
            "catholic",
            "christianity",
            "zongjiao",
        ],
    ),
    (
        "age",
        &[
            "age",
            "ages",
            "aged",
            "dob",
            "yob",
            "birth",
            "birthdate",
            "birthday",
            "birthyear",
            "born",
            "nianling",
            "shengri",
        ],
    ),
    (
        "disability",
        &[
            "disability",
            "disabilities",
            "handicap",
            "handicapped",
            "impairment",
            "wheelchair",
            "canji",
        ],
    ),
    (
        "health",
        &[
            "health",
            "illness",
            "disease",
            "diagnosis",
            "diagnoses",
            "medical",
            "medication",
            "hiv",
            "jiankang",
        ],
    ),
    (
        "pregnancy",
        &[
            "pregnancy",
            "pregnancies",
            "pregnant",
            "maternity",
            "trimester",
            "huaiyun",
        ],
    ),
    (
        "nationality or origin",
        &[
            "nationality",
            "nationalities",
            "citizenship",
            "citizen",
            "immigrant",
            "immigration",
            "refugee",
            "birthplace",
        ],
    ),
    (
        "sexual orientation",
        &[
            "sexuality",
            "sexual",
            "gay",
            "lesbian",
            "bisexual",
            "homosexual",
            "heterosexual",
            "queer",
            "lgbt",
            "lgbtq",
        ],
    ),
    (
        "marital status",
        &[
            "marital", "married", "marriage", "spouse", "divorced", "widowed", "hunyin",
        ],
    ),
    (
        "political opinion or union membership",
        &[
            "politics",
            "political",
            "politically",
            "voter",
            "unionized",
            "unionised",
            "zhengzhi",
        ],
    ),
    (
        "genetic data",
        &[
            "genetic", "genetics", "genome", "genomic", "genotype", "dna", "jiyin",
        ],
    ),
];

/// Words that name a ground only next to each other, in this order.
const PAIRS: [(&str, &str, &str); 21] = [
    ("gender", "is", "man"),
    ("gender", "is", "woman"),
    ("gender", "mr", "mrs"),
    ("race or ethnicity", "skin", "color"),
    ("race or ethnicity", "skin", "colour"),
    ("religion", "is", "christian"),
    ("age", "senior", "citizen"),
    ("disability", "is", "disabled"),
    ("disability", "customer", "disabled"),
    ("disability", "shopper", "disabled"),
    ("disability", "disabled", "customer"),
    ("disability", "disabled", "person"),
    ("nationality or origin", "national", "origin"),
    ("nationality or origin", "country", "birth"),
    ("marital status", "civil", "status"),
    ("political opinion or union membership", "party", "affiliation"),
    ("political opinion or union membership", "party", "membership"),
    ("political opinion or union membership", "trade", "union"),
    ("political opinion or union membership", "labor", "union"),
    ("political opinion or union membership", "union", "member"),
    ("political opinion or union membership", "union", "membership"),
];

/// Beginnings of words that nothing else begins or contains, for names without borders such as `customergender`.
const STEMS: [(&str, &str); 15] = [
    ("gender", "gender"),
    ("race or ethnicity", "ethnic"),
    ("religion", "religio"),
    ("age", "birthda"),
    ("age", "dateofbirth"),
    ("age", "birthyear"),
    ("age", "customerage"),
    ("age", "agegroup"),
    ("disability", "disabilit"),
    ("pregnancy", "pregnan"),
    ("nationality or origin", "nationality"),
    ("sexual orientation", "sexualorient"),
    ("marital status", "maritalstat"),
    ("political opinion or union membership", "unionmember"),
    ("political opinion or union membership", "politicalparty"),
];

/// In Chinese, which writes no borders between words, simplified and traditional.
const CHINESE: [(&str, &[&str]); 12] = [
    ("gender", &["性别", "性別", "男女"]),
    (
        "race or ethnicity",
        &["种族", "種族", "民族", "族裔", "肤色", "膚色"],
    ),
    ("religion", &["宗教", "信仰"]),
    ("age", &["年龄", "年齡", "年纪", "年紀", "出生", "生日"]),
    ("disability", &["残疾", "殘疾", "残障", "殘障"]),
    ("health", &["健康", "疾病", "病史", "病历", "病歷"]),
    ("pregnancy", &["怀孕", "懷孕", "孕妇", "孕婦", "孕期"]),
    ("nationality or origin", &["国籍", "國籍", "籍贯", "籍貫"]),
    ("sexual orientation", &["性取向", "性倾向", "性傾向"]),
    ("marital status", &["婚姻", "婚否", "已婚", "未婚"]),
    (
        "political opinion or union membership",
        &["政治", "党派", "黨派", "党员", "黨員", "工会", "工會"],
    ),
    ("genetic data", &["基因", "遗传", "遺傳"]),
];

/// Things that have an age of their own: `account_age` says nothing of the shopper's.
const AGEING_THINGS: [&str; 14] = [
    "account",
    "basket",
    "cart",
    "cookie",
    "item",
    "membership",
    "order",
    "page",
    "product",
    "session",
    "signup",
    "stock",
    "subscription",
    "visit",
];

/// The ground on which a column of this name is refused, if it is.
pub fn protected_ground(column: &str) -> Option<&'static str> {
    let words = words_of(column);
    let glued: String = words.concat();
    let chinese = CHINESE
        .iter()
        .find(|(_, signs)| signs.iter().any(|sign| column.contains(sign)))
        .map(|(ground, _)| *ground);
    let pair = || {
        words.windows(2).find_map(|two| {
            let is = |(_, first, second): &&(&str, &str, &str)| two[0] == *first && two[1] == *second;
            PAIRS.iter().find(is).map(|(ground, ..)| *ground)
        })
    };
    let word = || (0..words.len()).find_map(|at| ground_of_word(&words, at));
    let stem = || {
        STEMS
            .iter()
            .find(|(_, stem)| glued.contains(stem))
            .map(|(ground, _)| *ground)
    };
    chinese.or_else(pair).or_else(word).or_else(stem)
}

/// Refuses the first protected column, by name.
pub fn refuse_protected<'a>(columns: impl IntoIterator<Item = &'a str>) -> Result<(), ChoiceError> {
    for column in columns {
        if let Some(ground) = protected_ground(column) {
            return Err(ChoiceError::Protected {
                column: column.to_owned(),
                ground,
            });
        }
    }
    Ok(())
}

fn ground_of_word(words: &[String], at: usize) -> Option<&'static str> {
    let word = words[at].as_str();
    let of_a_thing = at > 0 && AGEING_THINGS.contains(&words[at - 1].as_str());
    if word == "age" && of_a_thing {
        return None;
    }
    let disabled_alone = word == "disabled" && words.iter().all(|other| other == "x" || other == word);
    if disabled_alone {
        return Some("disability");
    }
    WORDS
        .iter()
        .find(|(_, names)| names.contains(&word))
        .map(|(ground, _)| *ground)
}

/// The words of a name, in small letters: `x_customerAGE2` has x, customer and age.
fn words_of(name: &str) -> Vec<String> {
    let signs: Vec<char> = name.chars().map(half_width).collect();
    let mut words = vec![String::new()];
    for (at, sign) in signs.iter().enumerate() {
        let before = at.checked_sub(1).map(|before| signs[before]);
        let after = signs.get(at + 1);
        let rises = sign.is_uppercase() && before.is_some_and(char::is_lowercase);
        // The last capital of `HTMLAge` begins the next word.
        let acronym_ends = sign.is_uppercase()
            && before.is_some_and(char::is_uppercase)
            && after.is_some_and(|after| after.is_lowercase());
        if rises || acronym_ends || !sign.is_alphabetic() {
            words.push(String::new());
        }
        if let (true, Some(word)) = (sign.is_alphabetic(), words.last_mut()) {
            word.extend(sign.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Full-width letters, which Chinese keyboards write, count as plain ones.
fn half_width(sign: char) -> char {
    match u32::from(sign) {
        code @ 0xFF01..=0xFF5E => char::from_u32(code - 0xFEE0).unwrap_or(sign),
        _ => sign,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn protected_names_are_refused_in_every_spelling() {
        let table = [
            ("gender", "gender"),
            ("customer_gender", "gender"),
            ("x_gender", "gender"),
            ("customerGender", "gender"),
            ("CUSTOMER_GENDER_ID", "gender"),
            ("customergender", "gender"),
            ("sex", "gender"),
            ("user-sex", "gender"),
            ("isMale", "gender"),
            ("is_female", "gender"),
            ("is_woman", "gender"),
            ("xingbie", "gender"),
            ("性别", "gender"),
            ("x_顾客性別", "gender"),
            ("race", "race or ethnicity"),
            ("RaceCode", "race or ethnicity"),
            ("ethnicity", "race or ethnicity"),
            ("ethnicGroup", "race or ethnicity"),
            ("skin_colour", "race or ethnicity"),
            ("民族", "race or ethnicity"),
            ("religion", "religion"),
            ("x_religious_holidays", "religion"),
            ("faith", "religion"),
            ("宗教信仰", "religion"),
            ("age", "age"),
            ("customer_age", "age"),
            ("customerAGE2", "age"),
            ("ageBand", "age"),
            ("age_group", "age"),
            ("account_holder_age", "age"),
            ("HTMLAge", "age"),
            ("date_of_birth", "age"),
            ("birthYear", "age"),
            ("dateofbirth", "age"),
            ("dob", "age"),
            ("ａｇｅ", "age"),
            ("年龄", "age"),
            ("出生日期", "age"),
            ("disability", "disability"),
            ("is_disabled", "disability"),
            ("x_disabled", "disability"),
            ("残疾", "disability"),
            ("health_status", "health"),
            ("健康状况", "health"),
            ("pregnant", "pregnancy"),
            ("PregnancyWeek", "pregnancy"),
            ("是否怀孕", "pregnancy"),
            ("nationality", "nationality or origin"),
            ("country_of_citizenship", "nationality or origin"),
            ("國籍", "nationality or origin"),
            ("sexual_orientation", "sexual orientation"),
            ("性取向", "sexual orientation"),
            ("maritalStatus", "marital status"),
            ("married", "marital status"),
            ("婚姻状况", "marital status"),
            ("political_views", "political opinion or union membership"),
            ("party-affiliation", "political opinion or union membership"),
            ("tradeUnion", "political opinion or union membership"),
            ("union_membership", "political opinion or union membership"),
            ("政治面貌", "political opinion or union membership"),
            ("genetic_risk", "genetic data"),
            ("dna", "genetic data"),
            ("基因", "genetic data"),
        ];
        for (name, ground) in table {
            assert_eq!(protected_ground(name), Some(ground), "{name}");
        }
    }

    #[test]
    fn names_that_only_look_alike_are_let_through() {
        let table = [
            "average",
            "average_basket",
            "page",
            "x_pages_seen",
            "usage",
            "storage",
            "sextant",
            "racecar_category",
            "message_length",
            "package_size",
            "language",
            "image_count",
            "trace_id",
            "brace",
            "embrace",
            "unisex",
            "essex_store",
            "screen_orientation",
            "account_age",
            "cartAgeMinutes",
            "x_session_age",
            "coverage",
            "manager",
            "agency",
            "stage",
            "discount_percentage",
            "union_square_store",
            "party_supplies",
            "js_disabled",
            "mens",
            "womens",
            "healthy",
            "surface",
            "country",
            "channel",
            "zip_code",
            "recency",
            "tribeca",
            "会员等级",
            "访问次数",
            "性价比",
            "single_item",
        ];
        for name in table {
            assert_eq!(protected_ground(name), None, "{name}");
        }
    }

    #[test]
    fn the_error_names_the_column() {
        let error = refuse_protected(["x_visits", "x_customerAge"])
            .unwrap_err()
            .to_string();
        assert!(
            error.starts_with("column x_customerAge: age is a protected attribute"),
            "{error}"
        );
        assert!(refuse_protected(["x_visits"]).is_ok());
    }
}
