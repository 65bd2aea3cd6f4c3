//! Parameters: three blocks, each written as a whole. A block of which not everything is given is
//! read first, so that the rest stays as it is; the limits always, because they are longer in
//! newer devices than in older ones.

use crate::codes::{Cmd, PARAMETERS, Parameter, parameter, parameters_of};
use crate::message::{Body, HexTail, Message, NoData};
use device::{CommandFault, ParamContent, ParamValue};
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::collections::VecDeque;

/// The commands that set the blocks.
const BLOCKS: [u8; 3] = [0x83, 0x84, LIMITS];
/// The block whose length only the device knows.
const LIMITS: u8 = 0x85;

/// Reads or writes parameters.
#[derive(Clone, Debug)]
pub(super) struct Params {
    blocks: VecDeque<Block>,
    /// What is written now; none while a block is read.
    writing: Option<Vec<u8>>,
    only_read: bool,
    found: Vec<(&'static Parameter, u16)>,
}

#[derive(Clone, Debug)]
struct Block {
    set: u8,
    values: Vec<(&'static Parameter, u16)>,
}

/// What follows from an answer.
pub(super) enum Step {
    /// Another frame.
    Next,
    /// Everything is done.
    Done,
    /// It cannot go on.
    Refused(String),
}

impl Params {
    /// Reads everything.
    pub(super) fn reading() -> Self {
        let block = |set| Block {
            set,
            values: Vec::new(),
        };
        Self {
            blocks: BLOCKS.into_iter().map(block).collect(),
            writing: None,
            only_read: true,
            found: Vec::new(),
        }
    }

    /// Sets these; none when one of them cannot be.
    pub(super) fn setting(values: &[ParamValue]) -> Option<Self> {
        let mut wanted = Vec::with_capacity(values.len());
        for value in values {
            let row = row(&value.id)?;
            let number = value.value.number().filter(|number| row.allows(*number))?;
            wanted.push((row, u16::try_from(number).ok()?));
        }
        let blocks = BLOCKS.into_iter().filter_map(|set| {
            let of_block = wanted.iter().filter(|(row, _)| row.set == set);
            let values: Vec<_> = of_block.copied().collect();
            (!values.is_empty()).then_some(Block { set, values })
        });
        let mut params = Self {
            blocks: blocks.collect(),
            writing: None,
            only_read: false,
            found: Vec::new(),
        };
        params.begin_block();
        (!params.blocks.is_empty()).then_some(params)
    }

    /// A block that is given in full needs no reading, if all devices have all of it.
    fn begin_block(&mut self) {
        self.writing = None;
        let Some(block) = self.blocks.front().filter(|_| !self.only_read) else {
            return;
        };
        if block.set == LIMITS {
            return;
        }
        let all = parameters_of(block.set);
        let given = |row: &Parameter| block.values.iter().any(|(other, _)| other.name == row.name);
        if all.into_iter().all(given) {
            let length = length_of(block.set);
            self.writing = Some(merged(vec![0; length], &block.values));
        }
    }

    pub(super) fn cmd(&self) -> Cmd {
        let set = self.blocks.front().map_or(0x83, |block| block.set);
        match self.writing {
            Some(_) => Cmd::from(set),
            None => Cmd::from(set + 0x0D),
        }
    }

    pub(super) fn message(&self) -> Message {
        let body = match &self.writing {
            Some(data) => Body::Unknown(HexTail(data.clone())),
            None => Body::Bare(NoData),
        };
        Message::new(self.cmd(), body)
    }

    /// The device's answer to the present frame: its data, and what it means where it is one
    /// byte.
    pub(super) fn answered(&mut self, data: &[u8], verdict: Option<(bool, &str)>) -> Step {
        let Some(block) = self.blocks.front() else {
            return Step::Done;
        };
        if let Some(written) = &self.writing {
            match verdict {
                Some((true, _)) => {}
                Some((false, why)) => {
                    return Step::Refused(format!("device refused {:#04x}: {why}", block.set));
                }
                None => return Step::Refused("device answered in an unknown form".to_owned()),
            }
            self.found.extend(values_in(block.set, written));
            return self.next_block();
        }
        self.read(data)
    }

    fn read(&mut self, data: &[u8]) -> Step {
        let Some(block) = self.blocks.front() else {
            return Step::Done;
        };
        let data = data.get(..length_of(block.set)).unwrap_or(data).to_vec();
        if self.only_read {
            self.found.extend(values_in(block.set, &data));
            return self.next_block();
        }
        let missing = block
            .values
            .iter()
            .find(|(row, _)| row.offset + row.width > data.len());
        if let Some((row, _)) = missing {
            return Step::Refused(format!("this device does not know {}", row.name));
        }
        self.writing = Some(merged(data, &block.values));
        Step::Next
    }

    /// No answer to the present frame. Firmware that does not know a block stays silent; what
    /// the other blocks hold still counts when it is only read.
    pub(super) fn skipped(&mut self) -> Option<Step> {
        if !self.only_read {
            return None;
        }
        match self.next_block() {
            Step::Done if self.found.is_empty() => None,
            step => Some(step),
        }
    }

    fn next_block(&mut self) -> Step {
        self.blocks.pop_front();
        if self.blocks.is_empty() {
            return Step::Done;
        }
        self.begin_block();
        Step::Next
    }

    /// What the device holds, by name.
    pub(super) fn values(&self) -> Vec<(Cow<'static, str>, ParamContent)> {
        let pair = |(row, value): &(&'static Parameter, u16)| {
            (Cow::Borrowed(row.name), i64::from(*value).into())
        };
        self.found.iter().map(pair).collect()
    }

    /// The same as JSON.
    pub(super) fn json(&self) -> String {
        let pair =
            |(row, value): &(&'static Parameter, u16)| (row.name.to_owned(), (*value).into());
        let object: Map<String, Value> = self.found.iter().map(pair).collect();
        Value::Object(object).to_string()
    }

    /// One of the values, if it is known now.
    pub(super) fn value(&self, name: &str) -> Option<u16> {
        let found = self.found.iter().find(|(row, _)| row.name == name);
        found.map(|(_, value)| *value)
    }
}

/// A parameter by its name, or by its place in [`PARAMETERS`] counted from 1.
fn row(id: &str) -> Option<&'static Parameter> {
    let numbered = || {
        let number: usize = id.parse().ok()?;
        PARAMETERS.get(number.checked_sub(1)?)
    };
    parameter(id).or_else(numbered)
}

/// Bytes of a block with everything that is known of it.
const fn length_of(set: u8) -> usize {
    match set {
        0x83 => 11,
        0x84 => 23,
        _ => 8,
    }
}

fn merged(mut data: Vec<u8>, values: &[(&'static Parameter, u16)]) -> Vec<u8> {
    for (row, value) in values {
        let place = data.iter_mut().skip(row.offset).take(row.width);
        for (to, from) in place.zip(value.to_le_bytes()) {
            *to = from;
        }
    }
    data
}

fn values_in(set: u8, data: &[u8]) -> Vec<(&'static Parameter, u16)> {
    let value = |row: &'static Parameter| {
        let bytes = data.get(row.offset..row.offset + row.width)?;
        let number = match bytes {
            [low, high] => u16::from_le_bytes([*low, *high]),
            [byte] => u16::from(*byte),
            _ => return None,
        };
        Some((row, number))
    };
    parameters_of(set).filter_map(value).collect()
}

/// Whether parameters can be set.
pub(crate) fn check(via: Option<u16>, values: &[ParamValue]) -> Result<(), CommandFault> {
    let wrong = |field, problem| CommandFault::OutOfRange { field, problem };
    let via_fits = |row: &Parameter| via.is_none_or(|via| via == u16::from(row.set));
    for value in values {
        let Some(row) = row(&value.id) else {
            let problem = format!("{:?} is no parameter of this device", value.id);
            return Err(wrong("id", problem));
        };
        if !via_fits(row) {
            let problem = format!("of {} is {:#04x}", row.name, row.set);
            return Err(wrong("command", problem));
        }
        if !value
            .value
            .number()
            .is_some_and(|number| row.allows(number))
        {
            let problem = format!("of {} must be {} to {}", row.name, row.min, row.max);
            return Err(wrong("value", problem));
        }
    }
    Ok(())
}

/// The command that sets the first of these.
pub(crate) fn command_of(values: &[ParamValue]) -> Option<u16> {
    let first = values.first()?;
    row(&first.id).map(|row| u16::from(row.set))
}

#[cfg(test)]
mod tests {
    use super::{Params, Step};
    use device::ParamValue;

    fn value(id: &str, number: i64) -> ParamValue {
        ParamValue {
            id: id.to_owned(),
            value: number.into(),
        }
    }

    #[test]
    fn a_block_is_read_before_a_part_of_it_is_written() {
        let mut params = Params::setting(&[value("float_percent", 30)]).expect("known");
        assert_eq!(u8::from(params.cmd()), 0x90);
        let read = hex::decode("03000a00140807100eb400").expect("hex");
        assert!(matches!(params.answered(&read, None), Step::Next));
        let mut out = Vec::new();
        params.message().write(&mut out);
        assert_eq!(u8::from(params.cmd()), 0x83);
        assert_eq!(hex::encode(out), "03000a001e0807100eb400");
        assert!(matches!(
            params.answered(&[0], Some((true, ""))),
            Step::Done
        ));
        assert_eq!(params.value("heartbeat_interval_s"), Some(180));
    }

    #[test]
    fn old_limits_have_no_voltages() {
        let mut params = Params::setting(&[value("over_voltage_dv", 2600)]).expect("known");
        let read = [0xA0, 0x8C, 0x20, 0x4E];
        assert!(matches!(params.answered(&read, None), Step::Refused(_)));
        let mut params = Params::setting(&[value("max_duration_s", 3600)]).expect("known");
        assert!(matches!(params.answered(&read, None), Step::Next));
        let mut out = Vec::new();
        params.message().write(&mut out);
        assert_eq!(out, [0x10, 0x0E, 0x20, 0x4E]);
    }

    #[test]
    fn what_is_read_in_part_still_counts() {
        let mut params = Params::reading();
        assert!(matches!(params.skipped(), Some(Step::Next)));
        assert!(matches!(params.skipped(), Some(Step::Next)));
        assert!(matches!(params.answered(&[1, 0, 2, 0], None), Step::Done));
        assert_eq!(
            params.json(),
            r#"{"max_duration_s":1,"overload_power_dw":2}"#
        );
        let mut silent = Params::reading();
        silent.skipped();
        silent.skipped();
        assert!(silent.skipped().is_none());
    }
}
