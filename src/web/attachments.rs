//! Photos and documents of a conversation: in as forms, out for whoever holds its token.

use axum::Router;
use axum::extract::multipart::{Multipart, MultipartError};
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use utoipa::ToSchema;

use super::App;
use super::extract::Mine;
use super::problem::Problem;
use super::widget::{MessageBody, short_url};
use crate::chat::{AttachmentKind, ConversationId, Upload};

/// What a form may hold beside its file: the fields and the marks between them.
const FORM_BYTES: usize = 128 * 1024;

/// Relative to the widget's API. `largest`: bytes of a file.
pub fn routes(largest: usize) -> Router<App> {
    let limit = DefaultBodyLimit::max(largest.saturating_add(FORM_BYTES));
    Router::new()
        .route("/conversations/{id}/attachments", post(attach).layer(limit))
        .route("/conversations/{id}/attachments/{attachment_id}", get(attachment))
}

/// A file as a message. `content`, `echo_id` and `page_url` may stand before it.
#[derive(ToSchema)]
#[allow(dead_code)] // It describes the form; the form is read a field at a time.
pub struct AttachmentForm {
    content: Option<String>,
    echo_id: Option<String>,
    page_url: Option<String>,
    /// A PNG, JPEG, WebP or GIF picture, or a PDF.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
}

/// Adds a photo or a document, as a message of its own. It is kept as it is, with all it tells of when and where it was made.
#[utoipa::path(post, path = "/api/v1/widget/conversations/{id}/attachments", tag = "widget", params(("id" = String, Path)),
    request_body(content = AttachmentForm, content_type = "multipart/form-data"),
    responses((status = 201, body = MessageBody), (status = 200, body = MessageBody), (status = 404, body = Problem), (status = 409, body = Problem), (status = 413, body = Problem), (status = 415, body = Problem), (status = 422, body = Problem)),
    security(("conversation" = [])))]
pub async fn attach(
    State(app): State<App>,
    Mine(conversation): Mine,
    form: Result<Multipart, axum::extract::multipart::MultipartRejection>,
) -> Result<(StatusCode, axum::Json<MessageBody>), Problem> {
    app.limits.message(conversation.id)?;
    let form = form.map_err(|rejection| Problem::new(rejection.status(), rejection.body_text()))?;
    let upload = read(form).await?;
    short_url(upload.page_url.as_deref())?;
    let received = app.chat.attach(conversation.id, upload).await?;
    let status = match received.repeated {
        true => StatusCode::OK,
        false => StatusCode::CREATED,
    };
    let message = received.message;
    Ok((status, axum::Json(MessageBody { message })))
}

async fn read(mut form: Multipart) -> Result<Upload, Problem> {
    let mut upload = Upload::default();
    let mut has_file = false;
    while let Some(field) = form.next_field().await.map_err(unreadable)? {
        let name = field.name().unwrap_or_default().to_owned();
        match name.as_str() {
            "file" if has_file => return Err(Problem::field("file", "one file")),
            "file" => {
                has_file = true;
                upload.name = field.file_name().unwrap_or_default().to_owned();
                upload.bytes = field.bytes().await.map_err(unreadable)?.to_vec();
            }
            "content" => upload.content = field.text().await.map_err(unreadable)?,
            "echo_id" => upload.echo_id = Some(field.text().await.map_err(unreadable)?),
            "page_url" => upload.page_url = Some(field.text().await.map_err(unreadable)?),
            other => {
                return Err(Problem::field(
                    other,
                    "no such field: `file`, `content`, `echo_id` or `page_url`",
                ));
            }
        }
    }
    match has_file {
        true => Ok(upload),
        false => Err(Problem::field("file", "a file")),
    }
}

fn unreadable(error: MultipartError) -> Problem {
    Problem::new(error.status(), error.body_text())
}

#[derive(Deserialize)]
pub struct AttachmentPath {
    attachment_id: String,
}

/// A file of the conversation.
#[utoipa::path(get, path = "/api/v1/widget/conversations/{id}/attachments/{attachment_id}", tag = "widget",
    params(("id" = String, Path), ("attachment_id" = String, Path)),
    responses((status = 200, content_type = "application/octet-stream"), (status = 404, body = Problem)), security(("conversation" = [])))]
pub async fn attachment(
    State(app): State<App>,
    Mine(conversation): Mine,
    Path(path): Path<AttachmentPath>,
) -> Result<Response, Problem> {
    file(&app, conversation.id, &path.attachment_id).await
}

/// A conversation's file as it is sent to a browser.
pub(super) async fn file(app: &App, id: ConversationId, attachment: &str) -> Result<Response, Problem> {
    let (kind, bytes) = app.chat.attachment(id, attachment).await?;
    let headers = [
        (header::CONTENT_TYPE, kind.media_type()),
        (header::CONTENT_DISPOSITION, disposition(kind)),
        (header::CACHE_CONTROL, "private, no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // Opened by itself it may run nothing.
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"),
    ];
    Ok((headers, bytes).into_response())
}

/// Pictures may be shown where they are asked for; documents are for the reader of the shopper's choice.
fn disposition(kind: AttachmentKind) -> &'static str {
    match kind.is_picture() {
        true => "inline",
        false => "attachment; filename=\"document.pdf\"",
    }
}
