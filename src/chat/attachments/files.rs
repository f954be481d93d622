//! The files of a conversation's attachments, in the data folder.

use std::io::{Error, ErrorKind, Result};
use std::path::{Path, PathBuf};

use tokio::io::AsyncWriteExt;

use super::super::ConversationId;
use super::AttachmentError;

/// The folder of one conversation's files.
pub(super) struct Files {
    folder: PathBuf,
}

impl Files {
    pub fn of(data: &Path, id: ConversationId) -> Self {
        Self {
            folder: data.join("attachments").join(id.to_string()),
        }
    }

    /// Writes a file whole or not at all, unless there are `most` already.
    pub async fn keep(
        &self,
        name: &str,
        bytes: Vec<u8>,
        most: usize,
    ) -> std::result::Result<(), AttachmentError> {
        tokio::fs::create_dir_all(&self.folder).await?;
        let count = self.count().await?;
        if count >= most {
            return Err(AttachmentError::TooMany(count));
        }
        let unfinished = self.folder.join(format!("{name}.part"));
        let written = write(&unfinished, &bytes).await;
        let moved = match written {
            Ok(()) => tokio::fs::rename(&unfinished, self.folder.join(name)).await,
            Err(error) => Err(error),
        };
        if moved.is_err() {
            // What is half written is of no use to anybody; that it can't be removed either is told by the error.
            let _ = tokio::fs::remove_file(&unfinished).await;
        }
        Ok(moved?)
    }

    /// The bytes of a file, if it is there.
    pub async fn read(&self, name: &str) -> std::result::Result<Option<Vec<u8>>, AttachmentError> {
        match tokio::fs::read(self.folder.join(name)).await {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Removes a file that no message names.
    pub async fn forget(&self, name: &str) {
        if let Err(error) = tokio::fs::remove_file(self.folder.join(name)).await {
            tracing::warn!(%error, file = name, "a file without a message stays");
        }
    }

    /// Removes the folder; one that isn't there is removed already.
    pub async fn forget_all(&self) -> std::result::Result<(), AttachmentError> {
        match tokio::fs::remove_dir_all(&self.folder).await {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }

    async fn count(&self) -> Result<usize> {
        let mut entries = tokio::fs::read_dir(&self.folder).await?;
        let mut count = 0;
        while entries.next_entry().await?.is_some() {
            count += 1;
        }
        Ok(count)
    }
}

/// On disk when it returns, also when the power fails.
async fn write(file: &Path, bytes: &[u8]) -> Result<()> {
    let mut open = tokio::fs::File::create(file)
        .await
        .map_err(|error| Error::new(error.kind(), format!("{}: {error}", file.display())))?;
    open.write_all(bytes).await?;
    open.sync_all().await
}
