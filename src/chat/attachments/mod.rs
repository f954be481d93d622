//! Photos and documents that shoppers add. Their bytes are kept as they came, in files with random names, a folder a
//! conversation; what they are called stands in the message. The bot can't look at them and says so.

mod files;
mod kind;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Chat, ChatError, ConversationId, Incoming, IncomingAttributes, Received};
use files::Files;

pub use kind::AttachmentKind;

/// Characters of a file's name.
const NAME_CHARS: usize = 120;

/// A file of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Attachment {
    pub id: String,
    pub kind: AttachmentKind,
    /// As the shopper's device calls it.
    pub name: String,
    pub bytes: u64,
}

/// A file as it is sent, with what the shopper writes beside it.
#[derive(Debug, Default)]
pub struct Upload {
    pub name: String,
    pub bytes: Vec<u8>,
    pub content: String,
    pub echo_id: Option<String>,
    pub page_url: Option<String>,
}

/// Why a file is not taken.
#[derive(Debug, thiserror::Error)]
pub enum AttachmentError {
    #[error("this file is none that can be read here: expected a PNG, JPEG, WebP or GIF picture, or a PDF")]
    Kind,
    #[error("the file has {bytes} bytes: expected at most {limit}")]
    TooLarge { bytes: usize, limit: usize },
    #[error("this conversation has {0} files already, and takes no more")]
    TooMany(usize),
    #[error("a file can't be kept: {0}")]
    Disk(#[from] std::io::Error),
}

impl Chat {
    /// Takes a file as a message of its own. When this returns, both are on disk.
    pub async fn attach(&self, id: ConversationId, upload: Upload) -> Result<Received, ChatError> {
        let limits = &self.inner.config.limits;
        let (bytes, limit) = (upload.bytes.len(), limits.attachment_bytes);
        if bytes > limit {
            return Err(AttachmentError::TooLarge { bytes, limit }.into());
        }
        let kind = AttachmentKind::of(&upload.bytes).ok_or(AttachmentError::Kind)?;
        let attachment = Attachment {
            id: Uuid::new_v4().to_string(),
            kind,
            name: plain_name(&upload.name, kind),
            bytes: bytes as u64,
        };
        let incoming = Incoming {
            echo_id: upload.echo_id,
            content: upload.content,
            content_attributes: IncomingAttributes {
                attachments: vec![attachment.clone()],
                ..IncomingAttributes::default()
            },
            page_url: upload.page_url,
        };
        self.check(&incoming)?;
        let files = Files::of(&self.inner.config.data_dir, id);
        files
            .keep(&attachment.id, upload.bytes, limits.attachments_per_conversation)
            .await?;
        let received = self.receive(id, &incoming, None).await;
        // Not stored, or stored by an earlier try under another id.
        if !received.as_ref().is_ok_and(|received| !received.repeated) {
            files.forget(&attachment.id).await;
        }
        received
    }

    /// Deletes the files of a conversation.
    pub(super) async fn forget_attachments(&self, id: ConversationId) -> Result<(), ChatError> {
        Ok(Files::of(&self.inner.config.data_dir, id).forget_all().await?)
    }

    /// A file of the conversation, with what it is by what is in it now.
    pub async fn attachment(
        &self,
        id: ConversationId,
        attachment: &str,
    ) -> Result<(AttachmentKind, Vec<u8>), ChatError> {
        let not_found = || ChatError::from(super::ConversationError::NotFound);
        // Nothing but an id of ours becomes part of a path.
        let attachment: Uuid = attachment.parse().map_err(|_| not_found())?;
        let files = Files::of(&self.inner.config.data_dir, id);
        let bytes = files.read(&attachment.to_string()).await?.ok_or_else(not_found)?;
        let kind = AttachmentKind::of(&bytes).ok_or_else(not_found)?;
        Ok((kind, bytes))
    }
}

/// A name without folders and control characters, with an ending that is true.
fn plain_name(name: &str, kind: AttachmentKind) -> String {
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let name: String = name
        .chars()
        .filter(|letter| !letter.is_control() && !is_direction(*letter))
        .take(NAME_CHARS)
        .collect();
    let name = name.trim().trim_start_matches('.');
    let lower = name.to_lowercase();
    let endings = [kind.ending(), "jpeg"];
    let fits = |ending: &&str| lower.ends_with(&format!(".{ending}"));
    match name {
        "" => format!("file.{}", kind.ending()),
        name if endings
            .iter()
            .take(1 + usize::from(kind == AttachmentKind::Jpeg))
            .any(fits) =>
        {
            name.into()
        }
        name => format!("{name}.{}", kind.ending()),
    }
}

/// Marks that turn the direction of writing: `photo<mark>gpj.exe` would read as something else.
fn is_direction(letter: char) -> bool {
    matches!(letter, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_plain_and_their_endings_true() {
        for (name, kind, plain) in [
            ("photo.JPG", AttachmentKind::Jpeg, "photo.JPG"),
            ("photo.jpeg", AttachmentKind::Jpeg, "photo.jpeg"),
            ("..\\..\\etc/passwd", AttachmentKind::Pdf, "passwd.pdf"),
            ("", AttachmentKind::Png, "file.png"),
            ("..", AttachmentKind::Png, "file.png"),
            ("bill.exe", AttachmentKind::Pdf, "bill.exe.pdf"),
            ("a\r\nSet-Cookie: x", AttachmentKind::Gif, "aSet-Cookie: x.gif"),
            ("photo\u{202e}gpj.exe", AttachmentKind::Png, "photogpj.exe.png"),
        ] {
            assert_eq!(plain_name(name, kind), plain);
        }
    }
}
