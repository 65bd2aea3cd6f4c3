//! Values on their way out of a row, the same for both engines.

use super::cell::POSTGRES_EPOCH_MS;
use device::{ChargeMode, EndReason, PortState};
use domain::order::{OrderSource, OrderStatus, SettleStatus};
use kernel::{
    ApiKeyId, CommandId, Current, DeviceId, Energy, Fen, OrderId, OrderNo, Permille, PhyId, PortNo,
    Power, RunId, Timestamp, TraceId, Voltage,
};
use serde_json::Value as Json;
use sqlx::Row;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;

/// A row of either engine. `None` is SQL's null.
pub(crate) trait Columns {
    fn int(&self, column: &str) -> sqlx::Result<Option<i64>>;
    fn real(&self, column: &str) -> sqlx::Result<Option<f64>>;
    fn text(&self, column: &str) -> sqlx::Result<Option<&str>>;
    fn boolean(&self, column: &str) -> sqlx::Result<Option<bool>>;
    fn time(&self, column: &str) -> sqlx::Result<Option<Timestamp>>;
    fn json_bytes(&self, column: &str) -> sqlx::Result<Option<&[u8]>>;
    fn bytes(&self, column: &str) -> sqlx::Result<Option<&[u8]>>;

    /// A value that must be there.
    fn get<T: FromCell>(&self, column: &str) -> sqlx::Result<T>
    where
        Self: Sized,
    {
        T::read(self, column)?.ok_or_else(|| unreadable(column, "null where a value must be"))
    }
}

pub(crate) fn unreadable(column: &str, reason: impl Into<String>) -> sqlx::Error {
    sqlx::Error::ColumnDecode {
        index: column.to_owned(),
        source: reason.into().into(),
    }
}

impl Columns for SqliteRow {
    fn int(&self, column: &str) -> sqlx::Result<Option<i64>> {
        self.try_get_unchecked(column)
    }
    fn real(&self, column: &str) -> sqlx::Result<Option<f64>> {
        self.try_get_unchecked(column)
    }
    fn text(&self, column: &str) -> sqlx::Result<Option<&str>> {
        self.try_get_unchecked(column)
    }
    fn boolean(&self, column: &str) -> sqlx::Result<Option<bool>> {
        self.try_get_unchecked(column)
    }
    fn time(&self, column: &str) -> sqlx::Result<Option<Timestamp>> {
        Ok(self.int(column)?.map(Timestamp))
    }
    fn json_bytes(&self, column: &str) -> sqlx::Result<Option<&[u8]>> {
        Ok(self.text(column)?.map(str::as_bytes))
    }
    fn bytes(&self, column: &str) -> sqlx::Result<Option<&[u8]>> {
        self.try_get_unchecked(column)
    }
}

impl Columns for PgRow {
    fn int(&self, column: &str) -> sqlx::Result<Option<i64>> {
        self.try_get_unchecked(column)
    }
    fn real(&self, column: &str) -> sqlx::Result<Option<f64>> {
        self.try_get_unchecked(column)
    }
    fn text(&self, column: &str) -> sqlx::Result<Option<&str>> {
        self.try_get_unchecked(column)
    }
    fn boolean(&self, column: &str) -> sqlx::Result<Option<bool>> {
        self.try_get_unchecked(column)
    }
    fn time(&self, column: &str) -> sqlx::Result<Option<Timestamp>> {
        Ok(self
            .int(column)?
            .map(|micros| Timestamp(micros.div_euclid(1000) + POSTGRES_EPOCH_MS)))
    }
    fn json_bytes(&self, column: &str) -> sqlx::Result<Option<&[u8]>> {
        let bytes: Option<&[u8]> = self.try_get_unchecked(column)?;
        // `jsonb` puts a version byte, 1, before the text; `json` does not.
        Ok(bytes.map(|bytes| bytes.strip_prefix(&[1]).unwrap_or(bytes)))
    }
    fn bytes(&self, column: &str) -> sqlx::Result<Option<&[u8]>> {
        self.try_get_unchecked(column)
    }
}

/// A type that a column can be read as.
pub(crate) trait FromCell: Sized {
    fn read(row: &impl Columns, column: &str) -> sqlx::Result<Option<Self>>;
}

impl<T: FromCell> FromCell for Option<T> {
    fn read(row: &impl Columns, column: &str) -> sqlx::Result<Option<Self>> {
        T::read(row, column).map(Some)
    }
}

impl FromCell for Json {
    fn read(row: &impl Columns, column: &str) -> sqlx::Result<Option<Self>> {
        from_json(row, column)
    }
}

/// Reads a JSON column as whatever it describes.
pub(crate) fn from_json<T: serde::de::DeserializeOwned>(
    row: &impl Columns,
    column: &str,
) -> sqlx::Result<Option<T>> {
    row.json_bytes(column)?
        .map(|bytes| {
            serde_json::from_slice(bytes).map_err(|error| unreadable(column, error.to_string()))
        })
        .transpose()
}

/// Reads a text column that `parse` understands.
pub(crate) fn parsed<R: Columns, T>(
    row: &R,
    column: &str,
    parse: impl FnOnce(&str) -> Option<T>,
) -> sqlx::Result<Option<T>> {
    row.text(column)?
        .map(|text| {
            parse(text).ok_or_else(|| unreadable(column, format!("{text:?} has no meaning here")))
        })
        .transpose()
}

fn counted<R: Columns, T>(
    row: &R,
    column: &str,
    convert: impl FnOnce(i64) -> Option<T>,
) -> sqlx::Result<Option<T>> {
    row.int(column)?
        .map(|number| {
            convert(number)
                .ok_or_else(|| unreadable(column, format!("{number} has no meaning here")))
        })
        .transpose()
}

/// A number with decimals as a whole number of its smallest unit.
#[expect(
    clippy::cast_possible_truncation,
    reason = "`as` saturates, and no port carries 10^17 W"
)]
fn scaled<R: Columns>(row: &R, column: &str, scale: f64) -> sqlx::Result<Option<i64>> {
    Ok(row
        .real(column)?
        .map(|value| (value * scale).round() as i64))
}

macro_rules! from_cell {
    ($($type:ty => |$row:ident, $column:ident| $read:expr;)*) => {$(
        impl FromCell for $type {
            fn read($row: &impl Columns, $column: &str) -> sqlx::Result<Option<Self>> {
                $read
            }
        }
    )*};
}

from_cell! {
    i64 => |row, column| row.int(column);
    i32 => |row, column| counted(row, column, |number| number.try_into().ok());
    i16 => |row, column| counted(row, column, |number| number.try_into().ok());
    u16 => |row, column| counted(row, column, |number| number.try_into().ok());
    u32 => |row, column| counted(row, column, |number| number.try_into().ok());
    f64 => |row, column| row.real(column);
    bool => |row, column| row.boolean(column);
    Vec<u8> => |row, column| Ok(row.bytes(column)?.map(<[u8]>::to_vec));
    String => |row, column| Ok(row.text(column)?.map(str::to_owned));
    Timestamp => |row, column| row.time(column);
    PhyId => |row, column| parsed(row, column, |text| text.parse().ok());
    OrderNo => |row, column| parsed(row, column, |text| text.parse().ok());
    TraceId => |row, column| parsed(row, column, |text| text.parse().ok());
    PortNo => |row, column| counted(row, column, |number| number.try_into().ok().map(PortNo));
    DeviceId => |row, column| Ok(row.int(column)?.map(DeviceId));
    RunId => |row, column| Ok(row.int(column)?.map(RunId));
    OrderId => |row, column| Ok(row.int(column)?.map(OrderId));
    CommandId => |row, column| Ok(row.int(column)?.map(CommandId));
    ApiKeyId => |row, column| Ok(row.int(column)?.map(ApiKeyId));
    Fen => |row, column| Ok(row.int(column)?.map(Fen));
    Energy => |row, column| Ok(row.int(column)?.map(Energy));
    Permille => |row, column| counted(row, column, |number| number.try_into().ok().map(Permille));
    Power => |row, column| Ok(scaled(row, column, 10.0)?.map(Power));
    Voltage => |row, column| Ok(scaled(row, column, 10.0)?.map(Voltage));
    Current => |row, column| Ok(scaled(row, column, 1000.0)?.map(Current));
    PortState => |row, column| parsed(row, column, PortState::parse);
    OrderStatus => |row, column| parsed(row, column, OrderStatus::parse);
    OrderSource => |row, column| parsed(row, column, OrderSource::parse);
    SettleStatus => |row, column| parsed(row, column, SettleStatus::parse);
    ChargeMode => |row, column| counted(row, column, |number| {
        number.try_into().ok().and_then(ChargeMode::from_code)
    });
    EndReason => |row, column| counted(row, column, |number| {
        number.try_into().ok().and_then(EndReason::from_code)
    });
}

/// Something that a whole row can be read as.
pub(crate) trait FromRow: Sized {
    fn from_row(row: &impl Columns) -> sqlx::Result<Self>;
}

/// Declares a struct whose fields are columns of the same names.
macro_rules! row {
    (
        $(#[$outer:meta])*
        $vis:vis struct $name:ident {
            $($(#[$inner:meta])* pub $field:ident: $type:ty,)*
        }
    ) => {
        $(#[$outer])*
        $vis struct $name {
            $($(#[$inner])* pub $field: $type,)*
        }

        impl $crate::db::FromRow for $name {
            fn from_row(row: &impl $crate::db::Columns) -> sqlx::Result<Self> {
                Ok(Self { $($field: row.get(stringify!($field))?,)* })
            }
        }
    };
}
pub(crate) use row;

/// Lets an enum with `as_str` and `parse` be a text column.
macro_rules! text_column {
    ($($type:ty)*) => {$(
        impl $crate::db::ToCell for $type {
            const KIND: $crate::db::Kind = $crate::db::Kind::Text;
            fn cell(&self) -> $crate::db::Cell<'_> {
                $crate::db::Cell::Text(std::borrow::Cow::Borrowed(self.as_str()))
            }
        }

        impl $crate::db::FromCell for $type {
            fn read(
                row: &impl $crate::db::Columns,
                column: &str,
            ) -> sqlx::Result<Option<Self>> {
                $crate::db::parsed(row, column, <$type>::parse)
            }
        }
    )*};
}
pub(crate) use text_column;

/// A single number under the name `value`.
pub(crate) struct Scalar<T>(pub(crate) T);

impl<T: FromCell> FromRow for Scalar<T> {
    fn from_row(row: &impl Columns) -> sqlx::Result<Self> {
        row.get("value").map(Self)
    }
}
