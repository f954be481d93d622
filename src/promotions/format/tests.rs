use super::*;

const FILE: &str = r##"
[[campaign]]
id = "tent-weekend"
name = "Tent weekend"
currency = "USD"
benefit = { kind = "percent", percent = 12.5, cap = "60.00" }
scope = { categories = ["Tents"], exclude = { brands = ["Larkfield"] } }
conditions = { min_subtotal = 100, segments = ["club"] }
schedule = { time_zone = "America/Denver", starts = "2026-11-27", ends = "2026-11-30", weekdays = ["sat", "sun"], hours = "18:00-02:00" }
limits = { total = 100, per_shopper = 1, per_day = 20, budget = 500 }
combines_with = ["shipping"]
codes = { pattern = "TENT-######" }

[[campaign]]
id = "three-for-two"
name = "Three for two"
benefit = { kind = "buy_get", buy = 2, get = 1 }
texts.zh = { name = "买二送一", description = "三件里最便宜的一件免费。" }

[[campaign]]
id = "more-is-less"
name = "More is less"
currency = "KWD"
code = "MORE"
benefit = { kind = "tiers", steps = [{ from = 10, percent = 5 }, { from = "20.500", amount = "2.125" }] }
"##;

#[test]
fn what_is_written_is_read_back() {
    let (campaigns, errors) = read_file(FILE).unwrap();
    assert_eq!(errors, []);
    assert_eq!(campaigns.len(), 3);
    assert_eq!(campaigns[0].class, Class::Order);
    assert_eq!(
        (campaigns[1].name_in("zh"), campaigns[1].name_in("en")),
        ("买二送一", "Three for two")
    );
    assert_eq!(campaigns[1].class, Class::Product);
    let written = write_file(&campaigns).unwrap();
    assert_eq!(read_file(&written).unwrap(), (campaigns, vec![]), "{written}");
}

#[test]
fn the_last_day_counts_to_its_end() {
    let (campaigns, _) = read_file(FILE).unwrap();
    let schedule = &campaigns[0].schedule;
    // 27 November, midnight in Denver, and 1 December.
    assert_eq!(schedule.starts_at, Some(1_795_762_800_000));
    assert_eq!(schedule.ends_at, Some(1_796_108_400_000));
}

/// Each field that is wrong is named, and what was expected of it.
#[test]
fn wrong_fields_are_named() {
    let base = "[[campaign]]\nid = \"x\"\nname = \"X\"\n";
    for (text, field) in [
        (
            "benefit = { kind = \"percent\", percent = 101 }",
            "benefit.percent",
        ),
        ("benefit = { kind = \"percent\", percent = 0 }", "benefit.percent"),
        (
            "benefit = { kind = \"percent\", percent = -5 }",
            "benefit.percent",
        ),
        (
            "benefit = { kind = \"percent\", percent = 12.345 }",
            "benefit.percent",
        ),
        ("benefit = { kind = \"gift\" }", "benefit.kind"),
        (
            "benefit = { kind = \"percent\", percent = 5, price = 3 }",
            "benefit.price",
        ),
        ("benefit = { kind = \"amount\", amount = 5 }", "currency"),
        (
            "currency = \"XXY\"\nbenefit = { kind = \"amount\", amount = 5 }",
            "currency",
        ),
        (
            "currency = \"USD\"\nbenefit = { kind = \"amount\", amount = -5 }",
            "benefit.amount",
        ),
        (
            "currency = \"USD\"\nbenefit = { kind = \"amount\", amount = 5.001 }",
            "benefit.amount",
        ),
        (
            "currency = \"JPY\"\nbenefit = { kind = \"amount\", amount = 5.5 }",
            "benefit.amount",
        ),
        (
            "currency = \"USD\"\nbenefit = { kind = \"amount\", amount = 5 }\nconditions = { min_subtotal = -1 }",
            "conditions.min_subtotal",
        ),
        (
            "benefit = { kind = \"buy_get\", buy = 0, get = 1 }",
            "benefit.buy",
        ),
        ("benefit = { kind = \"buy_get\", buy = 1 }", "benefit.get"),
        ("benefit = { kind = \"tiers\" }", "benefit.steps"),
        (
            "currency = \"USD\"\nbenefit = { kind = \"tiers\", steps = [{ from = 9, percent = 1 }, { from = 9, percent = 2 }] }",
            "benefit.steps[1].from",
        ),
        (
            "class = \"order\"\nbenefit = { kind = \"free_shipping\" }",
            "class",
        ),
        ("code = \"A\"\nbenefit = { kind = \"free_shipping\" }", "code"),
        (
            "codes = { pattern = \"FALL\" }\nbenefit = { kind = \"free_shipping\" }",
            "codes.pattern",
        ),
        (
            "code = \"FALL\"\ncodes = { pattern = \"FALL-####\" }\nbenefit = { kind = \"free_shipping\" }",
            "codes",
        ),
        (
            "benefit = { kind = \"free_shipping\" }\nschedule = { time_zone = \"Europe/Atlantis\" }",
            "schedule.time_zone",
        ),
        (
            "benefit = { kind = \"free_shipping\" }\nschedule = { starts = \"2026-12-01\", ends = \"2026-11-01\" }",
            "schedule.ends",
        ),
        (
            "benefit = { kind = \"free_shipping\" }\nschedule = { starts = \"2026-02-30\" }",
            "schedule.starts",
        ),
        (
            "benefit = { kind = \"free_shipping\" }\nschedule = { weekdays = [\"someday\"] }",
            "schedule.weekdays",
        ),
        (
            "benefit = { kind = \"free_shipping\" }\nschedule = { hours = \"9-9\" }",
            "schedule.hours",
        ),
        (
            "benefit = { kind = \"free_shipping\" }\nlimits = { total = 0 }",
            "limits.total",
        ),
        (
            "benefit = { kind = \"free_shipping\" }\nlimits = { per_shopper = -1 }",
            "limits.per_shopper",
        ),
    ] {
        let (campaigns, errors) =
            read_file(&format!("{base}{text}")).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert!(campaigns.is_empty(), "{text}");
        assert!(
            errors.iter().any(|error| error.field == field),
            "{text}: {errors:?}"
        );
    }
}

#[test]
fn twins_and_unknown_names_are_refused() {
    let twins = "[[campaign]]\nid = \"a\"\nname = \"A\"\ncode = \"SAVE50\"\nbenefit = { kind = \"free_shipping\" }\n\
        [[campaign]]\nid = \"b\"\nname = \"B\"\ncode = \"5AVE-SO\"\nbenefit = { kind = \"free_shipping\" }\n\
        [[campaign]]\nid = \"a\"\nname = \"C\"\nbenefit = { kind = \"free_shipping\" }\n";
    let (campaigns, errors) = read_file(twins).unwrap();
    assert_eq!(campaigns.len(), 1);
    let fields: Vec<_> = errors.iter().map(|error| error.field.as_str()).collect();
    assert_eq!(fields, ["code", "id"]);
    let error = read_file("[[campaign]]\nid = \"a\"\nnome = \"A\"\n").unwrap_err();
    assert_eq!(error.line, 3);
    assert!(error.message.contains("nome"), "{error}");
}
