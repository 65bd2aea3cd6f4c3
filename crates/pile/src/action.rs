//! What people, cables and mishaps do to a device.

use kernel::{PortNo, Timestamp};
use std::net::Ipv4Addr;
use std::str::FromStr;
use std::time::Duration;

/// Something that happens to the device from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// A vehicle is plugged in.
    Plug(PortNo),
    /// The plug is pulled.
    Unplug(PortNo),
    /// The user ends the charge at the device.
    Button(PortNo),
    /// A card is held to the reader.
    Swipe {
        /// Where.
        port: PortNo,
        /// Card number in the family's form: decimal as printed, or hex digits of the chip.
        card: String,
        /// Balance stored on the card, fen; 0 for account cards.
        balance_fen: u32,
        /// What the user types when asked.
        password: Option<String>,
    },
    /// A plugged vehicle offers itself for plug-and-charge.
    Vin {
        /// Where.
        port: PortNo,
        /// Its number.
        vin: String,
    },
    /// The emergency stop is pressed; [`Action::ClearFault`] releases it.
    EmergencyStop(PortNo),
    /// The lock of the parking space is moved by hand.
    MoveLock {
        /// Where.
        port: PortNo,
        /// Up or down.
        raised: bool,
    },
    /// Another vehicle stands at the port from now on, plugged in or not. Names: of e-bikes in
    /// [`LOADS`](crate::LOADS), of electric vehicles in [`VEHICLES`](crate::VEHICLES).
    Vehicle {
        /// Where.
        port: PortNo,
        /// Its name.
        name: String,
    },
    /// The battery of the vehicle at the port is so full from now on.
    SetSoc {
        /// Where.
        port: PortNo,
        /// Percent, 0 to 100.
        percent: u8,
    },
    /// An alarm comes or goes, with the number that the family gives it.
    Alarm {
        /// Where.
        port: PortNo,
        /// Which.
        code: u32,
        /// Whether it comes.
        on: bool,
    },
    /// The device's clock shows this from now on, until the platform sets it.
    SetClock(Timestamp),
    /// The device forgets the time of day and starts anew in 1970.
    ClockLost,
    /// The device asks for the balance of a card (networked, stand-alone).
    AskBalance {
        /// Where.
        port: PortNo,
        /// Card number as above.
        card: String,
    },
    /// Fault bits appear. v8.6: 4 short circuit, 8 over-current, 16 over-temperature. Other
    /// e-bike devices: status bits 4 temperature, 2 current, 1 power. AP3000 and EV piles number
    /// them as their own modules say.
    SetFault {
        /// Where.
        port: PortNo,
        /// Which.
        bits: u64,
    },
    /// The fault is gone.
    ClearFault(PortNo),
    /// The sensor of an e-bike port shows this from now on.
    Heat {
        /// Where.
        port: PortNo,
        /// °C; `None`: what it always shows.
        celsius: Option<i8>,
    },
    /// The load at an e-bike port draws this from now on, and never gets full.
    Draw {
        /// Where.
        port: PortNo,
        /// W.
        watts: u16,
    },
    /// The relay of an e-bike port does not open any more, or does again: power flows on after
    /// the charge.
    StickRelay {
        /// Where.
        port: PortNo,
        /// Whether it sticks.
        on: bool,
    },
    /// The link is lost until [`Action::Restore`].
    Cut {
        /// Without a word (pulled cable: no FIN, the peer sees silence), or with a close.
        silent: bool,
    },
    /// The link may be set up again.
    Restore,
    /// Mains power is lost for five seconds.
    Reboot {
        /// Whether orders and unacknowledged reports survive.
        memory: bool,
    },
    /// The charge ends, and no report says so.
    SilentEnd(PortNo),
    /// The last end report of the port is sent again.
    RepeatEnd(PortNo),
    /// The next so many commands are refused.
    Refuse(u32),
    /// Commands are received and neither obeyed nor answered.
    Ignore(bool),
    /// The base station changes: the old connection is left open without a word, a new one
    /// comes from this address.
    Roam(Ipv4Addr),
    /// A frame of the right form with content that makes no sense.
    Malformed,
    /// A frame whose checksum is wrong.
    WrongChecksum,
    /// These bytes, as they are.
    Raw(Vec<u8>),
    /// From now on every byte is written alone with this pause (real time) between; `None` ends
    /// it.
    SlowWrites(Option<Duration>),
    /// The radio link to the socket with this port is lost (networked).
    SocketLost(PortNo),
    /// The socket is back (networked).
    SocketBack(PortNo),
}

/// A line that describes no action.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ActionText {
    /// Unknown first word.
    #[error("unknown action {0:?}; one of: {ACTION_FORMS}")]
    Unknown(String),
    /// A word is missing, superfluous or of the wrong form.
    #[error("write it as: {0}")]
    Form(&'static str),
}

/// All forms that [`Action`] is parsed from.
pub const ACTION_FORMS: &str = "plug PORT | unplug PORT | button PORT | swipe PORT CARD [FEN [PASSWORD]] | \
    balance PORT CARD | fault PORT BITS | clear PORT | cut [close] | restore | \
    reboot [forget] | silent-end PORT | repeat-end PORT | refuse [COUNT] | \
    ignore on|off | roam ADDRESS | malformed | wrong-checksum | raw HEX | slow MILLIS|off | \
    socket-lost PORT | socket-back PORT | vin PORT VIN | estop PORT | lock PORT up|down | \
    vehicle PORT NAME | heat PORT CELSIUS|off | draw PORT WATTS | \
    stuck PORT on|off | soc PORT PERCENT | alarm PORT CODE on|off | clock UNIX_SECONDS|1970 | \
    clock-lost";

impl FromStr for Action {
    type Err = ActionText;

    fn from_str(line: &str) -> Result<Self, ActionText> {
        let words: Vec<&str> = line.split_whitespace().collect();
        let (&verb, rest) = words
            .split_first()
            .ok_or_else(|| ActionText::Unknown(String::new()))?;
        match verb {
            "plug" => port(rest, "plug PORT").map(Self::Plug),
            "unplug" => port(rest, "unplug PORT").map(Self::Unplug),
            "button" => port(rest, "button PORT").map(Self::Button),
            "clear" => port(rest, "clear PORT").map(Self::ClearFault),
            "silent-end" => port(rest, "silent-end PORT").map(Self::SilentEnd),
            "repeat-end" => port(rest, "repeat-end PORT").map(Self::RepeatEnd),
            "socket-lost" => port(rest, "socket-lost PORT").map(Self::SocketLost),
            "socket-back" => port(rest, "socket-back PORT").map(Self::SocketBack),
            "swipe" | "balance" => card(verb, rest),
            "fault" => fault(rest),
            "estop" => port(rest, "estop PORT").map(Self::EmergencyStop),
            "vin" | "lock" | "vehicle" | "soc" => vehicle(verb, rest),
            "heat" | "draw" | "stuck" => burden(verb, rest),
            "alarm" => alarm(rest),
            "clock" => clock(rest),
            "clock-lost" => match rest {
                [] => Ok(Self::ClockLost),
                _ => Err(ActionText::Form("clock-lost")),
            },
            "roam" => one(rest, "roam ADDRESS").map(Self::Roam),
            "raw" => raw(rest),
            _ => link(verb, rest),
        }
    }
}

fn one<T: FromStr>(rest: &[&str], form: &'static str) -> Result<T, ActionText> {
    match rest {
        [word] => word.parse().map_err(|_| ActionText::Form(form)),
        _ => Err(ActionText::Form(form)),
    }
}

fn port(rest: &[&str], form: &'static str) -> Result<PortNo, ActionText> {
    one(rest, form).map(PortNo)
}

fn card(verb: &str, rest: &[&str]) -> Result<Action, ActionText> {
    const FORM: &str = "swipe PORT CARD [FEN [PASSWORD]], or balance PORT CARD";
    let (Some(place), Some(card)) = (rest.first(), rest.get(1)) else {
        return Err(ActionText::Form(FORM));
    };
    let port = port(&[place], FORM)?;
    let card = (*card).to_owned();
    match (verb, rest.get(2..)) {
        ("swipe", Some([])) => Ok(Action::Swipe {
            port,
            card,
            balance_fen: 0,
            password: None,
        }),
        ("swipe", Some([fen, rest @ ..])) if rest.len() <= 1 => Ok(Action::Swipe {
            port,
            card,
            balance_fen: one(&[fen], FORM)?,
            password: rest.first().map(|word| (*word).to_owned()),
        }),
        ("balance", Some([])) => Ok(Action::AskBalance { port, card }),
        _ => Err(ActionText::Form(FORM)),
    }
}

fn vehicle(verb: &str, rest: &[&str]) -> Result<Action, ActionText> {
    match (verb, rest) {
        ("vin", [place, vin]) => Ok(Action::Vin {
            port: port(&[place], "vin PORT VIN")?,
            vin: (*vin).to_owned(),
        }),
        ("lock", [place, position @ ("up" | "down")]) => Ok(Action::MoveLock {
            port: port(&[place], "lock PORT up|down")?,
            raised: *position == "up",
        }),
        ("vehicle", [place, name]) => Ok(Action::Vehicle {
            port: port(&[place], "vehicle PORT NAME")?,
            name: (*name).to_owned(),
        }),
        ("soc", [place, percent]) => Ok(Action::SetSoc {
            port: port(&[place], "soc PORT PERCENT")?,
            percent: one::<u8>(&[percent], "soc PORT PERCENT")
                .ok()
                .filter(|percent| *percent <= 100)
                .ok_or(ActionText::Form("soc PORT PERCENT"))?,
        }),
        ("vin", _) => Err(ActionText::Form("vin PORT VIN")),
        ("vehicle", _) => Err(ActionText::Form("vehicle PORT NAME")),
        ("soc", _) => Err(ActionText::Form("soc PORT PERCENT")),
        _ => Err(ActionText::Form("lock PORT up|down")),
    }
}

fn burden(verb: &str, rest: &[&str]) -> Result<Action, ActionText> {
    match (verb, rest) {
        ("heat", [place, "off"]) => Ok(Action::Heat {
            port: port(&[place], "heat PORT CELSIUS|off")?,
            celsius: None,
        }),
        ("heat", [place, celsius]) => Ok(Action::Heat {
            port: port(&[place], "heat PORT CELSIUS|off")?,
            celsius: Some(one(&[celsius], "heat PORT CELSIUS|off")?),
        }),
        ("draw", [place, watts]) => Ok(Action::Draw {
            port: port(&[place], "draw PORT WATTS")?,
            watts: one(&[watts], "draw PORT WATTS")?,
        }),
        ("stuck", [place, state @ ("on" | "off")]) => Ok(Action::StickRelay {
            port: port(&[place], "stuck PORT on|off")?,
            on: *state == "on",
        }),
        ("heat", _) => Err(ActionText::Form("heat PORT CELSIUS|off")),
        ("draw", _) => Err(ActionText::Form("draw PORT WATTS")),
        _ => Err(ActionText::Form("stuck PORT on|off")),
    }
}

fn alarm(rest: &[&str]) -> Result<Action, ActionText> {
    const FORM: &str = "alarm PORT CODE on|off";
    match rest {
        [place, code, state @ ("on" | "off")] => Ok(Action::Alarm {
            port: port(&[place], FORM)?,
            code: one(&[code], FORM)?,
            on: *state == "on",
        }),
        _ => Err(ActionText::Form(FORM)),
    }
}

fn clock(rest: &[&str]) -> Result<Action, ActionText> {
    match rest {
        // Where clocks begin that nobody set.
        ["1970"] => Ok(Action::SetClock(Timestamp(0))),
        _ => one::<u32>(rest, "clock UNIX_SECONDS|1970")
            .map(|seconds| Action::SetClock(Timestamp::from_unix_seconds(seconds.into()))),
    }
}

fn fault(rest: &[&str]) -> Result<Action, ActionText> {
    const FORM: &str = "fault PORT BITS";
    match rest {
        [place, bits] => Ok(Action::SetFault {
            port: port(&[place], FORM)?,
            bits: one(&[bits], FORM)?,
        }),
        _ => Err(ActionText::Form(FORM)),
    }
}

fn raw(rest: &[&str]) -> Result<Action, ActionText> {
    let bytes = hex::decode(rest.concat()).map_err(|_| ActionText::Form("raw HEX"))?;
    Ok(Action::Raw(bytes))
}

fn link(verb: &str, rest: &[&str]) -> Result<Action, ActionText> {
    let action = match (verb, rest) {
        ("cut", []) => Action::Cut { silent: true },
        ("cut", ["close"]) => Action::Cut { silent: false },
        ("cut", _) => return Err(ActionText::Form("cut [close]")),
        ("restore", []) => Action::Restore,
        ("reboot", []) => Action::Reboot { memory: true },
        ("reboot", ["forget"]) => Action::Reboot { memory: false },
        ("reboot", _) => return Err(ActionText::Form("reboot [forget]")),
        ("refuse", []) => Action::Refuse(1),
        ("refuse", _) => Action::Refuse(one(rest, "refuse [COUNT]")?),
        ("ignore", ["on"]) => Action::Ignore(true),
        ("ignore", ["off"]) => Action::Ignore(false),
        ("ignore", _) => return Err(ActionText::Form("ignore on|off")),
        ("malformed", []) => Action::Malformed,
        ("wrong-checksum", []) => Action::WrongChecksum,
        ("slow", ["off"]) => Action::SlowWrites(None),
        ("slow", _) => {
            let gap_ms = one(rest, "slow MILLIS|off")?;
            Action::SlowWrites(Some(Duration::from_millis(gap_ms)))
        }
        _ => return Err(ActionText::Unknown(verb.chars().take(32).collect())),
    };
    Ok(action)
}

/// Why an action has no effect.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Impossible {
    /// The device has no such port.
    #[error("this device has no port {0}")]
    NoSuchPort(PortNo),
    /// Nothing has ended there yet.
    #[error("port {0} has no end report to repeat")]
    NothingToRepeat(PortNo),
    /// Nothing is charging there.
    #[error("port {0} is not charging")]
    NotCharging(PortNo),
    /// The number has not the form that the dialect's frames can carry.
    #[error("this device cannot send such a card number")]
    CardNumber,
    /// The dialect has nothing of the kind.
    #[error("a device of this dialect cannot do that")]
    NotInDialect,
    /// No vehicle of this name comes to such a device.
    #[error("no vehicle {0:?} comes to this device")]
    NoSuchVehicle(String),
    /// The frame could only be sent over a connection.
    #[error("the device is not connected")]
    NotConnected,
}

#[cfg(test)]
mod tests {
    use super::{Action, ActionText};
    use kernel::PortNo;

    #[test]
    fn lines_become_actions() {
        assert_eq!("plug 1".parse(), Ok(Action::Plug(PortNo(1))));
        assert_eq!("cut".parse(), Ok(Action::Cut { silent: true }));
        let port = PortNo(2);
        let celsius = Some(61);
        assert_eq!("heat 2 61".parse(), Ok(Action::Heat { port, celsius }));
        let watts = 900;
        assert_eq!("draw 2 900".parse(), Ok(Action::Draw { port, watts }));
        let stuck = Action::StickRelay { port, on: true };
        assert_eq!("stuck 2 on".parse(), Ok(stuck));
        assert_eq!(
            "reboot forget".parse(),
            Ok(Action::Reboot { memory: false })
        );
        assert_eq!("raw fc fe".parse(), Ok(Action::Raw(vec![0xFC, 0xFE])));
        let swipe = Action::Swipe {
            port: PortNo(2),
            card: "1000000001".to_owned(),
            balance_fen: 0,
            password: None,
        };
        let paid = "swipe 2 1000000001 0 1234".parse();
        assert!(matches!(
            paid,
            Ok(Action::Swipe {
                password: Some(_),
                ..
            })
        ));
        assert_eq!("swipe 2 1000000001".parse(), Ok(swipe));
    }

    #[test]
    fn wrong_lines_are_explained() {
        assert!(matches!(
            "dance".parse::<Action>(),
            Err(ActionText::Unknown(_))
        ));
        assert!(matches!("plug".parse::<Action>(), Err(ActionText::Form(_))));
        assert!(matches!(
            "fault 1 x".parse::<Action>(),
            Err(ActionText::Form(_))
        ));
        assert!(matches!(
            "soc 1 101".parse::<Action>(),
            Err(ActionText::Form(_))
        ));
        assert!(matches!("".parse::<Action>(), Err(ActionText::Unknown(_))));
    }
}
