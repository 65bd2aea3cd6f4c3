//! An issuer of our own, for demonstrations and tests: its papers are worth nothing.
//!
//! It keeps its own books, takes its time, refuses what it is told to refuse, and makes a page
//! that looks a little like an invoice.

mod page;

use super::{Asking, Document, File, Issued, Issuer, IssuerFault, Progress, RedApplication};
use domain::invoice::{FileForm, InvoiceColor, InvoiceFile, RedStatus};
use kernel::{Clock, Timestamp};
use parking_lot::Mutex;
use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// How it behaves.
#[derive(Clone, Debug, Default)]
pub struct LocalIssuerSettings {
    /// How long it takes for a document, and for the confirmation of an application.
    pub delay: Duration,
    /// Buyers with this in their name get nothing.
    pub refuses: Option<String>,
}

/// What goes wrong with a call, as tests order it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mishap {
    /// The call does not arrive.
    Lost,
    /// The call arrives, its answer does not.
    Silent,
}

#[derive(Clone, Debug)]
struct Entry {
    document: Document,
    invoice_no: String,
    due: Timestamp,
}

#[derive(Debug, Default)]
struct Books {
    documents: BTreeMap<String, Entry>,
    applications: BTreeMap<String, (RedApplication, Timestamp)>,
    /// The next applications are answered so at last.
    verdict: Option<RedStatus>,
    mishaps: VecDeque<Mishap>,
    serial: u64,
    calls: u64,
}

/// The issuer.
pub struct LocalIssuer {
    clock: Arc<dyn Clock>,
    settings: LocalIssuerSettings,
    books: Mutex<Books>,
}

impl fmt::Debug for LocalIssuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalIssuer")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

impl LocalIssuer {
    /// With empty books.
    pub fn new(clock: Arc<dyn Clock>, settings: LocalIssuerSettings) -> Self {
        Self {
            clock,
            settings,
            books: Mutex::default(),
        }
    }

    /// The next call does not arrive.
    pub fn lose_next(&self) {
        self.books.lock().mishaps.push_back(Mishap::Lost);
    }

    /// The answer to the next call does not arrive.
    pub fn swallow_next(&self) {
        self.books.lock().mishaps.push_back(Mishap::Silent);
    }

    /// What becomes of applications from now on.
    pub fn judge_red(&self, verdict: RedStatus) {
        self.books.lock().verdict = Some(verdict);
    }

    /// Documents in its books.
    pub fn documents(&self) -> Vec<Document> {
        let books = self.books.lock();
        books
            .documents
            .values()
            .map(|entry| entry.document.clone())
            .collect()
    }

    /// Calls that arrived.
    pub fn calls(&self) -> u64 {
        self.books.lock().calls
    }

    /// One call: what goes wrong goes wrong around `work`.
    fn call<T>(
        &self,
        work: impl FnOnce(&mut Books, Timestamp) -> Result<T, IssuerFault>,
    ) -> Result<T, IssuerFault> {
        let mut books = self.books.lock();
        let mishap = books.mishaps.pop_front();
        if mishap == Some(Mishap::Lost) {
            return Err(IssuerFault::NotDone("the line is down".to_owned()));
        }
        books.calls += 1;
        let result = work(&mut books, self.clock.now());
        if mishap == Some(Mishap::Silent) {
            return Err(IssuerFault::Unclear("no answer in time".to_owned()));
        }
        result
    }

    fn take(&self, books: &mut Books, document: &Document, now: Timestamp) -> Result<(), String> {
        if let Some(known) = books.documents.get(&document.req_no) {
            return if known.document == *document {
                Ok(())
            } else {
                Err("the number is taken by another document".to_owned())
            };
        }
        if let Some(word) = &self.settings.refuses
            && document.buyer.title.contains(word.as_str())
        {
            return Err(format!("buyer {} is not known", document.buyer.title));
        }
        if !document.seller.can_issue() {
            return Err("the seller has no tax number".to_owned());
        }
        let total: i64 = document.lines.iter().map(|line| line.gross().0).sum();
        if total != document.amount.0 {
            return Err("the lines do not add up".to_owned());
        }
        if document.color == InvoiceColor::Red && !has_passed(books, &document.req_no, now) {
            return Err("no application for it has passed".to_owned());
        }
        books.serial += 1;
        let [year, month, day, ..] = now.shanghai();
        let entry = Entry {
            document: document.clone(),
            invoice_no: format!("{:02}{month:02}{day:02}{:014}", year % 100, books.serial),
            due: now + self.settings.delay,
        };
        books.documents.insert(document.req_no.clone(), entry);
        Ok(())
    }
}

fn has_passed(books: &Books, req_no: &str, now: Timestamp) -> bool {
    red_status(books, req_no, now) == Some(RedStatus::Passed)
}

fn red_status(books: &Books, req_no: &str, now: Timestamp) -> Option<RedStatus> {
    let (_, due) = books.applications.get(req_no)?;
    Some(if now < *due {
        RedStatus::UnderReview
    } else {
        books.verdict.unwrap_or(RedStatus::Passed)
    })
}

fn progress(books: &Books, req_no: &str, now: Timestamp) -> Progress {
    match books.documents.get(req_no) {
        None => Progress::Unknown,
        Some(entry) if now < entry.due => Progress::Pending,
        Some(entry) => Progress::Issued(Issued {
            invoice_no: entry.invoice_no.clone(),
            at: entry.due,
            files: vec![InvoiceFile {
                form: FileForm::Html,
                url: None,
            }],
        }),
    }
}

impl Issuer for LocalIssuer {
    fn issue<'a>(&'a self, document: &'a Document) -> Asking<'a, Progress> {
        let result = self.call(|books, now| match self.take(books, document, now) {
            Ok(()) => Ok(progress(books, &document.req_no, now)),
            Err(reason) => Err(IssuerFault::Refused(reason)),
        });
        Box::pin(async move { result })
    }

    fn query<'a>(&'a self, req_no: &'a str) -> Asking<'a, Progress> {
        let result = self.call(|books, now| Ok(progress(books, req_no, now)));
        Box::pin(async move { result })
    }

    fn apply_red<'a>(&'a self, application: &'a RedApplication) -> Asking<'a, RedStatus> {
        let result = self.call(|books, now| {
            let original = books.documents.get(&application.original_req_no);
            let right = original.is_some_and(|entry| {
                entry.invoice_no == application.original_invoice_no
                    && entry.document.amount.0 == -application.amount.0
            });
            if !right {
                return Err(IssuerFault::Refused("no such invoice".to_owned()));
            }
            let due = now + self.settings.delay;
            let number = application.req_no.clone();
            books
                .applications
                .entry(number)
                .or_insert_with(|| (application.clone(), due));
            Ok(RedStatus::Submitted)
        });
        Box::pin(async move { result })
    }

    fn query_red<'a>(&'a self, req_no: &'a str) -> Asking<'a, Option<RedStatus>> {
        let result = self.call(|books, now| Ok(red_status(books, req_no, now)));
        Box::pin(async move { result })
    }

    fn file<'a>(&'a self, req_no: &'a str, form: FileForm) -> Asking<'a, File> {
        let result = self.call(|books, now| {
            let entry = books.documents.get(req_no);
            let entry = entry.filter(|entry| now >= entry.due && form == FileForm::Html);
            let refused = || IssuerFault::Refused("no such file".to_owned());
            let entry = entry.ok_or_else(refused)?;
            Ok(File {
                form,
                bytes: page::render(&entry.document, &entry.invoice_no, entry.due).into_bytes(),
            })
        });
        Box::pin(async move { result })
    }
}
