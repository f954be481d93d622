//! Keeps a folder `articles/<locale>/<slug>.md` and the database in step, so that a shop can hold its articles in git.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::KnowledgeError;
use super::article::Draft;
use super::articles::{self, Change};
use crate::progress::Progress;
use crate::store::{Store, StoreError};

/// What an import did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ImportReport {
    pub created: usize,
    pub updated: usize,
    pub unchanged: usize,
    pub errors: Vec<FileError>,
}

/// A file that was not loaded, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileError {
    pub file: PathBuf,
    pub line: usize,
    pub message: String,
}

/// What an export did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ExportReport {
    pub written: usize,
    pub unchanged: usize,
}

/// Loads all articles below `folder`, in one transaction. A bad file is reported and the others are loaded; with
/// `strict` none is.
pub async fn import_folder(
    store: &Store,
    folder: &Path,
    author: &str,
    strict: bool,
    progress: &Progress,
) -> Result<ImportReport, KnowledgeError> {
    let (drafts, errors) = read_folder(folder)?;
    let mut report = ImportReport {
        errors,
        ..ImportReport::default()
    };
    if strict && !report.errors.is_empty() {
        return Ok(report);
    }
    let mut transaction = store.begin().await?;
    for (index, draft) in drafts.iter().enumerate() {
        progress.step("importing", index as u64, drafts.len() as u64)?;
        match articles::put_within(&mut transaction, draft, author).await? {
            Change::Created => report.created += 1,
            Change::Updated => report.updated += 1,
            Change::Unchanged => report.unchanged += 1,
        }
    }
    progress.step("importing", drafts.len() as u64, drafts.len() as u64)?;
    transaction.commit().await.map_err(StoreError::from)?;
    Ok(report)
}

/// Writes every article to its file; files that hold it already are not touched.
pub async fn export_folder(store: &Store, folder: &Path) -> Result<ExportReport, KnowledgeError> {
    let mut report = ExportReport::default();
    for article in articles::list(store).await? {
        let file = folder.join(&article.locale).join(format!("{}.md", article.slug));
        let text = article.render();
        if std::fs::read_to_string(&file).is_ok_and(|known| known == text) {
            report.unchanged += 1;
            continue;
        }
        let failed = |source| KnowledgeError::File {
            file: file.clone(),
            source,
        };
        let parent = file.parent().unwrap_or(folder);
        std::fs::create_dir_all(parent).map_err(failed)?;
        let temporary = tempfile::NamedTempFile::new_in(parent).map_err(failed)?;
        std::fs::write(temporary.path(), text).map_err(failed)?;
        temporary.persist(&file).map_err(|error| failed(error.error))?;
        report.written += 1;
    }
    Ok(report)
}

fn read_folder(folder: &Path) -> Result<(Vec<Draft>, Vec<FileError>), KnowledgeError> {
    let files = markdown_files(folder)?;
    let (mut drafts, mut errors) = (Vec::new(), Vec::new());
    let mut seen: HashMap<(String, String), PathBuf> = HashMap::new();
    for file in files {
        let wrong = |line, message: String| FileError {
            file: file.clone(),
            line,
            message,
        };
        let read = std::fs::read_to_string(&file).map_err(|error| wrong(1, error.to_string()));
        match read.and_then(|text| Draft::parse(&text).map_err(|error| wrong(error.line, error.message))) {
            Err(error) => errors.push(error),
            Ok(draft) => match seen.insert((draft.locale.clone(), draft.slug.clone()), file.clone()) {
                Some(first) => errors.push(wrong(
                    1,
                    format!("`slug`: `{}` is in {} already", draft.slug, first.display()),
                )),
                None => drafts.push(draft),
            },
        }
    }
    Ok((drafts, errors))
}

fn markdown_files(folder: &Path) -> Result<Vec<PathBuf>, KnowledgeError> {
    let failed = |source| KnowledgeError::File {
        file: folder.into(),
        source,
    };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.is_dir() {
            files.extend(markdown_files(&path)?);
        } else if path.extension().is_some_and(|ending| ending == "md") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
