use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use clap::Args;
use futures_util::future::join_all;
use shopkeeper::catalog::{Vertical, watch_names};
use shopkeeper::config::Config;
use shopkeeper::nlu::models;
use shopkeeper::recommend::schedule;
use shopkeeper::telemetry;
use shopkeeper::web::serve;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::rooms::Rooms;
use super::{bar, memory};

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
        memory::for_service();
        if let Some(listen) = self.listen {
            config.listen = listen;
        }
        // Before the long part: a port in use is worth knowing at once.
        let listener = TcpListener::bind(&config.listen)
            .await
            .with_context(|| format!("{} can't be listened on", config.listen))?;
        let metrics = telemetry::collect_metrics().map_err(anyhow::Error::msg)?;
        let progress = bar::progress();
        let rooms = Rooms::open(config, file, self.demo, &progress).await?;
        let config = Arc::new(config.clone());
        let stop = CancellationToken::new();
        let app = rooms.front(config.clone(), Some(metrics), stop.clone());
        let watcher = rooms.knowledge.watch(stop.clone());
        let products = rooms.catalogue.watch(stop.clone());
        let names = watch_names(&rooms.catalogue, &rooms.nlu, stop.clone());
        let events = rooms.recommender.watch(stop.clone());
        let campaigns = rooms.promotions.watch(stop.clone());
        let schedule = schedule::start(
            rooms.store.clone(),
            rooms.catalogue.clone(),
            config.recommend.schedule(),
            app.recommender_trainings.clone(),
            stop.clone(),
        );
        let models: Vec<_> = rooms
            .nlu
            .iter()
            .map(|(language, nlu)| {
                let precision = config.understanding.precision();
                models::watch(
                    nlu.clone(),
                    rooms.store.clone(),
                    language.to_owned(),
                    precision,
                    stop.clone(),
                )
            })
            .collect();
        let taken_up = app.chat.resume().await?;
        tracing::info!(
            conversations = taken_up,
            "unanswered messages of the last run taken up"
        );
        // Whoever reads that it is ready may stop it at once.
        stop_on_signal(stop.clone())?;
        announce(&listener)?;
        memory::for_service();
        serve(app, listener).await?;
        let _ = tokio::join!(
            watcher,
            products,
            names,
            join_all(models),
            events,
            campaigns,
            schedule
        );
        rooms.store.close().await;
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
