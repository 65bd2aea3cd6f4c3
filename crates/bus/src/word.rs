//! What the nodes of a cluster tell each other. Every word is a hint: what it says stands in the
//! database already, and whoever misses it finds it there later. A word that a node does not know
//! comes from another version of the program and is passed over.

use kernel::{CommandId, OrderNo, PhyId, PortNo, RunId};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One thing that a node tells all others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "word", rename_all = "snake_case")]
pub enum Word {
    /// The outbox has new rows, or a dead letter is to be sent again.
    Outbox,
    /// The command queue of this device has a new row.
    Commands {
        /// The device.
        device: PhyId,
    },
    /// An order was changed by a node that does not hold its device.
    Order {
        /// The order.
        order: OrderNo,
        /// Its device.
        device: PhyId,
    },
    /// The row of a device was changed by hand.
    Device {
        /// The device.
        device: PhyId,
    },
    /// Connections of these devices are held by a run now: (device, epoch).
    Arrived {
        /// The run.
        run: RunId,
        /// The devices, and the epochs that began.
        devices: Vec<(PhyId, i64)>,
    },
    /// Nobody holds connections of these devices any more.
    Left {
        /// The devices.
        devices: Vec<PhyId>,
    },
    /// What became of a command, for whoever waits for it.
    Settled {
        /// The command.
        command: CommandId,
        /// How it ended, as the application writes it.
        outcome: Value,
    },
    /// Somebody wants a port of a device asked.
    Ask {
        /// The device.
        device: PhyId,
        /// The port.
        port: PortNo,
    },
    /// Somebody wants the connection that carries a device closed.
    Kick {
        /// The device.
        device: PhyId,
    },
    /// Live values of devices that the node holds, as the application writes them.
    Live {
        /// The values.
        values: Value,
    },
    /// Pages of other nodes may show what has changed: topics as the board writes them.
    Changed {
        /// The topics.
        topics: Vec<crate::Topic>,
    },
    /// Which kinds of topics somebody at the node looks at, one bit each.
    Watching {
        /// The bits.
        kinds: u32,
    },
    /// Something that operators decide was changed: caches are to be read anew.
    Decisions,
}

/// What goes over the wire: words of one run.
#[derive(Serialize)]
struct Envelope<'a> {
    run: RunId,
    words: &'a [Word],
}

/// The same as it is read: each word by itself.
#[derive(Deserialize)]
struct Opened {
    run: RunId,
    words: Vec<Value>,
}

/// Writes words down.
pub(crate) fn sealed(run: RunId, words: &[Word]) -> String {
    serde_json::to_string(&Envelope { run, words }).expect("words are plain data")
}

/// Reads words. Returns who said them, those that are known, and how many are not.
///
/// # Errors
/// When it is no envelope.
pub(crate) fn opened(text: &str) -> Result<(RunId, Vec<Word>, usize), serde_json::Error> {
    let Opened { run, words } = serde_json::from_str(text)?;
    let count = words.len();
    let known: Vec<Word> = words
        .into_iter()
        .filter_map(|word| serde_json::from_value(word).ok())
        .collect();
    let unknown = count - known.len();
    Ok((run, known, unknown))
}

#[cfg(test)]
mod tests {
    use super::{Word, opened, sealed};
    use crate::Topic;
    use kernel::{CommandId, PortNo, RunId};

    #[test]
    fn words_come_over_as_they_were_said() {
        let device: kernel::PhyId = "82210225000520".parse().expect("a legal id");
        let words = vec![
            Word::Outbox,
            Word::Commands {
                device: device.clone(),
            },
            Word::Arrived {
                run: RunId(7),
                devices: vec![(device.clone(), 3)],
            },
            Word::Settled {
                command: CommandId(9),
                outcome: serde_json::json!({"accepted": {"port": 1}}),
            },
            Word::Ask {
                device: device.clone(),
                port: PortNo(2),
            },
            Word::Changed {
                topics: vec![
                    Topic::Orders,
                    Topic::Device(device),
                    Topic::Page("a.b".into()),
                ],
            },
        ];
        let (run, heard, unknown) = opened(&sealed(RunId(7), &words)).expect("an envelope");
        assert_eq!((run, unknown), (RunId(7), 0));
        assert_eq!(heard, words);
    }

    #[test]
    fn a_word_of_another_version_is_passed_over() {
        let text = r#"{"run":3,"since":"then","words":[{"word":"sing","song":[1,2]},
            {"word":"outbox","loud":true},{"word":"ask","device":""},7]}"#;
        let (run, heard, unknown) = opened(text).expect("an envelope");
        assert_eq!((run, heard, unknown), (RunId(3), vec![Word::Outbox], 3));
        assert!(opened("[]").is_err());
    }
}
