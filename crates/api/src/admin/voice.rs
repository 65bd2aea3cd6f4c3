use super::send::send;
use crate::Api;
use crate::access::Client;
use crate::envelope::{Answer, Envelope};
use crate::failure::{Failure, Refusal};
use crate::payload::{At, Payload};
use crate::ticket::TicketOut;
use axum::extract::State;
use device::{Command, QuietPeriod, VoiceSchedule};
use kernel::PhyId;
use serde::Deserialize;
use utoipa::ToSchema;

/// Periods of one schedule.
const PERIODS_MAX: usize = 2;

/// When a socket may speak and buzz.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "socket_no": 254, "hole": 0, "buzzer": true, "voice": true,
    "periods": [{"start": "08:00", "end": "21:30"}]
}))]
pub(crate) struct VoiceBody {
    /// Socket 1 to 250, or 254 for all of the gateway.
    #[schema(minimum = 1, maximum = 254)]
    socket_no: u8,
    /// Hole 0 or 1.
    #[schema(minimum = 0, maximum = 1)]
    #[serde(default)]
    hole: u8,
    /// Buzzer on.
    buzzer: bool,
    /// Voice on.
    voice: bool,
    /// At most two periods of the day in which sound is allowed.
    #[serde(default)]
    #[schema(max_items = 2)]
    periods: Vec<PeriodBody>,
    /// Seconds to wait for the device's answer; 0, the default, does not wait.
    #[schema(maximum = 25)]
    wait: Option<u8>,
}

/// A period of the day.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PeriodBody {
    /// `HH:MM`.
    #[schema(example = "08:00")]
    start: String,
    /// `HH:MM`, after the start.
    #[schema(example = "21:30")]
    end: String,
}

/// Sets when a socket may speak and buzz.
#[utoipa::path(
    put,
    path = "/api/v1/admin/devices/{phy_id}/voice",
    tag = "administration",
    operation_id = "set_voice",
    extensions(("x-access" = json!("device.device.set_params"))),
    params(("phy_id" = String, Path, description = "The device's id", example = "82210225000520")),
    request_body = VoiceBody,
    responses(
        (status = 200, description = "Queued, or answered if that was waited for",
            body = Envelope<TicketOut>),
        (status = 404, description = "No such device", body = Refusal),
        (status = 409, description = "`protocol_retired`", body = Refusal),
        (status = 422, description = "The device has no such command, or not those values",
            body = Refusal),
    )
)]
pub(crate) async fn set_voice(
    State(api): State<Api>,
    client: Client,
    At(phy_id): At<PhyId>,
    Payload(body): Payload<VoiceBody>,
) -> Answer<TicketOut> {
    let wait = body.wait;
    let command = Command::SetVoice(body.schedule()?);
    send(&api, client, phy_id, command, wait).await
}

impl VoiceBody {
    fn schedule(self) -> Result<VoiceSchedule, Failure> {
        if !matches!(self.socket_no, 1..=250 | 254) {
            return Err(Failure::invalid("socket_no", "must be 1 to 250, or 254"));
        }
        if self.hole > 1 {
            return Err(Failure::invalid("hole", "must be 0 or 1"));
        }
        if self.periods.len() > PERIODS_MAX {
            return Err(Failure::invalid("periods", "must be at most 2"));
        }
        let periods = self
            .periods
            .iter()
            .enumerate()
            .map(|(index, period)| period.read(index));
        Ok(VoiceSchedule {
            socket: self.socket_no,
            hole: self.hole,
            buzzer: self.buzzer,
            voice: self.voice,
            periods: periods.collect::<Result<_, _>>()?,
        })
    }
}

impl PeriodBody {
    fn read(&self, index: usize) -> Result<QuietPeriod, Failure> {
        let time = |text: &str, field: &str| {
            clock_time(text).ok_or_else(|| {
                Failure::invalid(&format!("periods[{index}].{field}"), "must be HH:MM")
            })
        };
        let (start, end) = (time(&self.start, "start")?, time(&self.end, "end")?);
        if start < end {
            Ok(QuietPeriod { start, end })
        } else {
            Err(Failure::invalid(
                &format!("periods[{index}].end"),
                "must be after the start",
            ))
        }
    }
}

fn clock_time(text: &str) -> Option<(u8, u8)> {
    let (hour, minute) = text.split_once(':')?;
    let number = |text: &str| {
        let plain = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        plain.then(|| text.parse::<u8>().ok()).flatten()
    };
    let (hour, minute) = (number(hour)?, number(minute)?);
    (hour < 24 && minute < 60).then_some((hour, minute))
}

#[cfg(test)]
mod tests {
    use super::clock_time;

    #[test]
    fn clock_times_have_four_digits() {
        assert_eq!(clock_time("08:05"), Some((8, 5)));
        assert_eq!(clock_time("23:59"), Some((23, 59)));
        for wrong in ["24:00", "8:00", "08:60", "+8:00", "0800", ""] {
            assert_eq!(clock_time(wrong), None, "{wrong}");
        }
    }
}
