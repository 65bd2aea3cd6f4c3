//! The data directory belongs to one running server.

use anyhow::{Context as _, bail};
use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;

/// Whoever has it locked holds the directory; the system frees it when the process ends.
const LOCK_FILE: &str = "openpile.lock";

/// A data directory that nobody else uses as long as this lives.
#[derive(Debug)]
pub(crate) struct Held {
    _lock: File,
}

/// Takes a data directory.
///
/// # Errors
/// When another process holds it, or the file system refuses.
pub(crate) fn hold(folder: &Path) -> anyhow::Result<Held> {
    let file = folder.join(LOCK_FILE);
    let lock = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&file)
        .with_context(|| format!("cannot open {}", file.display()))?;
    match lock.try_lock() {
        Ok(()) => Ok(Held { _lock: lock }),
        Err(TryLockError::WouldBlock) => {
            bail!("{} is in use by a running server", folder.display())
        }
        Err(TryLockError::Error(error)) => {
            Err(error).with_context(|| format!("cannot lock {}", file.display()))
        }
    }
}
