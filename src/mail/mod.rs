//! E-mail: handed to an SMTP server, or laid into a folder where none is configured.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use lettre::address::AddressError;
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp;
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};

use crate::config::{MailConfig, ShopConfig};
use crate::store::new_id;

/// Longest wait for the SMTP server: less than a request may take.
const PATIENCE: Duration = Duration::from_secs(15);

/// Why a mail was not sent.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    #[error("`{address}` is no e-mail address: {source}")]
    Address { address: String, source: AddressError },
    #[error("the mail can't be written: {0}")]
    Letter(#[from] lettre::error::Error),
    #[error("the SMTP server: {0}")]
    Smtp(#[from] smtp::Error),
    #[error("{}: {source}", file.display())]
    Outbox { file: PathBuf, source: std::io::Error },
}

/// A mail, as text and as HTML for programs that show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    pub subject: String,
    pub text: String,
    pub html: String,
}

/// Sends mails in the shop's name; clones share the connection.
#[derive(Clone)]
pub struct Mailer {
    inner: Arc<Inner>,
}

struct Inner {
    from: Mailbox,
    way: Way,
}

enum Way {
    Smtp(AsyncSmtpTransport<Tokio1Executor>),
    /// A folder of `.eml` files.
    Outbox(PathBuf),
}

impl Mailer {
    /// A mailer as configured. Without an SMTP server, mails are laid into `outbox` of the data folder.
    pub fn new(config: &MailConfig, shop: &ShopConfig, data: &Path) -> Result<Self, MailError> {
        let from = match config.from.as_str() {
            "" => Mailbox::new(Some(shop.name.clone()), address(&shop.email)?),
            from => from.parse().map_err(|source| MailError::Address {
                address: from.into(),
                source,
            })?,
        };
        let way = match config.smtp_url.as_str() {
            "" => Way::Outbox(data.join("outbox")),
            url => {
                let smtp = AsyncSmtpTransport::<Tokio1Executor>::from_url(url)?;
                Way::Smtp(smtp.timeout(Some(PATIENCE)).build())
            }
        };
        let inner = Arc::new(Inner { from, way });
        Ok(Self { inner })
    }

    /// Sends a mail. When this returns, the SMTP server has taken it, or it is on disk.
    pub async fn send(&self, to: Address, letter: Letter) -> Result<(), MailError> {
        let message = Message::builder()
            .from(self.inner.from.clone())
            .to(Mailbox::new(None, to))
            .subject(letter.subject)
            // Nobody's absence note shall come back.
            .header(AutoSubmitted)
            .multipart(MultiPart::alternative_plain_html(letter.text, letter.html))?;
        match &self.inner.way {
            Way::Smtp(smtp) => smtp.send(message).await.map(drop)?,
            Way::Outbox(folder) => lay(folder, &message.formatted()).await?,
        }
        Ok(())
    }
}

/// Reads an e-mail address.
pub fn address(text: &str) -> Result<Address, MailError> {
    text.trim().parse().map_err(|source| MailError::Address {
        address: text.into(),
        source,
    })
}

/// Writes a mail whole or not at all.
async fn lay(folder: &Path, mail: &[u8]) -> Result<(), MailError> {
    let file = folder.join(format!("{}.eml", new_id()));
    let failed = |source| MailError::Outbox {
        file: file.clone(),
        source,
    };
    tokio::fs::create_dir_all(folder).await.map_err(failed)?;
    let unfinished = file.with_extension("part");
    tokio::fs::write(&unfinished, mail).await.map_err(failed)?;
    tokio::fs::rename(&unfinished, &file).await.map_err(failed)?;
    tracing::info!(file = %file.display(), "no SMTP server is configured: a mail was laid into the outbox");
    Ok(())
}

/// RFC 3834: a mail that a program wrote.
#[derive(Clone)]
struct AutoSubmitted;

impl lettre::message::header::Header for AutoSubmitted {
    fn name() -> lettre::message::header::HeaderName {
        lettre::message::header::HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> lettre::message::header::HeaderValue {
        lettre::message::header::HeaderValue::new(Self::name(), "auto-generated".into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_carry_no_second_line() {
        assert!(address(" ann@shop.example ").is_ok());
        for wrong in [
            "",
            "ann",
            "ann@",
            "ann@shop.example\r\nBcc: all@shop.example",
            "Ann <ann@shop.example>",
        ] {
            assert!(address(wrong).is_err(), "{wrong}");
        }
    }

    #[tokio::test]
    async fn without_a_server_a_mail_lies_in_the_outbox_with_both_parts() {
        let data = tempfile::tempdir().unwrap();
        let config = crate::config::Config::defaults().unwrap();
        let mailer = Mailer::new(&config.mail, &config.shop, data.path()).unwrap();
        let letter = Letter {
            subject: "Grüße".into(),
            text: "plain words".into(),
            html: "<p>marked words</p>".into(),
        };
        mailer
            .send(address("ann@shop.example").unwrap(), letter)
            .await
            .unwrap();
        let files: Vec<_> = std::fs::read_dir(data.path().join("outbox")).unwrap().collect();
        assert_eq!(files.len(), 1);
        let mail = std::fs::read_to_string(files[0].as_ref().unwrap().path()).unwrap();
        for part in [
            "To: ann@shop.example",
            "Larkfield",
            "text/plain",
            "plain words",
            "text/html",
            "<p>marked words</p>",
        ] {
            assert!(mail.contains(part), "{part} in {mail}");
        }
    }
}
