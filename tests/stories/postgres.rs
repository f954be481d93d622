//! The main stories once more, on PostgreSQL.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use shopkeeper::store::Store;
use tempfile::TempDir;

use crate::common::{Folder, Server};
use crate::{
    bad_input, catalogue, knowledge_changes, messages_survive, one_speaker, order_care, order_desk, people,
    promotions, recommends, shopper_asks,
};

#[tokio::test]
async fn the_main_stories_hold_on_postgresql() {
    let Some(cluster) = Cluster::start() else {
        assert!(std::env::var_os("CI").is_none(), "PostgreSQL is not installed");
        println!("skipped: PostgreSQL is not installed");
        return;
    };
    let folder = Folder::empty();
    folder.write("shopkeeper.toml", format!("database_url = '{}'\n", cluster.url()));
    let server = Server::on(folder, &[]);
    let store = Store::open(&cluster.url()).await.unwrap();
    shopper_asks::gets_a_quotation(&server).await;
    shopper_asks::stay_in_step(&server).await;
    shopper_asks::is_stored_once(&server).await;
    shopper_asks::is_admitted_and_noted(&server, &store).await;
    shopper_asks::is_put_in_line(&server).await;
    bad_input::are_kept_or_refused(&server).await;
    one_speaker::nothing_more(&server, &store).await;
    people::taken_over_and_back(&server).await;
    knowledge_changes::shows_within_a_second(&server).await;
    catalogue::follows_the_feed(&server).await;
    recommends::each_has_its_value(&store).await;
    promotions::the_last_uses_go_to_ten(store.clone()).await;
    // The shop's own offers would take the place of those that the story uses up.
    let beside = cluster.another(&store, "beside").await;
    let house = order_care::House::on(beside.clone(), 60).await;
    order_care::cancelled_and_reinstated(&house).await;
    beside.close().await;
    let house = order_care::House::on(store.clone(), 0).await;
    order_care::add_up(&house).await;
    let number = house
        .place("desk", "ada@shop.example", &[(order_care::MUG, 1)], &[])
        .await;
    order_desk::counted(&house, &number, "pg ").await;
    let server = messages_survive::outlives_a_power_failure(server).await;
    shopper_asks::gets_a_quotation(&server).await;
    store.close().await;
    assert!(!server.folder.data().join("shopkeeper.db").exists());
}

/// A private PostgreSQL on a free port, in a folder that goes with it.
pub struct Cluster {
    programs: PathBuf,
    folder: TempDir,
    port: u16,
}

impl Cluster {
    /// `None` when PostgreSQL is not installed.
    pub fn start() -> Option<Self> {
        let versions = fs::read_dir("/usr/lib/postgresql").ok()?;
        let folders = versions.map(|version| version.unwrap().path().join("bin"));
        let programs = folders.filter(|folder| folder.join("initdb").is_file()).max()?;
        let folder = TempDir::new().unwrap();
        if let Some((user, group)) = other_user() {
            chown(folder.path(), Some(user), Some(group)).unwrap();
        }
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let cluster = Self {
            programs,
            folder,
            port,
        };
        cluster.run(
            "initdb",
            &[
                "--auth=trust",
                "--username=shopkeeper",
                "--encoding=UTF8",
                "--no-sync",
            ],
        );
        let options = format!(
            "-p {port} -c listen_addresses=127.0.0.1 -c fsync=off -k {}",
            cluster.folder.path().display()
        );
        let log = cluster.folder.path().join("log");
        cluster.run(
            "pg_ctl",
            &[
                "start",
                "--wait",
                "--log",
                log.to_str().unwrap(),
                "--options",
                &options,
            ],
        );
        Some(cluster)
    }

    pub fn url(&self) -> String {
        format!("postgres://shopkeeper@127.0.0.1:{}/postgres", self.port)
    }

    /// A new, empty database of this name, beside the one that `store` has.
    async fn another(&self, store: &Store, name: &str) -> Store {
        let created = sqlx::query(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}")));
        created.execute(store.writer()).await.unwrap();
        let url = format!("postgres://shopkeeper@127.0.0.1:{}/{name}", self.port);
        Store::open(&url).await.unwrap()
    }

    fn run(&self, program: &str, arguments: &[&str]) {
        let output = self.command(program).args(arguments).output().unwrap();
        assert!(output.status.success(), "{program}: {}", said(&output));
    }

    /// A program of PostgreSQL's on this cluster. It refuses to run as root.
    fn command(&self, program: &str) -> Command {
        let program = self.programs.join(program);
        let mut command = match other_user() {
            Some((user, group)) => {
                let mut command = Command::new("setpriv");
                command.args([
                    &format!("--reuid={user}"),
                    &format!("--regid={group}"),
                    "--clear-groups",
                ]);
                command.arg(program);
                command
            }
            None => Command::new(program),
        };
        command
            .arg("--pgdata")
            .arg(self.folder.path().join("cluster"))
            .current_dir(Path::new("/"));
        command
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let stopped = self.command("pg_ctl").args(["stop", "--mode=immediate"]).output();
        if !stopped.is_ok_and(|output| output.status.success()) {
            eprintln!("PostgreSQL could not be stopped");
        }
    }
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&[output.stdout.as_slice(), &output.stderr].concat()).into_owned()
}

/// User and group to run as instead of root.
fn other_user() -> Option<(u32, u32)> {
    let id = |arguments: &[&str]| -> Option<u32> {
        let output = Command::new("id").args(arguments).output().ok()?;
        String::from_utf8(output.stdout).ok()?.trim().parse().ok()
    };
    if id(&["-u"])? != 0 {
        return None;
    }
    let of = |user: &str| id(&["-u", user]).zip(id(&["-g", user]));
    of("postgres").or_else(|| of("nobody"))
}
