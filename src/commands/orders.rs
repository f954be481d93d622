use anyhow::{Result, bail};
use clap::Subcommand;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use shopkeeper::config::Config;
use shopkeeper::orders::{HouseOrders, OrderView, Orders as Service, RefundState, Step};
use shopkeeper::promotions::Promotions;
use shopkeeper::store::Millis;
use shopkeeper::text::money::money_text;

use super::{bar, house};

#[derive(Subcommand)]
pub enum Orders {
    /// List the last orders, newest first
    ///
    /// Example: shopkeeper orders list --most 50
    #[command(verbatim_doc_comment)]
    List {
        /// How many
        #[arg(long, default_value_t = 20)]
        most: usize,
    },
    /// Show how an order stands
    ///
    /// Example: shopkeeper orders show 10001
    #[command(verbatim_doc_comment)]
    Show {
        number: String,
        /// As JSON, with everything
        #[arg(long)]
        json: bool,
    },
    /// An order is packed; not before its shopper may no longer cancel it (`orders.change_minutes`)
    ///
    /// Example: shopkeeper orders pack 10001
    #[command(verbatim_doc_comment)]
    Pack { number: String },
    /// A parcel left
    ///
    /// Example: shopkeeper orders ship 10001 --carrier UPS --tracking 1Z999AA10123456784
    #[command(verbatim_doc_comment)]
    Ship {
        number: String,
        /// Who carries it
        #[arg(long)]
        carrier: String,
        /// The parcel's number
        #[arg(long)]
        tracking: String,
        /// Where it can be followed [default: the carrier's page, of UPS, USPS, FedEx and DHL]
        #[arg(long)]
        tracking_url: Option<String>,
        /// The exchange whose new goods are in it, such as R1
        #[arg(long)]
        exchange: Option<String>,
    },
    /// The parcels of an order arrived
    ///
    /// Example: shopkeeper orders deliver 10001
    #[command(verbatim_doc_comment)]
    Deliver {
        number: String,
        /// The exchange whose new goods arrived, such as R1
        #[arg(long)]
        exchange: Option<String>,
    },
    /// Returned goods came back: their offers are rolled back, and their refund is due
    ///
    /// Example: shopkeeper orders receive-return 10001 --return R1
    #[command(verbatim_doc_comment)]
    ReceiveReturn {
        number: String,
        /// Which, where several are on their way
        #[arg(long = "return", value_name = "RETURN")]
        id: Option<String>,
    },
    /// The money of a refund was sent
    ///
    /// Example: shopkeeper orders refund 10001 --refund F1
    #[command(verbatim_doc_comment)]
    Refund {
        number: String,
        /// Which, where several are due
        #[arg(long)]
        refund: Option<String>,
    },
}

impl Orders {
    pub async fn run(self, config: &Config) -> Result<()> {
        let (store, catalogue) = house::items(config, &bar::progress()).await?;
        let promotions = Promotions::open(store.clone(), config.promotions.most_offers).await?;
        let orders = Service::new(store, catalogue, promotions, &config.shop.shipping);
        let house = HouseOrders::of_config(config, orders);
        let (number, step) = match self {
            Self::List { most } => {
                for order in house.list(most).await? {
                    println!("{}", line(config, &order)?);
                }
                return Ok(());
            }
            Self::Show { number, json } => {
                let Some(order) = house.view(&number).await? else {
                    bail!("there is no order `{number}`; `shopkeeper orders list` has those there are");
                };
                if json {
                    println!("{}", serde_json::to_string_pretty(&order)?);
                } else {
                    show(config, &order)?;
                }
                return Ok(());
            }
            Self::Pack { number } => (number, Step::Packed),
            Self::Ship {
                number,
                carrier,
                tracking,
                tracking_url,
                exchange,
            } => {
                let step = Step::Shipped {
                    carrier,
                    tracking,
                    tracking_url,
                    exchange,
                };
                (number, step)
            }
            Self::Deliver { number, exchange } => (number, Step::Delivered { exchange }),
            Self::ReceiveReturn { number, id } => (number, Step::ReturnReceived { id }),
            Self::Refund { number, refund } => (number, Step::Refunded { refund }),
        };
        show(config, &house.advance(&number, &step, None).await?)
    }
}

/// One order in one line.
fn line(config: &Config, order: &OrderView) -> Result<String> {
    let pieces: u32 = order.lines.iter().map(|line| line.quantity).sum();
    let total = money_text(order.totals.total, &order.currency, &config.locale);
    let due = order
        .refunds
        .iter()
        .filter(|refund| refund.state == RefundState::Due);
    let due: i64 = due.map(|refund| refund.amount).sum();
    let due = match due {
        0 => String::new(),
        due => format!(", {} due", money_text(due, &order.currency, &config.locale)),
    };
    let progress = name(&order.progress)?;
    Ok(format!(
        "{} {} {progress}, {pieces} pieces, {total}{due}, {}",
        order.number,
        moment(config, order.placed_at)?,
        order.contact.email
    ))
}

fn show(config: &Config, order: &OrderView) -> Result<()> {
    let money = |minor| money_text(minor, &order.currency, &config.locale);
    println!("{}", line(config, order)?);
    for line in &order.lines {
        println!(
            "  {} x {} {}, {}",
            line.quantity,
            line.id,
            line.title,
            money(line.paid)
        );
    }
    if let Some(expected) = &order.expected {
        println!("  expected {} to {}", expected.from, expected.to);
    }
    for parcel in &order.shipments {
        let arrived = match parcel.delivered_at {
            Some(at) => format!(", delivered {}", moment(config, at)?),
            None => String::new(),
        };
        let (carrier, tracking) = (&parcel.carrier, &parcel.tracking);
        println!(
            "  {carrier} {tracking}, shipped {}{arrived}",
            moment(config, parcel.shipped_at)?
        );
    }
    for known in &order.returns {
        let lines: Vec<String> = known
            .lines
            .iter()
            .map(|line| match &line.exchange_for {
                Some(item) => format!("{} x {} for {item}", line.quantity, line.line),
                None => format!("{} x {}", line.quantity, line.line),
            })
            .collect();
        println!(
            "  return {}: {}, {}, {}, {} back",
            known.id,
            lines.join(", "),
            known.reason.name(),
            name(&known.state)?,
            money(known.refund)
        );
    }
    for refund in &order.refunds {
        println!(
            "  refund {}: {}, {}",
            refund.id,
            money(refund.amount),
            name(&refund.state)?
        );
    }
    Ok(())
}

/// As JSON calls it.
fn name(value: &impl serde::Serialize) -> Result<String> {
    Ok(serde_json::to_string(value)?.trim_matches('"').to_owned())
}

fn moment(config: &Config, at: Millis) -> Result<String> {
    let zone = TimeZone::get(&config.hours.time_zone)?;
    let at = Timestamp::from_millisecond(at)?.to_zoned_datetime(zone);
    Ok(at.strftime("%Y-%m-%d %H:%M").to_string())
}
