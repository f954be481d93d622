//! Data folders. The first start of a server loads articles and trains a model, which takes seconds; it is done once for
//! all test binaries, and each server begins with a copy.

use std::fs::{self, File};
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};
use std::time::SystemTime;

use shopkeeper::store::Store;
use tempfile::TempDir;

use super::Server;

/// The folder of the checkout.
pub fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A temporary working folder, in which the server's data folder is `data`. Clones are the same folder.
#[derive(Clone)]
pub struct Folder(Arc<TempDir>);

impl Deref for Folder {
    type Target = Path;

    fn deref(&self) -> &Path {
        self.0.path()
    }
}

impl Folder {
    pub fn empty() -> Self {
        Self(Arc::new(TempDir::new().unwrap()))
    }

    /// A folder in which a server has run before: articles are loaded, the model is trained.
    pub fn warm() -> Self {
        static WARM: LazyLock<PathBuf> = LazyLock::new(warm_up);
        let folder = Self::empty();
        copy(&WARM, &folder.data());
        folder
    }

    pub fn data(&self) -> PathBuf {
        self.join("data")
    }

    /// Writes a file, with the folders above it.
    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let file = self.join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, text).unwrap();
        file
    }

    /// The SQLite database beside a server that may be running.
    pub async fn store(&self) -> Store {
        Store::open(&Store::sqlite_url(&self.data().join("shopkeeper.db")))
            .await
            .unwrap()
    }
}

/// Makes the warm data folder, unless a test binary made it for this build and this knowledge base already.
fn warm_up() -> PathBuf {
    let shared = Path::new(env!("CARGO_TARGET_TMPDIR"));
    fs::create_dir_all(shared).unwrap();
    let lock = File::create(shared.join("warm.lock")).unwrap();
    lock.lock().unwrap();
    let (data, mark) = (shared.join("warm"), shared.join("warm.mark"));
    let newest = [
        Path::new(env!("CARGO_BIN_EXE_shopkeeper")),
        &project().join("knowledge_base"),
    ]
    .map(changed)
    .into_iter()
    .max();
    let wanted = format!("{newest:?}");
    if fs::read_to_string(&mark).is_ok_and(|known| known == wanted) {
        return data;
    }
    let _ = fs::remove_file(&mark);
    let _ = fs::remove_dir_all(&data);
    let server = Server::on(Folder::empty(), &[]);
    let folder = server.folder.clone();
    server.stop();
    copy(&folder.data(), &data);
    fs::write(&mark, wanted).unwrap();
    data
}

/// When a file, or the newest file below a folder, was last changed.
fn changed(path: &Path) -> SystemTime {
    let own = path.metadata().unwrap().modified().unwrap();
    let below = path.is_dir().then(|| fs::read_dir(path).unwrap());
    let below = below
        .into_iter()
        .flatten()
        .map(|entry| changed(&entry.unwrap().path()));
    below.fold(own, SystemTime::max)
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let (entry, target) = (
            entry.as_ref().unwrap(),
            to.join(entry.as_ref().unwrap().file_name()),
        );
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
