use anyhow::Result;
use clap::Subcommand;
use shopkeeper::config::Config;
use shopkeeper::proactive::{ArmReport, Difference, TriggerReport, report};
use shopkeeper::store::now;

use super::house;

const DAY: i64 = 24 * 60 * 60 * 1000;

#[derive(Subcommand)]
pub enum Proactive {
    /// Tell what the widget's own messages brought: shoppers who were shown one beside those who were not
    ///
    /// Example: shopkeeper proactive report --days 30
    #[command(verbatim_doc_comment)]
    Report {
        /// How far back
        #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(i64).range(1..=3650))]
        days: i64,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

impl Proactive {
    pub async fn run(self, config: &Config) -> Result<()> {
        let Self::Report { days, json } = self;
        let store = house::store(config).await?;
        let reports = report(&store, now() - days * DAY).await?;
        if json {
            println!("{}", serde_json::to_string_pretty(&reports)?);
            return Ok(());
        }
        if reports.is_empty() {
            println!("No message came due in {days} days.");
        }
        for report in &reports {
            print(report);
        }
        Ok(())
    }
}

fn print(report: &TriggerReport) {
    println!("{}", report.trigger);
    println!(
        "  {:<10} {:>9} {:>9} {:>9} {:>15} {:>15}",
        "", "visitors", "clicked", "dismissed", "conversations", "orders"
    );
    row("shown", &report.shown);
    row("held out", &report.held_out);
    for (what, difference) in [("conversations", report.conversations), ("orders", report.orders)] {
        match difference {
            Some(Difference {
                difference,
                low,
                high,
            }) => println!(
                "  {what}: {:+.1} points [{:+.1}, {:+.1}]",
                difference * 100.0,
                low * 100.0,
                high * 100.0
            ),
            None => println!("  {what}: nothing to compare with yet"),
        }
    }
}

fn row(name: &str, arm: &ArmReport) {
    let share = |count: u64| match arm.visitors {
        0 => String::from("0"),
        visitors => format!("{count} ({:.1} %)", count as f64 * 100.0 / visitors as f64),
    };
    println!(
        "  {name:<10} {:>9} {:>9} {:>9} {:>15} {:>15}",
        arm.visitors,
        arm.clicked,
        arm.dismissed,
        share(arm.conversations),
        share(arm.orders)
    );
}
