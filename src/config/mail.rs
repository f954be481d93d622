//! How e-mail leaves the house.

use lettre::message::Mailbox;
use lettre::{AsyncSmtpTransport, Tokio1Executor};
use serde::{Deserialize, Serialize};

use super::ConfigError;

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MailConfig {
    /// Empty: mails are laid into the data folder's `outbox`.
    pub smtp_url: String,
    /// Empty: the shop's name and address.
    pub from: String,
    /// Where this server is reached, for links in mails; empty: mails have no links to it.
    pub link_base: String,
}

impl MailConfig {
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        let smtp = AsyncSmtpTransport::<Tokio1Executor>::from_url(&self.smtp_url);
        if !self.smtp_url.is_empty() && smtp.is_err() {
            // The value may hold a password: it isn't repeated.
            let expected = "smtp://user:password@host:587?tls=required, smtps://… or nothing";
            return Err(ConfigError::invalid("mail.smtp_url", "…", expected));
        }
        if !self.from.is_empty() && self.from.parse::<Mailbox>().is_err() {
            let expected = "an address such as `Larkfield <help@larkfield.example>`, or nothing";
            return Err(ConfigError::invalid("mail.from", &self.from, expected));
        }
        let is_web = self.link_base.starts_with("https://") || self.link_base.starts_with("http://");
        match self.link_base.is_empty() || is_web && ammonia::Url::parse(&self.link_base).is_ok() {
            true => Ok(()),
            false => Err(ConfigError::invalid(
                "mail.link_base",
                &self.link_base,
                "an address such as https://chat.example, or nothing",
            )),
        }
    }

    /// Without the password that the SMTP server asks for, to be shown.
    pub fn without_secrets(mut self) -> Self {
        if let Some((scheme, rest)) = self.smtp_url.split_once("://")
            && let Some((_, host)) = rest.rsplit_once('@')
        {
            self.smtp_url = format!("{scheme}://…@{host}");
        }
        self
    }
}
