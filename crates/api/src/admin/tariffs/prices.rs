//! Prices as operators write them: by half hours, or as stretches of the day.

use crate::failure::Failure;
use crate::view::KINDS;
use app::Prices;
use device::{Rate, TARIFF_SLOTS, TariffTable};
use kernel::{Price, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a kWh of one kind costs.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RateBody {
    /// Electricity, 0.00001 yuan per kWh.
    #[schema(example = 120_000, minimum = 0, maximum = 9_999_999)]
    elec_p5: i64,
    /// Service, 0.00001 yuan per kWh.
    #[schema(example = 40_000, minimum = 0, maximum = 9_999_999)]
    service_p5: i64,
}

/// A stretch of the day with one kind of price.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StretchBody {
    /// From, `HH:MM`, a full or half hour.
    #[schema(example = "10:00")]
    from: String,
    /// Until, `HH:MM`; `24:00` is the end of the day.
    #[schema(example = "12:00")]
    to: String,
    /// `sharp`, `peak`, `flat`, `valley`, `deep_valley`.
    #[schema(example = "peak")]
    kind: String,
}

/// Prices by the time of the day.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "rates": [{"elec_p5": 120_000, "service_p5": 40000}, {"elec_p5": 100_000, "service_p5": 40000},
        {"elec_p5": 70000, "service_p5": 40000}, {"elec_p5": 30000, "service_p5": 40000}],
    "day": [{"from": "00:00", "to": "08:00", "kind": "valley"},
        {"from": "08:00", "to": "24:00", "kind": "flat"}]
}))]
pub(crate) struct PricesBody {
    /// By kind: sharp, peak, flat, valley, deep valley; as many as are needed.
    rates: Vec<RateBody>,
    /// The kind of each half hour from 00:00 on, 48 numbers 0 to 4. This or `day`.
    slots: Option<Vec<u8>>,
    /// The day in stretches that cover it once. This or `slots`.
    day: Option<Vec<StretchBody>>,
    /// From when on they are in force, Unix seconds; at once when absent.
    effective_at: Option<i64>,
    /// The energy may cost nothing.
    #[serde(default)]
    free: bool,
}

pub(super) fn rates_of(table: &TariffTable) -> Vec<RateBody> {
    let rates = table.rates.iter().map(|rate| RateBody {
        elec_p5: rate.electricity.0,
        service_p5: rate.service.0,
    });
    rates.collect()
}

impl PricesBody {
    pub(super) fn read(self, now: Timestamp) -> Result<Prices, Failure> {
        let slots = match (self.slots, self.day) {
            (Some(slots), None) => slots,
            (None, Some(day)) => slots_of(&day)?,
            _ => {
                let problem = "or prices.day is required, not both";
                return Err(Failure::invalid("prices.slots", problem));
            }
        };
        let rates = self.rates.into_iter().map(|rate| Rate {
            electricity: Price(rate.elec_p5),
            service: Price(rate.service_p5),
        });
        Ok(Prices {
            rates: rates.collect(),
            slots,
            effective_at: self.effective_at.map_or(now, Timestamp::from_unix_seconds),
            free: self.free,
        })
    }
}

/// The 48 half hours of a day in stretches, each covered once.
fn slots_of(day: &[StretchBody]) -> Result<Vec<u8>, Failure> {
    let mut slots: Vec<Option<u8>> = vec![None; TARIFF_SLOTS];
    for (index, stretch) in day.iter().enumerate() {
        let field = |name: &str| format!("prices.day[{index}].{name}");
        let half_hour = |text: &str, name: &str| {
            half_hour(text).ok_or_else(|| {
                Failure::invalid(&field(name), "must be a full or half hour, 00:00 to 24:00")
            })
        };
        let from = half_hour(&stretch.from, "from")?;
        let to = half_hour(&stretch.to, "to")?;
        let kind = KINDS.iter().position(|name| *name == stretch.kind);
        let kind = kind
            .and_then(|kind| u8::try_from(kind).ok())
            .ok_or_else(|| {
                let problem = "must be sharp, peak, flat, valley or deep_valley";
                Failure::invalid(&field("kind"), problem)
            })?;
        let covered = slots
            .get_mut(from..to)
            .filter(|covered| !covered.is_empty());
        let covered =
            covered.ok_or_else(|| Failure::invalid(&field("to"), "must be after from"))?;
        for slot in covered {
            if slot.replace(kind).is_some() {
                return Err(Failure::invalid(
                    &field("from"),
                    "overlaps an earlier stretch",
                ));
            }
        }
    }
    slots
        .into_iter()
        .collect::<Option<Vec<u8>>>()
        .ok_or_else(|| Failure::invalid("prices.day", "must cover the whole day"))
}

fn half_hour(text: &str) -> Option<usize> {
    let (hour, minute) = text.split_once(':')?;
    let plain = |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
    if !plain(hour) || !plain(minute) {
        return None;
    }
    let half = match minute {
        "00" => 0,
        "30" => 1,
        _ => return None,
    };
    let slot = hour.parse::<usize>().ok()? * 2 + half;
    (slot <= TARIFF_SLOTS).then_some(slot)
}

#[cfg(test)]
mod tests {
    use super::{StretchBody, slots_of};

    fn day(stretches: &[(&str, &str, &str)]) -> Vec<StretchBody> {
        let stretches = stretches.iter().map(|(from, to, kind)| StretchBody {
            from: (*from).to_owned(),
            to: (*to).to_owned(),
            kind: (*kind).to_owned(),
        });
        stretches.collect()
    }

    #[test]
    fn a_day_is_covered_once() {
        let good = day(&[("00:00", "08:30", "valley"), ("08:30", "24:00", "flat")]);
        let slots = slots_of(&good).expect("covers the day");
        assert_eq!((slots[16], slots[17], slots[47]), (3, 2, 2));
        for wrong in [
            day(&[("00:00", "08:00", "valley")]),
            day(&[("00:00", "24:00", "flat"), ("01:00", "02:00", "peak")]),
            day(&[("00:00", "24:00", "cheap")]),
            day(&[("00:00", "24:30", "flat")]),
            day(&[("00:15", "24:00", "flat")]),
            day(&[("12:00", "12:00", "flat")]),
            day(&[("13:00", "12:00", "flat")]),
        ] {
            assert!(slots_of(&wrong).is_err());
        }
    }
}
