//! Training the recommender on demand: the same as its schedule does, when a program wants it.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::get;

use super::App;
use super::extract::Json;
use super::problem::Problem;
use crate::recommend::schedule::RecommenderTraining;
use crate::trainings::Training;

/// For keys with the scope `recommend`.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/api/v1/recommender/trainings", get(list).post(start))
        .route("/api/v1/recommender/trainings/{id}", get(training).delete(cancel))
}

/// The recommender's trainings since the server's start, by its schedule and on demand, newest first.
#[utoipa::path(get, path = "/api/v1/recommender/trainings", tag = "recommend", security(("api_key" = [])),
    responses((status = 200, body = [Training<RecommenderTraining>]), (status = 401, body = Problem), (status = 403, body = Problem)))]
pub async fn list(State(app): State<App>) -> Result<axum::Json<Vec<Training<RecommenderTraining>>>, Problem> {
    Ok(axum::Json(app.recommender_trainings.list()))
}

/// Trains on all events and the catalogue, at the lowest priority, and puts the result in service. The body is `{}`.
#[utoipa::path(post, path = "/api/v1/recommender/trainings", tag = "recommend", security(("api_key" = [])), request_body = RecommenderTraining,
    responses((status = 202, body = Training<RecommenderTraining>), (status = 401, body = Problem), (status = 403, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub async fn start(
    State(app): State<App>,
    Json(order): Json<RecommenderTraining>,
) -> Result<(StatusCode, axum::Json<Training<RecommenderTraining>>), Problem> {
    let training = app.recommender_trainings.start(order)?;
    Ok((StatusCode::ACCEPTED, axum::Json(training)))
}

/// How far a training is.
#[utoipa::path(get, path = "/api/v1/recommender/trainings/{id}", tag = "recommend", security(("api_key" = [])), params(("id" = String, Path)),
    responses((status = 200, body = Training<RecommenderTraining>), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub async fn training(
    State(app): State<App>,
    Path(id): Path<String>,
) -> Result<axum::Json<Training<RecommenderTraining>>, Problem> {
    let training = app.recommender_trainings.get(&id);
    Ok(axum::Json(training.ok_or_else(Problem::not_found)?))
}

/// Cancels a training; what serves stays.
#[utoipa::path(delete, path = "/api/v1/recommender/trainings/{id}", tag = "recommend", security(("api_key" = [])), params(("id" = String, Path)),
    responses((status = 200, body = Training<RecommenderTraining>), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub async fn cancel(
    State(app): State<App>,
    Path(id): Path<String>,
) -> Result<axum::Json<Training<RecommenderTraining>>, Problem> {
    let training = app.recommender_trainings.cancel(&id);
    Ok(axum::Json(training.ok_or_else(Problem::not_found)?))
}
