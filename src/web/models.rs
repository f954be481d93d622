//! Intent models over HTTP: their versions, what each precision costs, training and switching while the server serves.

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::Response;
use axum::routing::{get, post};
use serde::Serialize;
use utoipa::ToSchema;

use super::App;
use super::extract::{Json, Key};
use super::problem::Problem;
use crate::access::Scope;
use crate::nlu::{TrainingRequest, models};
use crate::store::Millis;
use crate::trainings::Training;

pub fn routes() -> Router<App> {
    Router::new()
        .route("/api/v1/models", get(list))
        .route("/api/v1/models/{id}", get(version))
        .route("/api/v1/models/{id}/activate", post(activate))
        .route("/api/v1/trainings", get(trainings).post(start))
        .route("/api/v1/trainings/{id}", get(training).delete(cancel))
}

/// Lets through whose key may work on models.
pub async fn guard(key: Key, request: Request, next: Next) -> Result<Response, Problem> {
    key.needs(Scope::Models)?;
    Ok(next.run(request).await)
}

/// A trained version of the intent model.
#[derive(Serialize, ToSchema)]
pub struct Model {
    id: String,
    locale: String,
    encoder: String,
    /// Names the phrases it was trained on.
    fingerprint: String,
    /// `shop`, the shop's own phrases, or another file's path.
    source: String,
    #[schema(value_type = Object)]
    settings: serde_json::Value,
    /// Accuracy, scope AUROC, confusions and, by threshold, coverage against precision, all on phrases held out.
    #[schema(value_type = Object)]
    metrics: serde_json::Value,
    active: bool,
    created_at: Millis,
}

impl From<models::ModelVersion> for Model {
    fn from(version: models::ModelVersion) -> Self {
        Self {
            id: version.id,
            locale: version.locale,
            encoder: version.encoder,
            fingerprint: version.fingerprint,
            source: version.source,
            settings: version.settings,
            metrics: version.metrics,
            active: version.active,
            created_at: version.created_at,
        }
    }
}

/// All versions, newest first.
#[utoipa::path(get, path = "/api/v1/models", tag = "models", security(("api_key" = [])),
    responses((status = 200, body = Vec<Model>), (status = 401, body = Problem), (status = 403, body = Problem)))]
pub async fn list(State(app): State<App>) -> Result<axum::Json<Vec<Model>>, Problem> {
    let versions = models::list(&app.store).await?;
    Ok(axum::Json(versions.into_iter().map(Model::from).collect()))
}

/// One version.
#[utoipa::path(get, path = "/api/v1/models/{id}", tag = "models", security(("api_key" = [])), params(("id" = String, Path)),
    responses((status = 200, body = Model), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub async fn version(State(app): State<App>, Path(id): Path<String>) -> Result<axum::Json<Model>, Problem> {
    let version = models::get(&app.store, &id)
        .await?
        .ok_or_else(Problem::not_found)?;
    Ok(axum::Json(version.into()))
}

/// Puts a version in service; going back to an older one is the same. The server switches within a second.
#[utoipa::path(post, path = "/api/v1/models/{id}/activate", tag = "models", security(("api_key" = [])), params(("id" = String, Path)),
    responses((status = 200, body = Model), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn activate(State(app): State<App>, Path(id): Path<String>) -> Result<axum::Json<Model>, Problem> {
    let version = models::get(&app.store, &id)
        .await?
        .ok_or_else(Problem::not_found)?;
    if version.encoder != app.nlu.encoder(&version.locale).id() {
        let detail = "the version was trained on another encoder: train anew";
        return Err(Problem::new(StatusCode::CONFLICT, detail));
    }
    models::activate(&app.store, &version).await?;
    let model = Model {
        active: true,
        ..version.into()
    };
    Ok(axum::Json(model))
}

/// The trainings that this server started, newest first.
#[utoipa::path(get, path = "/api/v1/trainings", tag = "models", security(("api_key" = [])),
    responses((status = 200, body = [Training<TrainingRequest>]), (status = 401, body = Problem), (status = 403, body = Problem)))]
pub async fn trainings(
    State(app): State<App>,
) -> Result<axum::Json<Vec<Training<TrainingRequest>>>, Problem> {
    Ok(axum::Json(app.trainings.list()))
}

/// Trains on the shop's phrases, at the lowest priority, while shoppers are answered.
#[utoipa::path(post, path = "/api/v1/trainings", tag = "models", security(("api_key" = [])), request_body = TrainingRequest,
    responses((status = 202, body = Training<TrainingRequest>), (status = 401, body = Problem), (status = 403, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub async fn start(
    State(app): State<App>,
    Json(request): Json<TrainingRequest>,
) -> Result<(StatusCode, axum::Json<Training<TrainingRequest>>), Problem> {
    let training = app.trainings.start(request)?;
    Ok((StatusCode::ACCEPTED, axum::Json(training)))
}

/// How far a training is.
#[utoipa::path(get, path = "/api/v1/trainings/{id}", tag = "models", security(("api_key" = [])), params(("id" = String, Path)),
    responses((status = 200, body = Training<TrainingRequest>), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub async fn training(
    State(app): State<App>,
    Path(id): Path<String>,
) -> Result<axum::Json<Training<TrainingRequest>>, Problem> {
    let training = app.trainings.get(&id).ok_or_else(Problem::not_found)?;
    Ok(axum::Json(training))
}

/// Cancels a training; the model in service stays.
#[utoipa::path(delete, path = "/api/v1/trainings/{id}", tag = "models", security(("api_key" = [])), params(("id" = String, Path)),
    responses((status = 200, body = Training<TrainingRequest>), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub async fn cancel(
    State(app): State<App>,
    Path(id): Path<String>,
) -> Result<axum::Json<Training<TrainingRequest>>, Problem> {
    let training = app.trainings.cancel(&id).ok_or_else(Problem::not_found)?;
    Ok(axum::Json(training))
}
