//! Colours and places by their Chinese names.

use super::super::gazetteer::{Source, Term};
use super::super::value::{EntityKind, EntityValue};

/// Shades in English, their base, and what they are called; `~` marks single characters, which count only beside a
/// thing: 黑帐篷.
const COLOURS: [(&str, &str, &str); 47] = [
    ("black", "black", "黑色|黑的|纯黑|全黑|曜石黑|~黑"),
    ("white", "white", "白色|白的|纯白|雪白|~白"),
    ("off white", "white", "米白色|米白|乳白色|乳白|象牙白"),
    ("grey", "grey", "灰色|灰的|~灰"),
    ("light grey", "grey", "浅灰色|浅灰"),
    ("dark grey", "grey", "深灰色|深灰"),
    ("charcoal", "grey", "炭灰色|炭灰|碳灰"),
    ("slate", "grey", "石板灰|岩灰"),
    ("red", "red", "红色|红的|大红|正红|~红"),
    ("burgundy", "red", "酒红色|酒红|勃艮第红"),
    ("dark red", "red", "深红色|深红|暗红"),
    ("brick", "red", "砖红色|砖红"),
    ("blue", "blue", "蓝色|蓝的|~蓝"),
    ("light blue", "blue", "浅蓝色|浅蓝|淡蓝"),
    ("dark blue", "blue", "深蓝色|深蓝"),
    ("navy", "blue", "藏青色|藏青|藏蓝色|藏蓝|海军蓝"),
    ("royal blue", "blue", "宝蓝色|宝蓝|宝石蓝"),
    ("sky blue", "blue", "天蓝色|天蓝|湖蓝色|湖蓝"),
    ("teal", "turquoise", "青色|水鸭绿|孔雀蓝|孔雀绿"),
    ("turquoise", "turquoise", "绿松石色|松石绿|青绿色|青绿"),
    ("green", "green", "绿色|绿的|~绿"),
    ("light green", "green", "浅绿色|浅绿"),
    ("dark green", "green", "深绿色|深绿|墨绿色|墨绿"),
    ("olive", "green", "橄榄绿|橄榄色"),
    ("army green", "green", "军绿色|军绿"),
    ("forest green", "green", "森林绿"),
    ("moss green", "green", "苔藓绿|苔绿"),
    ("mint green", "green", "薄荷绿"),
    ("khaki", "green", "卡其色|卡其绿|卡其"),
    ("yellow", "yellow", "黄色|黄的|~黄"),
    ("mustard", "yellow", "芥末黄|姜黄色|姜黄"),
    ("orange", "orange", "橙色|橙的|橘色|橘红|橘黄|橙红|桔色|~橙"),
    ("rust", "orange", "铁锈红|锈红色|锈色"),
    ("coral", "orange", "珊瑚色|珊瑚红|珊瑚橙"),
    ("pink", "pink", "粉色|粉的|粉红色|粉红|~粉"),
    ("rose pink", "pink", "玫红色|玫红|玫瑰粉"),
    ("purple", "purple", "紫色|紫的|~紫"),
    ("lavender", "purple", "薰衣草紫|浅紫色|浅紫|淡紫"),
    ("brown", "brown", "棕色|棕的|褐色|啡色|咖啡色|咖色|~棕"),
    ("chestnut", "brown", "栗色|栗棕"),
    ("beige", "beige", "米色|杏色|米黄"),
    ("sand", "beige", "沙色|沙漠色|沙土色"),
    ("camel", "beige", "驼色"),
    ("silver", "metallic", "银色|银的"),
    ("gold", "metallic", "金色|金的"),
    ("camo", "multicolour", "迷彩色|迷彩"),
    ("multicolour", "multicolour", "彩色|花色的|多色|拼色"),
];

/// Countries by ISO code.
const COUNTRIES: [(&str, &str); 51] = [
    ("US", "美国|美利坚|美国本土"),
    ("CA", "加拿大"),
    ("MX", "墨西哥"),
    ("GB", "英国|大不列颠"),
    ("IE", "爱尔兰"),
    ("DE", "德国"),
    ("FR", "法国"),
    ("ES", "西班牙"),
    ("PT", "葡萄牙"),
    ("IT", "意大利"),
    ("NL", "荷兰"),
    ("BE", "比利时"),
    ("CH", "瑞士"),
    ("AT", "奥地利"),
    ("DK", "丹麦"),
    ("NO", "挪威"),
    ("SE", "瑞典"),
    ("FI", "芬兰"),
    ("IS", "冰岛"),
    ("PL", "波兰"),
    ("CZ", "捷克"),
    ("HU", "匈牙利"),
    ("RO", "罗马尼亚"),
    ("GR", "希腊"),
    ("HR", "克罗地亚"),
    ("UA", "乌克兰"),
    ("RU", "俄罗斯"),
    ("TR", "土耳其"),
    ("IL", "以色列"),
    ("SA", "沙特阿拉伯|沙特"),
    ("AE", "阿联酋|迪拜"),
    ("EG", "埃及"),
    ("ZA", "南非"),
    ("IN", "印度"),
    ("NP", "尼泊尔"),
    ("CN", "中国大陆|中国|大陆"),
    ("HK", "香港"),
    ("TW", "台湾"),
    ("JP", "日本"),
    ("KR", "韩国"),
    ("SG", "新加坡"),
    ("MY", "马来西亚"),
    ("TH", "泰国"),
    ("VN", "越南"),
    ("ID", "印度尼西亚|印尼|巴厘岛"),
    ("PH", "菲律宾"),
    ("AU", "澳大利亚|澳洲"),
    ("NZ", "新西兰"),
    ("BR", "巴西"),
    ("AR", "阿根廷"),
    ("CL", "智利"),
];

/// Parts of countries: country, the part in English, its names.
const PARTS: [(&str, &str, &str); 37] = [
    ("GB", "england", "英格兰"),
    ("GB", "scotland", "苏格兰"),
    ("GB", "wales", "威尔士"),
    ("GB", "northern ireland", "北爱尔兰"),
    ("US", "alaska", "阿拉斯加州|阿拉斯加"),
    ("US", "hawaii", "夏威夷州|夏威夷"),
    ("US", "california", "加利福尼亚州|加利福尼亚|加州"),
    ("US", "new york", "纽约州|纽约"),
    ("US", "texas", "得克萨斯州|德克萨斯|德州|得州"),
    ("US", "florida", "佛罗里达州|佛罗里达|佛州"),
    ("US", "vermont", "佛蒙特州|佛蒙特"),
    ("US", "washington", "华盛顿州|华盛顿"),
    ("US", "oregon", "俄勒冈州|俄勒冈"),
    ("US", "massachusetts", "马萨诸塞州|马萨诸塞|麻省|麻州"),
    ("US", "new jersey", "新泽西州|新泽西"),
    ("US", "illinois", "伊利诺伊州|伊利诺伊"),
    ("US", "pennsylvania", "宾夕法尼亚州|宾夕法尼亚|宾州"),
    ("US", "colorado", "科罗拉多州|科罗拉多"),
    ("US", "maine", "缅因州|缅因"),
    ("US", "puerto rico", "波多黎各"),
    ("US", "guam", "关岛"),
    ("US", "los angeles", "洛杉矶"),
    ("US", "chicago", "芝加哥"),
    ("US", "seattle", "西雅图"),
    ("US", "boston", "波士顿"),
    ("CA", "ontario", "安大略省|安大略"),
    ("CA", "quebec", "魁北克省|魁北克"),
    ("CA", "british columbia", "不列颠哥伦比亚|卑诗省"),
    ("CA", "toronto", "多伦多"),
    ("CA", "vancouver", "温哥华"),
    ("CA", "montreal", "蒙特利尔"),
    ("AU", "sydney", "悉尼"),
    ("AU", "melbourne", "墨尔本"),
    ("DE", "berlin", "柏林"),
    ("FR", "paris", "巴黎"),
    ("CN", "shanghai", "上海"),
    ("CN", "beijing", "北京"),
];

const REGIONS: [(&str, &str); 10] = [
    ("EU", "欧盟"),
    ("Europe", "欧洲"),
    ("Asia", "亚洲|东南亚"),
    ("Africa", "非洲"),
    ("North America", "北美洲|北美"),
    ("South America", "南美洲|南美|拉美"),
    ("Middle East", "中东"),
    ("Scandinavia", "北欧"),
    ("Oceania", "大洋洲"),
    ("International", "国外|海外|境外"),
];

/// Colours as terms of a list.
pub(in super::super) fn colours() -> impl Iterator<Item = Term> {
    COLOURS.into_iter().flat_map(|(colour, base, names)| {
        let (single, words): (Vec<_>, Vec<_>) = names.split('|').partition(|name| name.starts_with('~'));
        let value = EntityValue::Colour {
            colour: colour.to_owned(),
            base: Some(base),
        };
        let single = single
            .into_iter()
            .map(|name| name.trim_start_matches('~'))
            .collect();
        let words = term(EntityKind::Colour, value.clone(), words);
        let single = Term {
            doubtful: true,
            ..term(EntityKind::Colour, value, single)
        };
        [words, single]
            .into_iter()
            .filter(|term| !term.spellings.is_empty())
    })
}

/// Countries, their parts and regions as terms of a list.
pub(in super::super) fn places() -> impl Iterator<Item = Term> {
    let country = |country, part: Option<&str>, names: &'static str| {
        let part = part.map(str::to_owned);
        let value = EntityValue::Country { country, part };
        term(EntityKind::Country, value, names.split('|').collect())
    };
    let countries = COUNTRIES
        .into_iter()
        .map(move |(code, names)| country(code, None, names));
    let parts = PARTS
        .into_iter()
        .map(move |(code, part, names)| country(code, Some(part), names));
    let regions = REGIONS.into_iter().map(|(region, names)| {
        let value = EntityValue::Text(region.to_owned());
        term(EntityKind::Region, value, names.split('|').collect())
    });
    countries.chain(parts).chain(regions)
}

fn term(kind: EntityKind, value: EntityValue, names: Vec<&str>) -> Term {
    Term {
        kind,
        value,
        source: Source::Gazetteer,
        spellings: names.into_iter().map(str::to_owned).collect(),
        inflected: false,
        doubtful: false,
        role: None,
        group: None,
    }
}
