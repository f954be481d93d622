//! The rooms of a shop's server, opened in the order in which they need each other, and the front that shows them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Result;
use metrics_exporter_prometheus::PrometheusHandle;
use shopkeeper::catalog::{Catalogue, Vertical, gazetteer};
use shopkeeper::chat::{Behaviours, Chat, Shelf};
use shopkeeper::config::Config;
use shopkeeper::knowledge::Knowledge;
use shopkeeper::mail::Mailer;
use shopkeeper::nlu::Languages;
use shopkeeper::orders::{HouseOrders, OrderDesk, Orders};
use shopkeeper::progress::Progress;
use shopkeeper::promotions::Promotions;
use shopkeeper::promotions::personal::{PersonalOffers, PersonalSettings};
use shopkeeper::promotions::schedule::Zone;
use shopkeeper::recommend::Recommender;
use shopkeeper::store::Store;
use shopkeeper::trainings::Trainings;
use shopkeeper::web::App;
use tokio_util::sync::CancellationToken;

use super::house;

/// All rooms of one shop.
#[derive(Clone)]
pub struct Rooms {
    pub store: Store,
    pub nlu: Languages,
    pub knowledge: Knowledge,
    pub catalogue: Catalogue,
    pub recommender: Recommender,
    pub promotions: Promotions,
    offers: PersonalOffers,
    orders: Orders,
    house: HouseOrders,
    desk: OrderDesk,
    mailer: Mailer,
    behaviours: Behaviours,
    program: PathBuf,
    file: Option<PathBuf>,
}

impl Rooms {
    /// Opens them; the first time, the knowledge base's folder is loaded and the intent model trained. `demo`: which demo
    /// catalogue is loaded while the shop has no item. `file`: the configuration file, for trainings in processes of
    /// their own.
    pub async fn open(
        config: &Config,
        file: Option<&Path>,
        demo: Option<Vertical>,
        progress: &Progress,
    ) -> Result<Self> {
        let store = house::store(config).await?;
        house::load_first_articles(config, &store, progress).await?;
        house::load_first_items(config, &store, demo, progress).await?;
        house::load_first_campaigns(config, &store).await?;
        let encoders = house::encoders(config).await?;
        let nlu = house::nlu(config, &store, &encoders, progress).await?;
        let index = config.data_dir.join("index");
        let knowledge = house::knowledge(&store, &encoders, Some(&index), progress).await?;
        let products = config.data_dir.join("products");
        let catalogue =
            Catalogue::open(store.clone(), Some(encoders.clone()), Some(&products), progress).await?;
        nlu.set_gazetteer(&gazetteer(&catalogue));
        let recommender = Recommender::open(
            store.clone(),
            catalogue.clone(),
            &config.data_dir,
            (&config.recommend).into(),
        )
        .await?;
        let promotions = Promotions::open(store.clone(), config.promotions.most_offers).await?;
        let offers = PersonalOffers::new(
            store.clone(),
            promotions.clone(),
            PersonalSettings {
                time_zone: Zone::of_name(&config.hours.time_zone).unwrap_or_else(Zone::utc),
                margin_floor: config.promotions.margin_floor,
                ..PersonalSettings::default()
            },
        )
        .with_costs({
            let catalogue = catalogue.clone();
            move |item| catalogue.get(item)?.cost
        });
        let orders = Orders::new(
            store.clone(),
            catalogue.clone(),
            promotions.clone(),
            &config.shop.shipping,
        );
        let house = HouseOrders::of_config(config, orders.clone());
        let desk = OrderDesk::of_config(config, house.clone(), store.clone())?;
        Ok(Self {
            store,
            nlu,
            knowledge,
            catalogue,
            recommender,
            promotions,
            offers,
            orders,
            house,
            desk,
            mailer: Mailer::new(&config.mail, &config.shop, &config.data_dir)?,
            behaviours: house::behaviours(config)?,
            program: std::env::current_exe()?,
            file: file.map(Path::to_owned),
        })
    }

    /// What the server serves, under a configuration and until `stop`.
    pub fn front(
        &self,
        config: Arc<Config>,
        metrics: Option<PrometheusHandle>,
        stop: CancellationToken,
    ) -> App {
        let chat = Chat::new(
            self.store.clone(),
            self.nlu.clone(),
            self.knowledge.clone(),
            self.behaviours.clone(),
            Shelf {
                catalogue: self.catalogue.clone(),
                recommender: self.recommender.clone(),
                promotions: self.promotions.clone(),
                personal: self.offers.clone(),
                orders: self.orders.clone(),
                languages: self.nlu.clone(),
                names: Arc::default(),
            },
            self.desk.clone(),
            config.clone(),
        );
        App::new(
            chat,
            self.knowledge.clone(),
            self.catalogue.clone(),
            self.nlu.clone(),
            self.store.clone(),
            config,
            metrics,
            Trainings::new(self.program.clone(), self.file.clone()),
            self.recommender.clone(),
            self.promotions.clone(),
            self.offers.clone(),
            self.orders.clone(),
            self.house.clone(),
            self.desk.clone(),
            self.mailer.clone(),
            Trainings::new(self.program.clone(), self.file.clone()),
            stop,
        )
    }
}
