//! A shopper with a browser: headless Chromium on the demo shop's page.

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdout, Command, Stdio};

use fantoccini::actions::{InputSource, KeyAction, KeyActions};
use fantoccini::elements::Element;
use fantoccini::key::Key;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use shopkeeper::recommend::events;
use tempfile::TempDir;

use crate::common::{Folder, QUESTION, Server, eventually, project, run, told};

pub const PHONE: (u32, u32) = (390, 844);
const DESKTOP: (u32, u32) = (1280, 800);

#[tokio::test]
async fn a_shopper_asks_reads_the_source_and_comes_back() {
    let Some(browser) = Browser::open(DESKTOP).await else {
        return;
    };
    let server = Server::start();
    let page = &browser.page;
    page.goto(&server.url("/")).await.unwrap();
    browser.widget(".launcher").await.click().await.unwrap();
    browser
        .widget("textarea")
        .await
        .send_keys(QUESTION)
        .await
        .unwrap();
    browser
        .widget("textarea")
        .await
        .send_keys(&Key::Enter)
        .await
        .unwrap();
    let card = browser.widget("a.card").await;
    assert_eq!(browser.texts(".mine .bubble").await, [QUESTION]);
    let answer = browser.texts(".theirs .bubble").await.concat();
    assert!(answer.contains("cast iron"), "{answer}");

    browser.widget(".thumbs button").await.click().await.unwrap();
    let pressed = "return root.querySelector('.thumbs button').getAttribute('aria-pressed') === 'true'";
    browser.wait_until("the thumb is up", pressed).await;

    // The source opens beside the chat.
    let title = card.find(Locator::Css("b")).await.unwrap().text().await.unwrap();
    let before = page.window().await.unwrap();
    card.click().await.unwrap();
    let beside = eventually("a second window", async || {
        page.windows()
            .await
            .unwrap()
            .into_iter()
            .find(|window| *window != before)
    });
    page.switch_to_window(beside.await).await.unwrap();
    let heading = page.wait().for_element(Locator::Css("article h1")).await.unwrap();
    assert_eq!(heading.text().await.unwrap(), title);
    page.close_window().await.unwrap();
    page.switch_to_window(before).await.unwrap();

    // Whoever comes back finds it all.
    let transcript = browser.texts(".bubble").await;
    page.refresh().await.unwrap();
    browser.widget(".launcher").await.click().await.unwrap();
    browser.widget("a.card").await;
    assert_eq!(browser.texts(".bubble").await, transcript);
    browser.wait_until("the thumb is still up", pressed).await;
    browser.close().await;
}

#[tokio::test]
async fn the_keyboard_is_enough() {
    let Some(browser) = Browser::open(DESKTOP).await else {
        return;
    };
    let server = Server::start();
    browser.page.goto(&server.url("/")).await.unwrap();
    browser.widget(".launcher").await;
    browser.tab_to("launcher").await;
    browser.press(Key::Enter).await;
    browser
        .wait_until(
            "the text box has the focus",
            "return root.activeElement?.tagName === 'TEXTAREA'",
        )
        .await;
    for letter in QUESTION.chars() {
        browser.press(letter).await;
    }
    browser.press(Key::Enter).await;
    browser.widget("a.card").await;
    browser
        .wait_until(
            "the text box is empty",
            "return root.querySelector('textarea').value === ''",
        )
        .await;
    // Back from the text box, past the buttons of the reply, to its source.
    for stop in ["chip", "card"] {
        browser.shift_tab_to(stop).await;
    }
    browser.tab_to("chip").await;
    let chosen = browser.widget("button:focus").await.text().await.unwrap();
    browser.press(Key::Enter).await;
    browser
        .wait_until(
            "a second source",
            "return root.querySelectorAll('a.card').length === 2",
        )
        .await;
    assert_eq!(browser.texts(".mine .bubble").await, [QUESTION, &chosen]);
    browser.press(Key::Escape).await;
    let closed = "return root.querySelector('.panel').hidden && root.activeElement === root.querySelector('.launcher')";
    browser
        .wait_until("the panel is closed and its button has the focus", closed)
        .await;
    browser.close().await;
}

#[tokio::test]
async fn on_a_phone_the_chat_fills_the_screen_and_nothing_sticks_out() {
    let Some(browser) = Browser::open(PHONE).await else {
        return;
    };
    let server = Server::start();
    for path in [
        "/",
        "/help",
        "/help/care-cast-iron",
        "/help?q=returns",
        "/nothing",
        "/products",
        "/products?q=boots",
        "/products/LF-1101",
        "/recommendations",
        "/cart",
        "/orders",
    ] {
        browser.page.goto(&server.url(path)).await.unwrap();
        browser.widget(".launcher").await;
        assert_eq!(browser.run("return innerWidth").await, PHONE.0, "{path}");
        browser.assert_fits(path).await;
    }
    browser.page.goto(&server.url("/")).await.unwrap();
    browser.widget(".launcher").await.click().await.unwrap();
    let long = "x".repeat(200) + " <img src=x onerror=\"document.title='taken'\">";
    browser
        .widget("textarea")
        .await
        .send_keys(&format!("{QUESTION} {long}"))
        .await
        .unwrap();
    browser.widget(".go").await.click().await.unwrap();
    browser
        .wait_until("a reply", "return root.querySelector('.theirs .bubble') !== null")
        .await;
    let panel = "const panel = root.querySelector('.panel').getBoundingClientRect(); return [panel.x, panel.y, panel.width, panel.height]";
    assert_eq!(browser.run(panel).await, json!([0, 0, PHONE.0, PHONE.1]));
    browser.assert_fits("the open chat").await;
    assert_ne!(browser.page.title().await.unwrap(), "taken");
    let log = "const log = root.querySelector('.scroll'); return log.scrollWidth <= log.clientWidth";
    assert_eq!(
        browser.run(log).await,
        true,
        "the transcript is wider than the panel"
    );
    browser.close().await;
}

#[tokio::test]
async fn a_shopper_is_remembered_after_a_yes_and_forgotten_after_a_no() {
    let Some(browser) = Browser::open(DESKTOP).await else {
        return;
    };
    let server = Server::with(&[("SHOPKEEPER_RECOMMEND_TRAIN", "false")]);
    let trained = run(&server.folder, &["train", "recommender"]);
    assert!(trained.status.success(), "{trained:?}");
    let store = server.store().await;
    let before = events::count(&store).await.unwrap();
    let page = &browser.page;

    // From a search to a product.
    page.goto(&server.url("/products?category=Camping"))
        .await
        .unwrap();
    let status = "return document.getElementById('status').textContent";
    let all = browser.run(status).await;
    // The fold is open by style alone, which the driver does not see.
    let in_stock = "document.getElementById('in_stock').click()";
    page.execute(in_stock, Vec::new()).await.unwrap();
    let changed = format!(
        "return document.getElementById('status').textContent !== {all} && location.search.includes('in_stock=true')"
    );
    browser.wait_until("the list is narrowed", &changed).await;
    let brand = "return document.getElementById('brand').value";
    assert_eq!(browser.run(brand).await, "", "nobody chose a brand");
    let first = page.find(Locator::Css("#found .product a")).await.unwrap();
    let title = first.find(Locator::Css(".product-title")).await.unwrap();
    let title = title.text().await.unwrap();
    first.click().await.unwrap();
    let heading = page
        .wait()
        .for_element(Locator::Css(".product-page h1"))
        .await
        .unwrap();
    assert_eq!(heading.text().await.unwrap(), title);
    let has_row = "return [...document.querySelectorAll('.recommended h2')].some((title) => title.textContent === 'Similar products')";
    browser.wait_until("the similar products", has_row).await;
    let row = "const row = document.querySelector('[data-for-you]'); return !row.hidden && row.querySelectorAll('.reason').length > 2";
    browser.wait_until("a row for the session", row).await;

    // Nothing of it is kept, here or there.
    assert_eq!(browser.run("return localStorage.length").await, 0);
    assert_eq!(events::count(&store).await.unwrap(), before);

    // With a yes it is, and the next page goes by it.
    let yes = page
        .find(Locator::Css("[data-consent] [value=yes]"))
        .await
        .unwrap();
    yes.click().await.unwrap();
    eventually("the visit is stored", async || {
        (events::count(&store).await.unwrap() > before).then_some(())
    })
    .await;
    browser
        .wait_until(
            "the question is gone",
            "return document.querySelector('.consent-choice').hidden",
        )
        .await;
    page.find(Locator::Css(".recommended .product a"))
        .await
        .unwrap()
        .click()
        .await
        .unwrap();
    let other = format!(
        "return document.querySelector('.product-page h1')?.textContent !== {}",
        json!(title)
    );
    browser.wait_until("another product", &other).await;
    browser.wait_until("a row for the visitor", row).await;

    // A card that isn't wanted leaves; whoever works by keyboard goes on at the next one.
    let unwanted = browser
        .run("return document.querySelector('[data-for-you] [data-item]').dataset.item")
        .await;
    let dismiss = page
        .find(Locator::Css("[data-for-you] [data-dismiss]"))
        .await
        .unwrap();
    dismiss.send_keys(&Key::Enter).await.unwrap();
    let left = format!(
        "return !document.querySelector('[data-for-you] [data-item={unwanted}]') && document.activeElement.matches('[data-dismiss]')"
    );
    browser.wait_until("the card has left", &left).await;

    // With a no it is all gone.
    page.find(Locator::Css("footer a[href='/recommendations']"))
        .await
        .unwrap()
        .click()
        .await
        .unwrap();
    browser
        .wait_until(
            "the choice shows the yes",
            "return document.querySelector('[value=yes]')?.getAttribute('aria-pressed') === 'true'",
        )
        .await;
    page.find(Locator::Css("[value=no]"))
        .await
        .unwrap()
        .click()
        .await
        .unwrap();
    browser
        .wait_until("the number is gone", "return localStorage.length === 0")
        .await;
    assert_eq!(events::count(&store).await.unwrap(), before);
    browser.close().await;
}

#[tokio::test]
async fn a_shopper_looks_at_products_sends_a_photo_and_has_the_chat_sent_home() {
    let Some(browser) = Browser::open(PHONE).await else {
        return;
    };
    let server = Server::start();
    browser.page.goto(&server.url("/")).await.unwrap();
    browser.widget(".launcher").await.click().await.unwrap();
    let say = async |text: &str| {
        browser.widget("textarea").await.send_keys(text).await.unwrap();
        browser.widget(".go").await.click().await.unwrap();
    };

    // A row of products that fits the phone, and that the keyboard moves.
    say("Which tent would you recommend?").await;
    browser.widget(".shelf .goods h3").await;
    assert!(browser.texts(".shelf .goods h3").await.len() > 1);
    let fits = "const log = root.querySelector('.scroll'); return log.scrollWidth <= log.clientWidth";
    assert_eq!(browser.run(fits).await, true);
    browser.run("root.querySelector('.shelf').focus()").await;
    browser.press(Key::Right).await;
    browser
        .wait_until(
            "the row moves",
            "return root.querySelector('.shelf').scrollLeft > 0",
        )
        .await;

    // The photo is shown as it was sent, and goes to a person.
    let photo = server.folder.write(
        "photo.png",
        std::fs::read(project().join("docs/widget.png")).unwrap(),
    );
    let host = browser
        .page
        .find(Locator::Css("shopkeeper-widget"))
        .await
        .unwrap();
    let picker = host
        .shadow_root()
        .await
        .unwrap()
        .find(Locator::Css("input[type=file]"))
        .await
        .unwrap();
    picker.send_keys(photo.to_str().unwrap()).await.unwrap();
    browser.widget(".sheet .main").await.click().await.unwrap();
    browser.widget(".mine canvas").await;
    let said = "return [...root.querySelectorAll('.theirs .bubble')].some((node) => node.textContent.includes(\"can't look at pictures\"))";
    browser.wait_until("the bot says what it can't do", said).await;

    browser.widget(".menu-box > button").await.click().await.unwrap();
    browser.widget(".menu button").await.click().await.unwrap();
    browser
        .widget(".sheet input")
        .await
        .send_keys("ann@home.example")
        .await
        .unwrap();
    browser.widget(".sheet .main").await.click().await.unwrap();
    let sent = "return root.querySelector('.notice').textContent.includes('ann@home.example')";
    browser.wait_until("the chat was sent", sent).await;
    let outbox = std::fs::read_dir(server.folder.data().join("outbox")).unwrap();
    assert_eq!(outbox.count(), 1);
    browser.close().await;
}

#[tokio::test]
async fn what_the_chat_puts_into_the_cart_is_ordered_asked_about_returned_and_rated() {
    let Some(browser) = Browser::open(DESKTOP).await else {
        return;
    };
    let folder = Folder::warm();
    folder.write("shopkeeper.toml", "[orders]\nchange_minutes = 0\n");
    let server = Server::on(folder, &[]);
    let page = &browser.page;
    page.goto(&server.url("/")).await.unwrap();
    browser.widget(".launcher").await.click().await.unwrap();
    let say = async |text: &str| {
        browser.widget("textarea").await.send_keys(text).await.unwrap();
        browser.widget(".go").await.click().await.unwrap();
    };
    let heard = async |part: &str| {
        let script = format!(
            "return [...root.querySelectorAll('.theirs .bubble')].some((node) => node.textContent.includes(\"{part}\"))"
        );
        browser.wait_until(part, &script).await;
    };
    say("waterproof jacket under 220").await;
    browser.widget(".shelf .goods h3").await;
    say("not Northpeak").await;
    let narrowed = "const shelves = root.querySelectorAll('.shelf'); \
                    return shelves.length === 2 && !shelves[1].textContent.includes('Northpeak')";
    browser.wait_until("only other brands", narrowed).await;
    say("in blue").await;
    heard("Jackets, blue, up to").await;
    let first = browser
        .run("return root.querySelectorAll('.shelf')[2].querySelector('h3').innerText")
        .await;
    let first = first.as_str().unwrap();
    say("add the first one to my cart").await;
    heard("into your cart").await;
    say("any coupons?").await;
    heard("what they do for your cart").await;

    // The page has the same cart, and orders it.
    page.goto(&server.url("/cart")).await.unwrap();
    assert!(page.source().await.unwrap().contains(first), "{first}");
    page.goto(&server.url("/checkout")).await.unwrap();
    for (name, value) in [
        ("name", "Ada Lovelace"),
        ("email", "ada@shop.example"),
        ("street", "14 Mill Lane"),
        ("city", "Burlington"),
        ("region", "VT"),
        ("postcode", "05401"),
    ] {
        let field = format!("form.details [name={name}]");
        page.find(Locator::Css(&field))
            .await
            .unwrap()
            .send_keys(value)
            .await
            .unwrap();
    }
    page.find(Locator::Css("form.details button"))
        .await
        .unwrap()
        .click()
        .await
        .unwrap();
    let place = Locator::Css("form[action='/checkout/order'] button");
    page.wait()
        .for_element(place)
        .await
        .unwrap()
        .click()
        .await
        .unwrap();
    eventually("the order's page", async || {
        page.current_url()
            .await
            .unwrap()
            .path()
            .starts_with("/orders/")
            .then_some(())
    })
    .await;

    // The conversation goes on, and finds the order once it is proven whose it is.
    browser.widget(".launcher").await.click().await.unwrap();
    say("where's my order 10001? eve@shop.example").await;
    heard("can't find an order").await;
    say("ada@shop.example").await;
    heard("Order 10001, placed on").await;

    // It arrives, doesn't fit, and goes back; a person is asked for, and the chat rated.
    told(run(&server.folder, &["orders", "pack", "10001"]));
    let parcel = ["--carrier", "UPS", "--tracking", "1Z999AA10123456784"];
    told(run(
        &server.folder,
        &[&["orders", "ship", "10001"][..], &parcel].concat(),
    ));
    told(run(&server.folder, &["orders", "deliver", "10001"]));
    say("i want to return the jacket").await;
    heard("What's the reason?").await;
    say("too small").await;
    heard("Shall I?").await;
    say("yes").await;
    heard("your return is started").await;
    say("can i talk to a real person").await;
    heard("our team").await;
    say("thanks, bye").await;
    browser.widget(".csat-form .scale label:nth-of-type(5)").await;
    browser
        .run("root.querySelectorAll('.csat-form input')[4].click()")
        .await;
    browser
        .widget(".csat-form button[type=submit]")
        .await
        .click()
        .await
        .unwrap();
    browser.widget(".csat-result").await;
    browser.close().await;
}

#[tokio::test]
async fn a_message_of_the_shops_own_waits_for_a_calm_moment() {
    let Some(browser) = Browser::open(DESKTOP).await else {
        return;
    };
    let folder = Folder::warm();
    let trigger = "[[proactive]]\nname = 'help'\npages = '/help*'\nafter_seconds = 1\nrequires_consent = false\nholdout = 0.0\nmessage = { en = 'May I help you find it?' }";
    folder.write("shopkeeper.toml", trigger);
    let server = Server::on(folder, &[]);
    browser.page.goto(&server.url("/help")).await.unwrap();
    // Nothing while somebody has the cursor in a field.
    let field = browser
        .page
        .find(Locator::Css("main input[type=search], main input"))
        .await
        .unwrap();
    field.click().await.unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(2_500)).await;
    assert!(browser.texts(".teaser-text").await.is_empty());
    browser.run("document.activeElement.blur()").await;
    let teaser = browser.widget(".teaser-text").await;
    browser.assert_fits("the page with a message").await;
    teaser.click().await.unwrap();
    browser
        .wait_until("the chat is open", "return !root.querySelector('.panel').hidden")
        .await;
    assert_eq!(
        browser.texts(".theirs .bubble").await,
        ["May I help you find it?"]
    );
    browser
        .widget("textarea")
        .await
        .send_keys(QUESTION)
        .await
        .unwrap();
    browser.widget(".go").await.click().await.unwrap();
    browser.widget("a.card").await;
    let report = eventually("the answer is counted", async || {
        let report = told(run(&server.folder, &["proactive", "report", "--json"]));
        let report: Value = serde_json::from_str(&report).unwrap();
        (report[0]["shown"]["conversations"] == 1).then_some(report)
    });
    assert_eq!(report.await[0]["shown"]["clicked"], 1);
    browser.close().await;
}

/// Chromium with the programs that drive it; all end with it.
pub struct Browser {
    pub page: Client,
    driver: Child,
    _stdout: BufReader<ChildStdout>,
    _profile: TempDir,
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The group: a browser whose driver is gone would go on for ever.
        let _ = Command::new("sh")
            .args(["-c", &format!("kill -KILL -{}", self.driver.id())])
            .status();
        let _ = self.driver.wait();
    }
}

impl Browser {
    /// A browser with a window of this size inside; `None` when it is not installed.
    pub async fn open(size: (u32, u32)) -> Option<Self> {
        let mut command = Command::new("chromedriver");
        let driver = command
            .arg("--port=0")
            .process_group(0)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let chromium = ["chromium", "chromium-browser", "google-chrome"]
            .into_iter()
            .find(|name| {
                Command::new(name)
                    .arg("--version")
                    .output()
                    .is_ok_and(|output| output.status.success())
            });
        let (Ok(mut driver), Some(chromium)) = (driver, chromium) else {
            assert!(
                std::env::var_os("CI").is_none(),
                "chromium and chromedriver are not installed"
            );
            println!("skipped: chromium and chromedriver are not installed");
            return None;
        };
        let mut stdout = BufReader::new(driver.stdout.take().unwrap());
        let port = read_port(&mut stdout).expect("chromedriver names its port");
        let profile = TempDir::new().unwrap();
        let page = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities(chromium, &profile, size))
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .unwrap();
        Some(Self {
            page,
            driver,
            _stdout: stdout,
            _profile: profile,
        })
    }

    pub async fn close(self) {
        self.page.clone().close().await.unwrap();
    }

    /// Runs a script in the page; `root` is the widget's shadow root.
    pub async fn run(&self, script: &str) -> Value {
        let script = format!(
            "const root = document.querySelector('shopkeeper-widget')?.shadowRoot; if (!root) return null; {script}"
        );
        self.page.execute(&script, Vec::new()).await.unwrap()
    }

    pub async fn wait_until(&self, what: &str, script: &str) {
        eventually(what, async || (self.run(script).await == true).then_some(())).await;
    }

    /// The first element of the widget that fits the selector, as soon as it can be seen.
    pub async fn widget(&self, selector: &str) -> Element {
        eventually(selector, async || {
            let host = self.page.find(Locator::Css("shopkeeper-widget")).await.ok()?;
            let found = host
                .shadow_root()
                .await
                .ok()?
                .find(Locator::Css(selector))
                .await
                .ok()?;
            found.is_displayed().await.ok()?.then_some(found)
        })
        .await
    }

    /// What the elements of the widget that fit the selector show.
    pub async fn texts(&self, selector: &str) -> Vec<String> {
        let script = format!("return [...root.querySelectorAll('{selector}')].map((node) => node.innerText)");
        serde_json::from_value(self.run(&script).await).unwrap()
    }

    async fn press(&self, key: impl Into<char>) {
        self.chord(None, key.into()).await;
    }

    async fn chord(&self, modifier: Option<Key>, key: char) {
        let mut keys = KeyActions::new("keyboard".into());
        let modifier: Option<char> = modifier.map(Into::into);
        for value in modifier.into_iter().chain([key]) {
            keys = keys.then(KeyAction::Down { value });
        }
        for value in [key].into_iter().chain(modifier) {
            keys = keys.then(KeyAction::Up { value });
        }
        self.page.perform_actions(keys).await.unwrap();
    }

    /// Presses Tab until an element of the widget with this class has the focus.
    async fn tab_to(&self, class: &str) {
        self.step_to(class, None).await;
    }

    async fn shift_tab_to(&self, class: &str) {
        self.step_to(class, Some(Key::Shift)).await;
    }

    async fn step_to(&self, class: &str, modifier: Option<Key>) {
        let focused = format!("return !!root.activeElement?.classList.contains('{class}')");
        for _ in 0..80 {
            self.chord(modifier, Key::Tab.into()).await;
            if self.run(&focused).await == true {
                return;
            }
        }
        panic!("Tab never comes to .{class}");
    }

    /// The page is no wider than the window.
    pub async fn assert_fits(&self, what: &str) {
        let script = "const { scrollWidth, clientWidth } = document.documentElement; return [scrollWidth, clientWidth]";
        let widths: (u32, u32) = serde_json::from_value(self.run(script).await).unwrap();
        assert!(
            widths.0 <= widths.1,
            "{what} is {} wide in a window of {}",
            widths.0,
            widths.1
        );
    }
}

fn read_port(stdout: &mut BufReader<ChildStdout>) -> Option<u16> {
    for line in stdout.lines() {
        let line = line.ok()?;
        if let Some((_, port)) = line.rsplit_once("successfully on port ") {
            return port.trim_end_matches('.').parse().ok();
        }
    }
    None
}

fn capabilities(
    chromium: &str,
    profile: &TempDir,
    (width, height): (u32, u32),
) -> serde_json::Map<String, Value> {
    let profile = format!("--user-data-dir={}", profile.path().display());
    let size = format!("--window-size={width},{height}");
    let mut arguments = vec![profile.as_str(), size.as_str()];
    arguments.extend([
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    ]);
    let mut options = json!({ "args": arguments });
    if (width, height) == PHONE {
        // Windows have a least width; the screen of an emulated phone has not.
        let metrics =
            json!({ "width": width, "height": height, "pixelRatio": 2, "touch": true, "mobile": true });
        options["mobileEmulation"] = json!({ "deviceMetrics": metrics });
    }
    if let Some(binary) = std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())
        .map(|folder| folder.join(chromium))
        .find(|file| file.is_file())
    {
        options["binary"] = json!(binary);
    }
    json!({ "browserName": "chrome", "goog:chromeOptions": options })
        .as_object()
        .unwrap()
        .clone()
}
