//! HTTP: parses, calls one function of a room, renders. No SQL and no decisions.

mod assets;
mod attachments;
mod cart;
mod catalog;
mod checkout;
mod conversations;
mod csat;
mod deals;
mod extract;
mod health;
mod help;
mod language;
mod limits;
mod models;
mod openapi;
mod order_care;
mod orders;
mod origins;
mod pages;
mod parse;
mod pictures;
mod proactive;
mod problem;
mod products;
mod promotions;
mod recommend;
mod recommender_trainings;
mod socket;
mod transcript;
mod visits;
mod widget;
mod widget_modules;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::serve::ListenerExt;
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::set_header::SetResponseHeaderLayer;

use crate::catalog::Catalogue;
use crate::chat::Chat;
use crate::config::Config;
use crate::knowledge::Knowledge;
use crate::mail::Mailer;
use crate::nlu::{self, Languages};
use crate::orders::{HouseOrders, OrderDesk, Orders};
use crate::proactive::Proactive;
use crate::promotions::Promotions;
use crate::promotions::personal::PersonalOffers;
use crate::recommend::Recommender;
use crate::recommend::schedule::RecommenderTraining;
use crate::store::Store;
use crate::trainings::Trainings;
use limits::Limits;
use problem::Problem;

/// Largest request body: a message of the longest allowed length in any alphabet, and room for its frame.
const BODY_BYTES: usize = 64 * 1024;
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// The same for a request that brings a file, over a slow connection.
const UPLOAD_TIMEOUT: Duration = Duration::from_secs(300);

/// What every handler may use.
#[derive(Clone)]
pub struct App {
    pub chat: Chat,
    pub knowledge: Knowledge,
    pub catalogue: Catalogue,
    pub nlu: Languages,
    pub store: Store,
    pub config: Arc<Config>,
    pub metrics: Option<PrometheusHandle>,
    pub trainings: Trainings<nlu::TrainingRequest>,
    pub recommender: Recommender,
    pub promotions: Promotions,
    pub offers: PersonalOffers,
    pub orders: Orders,
    pub house: HouseOrders,
    pub desk: OrderDesk,
    pub mailer: Mailer,
    pub proactive: Proactive,
    pub recommender_trainings: Trainings<RecommenderTraining>,
    limits: Arc<Limits>,
    stop: CancellationToken,
}

impl App {
    #[allow(clippy::too_many_arguments)] // Each is a room of its own.
    pub fn new(
        chat: Chat,
        knowledge: Knowledge,
        catalogue: Catalogue,
        nlu: Languages,
        store: Store,
        config: Arc<Config>,
        metrics: Option<PrometheusHandle>,
        trainings: Trainings<nlu::TrainingRequest>,
        recommender: Recommender,
        promotions: Promotions,
        offers: PersonalOffers,
        orders: Orders,
        house: HouseOrders,
        desk: OrderDesk,
        mailer: Mailer,
        recommender_trainings: Trainings<RecommenderTraining>,
        stop: CancellationToken,
    ) -> Self {
        let limits = Arc::new(Limits::new(&config.limits));
        let proactive = Proactive::new(store.clone(), promotions.clone(), config.clone());
        Self {
            chat,
            knowledge,
            catalogue,
            nlu,
            store,
            config,
            metrics,
            trainings,
            recommender,
            promotions,
            offers,
            orders,
            house,
            desk,
            mailer,
            proactive,
            recommender_trainings,
            limits,
            stop,
        }
    }
}

/// All routes with their middleware.
pub fn router(app: App) -> Router {
    let limited = from_fn_with_state(app.clone(), limits::per_address);
    let widget = widget::routes()
        .merge(csat::routes())
        .merge(proactive::routes())
        .merge(attachments::routes(app.config.limits.attachment_bytes))
        .merge(transcript::routes())
        .merge(visits::routes())
        .method_not_allowed_fallback(async || Problem::wrong_method())
        .layer(limited.clone())
        // Outermost: a page of another origin may read refusals too.
        .layer(origins::cors(&app.config));
    let api = Router::new()
        .nest("/api/v1/widget", widget)
        .merge(parse::routes().layer(limited.clone()))
        .merge(catalog::routes().layer(limited.clone()))
        .merge(
            models::routes()
                .route_layer(from_fn_with_state(app.clone(), models::guard))
                .layer(limited.clone()),
        )
        .merge(recommend::public_routes().layer(limited.clone()))
        .merge(
            recommend::guarded_routes()
                .merge(recommender_trainings::routes())
                .route_layer(from_fn_with_state(app.clone(), recommend::guard))
                .layer(limited.clone()),
        )
        .merge(
            promotions::routes()
                .route_layer(from_fn_with_state(app.clone(), promotions::guard))
                .layer(limited.clone()),
        )
        .merge(
            promotions::campaign_routes()
                .route_layer(from_fn_with_state(app.clone(), promotions::campaign_guard))
                .layer(limited.clone()),
        )
        .merge(
            order_care::routes()
                .route_layer(from_fn_with_state(app.clone(), order_care::guard))
                .layer(limited.clone()),
        )
        .merge(
            conversations::routes()
                .route_layer(from_fn_with_state(app.clone(), conversations::guard))
                .layer(limited.clone()),
        )
        .merge(openapi::routes().layer(limited.clone()))
        .layer(SetResponseHeaderLayer::if_not_present(
            header::CACHE_CONTROL,
            HeaderValue::from_static("no-store"),
        ));
    Router::new()
        .merge(pages::routes())
        .merge(products::routes())
        .merge(cart::routes())
        .merge(checkout::routes())
        .merge(orders::routes())
        .merge(help::routes())
        .layer(from_fn_with_state(app.clone(), language::of_request))
        .layer(limited)
        .merge(api)
        // Neither what a monitor asks nor what a cache holds counts against an address.
        .merge(health::routes())
        .merge(assets::routes())
        .merge(pictures::routes())
        .fallback(pages::not_found)
        .layer(
            ServiceBuilder::new()
                .layer(axum::middleware::from_fn(health::measure))
                .layer(security_header("x-content-type-options", "nosniff"))
                .layer(security_header(
                    "referrer-policy",
                    "strict-origin-when-cross-origin",
                ))
                .layer(security_header(
                    "content-security-policy",
                    CONTENT_SECURITY_POLICY,
                ))
                .layer(CompressionLayer::new())
                .layer(axum::middleware::from_fn(in_time))
                .layer(DefaultBodyLimit::max(BODY_BYTES))
                .layer(CatchPanicLayer::new()),
        )
        .with_state(app)
}

/// Gives up on requests that take too long.
async fn in_time(request: Request, next: Next) -> Response {
    let limit = match request.uri().path().ends_with("/attachments") {
        true => UPLOAD_TIMEOUT,
        false => REQUEST_TIMEOUT,
    };
    match tokio::time::timeout(limit, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Problem::new(StatusCode::REQUEST_TIMEOUT, "the request took too long").into_response(),
    }
}

/// No inline script, no inline style, nothing from elsewhere.
const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; img-src 'self' data: https:; object-src 'none'; base-uri 'self'; \
     form-action 'self'; frame-ancestors 'self'";

fn security_header(name: &'static str, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::if_not_present(HeaderName::from_static(name), HeaderValue::from_static(value))
}

/// Serves until `app`'s stop token is cancelled, then lets requests and turns under way end.
pub async fn serve(app: App, listener: TcpListener) -> std::io::Result<()> {
    let (chat, limits, stop) = (app.chat.clone(), app.limits.clone(), app.stop.clone());
    let sweeper = tokio::spawn(async move {
        loop {
            tokio::time::sleep(Duration::from_secs(60)).await;
            limits.forget_the_quiet();
        }
    });
    let orders = app.orders.watch(app.stop.clone());
    let house = app.house.watch(app.stop.clone());
    let settling = app.offers.watch(stop.clone());
    let service = router(app).into_make_service_with_connect_info::<SocketAddr>();
    // A reply is several small frames: held back until the client has confirmed the one before, it takes 40 ms longer.
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection stays slow");
        }
    });
    let served = axum::serve(listener, service)
        .with_graceful_shutdown(async move { stop.cancelled().await })
        .await;
    sweeper.abort();
    if settling.await.is_err() {
        tracing::warn!("what came of personal offers was no longer learnt");
    }
    orders.abort();
    house.abort();
    chat.stop().await;
    served
}
