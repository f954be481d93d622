//! Campaigns and their codes, for those who plan them.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::{StreamExt, stream};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::progress::Progress;
use crate::promotions::campaign::{Campaign, Phase, State as CampaignState};
use crate::promotions::code_rows;
use crate::promotions::format::CampaignForm;
use crate::store::now;
use crate::web::App;
use crate::web::extract::{Json, Query};
use crate::web::problem::Problem;

/// Codes that one request may make; more are made on the command line, with a bar to watch.
const MOST_CODES: u64 = 100_000;

/// A campaign in the words of its file, and where it stands.
#[derive(Debug, Serialize, ToSchema)]
pub struct CampaignAnswer {
    phase: Phase,
    #[serde(flatten)]
    campaign: CampaignForm,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StateBody {
    state: CampaignState,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CodesBody {
    count: u64,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Batch {
    batch: String,
    count: u64,
}

#[derive(Deserialize, IntoParams)]
pub struct CodesQuery {
    /// The codes of one batch only.
    batch: Option<String>,
}

/// All campaigns, in the order in which they are applied.
#[utoipa::path(get, path = "/api/v1/campaigns", tag = "campaigns", security(("api_key" = [])),
    responses((status = 200, body = Vec<CampaignAnswer>), (status = 401, body = Problem), (status = 403, body = Problem)))]
pub async fn campaigns(State(app): State<App>) -> axum::Json<Vec<CampaignAnswer>> {
    let campaigns = app.promotions.campaigns();
    axum::Json(campaigns.iter().map(CampaignAnswer::of).collect())
}

/// One campaign.
#[utoipa::path(get, path = "/api/v1/campaigns/{id}", tag = "campaigns", security(("api_key" = [])), params(("id" = String, Path)),
    responses((status = 200, body = CampaignAnswer), (status = 404, body = Problem)))]
pub async fn campaign(
    State(app): State<App>,
    Path(id): Path<String>,
) -> Result<axum::Json<CampaignAnswer>, Problem> {
    let campaign = app.promotions.campaign(&id).ok_or_else(Problem::not_found)?;
    Ok(axum::Json(CampaignAnswer::of(&campaign)))
}

/// Makes a campaign, or changes the one of this id.
#[utoipa::path(put, path = "/api/v1/campaigns/{id}", tag = "campaigns", security(("api_key" = [])), params(("id" = String, Path)),
    request_body = CampaignForm,
    responses((status = 200, body = CampaignAnswer), (status = 401, body = Problem), (status = 403, body = Problem), (status = 422, body = Problem)))]
pub async fn save(
    State(app): State<App>,
    Path(id): Path<String>,
    Json(form): Json<CampaignForm>,
) -> Result<axum::Json<CampaignAnswer>, Problem> {
    if form.id != id {
        return Err(Problem::field("id", format!("`{id}`, as in the address")));
    }
    let campaign = form
        .campaign()
        .map_err(|errors| Problem::fields(errors.into_iter().map(|error| (error.field, error.expected))))?;
    app.promotions.save(std::slice::from_ref(&campaign)).await?;
    Ok(axum::Json(CampaignAnswer::of(&Arc::new(campaign))))
}

/// Starts, pauses or ends a campaign.
#[utoipa::path(put, path = "/api/v1/campaigns/{id}/state", tag = "campaigns", security(("api_key" = [])), params(("id" = String, Path)),
    request_body = StateBody, responses((status = 200, body = CampaignAnswer), (status = 404, body = Problem)))]
pub async fn set_state(
    State(app): State<App>,
    Path(id): Path<String>,
    Json(body): Json<StateBody>,
) -> Result<axum::Json<CampaignAnswer>, Problem> {
    let changed = app.promotions.set_state(&id, body.state).await?;
    let changed = changed.ok_or_else(Problem::not_found)?;
    Ok(axum::Json(CampaignAnswer::of(&Arc::new(changed))))
}

/// Makes codes that nobody can guess, by the campaign's pattern.
#[utoipa::path(post, path = "/api/v1/campaigns/{id}/codes", tag = "campaigns", security(("api_key" = [])), params(("id" = String, Path)),
    request_body = CodesBody, responses((status = 201, body = Batch), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub async fn make_codes(
    State(app): State<App>,
    Path(id): Path<String>,
    Json(body): Json<CodesBody>,
) -> Result<(StatusCode, axum::Json<Batch>), Problem> {
    if !(1..=MOST_CODES).contains(&body.count) {
        return Err(Problem::field(
            "count",
            format!("1 to {MOST_CODES}; `shopkeeper promotions codes` makes more"),
        ));
    }
    let batch = app
        .promotions
        .make_codes(&id, body.count, &Progress::silent())
        .await?;
    let count = body.count;
    Ok((StatusCode::CREATED, axum::Json(Batch { batch, count })))
}

/// The codes of a campaign with how often each was used, as CSV.
#[utoipa::path(get, path = "/api/v1/campaigns/{id}/codes.csv", tag = "campaigns", security(("api_key" = [])), params(("id" = String, Path), CodesQuery),
    responses((status = 200, content_type = "text/csv", body = String), (status = 404, body = Problem)))]
pub async fn codes(
    State(app): State<App>,
    Path(id): Path<String>,
    Query(query): Query<CodesQuery>,
) -> Result<Response, Problem> {
    if app.promotions.campaign(&id).is_none() {
        return Err(Problem::not_found());
    }
    let (sender, receiver) = tokio::sync::mpsc::channel::<Result<String, std::io::Error>>(64);
    tokio::spawn(async move {
        let mut codes = std::pin::pin!(code_rows::list(&app.store, &id, query.batch.as_deref()));
        while let Some(code) = codes.next().await {
            let line = code
                .map(|(code, uses)| format!("{code},{uses}\n"))
                .map_err(std::io::Error::other);
            if sender.send(line).await.is_err() {
                return;
            }
        }
    });
    let lines = stream::unfold(receiver, async |mut receiver| {
        let line = receiver.recv().await?;
        Some((line, receiver))
    });
    let head = stream::once(async { Ok("code,uses\n".to_owned()) });
    let body = Body::from_stream(head.chain(lines));
    Ok(([(header::CONTENT_TYPE, "text/csv; charset=utf-8")], body).into_response())
}

impl CampaignAnswer {
    fn of(campaign: &Arc<Campaign>) -> Self {
        Self {
            phase: campaign.phase(now()),
            campaign: CampaignForm::of(campaign),
        }
    }
}
