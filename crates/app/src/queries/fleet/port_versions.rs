//! Which ports have changed since somebody last looked. Nothing is noted while values come in: a
//! look goes over the table in memory and compares each port with what the look before saw, so
//! that following the ports costs those who follow them, and heartbeats nothing.

use crate::{App, LiveDevice};
use kernel::{PhyId, PortNo};
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

/// What looks at the ports have seen.
#[derive(Default)]
pub(crate) struct PortVersions {
    /// Raised by a look that sees a change.
    version: u64,
    /// Before this version a port was there that is gone, or stands elsewhere now: who followed
    /// since then needs all.
    whole_from: u64,
    looks: u64,
    known: HashMap<PhyId, Known>,
}

struct Known {
    station: Option<i64>,
    looked: u64,
    ports: Vec<Seen>,
}

#[derive(Clone, Copy)]
struct Seen {
    port: PortNo,
    mark: u64,
    version: u64,
}

/// A point in the life of the ports, told to whoever follows them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PortVersion {
    run: i64,
    version: u64,
}

impl PortVersion {
    /// As it is told: which run of the program, and which version.
    pub(crate) fn text(self) -> String {
        format!("{:x}-{:x}", self.run, self.version)
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (run, version) = text.split_once('-')?;
        Some(Self {
            run: i64::from_str_radix(run, 16).ok()?,
            version: u64::from_str_radix(version, 16).ok()?,
        })
    }
}

impl PortVersions {
    fn look(&mut self, app: &App) {
        self.looks += 1;
        let next = self.version + 1;
        let (mut changed, mut whole) = (false, false);
        let mut count = 0;
        app.live.for_each(|live| {
            count += 1;
            // Most looks find every device known: its name is copied for new ones alone.
            if !self.known.contains_key(&live.phy_id) {
                let new = Known {
                    station: live.station_id,
                    looked: 0,
                    ports: Vec::new(),
                };
                self.known.insert(live.phy_id.clone(), new);
            }
            let Some(known) = self.known.get_mut(&live.phy_id) else {
                return;
            };
            known.looked = self.looks;
            whole |= known.station != live.station_id || known.ports.len() > live.ports.len();
            known.station = live.station_id;
            known.ports.truncate(live.ports.len());
            for (place, port) in live.ports.iter().enumerate() {
                let mark = mark(app, live, place);
                match known.ports.get_mut(place) {
                    Some(seen) if seen.port == port.port && seen.mark == mark => {}
                    Some(seen) => {
                        changed = true;
                        *seen = Seen {
                            port: port.port,
                            mark,
                            version: next,
                        };
                    }
                    None => {
                        changed = true;
                        known.ports.push(Seen {
                            port: port.port,
                            mark,
                            version: next,
                        });
                    }
                }
            }
        });
        if self.known.len() > count {
            let looks = self.looks;
            self.known.retain(|_, known| known.looked == looks);
            whole = true;
        }
        if changed || whole {
            self.version = next;
        }
        if whole {
            self.whole_from = next;
        }
    }
}

/// A fingerprint of everything that a line of a port shows out of memory.
fn mark(app: &App, live: &LiveDevice, place: usize) -> u64 {
    let port = &live.ports[place];
    let mut hasher = DefaultHasher::new();
    (
        live.is_online(),
        port.memory.state.as_str(),
        port.memory.fault_code,
        port.memory.plugged,
        port.power,
        port.voltage,
        port.current,
        port.temperature_c,
        port.soc,
        port.remaining_min,
        app.orders.on_port(&live.phy_id, port.port),
    )
        .hash(&mut hasher);
    hasher.finish()
}

impl App {
    /// Looks at all ports. The version they have now; and which of them have changed since
    /// `since`, none when all are needed: `since` is of another run, or too much has changed.
    pub(super) fn look_at_ports(
        &self,
        since: Option<PortVersion>,
    ) -> (PortVersion, Option<HashMap<PhyId, Vec<PortNo>>>) {
        let mut versions = self.port_versions.lock();
        versions.look(self);
        let now = PortVersion {
            run: self.began.0,
            version: versions.version,
        };
        let follows = since.filter(|since| {
            since.run == now.run
                && since.version >= versions.whole_from
                && since.version <= now.version
        });
        let Some(since) = follows else {
            return (now, None);
        };
        let mut changed: HashMap<PhyId, Vec<PortNo>> = HashMap::new();
        for (device, known) in &versions.known {
            let ports = known.ports.iter();
            let ports = ports.filter(|seen| seen.version > since.version);
            let ports: Vec<PortNo> = ports.map(|seen| seen.port).collect();
            if !ports.is_empty() {
                changed.insert(device.clone(), ports);
            }
        }
        (now, Some(changed))
    }
}
