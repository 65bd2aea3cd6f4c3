//! What operators keep for the whole system: settings, dictionaries, notices, payment channels,
//! texts of short messages, keys.

mod api_keys;
mod dicts;
mod notices;
mod payment_channels;
mod settings;
mod texts;

pub use api_keys::{KeyDraft, NewKey};
pub use dicts::DictView;
pub use payment_channels::{ChannelState, ChannelTest};
pub use settings::SettingView;
pub use texts::TextView;

pub(crate) use settings::Tuned;

use crate::AppError;

pub(crate) fn invalid(field: &str, problem: impl Into<String>) -> AppError {
    AppError::Invalid {
        field: field.to_owned(),
        problem: problem.into(),
    }
}

pub(crate) fn semantic(field: &str, problem: &str) -> AppError {
    AppError::Semantic {
        field: field.to_owned(),
        problem: problem.to_owned(),
    }
}
