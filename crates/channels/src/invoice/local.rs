//! An issuer of our own, for demonstrations and tests: its papers are worth nothing.
//!
//! It keeps its own books, on disk where it is given a file, takes its time, refuses what it is told to refuse, and makes a page
//! that looks a little like an invoice.

mod ledger;
mod page;

use ledger::Ledger;

use super::{Asking, Document, File, Issued, Issuer, IssuerFault, Progress, RedApplication};
use domain::invoice::{FileForm, InvoiceColor, InvoiceFile, RedStatus};
use kernel::{Clock, Timestamp};
use parking_lot::Mutex;
use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tracing::error;

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
    /// Where they are kept; none: in memory alone.
    ledger: Option<Ledger>,
}

impl Books {
    /// What stood in the books when the program ended.
    fn read(&mut self, entries: Vec<ledger::Entry>) {
        for entry in entries {
            match entry {
                ledger::Entry::Document {
                    document,
                    invoice_no,
                    due,
                } => {
                    self.serial += 1;
                    let entry = Entry {
                        document: *document,
                        invoice_no,
                        due,
                    };
                    self.documents.insert(entry.document.req_no.clone(), entry);
                }
                ledger::Entry::Application { application, due } => {
                    let number = application.req_no.clone();
                    self.applications.insert(number, (*application, due));
                }
            }
        }
    }

    /// Writes a line, where there is a file, before it counts.
    fn keep(&mut self, entry: &ledger::Entry) -> Result<(), IssuerFault> {
        let Some(ledger) = &mut self.ledger else {
            return Ok(());
        };
        ledger.add(entry).map_err(|fault| {
            error!(error = %fault, "the books of the local issuer cannot be written");
            IssuerFault::NotDone("the books cannot be written".to_owned())
        })
    }
}

/// The issuer.
pub struct LocalIssuer(Arc<Inner>);

struct Inner {
    clock: Arc<dyn Clock>,
    settings: LocalIssuerSettings,
    /// Whether calls wait for a disk.
    on_disk: bool,
    books: Mutex<Books>,
}

impl fmt::Debug for LocalIssuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalIssuer")
            .field("settings", &self.0.settings)
            .field("on_disk", &self.0.on_disk)
            .finish_non_exhaustive()
    }
}

impl LocalIssuer {
    /// With empty books, in memory.
    pub fn new(clock: Arc<dyn Clock>, settings: LocalIssuerSettings) -> Self {
        Self::with(clock, settings, Books::default())
    }

    /// With the books in that file, which survive the program.
    ///
    /// # Errors
    /// When the file cannot be opened, or something else stands in it.
    pub fn keeping(
        clock: Arc<dyn Clock>,
        settings: LocalIssuerSettings,
        path: &Path,
    ) -> io::Result<Self> {
        let (ledger, entries) = Ledger::open(path)?;
        let mut books = Books {
            ledger: Some(ledger),
            ..Books::default()
        };
        books.read(entries);
        Ok(Self::with(clock, settings, books))
    }

    fn with(clock: Arc<dyn Clock>, settings: LocalIssuerSettings, books: Books) -> Self {
        Self(Arc::new(Inner {
            clock,
            settings,
            on_disk: books.ledger.is_some(),
            books: Mutex::new(books),
        }))
    }

    /// Answers a call. One that may write to a disk does it beside the others.
    fn answer<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Inner) -> Result<T, IssuerFault> + Send + 'static,
    ) -> Asking<'static, T> {
        let inner = self.0.clone();
        if !inner.on_disk {
            let result = work(&inner);
            return Box::pin(async move { result });
        }
        Box::pin(async move {
            let done = tokio::task::spawn_blocking(move || work(&inner)).await;
            done.unwrap_or_else(|_| Err(IssuerFault::Unclear("the call was cut off".to_owned())))
        })
    }

    /// The next call does not arrive.
    pub fn lose_next(&self) {
        self.0.books.lock().mishaps.push_back(Mishap::Lost);
    }

    /// The answer to the next call does not arrive.
    pub fn swallow_next(&self) {
        self.0.books.lock().mishaps.push_back(Mishap::Silent);
    }

    /// What becomes of applications from now on.
    pub fn judge_red(&self, verdict: RedStatus) {
        self.0.books.lock().verdict = Some(verdict);
    }

    /// Documents in its books.
    pub fn documents(&self) -> Vec<Document> {
        let books = self.0.books.lock();
        books
            .documents
            .values()
            .map(|entry| entry.document.clone())
            .collect()
    }

    /// Calls that arrived.
    pub fn calls(&self) -> u64 {
        self.0.books.lock().calls
    }
}

impl Inner {
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

    fn take(
        &self,
        books: &mut Books,
        document: &Document,
        now: Timestamp,
    ) -> Result<(), IssuerFault> {
        if let Some(reason) = self.objection(books, document, now) {
            return Err(IssuerFault::Refused(reason));
        }
        if books.documents.contains_key(&document.req_no) {
            return Ok(());
        }
        let [year, month, day, ..] = now.shanghai();
        let entry = Entry {
            document: document.clone(),
            invoice_no: format!(
                "{:02}{month:02}{day:02}{:014}",
                year % 100,
                books.serial + 1
            ),
            due: now + self.settings.delay,
        };
        books.keep(&ledger::Entry::Document {
            document: Box::new(entry.document.clone()),
            invoice_no: entry.invoice_no.clone(),
            due: entry.due,
        })?;
        books.serial += 1;
        books.documents.insert(document.req_no.clone(), entry);
        Ok(())
    }

    /// Why a document is not taken.
    fn objection(&self, books: &Books, document: &Document, now: Timestamp) -> Option<String> {
        if let Some(known) = books.documents.get(&document.req_no) {
            let other = known.document != *document;
            return other.then(|| "the number is taken by another document".to_owned());
        }
        if let Some(word) = &self.settings.refuses
            && document.buyer.title.contains(word.as_str())
        {
            return Some(format!("buyer {} is not known", document.buyer.title));
        }
        if !document.seller.can_issue() {
            return Some("the seller has no tax number".to_owned());
        }
        let total: i64 = document.lines.iter().map(|line| line.gross().0).sum();
        if total != document.amount.0 {
            return Some("the lines do not add up".to_owned());
        }
        if document.color == InvoiceColor::Red && !has_passed(books, &document.req_no, now) {
            return Some("no application for it has passed".to_owned());
        }
        None
    }

    fn apply(
        &self,
        books: &mut Books,
        application: &RedApplication,
        now: Timestamp,
    ) -> Result<RedStatus, IssuerFault> {
        let original = books.documents.get(&application.original_req_no);
        let right = original.is_some_and(|entry| {
            entry.invoice_no == application.original_invoice_no
                && entry.document.amount.0 == -application.amount.0
        });
        if !right {
            return Err(IssuerFault::Refused("no such invoice".to_owned()));
        }
        if !books.applications.contains_key(&application.req_no) {
            let due = now + self.settings.delay;
            books.keep(&ledger::Entry::Application {
                application: Box::new(application.clone()),
                due,
            })?;
            let number = application.req_no.clone();
            books
                .applications
                .insert(number, (application.clone(), due));
        }
        Ok(RedStatus::Submitted)
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
        let document = document.clone();
        self.answer(move |inner| {
            inner.call(|books, now| {
                inner.take(books, &document, now)?;
                Ok(progress(books, &document.req_no, now))
            })
        })
    }

    fn query<'a>(&'a self, req_no: &'a str) -> Asking<'a, Progress> {
        let req_no = req_no.to_owned();
        self.answer(move |inner| inner.call(|books, now| Ok(progress(books, &req_no, now))))
    }

    fn apply_red<'a>(&'a self, application: &'a RedApplication) -> Asking<'a, RedStatus> {
        let application = application.clone();
        self.answer(move |inner| inner.call(|books, now| inner.apply(books, &application, now)))
    }

    fn query_red<'a>(&'a self, req_no: &'a str) -> Asking<'a, Option<RedStatus>> {
        let req_no = req_no.to_owned();
        self.answer(move |inner| inner.call(|books, now| Ok(red_status(books, &req_no, now))))
    }

    fn file<'a>(&'a self, req_no: &'a str, form: FileForm) -> Asking<'a, File> {
        let req_no = req_no.to_owned();
        self.answer(move |inner| {
            inner.call(|books, now| {
                let entry = books.documents.get(&req_no);
                let entry = entry.filter(|entry| now >= entry.due && form == FileForm::Html);
                let refused = || IssuerFault::Refused("no such file".to_owned());
                let entry = entry.ok_or_else(refused)?;
                let page = page::render(&entry.document, &entry.invoice_no, entry.due);
                Ok(File {
                    form,
                    bytes: page.into_bytes(),
                })
            })
        })
    }
}
