use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use clap::Args;
use shopkeeper::catalog::{Catalogue, Vertical};
use shopkeeper::chat::{Chat, Shelf};
use shopkeeper::config::Config;
use shopkeeper::mail::Mailer;
use shopkeeper::nlu::models;
use shopkeeper::promotions::Promotions;
use shopkeeper::recommend::{Recommender, schedule};
use shopkeeper::trainings::Trainings;
use shopkeeper::web::{App, serve};
use shopkeeper::{store, telemetry};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::{bar, house};

/// Serve the chat, the demo shop's page and the help centre.
///
/// The first start loads the knowledge base's folder and trains the intent model; later starts take a second or two.
///
/// Example: shopkeeper serve --listen 0.0.0.0:8080
#[derive(Args)]
#[command(verbatim_doc_comment)]
pub struct Serve {
    /// Address and port
    #[arg(long)]
    listen: Option<String>,
    /// Which demo catalogue is loaded while the shop has no item: shop, travel, video or finance [default: shop]
    #[arg(long, value_name = "KIND")]
    demo: Option<Vertical>,
}

impl Serve {
    pub async fn run(self, config: &mut Config, file: Option<&Path>) -> Result<()> {
        if let Some(listen) = self.listen {
            config.listen = listen;
        }
        // Before the long part: a port in use is worth knowing at once.
        let listener = TcpListener::bind(&config.listen)
            .await
            .with_context(|| format!("{} can't be listened on", config.listen))?;
        let metrics = telemetry::collect_metrics().map_err(anyhow::Error::msg)?;
        let progress = bar::progress();
        let store = house::store(config).await?;
        house::load_first_articles(config, &store, &progress).await?;
        house::load_first_items(config, &store, self.demo, &progress).await?;
        house::load_first_campaigns(config, &store).await?;
        let encoder = house::encoder(config).await?;
        let nlu = house::nlu(config, &store, encoder.clone(), &progress).await?;
        let index = config.data_dir.join("index");
        let knowledge = house::knowledge(&store, &encoder, Some(&index), &progress).await?;
        let products = config.data_dir.join("products");
        let catalogue =
            Catalogue::open(store.clone(), Some(encoder.clone()), Some(&products), &progress).await?;
        let recommender = Recommender::open(
            store.clone(),
            catalogue.clone(),
            &config.data_dir,
            (&config.recommend).into(),
        )
        .await?;
        let promotions = Promotions::open(store.clone(), config.promotions.most_offers).await?;
        let mailer = Mailer::new(&config.mail, &config.shop, &config.data_dir)?;
        let behaviours = house::behaviours(config)?;
        let config = Arc::new(config.clone());
        let chat = Chat::new(
            store.clone(),
            nlu.clone(),
            knowledge.clone(),
            behaviours,
            Shelf {
                catalogue: catalogue.clone(),
                recommender: recommender.clone(),
                promotions: promotions.clone(),
            },
            config.clone(),
        );
        let stop = CancellationToken::new();
        let watcher = knowledge.watch(stop.clone());
        let products = catalogue.watch(stop.clone());
        let events = recommender.watch(stop.clone());
        let campaigns = promotions.watch(stop.clone());
        let program = std::env::current_exe()?;
        let recommender_trainings = Trainings::new(program.clone(), file.map(Path::to_owned));
        let schedule = schedule::start(
            store.clone(),
            catalogue.clone(),
            config.recommend.schedule(),
            recommender_trainings.clone(),
            stop.clone(),
        );
        let models = models::watch(
            nlu.clone(),
            store.clone(),
            config.locale.clone(),
            config.understanding.precision(),
            stop.clone(),
        );
        let taken_up = chat.resume().await?;
        tracing::info!(
            conversations = taken_up,
            "unanswered messages of the last run taken up"
        );
        // Whoever reads that it is ready may stop it at once.
        stop_on_signal(stop.clone())?;
        announce(&listener)?;
        let trainings = Trainings::new(program, file.map(Path::to_owned));
        let app = App::new(
            chat,
            knowledge,
            catalogue,
            nlu,
            store.clone(),
            config,
            Some(metrics),
            trainings,
            recommender,
            promotions,
            mailer,
            recommender_trainings,
            stop.clone(),
        );
        serve(app, listener).await?;
        let _ = tokio::join!(watcher, products, models, events, campaigns, schedule);
        store::Store::close(&store).await;
        Ok(())
    }
}

fn announce(listener: &TcpListener) -> Result<()> {
    let address = listener.local_addr()?;
    println!("Shop page    http://{address}/");
    println!("Help centre  http://{address}/help");
    println!("API          http://{address}/api/openapi.json");
    Ok(())
}

/// The first signal lets what is under way end, the second ends at once.
fn stop_on_signal(stop: CancellationToken) -> Result<()> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    tokio::spawn(async move {
        for code in [None, Some(130)] {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            match code {
                None => stop.cancel(),
                Some(code) => std::process::exit(code),
            }
        }
    });
    Ok(())
}
