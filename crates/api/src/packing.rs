//! Answers are packed for those who take them so: lists and sessions are ten times smaller.

use axum::http::header::CONTENT_TYPE;
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{And, Predicate, SizeAbove};

/// Less than this fits in one packet anyway.
const LEAST_BYTES: u16 = 1024;

/// Packs texts; pictures and spreadsheets are packed already.
pub(crate) fn packing() -> CompressionLayer<And<SizeAbove, Texts>> {
    CompressionLayer::new()
        .quality(CompressionLevel::Fastest)
        .compress_when(SizeAbove::new(LEAST_BYTES).and(Texts))
}

/// Answers that are JSON or text.
#[derive(Clone, Copy)]
pub(crate) struct Texts;

impl Predicate for Texts {
    fn should_compress<B>(&self, answer: &axum::http::Response<B>) -> bool
    where
        B: axum::body::HttpBody,
    {
        let kind = answer.headers().get(CONTENT_TYPE);
        kind.and_then(|kind| kind.to_str().ok())
            .is_some_and(|kind| kind.starts_with("text/") || kind.starts_with("application/json"))
    }
}
