//! What an entity is and what it is worth: kinds and typed values.

use std::fmt;

use jiff::civil::Date;
use serde::{Deserialize, Serialize, Serializer};
use utoipa::ToSchema;

/// What an entity is. Its name is what JSON and training data call it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EntityKind {
    OrderNumber,
    TrackingNumber,
    CouponCode,
    Email,
    Phone,
    Postcode,
    Amount,
    PriceRange,
    Size,
    Capacity,
    Volume,
    Colour,
    Brand,
    Category,
    Product,
    Material,
    Quantity,
    Ordinal,
    Date,
    Duration,
    Country,
    Region,
    Person,
    /// A name of the training data's own.
    Custom(String),
}

impl EntityKind {
    /// The built-in kinds and their names.
    const NAMES: [(Self, &'static str); 23] = [
        (Self::OrderNumber, "order_number"),
        (Self::TrackingNumber, "tracking_number"),
        (Self::CouponCode, "coupon_code"),
        (Self::Email, "email"),
        (Self::Phone, "phone"),
        (Self::Postcode, "postcode"),
        (Self::Amount, "amount"),
        (Self::PriceRange, "price_range"),
        (Self::Size, "size"),
        (Self::Capacity, "capacity"),
        (Self::Volume, "volume"),
        (Self::Colour, "colour"),
        (Self::Brand, "brand"),
        (Self::Category, "category"),
        (Self::Product, "product"),
        (Self::Material, "material"),
        (Self::Quantity, "quantity"),
        (Self::Ordinal, "ordinal"),
        (Self::Date, "date"),
        (Self::Duration, "duration"),
        (Self::Country, "country"),
        (Self::Region, "region"),
        (Self::Person, "person"),
    ];

    /// The kind of a name; a name that isn't built in is [`EntityKind::Custom`].
    pub fn named(name: &str) -> Self {
        let known = Self::NAMES.iter().find(|(_, known)| *known == name);
        known.map_or_else(|| Self::Custom(name.to_owned()), |(kind, _)| kind.clone())
    }

    pub fn name(&self) -> &str {
        match self {
            Self::Custom(name) => name,
            kind => Self::NAMES
                .iter()
                .find(|(known, _)| known == kind)
                .map_or("", |(_, name)| name),
        }
    }

    /// Whether its values are words that a shop lists, not numbers that a pattern reads.
    pub fn is_listed(&self) -> bool {
        matches!(
            self,
            Self::Colour | Self::Brand | Self::Category | Self::Product | Self::Material | Self::Custom(_)
        )
    }

    /// Whether "not …" before one of its values means that it isn't wanted.
    pub(super) fn is_wished(&self) -> bool {
        self.is_listed() || matches!(self, Self::Size)
    }
}

impl fmt::Display for EntityKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for EntityKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// An amount of money. A bare number has no currency: it is in the shop's own, in hundredths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Money {
    /// In minor units: cents of USD, yen of JPY.
    pub minor: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<&'static str>,
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.currency {
            Some("JPY") => write!(f, "{} JPY", self.minor),
            currency => {
                write!(f, "{}.{:02}", self.minor / 100, self.minor % 100)?;
                currency.map_or(Ok(()), |currency| write!(f, " {currency}"))
            }
        }
    }
}

/// How long: "3 to 5 days" has `amount` 3 and `to` 5.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TimeUnit {
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Year,
}

/// How much of the calendar a date stands for; the date is its first day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Grain {
    Day,
    Week,
    Month,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    Men,
    Women,
    Boys,
    Girls,
    Kids,
    Babies,
    Anyone,
}

/// What an entity is worth. In JSON the variants are told apart by their fields; `Text` is a string.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(untagged)]
pub enum EntityValue {
    Text(String),
    Money(Money),
    /// Limits of a price, both included.
    Price {
        #[serde(skip_serializing_if = "Option::is_none")]
        min: Option<Money>,
        #[serde(skip_serializing_if = "Option::is_none")]
        max: Option<Money>,
    },
    /// `system`: `eu`, `us` or `uk` when it was said; `width`: `wide` or `narrow`.
    Size {
        size: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        system: Option<&'static str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        width: Option<&'static str>,
    },
    Capacity {
        persons: u32,
    },
    Volume {
        millilitres: u32,
    },
    /// "navy" is the `colour`, "blue" its `base`.
    Colour {
        colour: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        base: Option<&'static str>,
    },
    /// "2 pairs" is 2 of `pair`.
    Quantity {
        count: u32,
        #[serde(skip_serializing_if = "Option::is_none")]
        of: Option<&'static str>,
    },
    /// Places in a list: `count` from `from`, which counts from 1, or back from the end when negative.
    Ordinal {
        from: i32,
        count: u32,
    },
    Date {
        #[serde(serialize_with = "iso")]
        #[schema(value_type = String, format = Date)]
        date: Date,
        grain: Grain,
    },
    Duration {
        amount: u32,
        #[serde(skip_serializing_if = "Option::is_none")]
        to: Option<u32>,
        unit: TimeUnit,
    },
    /// ISO 3166 code; `part` is what was said when that is less than the country.
    Country {
        country: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        part: Option<String>,
    },
    Person {
        audience: Audience,
        #[serde(skip_serializing_if = "Option::is_none")]
        relation: Option<&'static str>,
        /// In months, so that babies have one.
        #[serde(skip_serializing_if = "Option::is_none")]
        age_months: Option<u32>,
    },
    Tracking {
        number: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        carrier: Option<&'static str>,
    },
}

fn iso<S: Serializer>(date: &Date, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(date)
}

/// Short, for people: `120.00 USD`, `eu 43 wide`, `navy (blue)`.
impl fmt::Display for EntityValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let small = |name: &dyn fmt::Debug| format!("{name:?}").to_lowercase();
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Money(money) => money.fmt(f),
            Self::Price { min, max } => {
                min.map_or(Ok(()), |min| write!(f, "{min}"))?;
                f.write_str("..")?;
                max.map_or(Ok(()), |max| write!(f, "{max}"))
            }
            Self::Size { size, system, width } => {
                system.map_or(Ok(()), |system| write!(f, "{system} "))?;
                f.write_str(size)?;
                width.map_or(Ok(()), |width| write!(f, " {width}"))
            }
            Self::Capacity { persons } => persons.fmt(f),
            Self::Volume { millilitres } => write!(f, "{millilitres} ml"),
            Self::Colour { colour, base } => match base {
                Some(base) if base != colour => write!(f, "{colour} ({base})"),
                _ => f.write_str(colour),
            },
            Self::Quantity { count, of } => {
                count.fmt(f)?;
                of.map_or(Ok(()), |of| write!(f, " {of}"))
            }
            Self::Ordinal { from, count } => match count {
                1 => from.fmt(f),
                count => write!(f, "{from}+{}", count - 1),
            },
            Self::Date { date, grain } => match grain {
                Grain::Day => date.fmt(f),
                grain => write!(f, "{date} {}", small(grain)),
            },
            Self::Duration { amount, to, unit } => {
                amount.fmt(f)?;
                to.map_or(Ok(()), |to| write!(f, "-{to}"))?;
                write!(f, " {}", small(unit))
            }
            Self::Country { country, part } => {
                f.write_str(country)?;
                part.as_ref().map_or(Ok(()), |part| write!(f, " {part}"))
            }
            Self::Person {
                audience,
                relation,
                age_months,
            } => {
                f.write_str(&small(audience))?;
                relation.map_or(Ok(()), |relation| write!(f, " {relation}"))?;
                age_months.map_or(Ok(()), |months| write!(f, " {months} months"))
            }
            Self::Tracking { number, carrier } => {
                carrier.map_or(Ok(()), |carrier| write!(f, "{carrier} "))?;
                f.write_str(number)
            }
        }
    }
}
