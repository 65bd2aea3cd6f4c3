//! Lists as files: `?format=csv` and `?format=xlsx`. The pages are asked for one after another,
//! so that a file has what the list shows, filtered and masked in the same way.

use super::sheet::{self, Cell, Column};
use super::veil::Veil;
use crate::failure::Failure;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, HeaderValue};
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use rust_xlsxwriter::{Workbook, XlsxError};
use serde_json::{Map, Value};
use std::io;
use tracing::error;

/// Most rows of a file.
const ROWS_MAX: usize = 100_000;
/// Rows that are asked for at once.
const PAGE_SIZE: usize = 500;
/// Longest page.
pub(super) const ANSWER_MAX: usize = 64 << 20;
/// Excel takes a file without it for one in the machine's old encoding.
const BYTE_ORDER_MARK: &str = "\u{feff}";

type Row = Map<String, Value>;

/// What a list is turned into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Csv,
    Xlsx,
}

/// The file that a call asks for; none for JSON.
pub(super) fn wanted(pairs: &[(String, String)]) -> Result<Option<Format>, Failure> {
    let said = pairs.iter().find(|(name, _)| name == "format");
    match said.map(|(_, format)| format.as_str()) {
        None | Some("json") => Ok(None),
        Some("csv") => Ok(Some(Format::Csv)),
        Some("xlsx") => Ok(Some(Format::Xlsx)),
        Some(_) => Err(Failure::invalid("format", "must be json, csv or xlsx")),
    }
}

/// The same query without the parameters of paging and of the file.
pub(super) fn without(pairs: &[(String, String)], names: &[&str]) -> String {
    form(
        pairs
            .iter()
            .filter(|(name, _)| !names.contains(&name.as_str())),
    )
}

fn form<'a>(pairs: impl Iterator<Item = &'a (String, String)>) -> String {
    let mut text = String::new();
    for (name, value) in pairs {
        if !text.is_empty() {
            text.push('&');
        }
        escape(name, &mut text);
        text.push('=');
        escape(value, &mut text);
    }
    text
}

fn escape(value: &str, out: &mut String) {
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push_str(&hex::encode_upper([byte]));
        }
    }
}

/// Puts another query into the head of a call.
pub(super) fn set_query(parts: &mut Parts, query: &str) -> Result<(), Failure> {
    let path = parts.uri.path();
    let text = if query.is_empty() {
        path.to_owned()
    } else {
        format!("{path}?{query}")
    };
    parts.uri = text
        .parse()
        .map_err(|_| Failure::invalid("query", "cannot be read"))?;
    Ok(())
}

/// The pages of a list, one after another.
struct Pages {
    next: Next,
    head: Parts,
    query: String,
    veil: Veil,
    page: usize,
    rows: usize,
    over: bool,
}

impl Pages {
    /// The rows of the next page; none after the last.
    async fn read(&mut self) -> Result<Option<Vec<Row>>, Box<Response>> {
        if self.over {
            return Ok(None);
        }
        self.page += 1;
        let mut head = self.head.clone();
        let amp = if self.query.is_empty() { "" } else { "&" };
        let query = format!("{}{amp}page={}&size={PAGE_SIZE}", self.query, self.page);
        set_query(&mut head, &query).map_err(boxed)?;
        let request = Request::from_parts(head, Body::empty());
        let response = self.next.clone().run(request).await;
        if !response.status().is_success() {
            return Err(Box::new(response));
        }
        let bytes = to_bytes(response.into_body(), ANSWER_MAX).await;
        let answer = bytes
            .ok()
            .and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok());
        let mut items = match answer {
            Some(mut answer) => answer["data"]["items"].take(),
            None => return Err(boxed(Failure::internal())),
        };
        self.veil.cover(&mut items);
        let Value::Array(items) = items else {
            return Err(boxed(Failure::invalid("format", "this is no list")));
        };
        let mut rows: Vec<Row> = items
            .into_iter()
            .filter_map(|item| match item {
                Value::Object(row) => Some(row),
                _ => None,
            })
            .collect();
        rows.truncate(ROWS_MAX - self.rows);
        self.rows += rows.len();
        self.over = rows.len() < PAGE_SIZE || self.rows >= ROWS_MAX;
        Ok(Some(rows))
    }
}

fn boxed(failure: Failure) -> Box<Response> {
    Box::new(failure.into_response())
}

/// The file. The first page is read before anything is answered, so that a refusal is one.
pub(super) async fn file(
    format: Format,
    (name, declared): (&str, &[Column]),
    head: Parts,
    query: String,
    veil: Veil,
    next: Next,
) -> Response {
    let declared = declared.iter().filter(|column| !veil.hides(&column.name));
    let declared: Vec<Column> = declared.cloned().collect();
    let mut pages = Pages {
        next,
        head,
        query,
        veil,
        page: 0,
        rows: 0,
        over: false,
    };
    let first = match pages.read().await {
        Ok(first) => first.unwrap_or_default(),
        Err(refusal) => return *refusal,
    };
    let columns = sheet::columns(&first, declared);
    let (kind, ending, body) = match format {
        Format::Csv => (
            "text/csv; charset=utf-8",
            "csv",
            csv(pages, columns, &first),
        ),
        Format::Xlsx => (
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            "xlsx",
            xlsx(pages, columns, first),
        ),
    };
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    let disposition = format!("attachment; filename=\"{name}.{ending}\"");
    if let Ok(disposition) = HeaderValue::from_str(&disposition) {
        headers.insert(CONTENT_DISPOSITION, disposition);
    }
    response
}

fn broken() -> io::Error {
    error!("an export was cut off");
    io::Error::other("the list could not be read to its end")
}

fn csv(pages: Pages, columns: Vec<Column>, first: &[Row]) -> Body {
    let mut beginning = String::from(BYTE_ORDER_MARK);
    sheet::heading(&columns, &mut beginning);
    sheet::lines(&columns, first, &mut beginning);
    let state = (pages, columns, Some(beginning));
    let chunks = stream::unfold(state, |(mut pages, columns, beginning)| async move {
        if let Some(beginning) = beginning {
            return Some((Ok(Bytes::from(beginning)), (pages, columns, None)));
        }
        match pages.read().await {
            Ok(None) => None,
            Ok(Some(rows)) => {
                let mut text = String::new();
                sheet::lines(&columns, &rows, &mut text);
                Some((Ok(Bytes::from(text)), (pages, columns, None)))
            }
            Err(_) => {
                pages.over = true;
                Some((Err(broken()), (pages, columns, None)))
            }
        }
    });
    Body::from_stream(chunks)
}

fn xlsx(pages: Pages, columns: Vec<Column>, first: Vec<Row>) -> Body {
    Body::from_stream(stream::once(async move {
        workbook(pages, columns, first).await.map(Bytes::from)
    }))
}

/// The rows go to a temporary file as they come; only the packed result is held.
async fn workbook(mut pages: Pages, columns: Vec<Column>, first: Vec<Row>) -> io::Result<Vec<u8>> {
    let unwritable = |problem: XlsxError| {
        error!(error = %problem, "a spreadsheet could not be written");
        broken()
    };
    let mut book = Workbook::new();
    let sheet = book
        .add_worksheet_with_constant_memory()
        .map_err(unwritable)?;
    for (position, column) in (0_u16..).zip(&columns) {
        sheet
            .write_string(0, position, &column.name)
            .map_err(unwritable)?;
    }
    let mut line = 0;
    let mut rows = Some(first);
    while let Some(page) = rows {
        for row in &page {
            line += 1;
            for (position, column) in (0_u16..).zip(&columns) {
                match sheet::cell(row, column) {
                    Cell::Empty => Ok(&mut *sheet),
                    Cell::Number(number) => sheet.write_number(line, position, number),
                    Cell::Text(text) => {
                        // Excel refuses longer cells.
                        let text: String = text.chars().take(32_000).collect();
                        sheet.write_string(line, position, text)
                    }
                }
                .map_err(unwritable)?;
            }
        }
        rows = pages.read().await.map_err(|_| broken())?;
    }
    tokio::task::spawn_blocking(move || book.save_to_buffer())
        .await
        .map_err(|_| broken())?
        .map_err(unwritable)
}
