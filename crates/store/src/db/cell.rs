//! Values on their way into a statement, the same for both engines.

use device::{ChargeMode, EndReason, PortState};
use domain::order::{OrderSource, OrderStatus, SettleStatus};
use kernel::{
    ApiKeyId, CommandId, Current, DeviceId, Energy, Fen, OrderId, OrderNo, Permille, PhyId, PortNo,
    Power, RunId, Timestamp, TraceId, Voltage,
};
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::types::Oid;
use sqlx::postgres::{PgArgumentBuffer, PgArguments, PgHasArrayType, PgTypeInfo};
use sqlx::sqlite::SqliteArguments;
use sqlx::{Arguments, Encode, Postgres, Type};
use std::borrow::Cow;

/// What a column holds; decides the type of a missing value and of an array.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Any width; sent as 64 bits.
    Int,
    Real,
    Text,
    Bool,
    /// `timestamptz`, or milliseconds since 1970 on SQLite.
    Time,
    /// `jsonb`, or text on SQLite.
    Json,
    /// `bytea`, or a blob on SQLite.
    Bytes,
    /// JSON kept letter by letter: `json`, or text on SQLite. Only in batches.
    Document,
}

/// One value.
#[derive(Clone, Debug)]
pub(crate) enum Cell<'a> {
    Null(Kind),
    Int(i64),
    Real(f64),
    Text(Cow<'a, str>),
    Bool(bool),
    Time(Timestamp),
    Json(String),
    Bytes(Cow<'a, [u8]>),
}

/// Milliseconds from 1970-01-01 to 2000-01-01, where PostgreSQL counts from.
pub(crate) const POSTGRES_EPOCH_MS: i64 = 946_684_800_000;

/// An instant as PostgreSQL wants it: microseconds since 2000-01-01.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Instant(pub(crate) Timestamp);

impl Type<Postgres> for Instant {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(Oid(1184))
    }
}

impl PgHasArrayType for Instant {
    fn array_type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(Oid(1185))
    }
}

impl Encode<'_, Postgres> for Instant {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        let micros = (self.0.0 - POSTGRES_EPOCH_MS).saturating_mul(1000);
        buffer.extend_from_slice(&micros.to_be_bytes());
        Ok(IsNull::No)
    }
}

/// JSON text as PostgreSQL's `jsonb` wants it: a version byte before it.
struct Jsonb<'a>(&'a str);

impl Type<Postgres> for Jsonb<'_> {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(Oid(3802))
    }
}

impl Encode<'_, Postgres> for Jsonb<'_> {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        buffer.push(1);
        buffer.extend_from_slice(self.0.as_bytes());
        Ok(IsNull::No)
    }
}

impl Cell<'_> {
    pub(crate) fn add_to_sqlite(&self, arguments: &mut SqliteArguments) -> Result<(), BoxDynError> {
        match self {
            Self::Null(_) => Arguments::add(arguments, Option::<i64>::None),
            Self::Int(value) => Arguments::add(arguments, *value),
            Self::Real(value) => Arguments::add(arguments, *value),
            Self::Text(value) => Arguments::add(arguments, value.as_ref()),
            Self::Bool(value) => Arguments::add(arguments, *value),
            Self::Time(value) => Arguments::add(arguments, value.0),
            Self::Json(value) => Arguments::add(arguments, value.as_str()),
            Self::Bytes(value) => Arguments::add(arguments, value.as_ref()),
        }
    }

    pub(crate) fn add_to_postgres(&self, arguments: &mut PgArguments) -> Result<(), BoxDynError> {
        match self {
            Self::Null(Kind::Int) => arguments.add(Option::<i64>::None),
            Self::Null(Kind::Real) => arguments.add(Option::<f64>::None),
            Self::Null(Kind::Text | Kind::Document) => arguments.add(Option::<&str>::None),
            Self::Null(Kind::Bool) => arguments.add(Option::<bool>::None),
            Self::Null(Kind::Time) => arguments.add(Option::<Instant>::None),
            Self::Null(Kind::Json) => arguments.add(Option::<Jsonb<'_>>::None),
            Self::Null(Kind::Bytes) => arguments.add(Option::<&[u8]>::None),
            Self::Int(value) => arguments.add(*value),
            Self::Real(value) => arguments.add(*value),
            Self::Text(value) => arguments.add(value.as_ref()),
            Self::Bool(value) => arguments.add(*value),
            Self::Time(value) => arguments.add(Instant(*value)),
            Self::Json(value) => arguments.add(Jsonb(value)),
            Self::Bytes(value) => arguments.add(value.as_ref()),
        }
    }
}

/// A value that can be given to a statement.
pub(crate) trait ToCell {
    const KIND: Kind;
    fn cell(&self) -> Cell<'_>;
}

impl<T: ToCell> ToCell for Option<T> {
    const KIND: Kind = T::KIND;
    fn cell(&self) -> Cell<'_> {
        self.as_ref().map_or(Cell::Null(T::KIND), T::cell)
    }
}

impl<T: ToCell + ?Sized> ToCell for &T {
    const KIND: Kind = T::KIND;
    fn cell(&self) -> Cell<'_> {
        (**self).cell()
    }
}

/// Text without NUL characters, which PostgreSQL cannot store and no field of ours needs.
fn storable(text: &str) -> Cow<'_, str> {
    if text.contains('\0') {
        Cow::Owned(text.replace('\0', "\u{fffd}"))
    } else {
        Cow::Borrowed(text)
    }
}

impl ToCell for str {
    const KIND: Kind = Kind::Text;
    fn cell(&self) -> Cell<'_> {
        Cell::Text(storable(self))
    }
}

impl ToCell for String {
    const KIND: Kind = Kind::Text;
    fn cell(&self) -> Cell<'_> {
        self.as_str().cell()
    }
}

impl ToCell for [u8] {
    const KIND: Kind = Kind::Bytes;
    fn cell(&self) -> Cell<'_> {
        Cell::Bytes(Cow::Borrowed(self))
    }
}

impl ToCell for serde_json::Value {
    const KIND: Kind = Kind::Json;
    fn cell(&self) -> Cell<'_> {
        let text = self.to_string();
        if text.contains("\\u0000") {
            Cell::Json(without_nul(self).to_string())
        } else {
            Cell::Json(text)
        }
    }
}

fn without_nul(value: &serde_json::Value) -> serde_json::Value {
    use serde_json::Value as V;
    match value {
        V::String(text) => V::String(storable(text).into_owned()),
        V::Array(items) => items.iter().map(without_nul).collect(),
        V::Object(fields) => V::Object(
            fields
                .iter()
                .map(|(key, value)| (storable(key).into_owned(), without_nul(value)))
                .collect(),
        ),
        other => other.clone(),
    }
}

macro_rules! to_cell {
    ($($type:ty => $kind:ident, |$value:ident| $cell:expr;)*) => {$(
        impl ToCell for $type {
            const KIND: Kind = Kind::$kind;
            fn cell(&self) -> Cell<'_> {
                let $value = self;
                $cell
            }
        }
    )*};
}

to_cell! {
    i64 => Int, |value| Cell::Int(*value);
    i32 => Int, |value| Cell::Int(i64::from(*value));
    i16 => Int, |value| Cell::Int(i64::from(*value));
    u16 => Int, |value| Cell::Int(i64::from(*value));
    u32 => Int, |value| Cell::Int(i64::from(*value));
    f64 => Real, |value| Cell::Real(*value);
    bool => Bool, |value| Cell::Bool(*value);
    Timestamp => Time, |value| Cell::Time(*value);
    PhyId => Text, |value| Cell::Text(Cow::Borrowed(value.as_str()));
    OrderNo => Text, |value| Cell::Text(Cow::Borrowed(value.as_str()));
    TraceId => Text, |value| Cell::Text(Cow::Owned(value.to_string()));
    PortNo => Int, |value| Cell::Int(i64::from(value.0));
    DeviceId => Int, |value| Cell::Int(value.0);
    RunId => Int, |value| Cell::Int(value.0);
    OrderId => Int, |value| Cell::Int(value.0);
    CommandId => Int, |value| Cell::Int(value.0);
    ApiKeyId => Int, |value| Cell::Int(value.0);
    Fen => Int, |value| Cell::Int(value.0);
    Energy => Int, |value| Cell::Int(value.0);
    Permille => Int, |value| Cell::Int(i64::from(value.0));
    Power => Real, |value| Cell::Real(value.watts());
    Voltage => Real, |value| Cell::Real(value.volts());
    Current => Real, |value| Cell::Real(value.amperes());
    PortState => Text, |value| Cell::Text(Cow::Borrowed(value.as_str()));
    OrderStatus => Text, |value| Cell::Text(Cow::Borrowed(value.as_str()));
    OrderSource => Text, |value| Cell::Text(Cow::Borrowed(value.as_str()));
    SettleStatus => Text, |value| Cell::Text(Cow::Borrowed(value.as_str()));
    ChargeMode => Int, |value| Cell::Int(i64::from(value.code()));
    EndReason => Int, |value| Cell::Int(i64::from(value.code()));
}

/// The values of a statement, in the order of its `$1`, `$2`, …
macro_rules! args {
    ($($value:expr),* $(,)?) => {
        &[$($crate::db::ToCell::cell(&$value)),*]
    };
}
pub(crate) use args;
