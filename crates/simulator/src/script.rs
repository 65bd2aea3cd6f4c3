//! Lines that act on devices: what a person types, or a file holds.
//!
//! ```text
//! plug 82210225000520 1        any action of pile::ACTION_FORMS, the device id second
//! status 82210225000520        what its ports look like
//! wait 2.5                     so many seconds
//! list                         all devices with their connections
//! quit
//! ```

use crate::{Fleet, SimDevice};
use ::pile::{ACTION_FORMS, Action, ActionText, PortView};
use std::fmt::Write as _;
use std::time::Duration;

/// Longest wait of a line.
const WAIT_MAX: Duration = Duration::from_hours(24);
/// Lines that `list` shows at most.
const LIST_MAX: usize = 100;

/// One line.
#[derive(Clone, Debug, PartialEq)]
pub enum Line {
    /// Nothing to do.
    Empty,
    /// Something happens to a device.
    Act(String, Action),
    /// Show a device.
    Status(String),
    /// Let time pass.
    Wait(Duration),
    /// Show all devices.
    List,
    /// Show what can be written.
    Help,
    /// End.
    Quit,
}

/// A line that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LineFault {
    /// Not an action.
    #[error(transparent)]
    Action(#[from] ActionText),
    /// No device id where one belongs.
    #[error("write the device id after {0:?}")]
    NoDevice(String),
    /// Not a time.
    #[error("write wait SECONDS, at most a day")]
    Wait,
}

impl std::str::FromStr for Line {
    type Err = LineFault;

    fn from_str(text: &str) -> Result<Self, LineFault> {
        let text = text.split('#').next().unwrap_or_default();
        let mut words = text.split_whitespace();
        let Some(verb) = words.next() else {
            return Ok(Self::Empty);
        };
        let first = words.next();
        let rest: Vec<&str> = words.collect();
        let device = || {
            first
                .map(str::to_owned)
                .ok_or_else(|| LineFault::NoDevice(verb.into()))
        };
        match verb {
            "quit" | "exit" => Ok(Self::Quit),
            "help" => Ok(Self::Help),
            "list" => Ok(Self::List),
            "status" => device().map(Self::Status),
            "wait" => {
                let seconds: f64 = first
                    .and_then(|word| word.parse().ok())
                    .ok_or(LineFault::Wait)?;
                let wait = Duration::try_from_secs_f64(seconds).map_err(|_| LineFault::Wait)?;
                Some(wait)
                    .filter(|wait| *wait <= WAIT_MAX)
                    .map(Self::Wait)
                    .ok_or(LineFault::Wait)
            }
            _ => {
                let action = format!("{verb} {}", rest.join(" ")).parse()?;
                Ok(Self::Act(device()?, action))
            }
        }
    }
}

/// Whether to go on after a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// With the next line.
    Continue,
    /// No more.
    Stop,
}

/// Does what a line says; the text is for whoever wrote it.
pub async fn obey(fleet: &Fleet, line: &str) -> (Next, String) {
    let parsed = match line.parse::<Line>() {
        Ok(parsed) => parsed,
        Err(fault) => return (Next::Continue, format!("error: {fault}")),
    };
    let answer = match parsed {
        Line::Empty => String::new(),
        Line::Quit => return (Next::Stop, String::new()),
        Line::Help => format!(
            "{ACTION_FORMS}
The device id comes second. Also: status ID | wait SECONDS | list | quit"
        ),
        Line::Wait(wait) => {
            tokio::time::sleep(wait).await;
            String::new()
        }
        Line::List => list(fleet),
        Line::Status(id) => match fleet.device(&id) {
            Some(device) => status(device).await,
            None => no_such_device(&id),
        },
        Line::Act(id, action) => match fleet.device(&id) {
            Some(device) => match device.act(action).await {
                Ok(()) => "ok".to_owned(),
                Err(fault) => format!("error: {fault}"),
            },
            None => no_such_device(&id),
        },
    };
    (Next::Continue, answer)
}

fn no_such_device(id: &str) -> String {
    format!("error: there is no device {id} here; see list")
}

fn list(fleet: &Fleet) -> String {
    let mut text = String::new();
    for device in fleet.devices().iter().take(LIST_MAX) {
        // Writing into a string cannot fail.
        let _ = writeln!(text, "{} {}", device.id(), connection(device));
    }
    if let Some(more) = fleet
        .devices()
        .len()
        .checked_sub(LIST_MAX)
        .filter(|more| *more > 0)
    {
        let _ = writeln!(text, "… and {more} more");
    }
    text.trim_end().to_owned()
}

fn connection(device: &SimDevice) -> &'static str {
    if device.is_online() {
        "online"
    } else {
        "offline"
    }
}

async fn status(device: &SimDevice) -> String {
    let mut text = format!("{} {}", device.id(), connection(device));
    for view in device.ports().await {
        let _ = write!(text, "\n  {}", describe(&view));
    }
    text
}

fn describe(view: &PortView) -> String {
    let plug = if view.plugged { "plugged" } else { "unplugged" };
    let relay = if view.charging { "charging" } else { "open" };
    let session = match &view.session {
        Some(session) => format!(" {session}"),
        None => String::new(),
    };
    let faults = match view.faults {
        0 => String::new(),
        bits => format!(" fault {bits}"),
    };
    let soc = view
        .soc
        .map_or_else(String::new, |soc| format!(", {soc} %"));
    format!(
        "port {}: {plug}, {relay}{session}{faults}, {}.{} W, {} Wh, {} s{soc}",
        view.port,
        view.power_dw / 10,
        view.power_dw % 10,
        view.energy_wh,
        view.seconds
    )
}

#[cfg(test)]
mod tests {
    use super::{Line, LineFault};
    use ::pile::Action;
    use kernel::PortNo;
    use std::time::Duration;

    #[test]
    fn the_device_id_comes_second() {
        let line = "plug 82210225000520 1 # the user at the socket".parse();
        let expected = Line::Act("82210225000520".to_owned(), Action::Plug(PortNo(1)));
        assert_eq!(line, Ok(expected));
        assert_eq!(
            "wait 2.5".parse(),
            Ok(Line::Wait(Duration::from_millis(2500)))
        );
        assert_eq!("".parse(), Ok(Line::Empty));
        assert_eq!("# only a remark".parse(), Ok(Line::Empty));
    }

    #[test]
    fn wrong_lines_are_refused() {
        assert_eq!(
            "cut".parse::<Line>(),
            Err(LineFault::NoDevice("cut".to_owned()))
        );
        assert_eq!("wait -1".parse::<Line>(), Err(LineFault::Wait));
        assert!("dance 1".parse::<Line>().is_err());
    }
}
