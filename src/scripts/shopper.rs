//! A shopper as the server sees one: a browser with its cookies, which fills the cart, orders and chats over HTTP.

use std::collections::BTreeMap;
use std::time::Duration;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::header::{CONTENT_TYPE, COOKIE, HeaderMap, LOCATION, ORIGIN, SET_COOKIE};
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::format::{Buyer, PastOrder, Pieces};
use super::page;

/// Longer than the server waits for a reply of the bot.
const PATIENCE: Duration = Duration::from_secs(40);

/// Why the shopper can't go on.
#[derive(Debug, thiserror::Error)]
pub enum ShopperError {
    #[error("the server can't be reached: {0}")]
    Http(#[from] reqwest::Error),
    #[error("{what}: the server answered {status}: {body}")]
    Refused {
        what: String,
        status: StatusCode,
        body: String,
    },
    #[error("{what}: the page has no {missing}")]
    Page { what: String, missing: &'static str },
}

/// A browser.
pub struct Browser {
    client: Client,
    /// `http://127.0.0.1:1234`.
    base: String,
    cookies: BTreeMap<String, String>,
}

/// A conversation that a browser has.
pub struct Talk {
    pub id: String,
    token: String,
}

struct Got {
    status: StatusCode,
    headers: HeaderMap,
    body: String,
}

impl Browser {
    /// A browser that was never here before.
    pub fn new(base: &str) -> Result<Self, ShopperError> {
        // An error says that there is a provider already, which serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(PATIENCE)
            .build()?;
        Ok(Self {
            client,
            base: base.to_owned(),
            cookies: BTreeMap::new(),
        })
    }

    /// The id of this browser's cart, if it has one: the hash of the cookie's secret, as the cart's pages make it.
    pub fn cart(&self) -> Option<String> {
        let secret = self.cookies.get("cart")?;
        Some(hex::encode(Sha256::digest(secret.as_bytes())))
    }

    /// What the cart's page says.
    pub async fn cart_page(&mut self) -> Result<String, ShopperError> {
        Ok(page::text(&self.page("/cart").await?))
    }

    /// What the page of an order of this browser says.
    pub async fn order_page(&mut self, number: &str) -> Result<String, ShopperError> {
        Ok(page::text(&self.page(&format!("/orders/{number}")).await?))
    }

    pub async fn put(&mut self, pieces: &Pieces) -> Result<(), ShopperError> {
        let quantity = pieces.quantity.to_string();
        let fields = [("item", pieces.item.as_str()), ("quantity", &quantity)];
        self.submit("/cart/lines", &fields).await?;
        Ok(())
    }

    pub async fn enter_code(&mut self, code: &str) -> Result<(), ShopperError> {
        let token = self.field_of("/cart", "token").await?;
        self.submit("/cart/codes", &[("token", &token), ("code", code)])
            .await?;
        Ok(())
    }

    /// Places an order through cart and checkout. Returns its number.
    pub async fn order(&mut self, order: &PastOrder) -> Result<String, ShopperError> {
        for pieces in &order.items {
            self.put(pieces).await?;
        }
        for code in &order.codes {
            self.enter_code(code).await?;
        }
        self.check_out(&order.contact).await?;
        let review = self.page("/checkout/review").await?;
        let what = || "/checkout/review".to_owned();
        let field = |name: &'static str| {
            page::field(&review, name).ok_or_else(|| ShopperError::Page {
                what: what(),
                missing: name,
            })
        };
        let (token, checkout, shown) = (field("token")?, field("checkout")?, field("shown")?);
        let fields = [
            ("token", token.as_str()),
            ("checkout", &checkout),
            ("shown", &shown),
        ];
        let there = self.submit("/checkout/order", &fields).await?;
        let number = there.strip_prefix("/orders/").map(str::to_owned);
        number.ok_or_else(|| ShopperError::Page {
            what: "/checkout/order".into(),
            missing: "order",
        })
    }

    async fn check_out(&mut self, buyer: &Buyer) -> Result<(), ShopperError> {
        let token = self.field_of("/checkout", "token").await?;
        let fields = [
            ("token", token.as_str()),
            ("name", &buyer.name),
            ("email", &buyer.email),
            ("street", &buyer.street),
            ("extra", &buyer.extra),
            ("city", &buyer.city),
            ("region", &buyer.region),
            ("postcode", &buyer.postcode),
        ];
        self.submit("/checkout", &fields).await?;
        Ok(())
    }

    /// Opens the chat.
    pub async fn talk(
        &mut self,
        website_token: &str,
        locale: &str,
        page: Option<&str>,
    ) -> Result<Talk, ShopperError> {
        let body = json!({ "website_token": website_token, "locale": locale, "page_url": page });
        let started = self.json(Method::POST, "", None, Some(body)).await?;
        Ok(Talk {
            id: started["conversation"]["id"]
                .as_str()
                .unwrap_or_default()
                .to_owned(),
            token: started["token"].as_str().unwrap_or_default().to_owned(),
        })
    }

    /// Says something, or presses a button: its text and what it sends. Waits for the whole reply.
    pub async fn say(
        &mut self,
        talk: &Talk,
        text: &str,
        pressed: Option<&str>,
    ) -> Result<Vec<Value>, ShopperError> {
        let mut body = json!({ "content": text });
        if let Some(value) = pressed {
            body["content_attributes"] = json!({ "submitted_values": [{ "title": text, "value": value }] });
        }
        let path = format!("/{}/messages?wait=true", talk.id);
        let mut sent = self.json(Method::POST, &path, Some(talk), Some(body)).await?;
        match sent["replies"].take() {
            Value::Array(replies) => Ok(replies),
            _ => Ok(Vec::new()),
        }
    }

    /// `open`, `pending`, `snoozed` or `resolved`.
    pub async fn status(&mut self, talk: &Talk) -> Result<String, ShopperError> {
        let body = self
            .json(Method::GET, &format!("/{}", talk.id), Some(talk), None)
            .await?;
        Ok(body["conversation"]["status"]
            .as_str()
            .unwrap_or_default()
            .to_owned())
    }

    async fn json(
        &mut self,
        method: Method,
        path: &str,
        talk: Option<&Talk>,
        body: Option<Value>,
    ) -> Result<Value, ShopperError> {
        let path = format!("/api/v1/widget/conversations{path}");
        let mut request = self.client.request(method, format!("{}{path}", self.base));
        if let Some(talk) = talk {
            request = request.bearer_auth(&talk.token);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        let got = self.send(request).await?;
        if !got.status.is_success() {
            return Err(refused(&path, got));
        }
        serde_json::from_str(&got.body).map_err(|_| refused(&path, got))
    }

    async fn page(&mut self, path: &str) -> Result<String, ShopperError> {
        let got = self.send(self.client.get(format!("{}{path}", self.base))).await?;
        match got.status {
            StatusCode::OK => Ok(got.body),
            _ => Err(refused(path, got)),
        }
    }

    async fn field_of(&mut self, path: &str, name: &'static str) -> Result<String, ShopperError> {
        let page = self.page(path).await?;
        page::field(&page, name).ok_or_else(|| ShopperError::Page {
            what: path.to_owned(),
            missing: name,
        })
    }

    /// Posts a form, which must lead to another page: the path of that.
    async fn submit(&mut self, path: &str, fields: &[(&str, &str)]) -> Result<String, ShopperError> {
        let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let fields: Vec<String> = fields
            .iter()
            .map(|(name, value)| format!("{name}={}", encoded(value)))
            .collect();
        let request = self.client.post(format!("{}{path}", self.base));
        let request = request
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(fields.join("&"));
        let got = self.send(request).await?;
        let there = got
            .headers
            .get(LOCATION)
            .and_then(|there| there.to_str().ok())
            .map(str::to_owned);
        match there {
            Some(there) if got.status.is_redirection() => Ok(there),
            _ => Err(refused(path, got)),
        }
    }

    async fn send(&mut self, request: RequestBuilder) -> Result<Got, ShopperError> {
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let request = request
            .header(ORIGIN, &self.base)
            .header(COOKIE, cookies.join("; "));
        let response = request.send().await?;
        let (status, headers) = (response.status(), response.headers().clone());
        for cookie in headers
            .get_all(SET_COOKIE)
            .iter()
            .filter_map(|cookie| cookie.to_str().ok())
        {
            let pair = cookie.split(';').next().and_then(|pair| pair.split_once('='));
            self.cookies
                .extend(pair.map(|(name, value)| (name.trim().to_owned(), value.to_owned())));
        }
        let body = response.text().await?;
        Ok(Got {
            status,
            headers,
            body,
        })
    }
}

fn refused(what: &str, got: Got) -> ShopperError {
    let said = match got.body.trim_start().starts_with('<') {
        true => page::text(&got.body),
        false => got.body,
    };
    ShopperError::Refused {
        what: what.to_owned(),
        status: got.status,
        body: said.chars().take(300).collect(),
    }
}
