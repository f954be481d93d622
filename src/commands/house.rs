//! Opens the rooms of the house: what most commands need before they can begin.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use jiff::tz::TimeZone;
use shopkeeper::catalog::{self, Catalogue, ImportOptions, Vertical};
use shopkeeper::chat::Behaviours;
use shopkeeper::config::Config;
use shopkeeper::knowledge::{Knowledge, articles, transfer};
use shopkeeper::nlu::{
    CHINESE, Encoder, EncoderSettings, Encoders, IntentModel, Languages, Memory, Nlu, Precision,
    TrainSettings, TrainingData, models, train,
};
use shopkeeper::progress::Progress;
use shopkeeper::promotions::{campaigns, format};
use shopkeeper::recommend::events;
use shopkeeper::recommend::synthetic::{self, SyntheticSettings};
use shopkeeper::store::{Store, now};

/// Who is named as the author of what the set-up loads.
const SET_UP: &str = "set-up";

pub async fn store(config: &Config) -> Result<Store> {
    if config.database_url.is_empty() {
        std::fs::create_dir_all(&config.data_dir)
            .with_context(|| format!("the data folder {}", config.data_dir.display()))?;
    }
    Ok(Store::open(&config.database_url()).await?)
}

/// The encoder of the shop's own language.
pub async fn encoder(config: &Config) -> Result<Encoder> {
    encoder_of(config, &config.locale).await
}

/// The encoder of a language: Chinese has the multilingual one.
pub async fn encoder_of(config: &Config, language: &str) -> Result<Encoder> {
    if language == CHINESE {
        return multilingual_encoder(config).await;
    }
    let precision = match config.encoder_precision.as_str() {
        "f32" => Precision::F32,
        "bf16" => Precision::Bf16,
        "i8" => Precision::I8,
        _ => Precision::Auto,
    };
    let mut settings = EncoderSettings::new(&config.encoder);
    (settings.workers, settings.precision) = (config.encoder_workers, precision);
    Ok(tokio::task::spawn_blocking(move || Encoder::load(&settings)).await??)
}

async fn multilingual_encoder(config: &Config) -> Result<Encoder> {
    let mut settings = EncoderSettings::new(&config.multilingual_encoder);
    (settings.workers, settings.compact) = (config.encoder_workers, true);
    Ok(tokio::task::spawn_blocking(move || Encoder::load(&settings)).await??)
}

/// The encoders of all languages of the shop.
pub async fn encoders(config: &Config) -> Result<Encoders> {
    let languages = config.languages();
    let multilingual = match languages.iter().any(|language| language == CHINESE) {
        true => Some(multilingual_encoder(config).await?),
        false => None,
    };
    let mut by_language: Vec<(String, Encoder)> = Vec::new();
    let mut other: Option<Encoder> = None;
    for language in languages {
        let encoder = match (&multilingual, &other) {
            (Some(multilingual), _) if language == CHINESE => multilingual.clone(),
            (_, Some(other)) => other.clone(),
            _ => other.insert(encoder_of(config, &language).await?).clone(),
        };
        by_language.push((language, encoder));
    }
    let across = multilingual.filter(|_| by_language.len() > 1);
    Ok(Encoders::new(by_language, across))
}

/// That the shop speaks a language; `place` names where it is asked for.
pub fn check_spoken(encoders: &Encoders, language: &str, place: &str) -> Result<()> {
    if encoders.of(language).is_none() {
        let spoken: Vec<&str> = encoders.languages().collect();
        bail!(
            "{place}: the shop doesn't speak `{language}`: expected one of {}",
            spoken.join(", ")
        );
    }
    Ok(())
}

/// The search index and answers. `folder`: where the index lies; none keeps it in memory.
pub async fn knowledge(
    store: &Store,
    encoders: &Encoders,
    folder: Option<&Path>,
    progress: &Progress,
) -> Result<Knowledge> {
    Ok(Knowledge::open(store.clone(), encoders.clone(), folder, progress).await?)
}

/// Loads the knowledge base's folder when the database holds no article yet.
pub async fn load_first_articles(config: &Config, store: &Store, progress: &Progress) -> Result<()> {
    let folder = config.knowledge_base.join("articles");
    if !articles::list(store).await?.is_empty() || !folder.is_dir() {
        return Ok(());
    }
    let report = transfer::import_folder(store, &folder, SET_UP, false, progress).await?;
    for error in &report.errors {
        eprintln!("{}:{}: {}", error.file.display(), error.line, error.message);
    }
    tracing::info!(articles = report.created, "knowledge base loaded");
    Ok(())
}

/// The database and its items, without what only a server's search needs.
pub async fn items(config: &Config, progress: &Progress) -> Result<(Store, Catalogue)> {
    let store = store(config).await?;
    let catalogue = Catalogue::open(store.clone(), None, None, progress).await?;
    Ok((store, catalogue))
}

/// The demo catalogue of a kind, in the knowledge base's folder.
pub fn demo_catalogue(config: &Config, vertical: Vertical) -> PathBuf {
    let name = format!("{}.csv", vertical.name());
    config.knowledge_base.join("catalog").join(name)
}

/// Loads a demo catalogue when the database holds no item yet: the one that is asked for, else the shop's if there is
/// one.
pub async fn load_first_items(
    config: &Config,
    store: &Store,
    demo: Option<Vertical>,
    progress: &Progress,
) -> Result<()> {
    let vertical = demo.unwrap_or_default();
    let file = demo_catalogue(config, vertical);
    if !catalog::items::is_empty(store).await? || demo.is_none() && !file.is_file() {
        return Ok(());
    }
    let report = super::catalog::import_file(store, &file, &ImportOptions::csv(vertical), progress).await?;
    for error in &report.errors {
        eprintln!("{}:{}: {}", file.display(), error.line, error.message);
    }
    tracing::info!(items = report.created, "catalogue loaded");
    load_item_texts(config, store, vertical, progress).await?;
    load_synthetic_events(config, store, progress).await
}

/// What the demo catalogue's items are called in the shop's other languages: `shop.zh.csv` beside `shop.csv`.
async fn load_item_texts(
    config: &Config,
    store: &Store,
    vertical: Vertical,
    progress: &Progress,
) -> Result<()> {
    for language in config.languages().into_iter().skip(1) {
        let file = demo_catalogue(config, vertical).with_extension(format!("{language}.csv"));
        if !file.is_file() {
            continue;
        }
        let options = ImportOptions {
            texts_in: Some(language),
            ..ImportOptions::csv(vertical)
        };
        let report = super::catalog::import_file(store, &file, &options, progress).await?;
        for error in &report.errors {
            eprintln!("{}:{}: {}", file.display(), error.line, error.message);
        }
    }
    Ok(())
}

/// The demo catalogue's shoppers don't exist: what they did comes from a seed, and their ids say so.
async fn load_synthetic_events(config: &Config, store: &Store, progress: &Progress) -> Result<()> {
    if config.recommend.demo_events == 0 || events::count(store).await? > 0 {
        return Ok(());
    }
    let catalogue = Catalogue::open(store.clone(), None, None, progress).await?;
    let made = synthetic::of_catalogue(
        &catalogue,
        &SyntheticSettings {
            shoppers: (config.recommend.demo_events / 15).max(1),
            events: config.recommend.demo_events,
            seed: 1,
            now: now(),
            days: 60,
        },
    );
    let named: Vec<_> = made
        .into_iter()
        .enumerate()
        .map(|(number, event)| (format!("demo-{number}"), event))
        .collect();
    events::record(store, &named).await?;
    tracing::info!(events = named.len(), "synthetic events of the demo shop loaded");
    Ok(())
}

/// The demo shop's campaigns.
pub fn demo_campaigns(config: &Config) -> PathBuf {
    config.knowledge_base.join("promotions.toml")
}

/// Loads the knowledge base's campaigns when the database holds none.
pub async fn load_first_campaigns(config: &Config, store: &Store) -> Result<()> {
    let file = demo_campaigns(config);
    if !file.is_file() || !campaigns::is_empty(store).await? {
        return Ok(());
    }
    let text = std::fs::read_to_string(&file).with_context(|| file.display().to_string())?;
    let (read, errors) = format::read_file(&text).with_context(|| file.display().to_string())?;
    for error in &errors {
        eprintln!("{}: {error}", file.display());
    }
    let saved = campaigns::save(store, &read).await?;
    tracing::info!(campaigns = saved.created, "campaigns loaded");
    Ok(())
}

/// Understanding with the active intent model; it is trained when there is none, when the phrases or the encoder are
/// not those it was trained on, or when its file can't be read.
///
/// Entities that the phrases teach are learned anew at each start: that takes no training.
pub async fn nlu(
    config: &Config,
    store: &Store,
    encoders: &Encoders,
    progress: &Progress,
) -> Result<Languages> {
    let mut all = Vec::new();
    for language in encoders.languages() {
        let encoder = encoders.of(language).unwrap_or(encoders.own()).clone();
        all.push((
            language.to_owned(),
            language_of(config, store, language, encoder, progress).await?,
        ));
    }
    Ok(Languages::new(all))
}

async fn language_of(
    config: &Config,
    store: &Store,
    language: &str,
    encoder: Encoder,
    progress: &Progress,
) -> Result<Nlu> {
    let data = phrases(config, language)?;
    let model = intent_model(config, store, language, &encoder, data.as_ref(), progress).await?;
    let model = model.map(|model| models::aimed(model, config.understanding.precision()));
    let zone = TimeZone::get(&config.hours.time_zone).unwrap_or(TimeZone::UTC);
    let nlu = Nlu::new(encoder, model).in_zone(zone);
    data.iter().for_each(|data| nlu.teach_entities(data));
    Ok(nlu)
}

async fn intent_model(
    config: &Config,
    store: &Store,
    language: &str,
    encoder: &Encoder,
    data: Option<&TrainingData>,
    progress: &Progress,
) -> Result<Option<IntentModel>> {
    if let Some(version) = models::active(store, language).await? {
        // An older version that an admin went back to stays, and so does one of other phrases, unless the shop's own
        // changed since they were trained on last.
        let versions = models::list(store).await?;
        let last = versions
            .iter()
            .find(|known| known.locale == language && known.source == models::SHOP);
        let current = data.is_none_or(|data| {
            let fingerprint = data.fingerprint();
            version.source != models::SHOP && last.is_none()
                || last.is_some_and(|last| last.fingerprint == fingerprint)
        });
        if current && version.encoder == encoder.id() {
            match IntentModel::load(&version.file) {
                Ok(model) => return Ok(Some(model)),
                Err(error) => eprintln!("shopkeeper: {error}; it is trained anew"),
            }
        }
    }
    let Some(data) = data else {
        return Ok(None);
    };
    let settings = TrainSettings::default();
    let memory = Memory {
        store: Some(store),
        runs: None,
    };
    let model = train(data, encoder, memory, &settings, progress).await?;
    let origin = models::Origin {
        locale: language,
        source: models::SHOP,
        settings: &settings,
    };
    models::save(store, &config.data_dir, &origin, &model, true).await?;
    tracing::info!(
        language,
        intents = model.metrics().intents,
        seconds = model.metrics().seconds,
        "intent model trained"
    );
    Ok(Some(model))
}

/// The training phrases of a language, if the shop has any.
pub fn phrases(config: &Config, language: &str) -> Result<Option<TrainingData>> {
    let file = phrases_file(config, language);
    if !file.is_file() {
        return Ok(None);
    }
    Ok(Some(TrainingData::load(&file)?))
}

/// Where the training phrases of a language lie.
pub fn phrases_file(config: &Config, language: &str) -> PathBuf {
    let name = format!("{language}.yml");
    config.knowledge_base.join("intents").join(name)
}

pub fn behaviours(config: &Config) -> Result<Behaviours> {
    Behaviours::load(&config.knowledge_base.join("intents").join("behaviour.yml")).map_err(anyhow::Error::msg)
}

/// The model version that `id`, or its beginning, names.
pub async fn model_version(store: &Store, id: &str) -> Result<models::ModelVersion> {
    let versions = models::list(store).await?;
    only(
        versions,
        id,
        |version| &version.id,
        "model version",
        "models list",
    )
}

/// The one of `all` that `id`, or its beginning, names. `what` they are, and which command lists them.
pub fn only<T>(mut all: Vec<T>, id: &str, id_of: impl Fn(&T) -> &str, what: &str, list: &str) -> Result<T> {
    all.retain(|one| id_of(one).starts_with(id));
    match all.len() {
        1 => Ok(all.remove(0)),
        0 => bail!("`{id}`: no {what} has this id; `shopkeeper {list}` shows them"),
        count => bail!("`{id}`: {count} {what}s begin so: name more of the id"),
    }
}

/// Refuses a folder that isn't there with a message that says which.
pub fn folder(path: &Path) -> Result<&Path> {
    if !path.is_dir() {
        bail!("{}: expected a folder", path.display());
    }
    Ok(path)
}
