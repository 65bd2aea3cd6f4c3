//! The books of the local issuer on disk: a line for each document and application, written before
//! anything is answered.

use super::super::{Document, RedApplication};
use kernel::Timestamp;
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

/// A line of the books.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub(super) enum Entry {
    /// A document was taken.
    Document {
        /// Which.
        document: Box<Document>,
        /// The number that it got.
        invoice_no: String,
        /// When it is issued.
        due: Timestamp,
    },
    /// Somebody applied for taking one back.
    Application {
        /// What for.
        application: Box<RedApplication>,
        /// When it is judged.
        due: Timestamp,
    },
}

/// The file.
#[derive(Debug)]
pub(super) struct Ledger {
    file: File,
    /// Up to here it is whole.
    length: u64,
}

impl Ledger {
    /// Opens the books, or begins them; what stands in them. A last line that was cut off by a
    /// crash was never answered, and is taken away.
    pub(super) fn open(path: &Path) -> io::Result<(Self, Vec<Entry>)> {
        let mut file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .open(path)?;
        let mut text = Vec::new();
        file.read_to_end(&mut text)?;
        let mut entries = Vec::new();
        let mut length = 0;
        for line in text.split_inclusive(|byte| *byte == b'\n') {
            if line.last() != Some(&b'\n') {
                break;
            }
            let entry = serde_json::from_slice(line)
                .map_err(|fault| io::Error::new(io::ErrorKind::InvalidData, fault))?;
            entries.push(entry);
            length += line.len() as u64;
        }
        let mut ledger = Self { file, length };
        ledger.cut()?;
        Ok((ledger, entries))
    }

    /// Adds a line; it is on the disk afterwards, or nothing of it is in the books.
    pub(super) fn add(&mut self, entry: &Entry) -> io::Result<()> {
        let mut line = serde_json::to_vec(entry)?;
        line.push(b'\n');
        let written = self
            .file
            .write_all(&line)
            .and_then(|()| self.file.sync_data());
        match written {
            Ok(()) => {
                self.length += line.len() as u64;
                Ok(())
            }
            Err(fault) => {
                self.cut()?;
                Err(fault)
            }
        }
    }

    fn cut(&mut self) -> io::Result<()> {
        self.file.set_len(self.length)?;
        self.file.seek(SeekFrom::End(0))?;
        Ok(())
    }
}
