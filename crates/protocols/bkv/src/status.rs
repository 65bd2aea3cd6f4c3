//! The two status bytes: what their bits say of a port, and of the end of a charge.

use device::{EndReason, Fault, PortState};

/// Online, networked dialect.
const ONLINE: u8 = 0x80;
/// Reserved; never seen set.
const RESERVED: u8 = 0x40;
/// Relay on.
const CHARGING: u8 = 0x10;
/// Nothing draws power.
const NO_LOAD: u8 = 0x08;
/// Abnormal temperature, current, power.
const PROTECTION: [(u8, Fault); 3] = [
    (0x04, Fault::OverTemperature),
    (0x02, Fault::OverCurrent),
    (0x01, Fault::OverPower),
];

/// What a networked status byte says. The reading that fits every captured byte; one that is
/// shifted by a bit, found in published code, would make a charging port idle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NetworkedStatus {
    /// False when the socket does not answer its gateway.
    pub(crate) reachable: bool,
    /// State of the port.
    pub(crate) state: PortState,
    /// Protection bits.
    pub(crate) faults: Vec<Fault>,
    /// Bit 4 and the session number contradict each other.
    pub(crate) doubtful: bool,
}

/// Reads a networked status byte together with the session number beside it.
pub(crate) fn networked(byte: u8, session: u16) -> NetworkedStatus {
    let mut faults: Vec<Fault> = PROTECTION
        .iter()
        .filter(|(bit, _)| byte & bit != 0)
        .map(|(_, fault)| *fault)
        .collect();
    if byte & RESERVED != 0 {
        faults.push(Fault::Unknown(u32::from(RESERVED)));
    }
    let relay = byte & CHARGING != 0;
    let state = if !faults.is_empty() {
        PortState::Fault
    } else if session != 0 || relay {
        // A session without load stays a session; the device decides when it is over.
        if byte & NO_LOAD != 0 {
            PortState::Suspended
        } else {
            PortState::Charging
        }
    } else {
        PortState::Idle
    };
    let reachable = byte & ONLINE != 0;
    NetworkedStatus {
        reachable,
        state,
        faults,
        doubtful: reachable && relay != (session != 0),
    }
}

/// Why a charge ended, from the status byte of a networked end report and the reason code
/// beside it, if there is one. A stop of ours and a reached limit are known to the order, not to
/// this byte.
pub(crate) fn networked_end(byte: u8, mapped: Option<EndReason>) -> EndReason {
    if byte & ONLINE == 0 {
        return EndReason::PowerOff;
    }
    if byte & 0x06 != 0 {
        return EndReason::DeviceFault;
    }
    if byte & 0x01 != 0 {
        return EndReason::OverPower;
    }
    match byte {
        _ if byte & (CHARGING | NO_LOAD) == CHARGING | NO_LOAD => EndReason::NoLoad,
        0xA0 => EndReason::Full,
        0xB0 => EndReason::Normal,
        _ => mapped.unwrap_or(EndReason::Unknown),
    }
}

/// What a v8.6 port byte says: bits 0–1 the state, bits 2–7 faults.
pub(crate) fn v86(byte: u8) -> (PortState, Vec<Fault>) {
    let faults: Vec<Fault> = [0x04_u8, 0x08, 0x10, 0x20, 0x40, 0x80]
        .into_iter()
        .filter(|bit| byte & bit != 0)
        .map(|bit| match bit {
            0x04 => Fault::ShortCircuit,
            0x08 => Fault::OverCurrent,
            0x10 => Fault::OverTemperature,
            other => Fault::Unknown(u32::from(other)),
        })
        .collect();
    let state = match byte & 0x03 {
        _ if !faults.is_empty() => PortState::Fault,
        0 => PortState::Idle,
        1 => PortState::Charging,
        2 => PortState::Plugged,
        _ => PortState::Unknown,
    };
    (state, faults)
}

/// The v8.6 settlement reason.
pub(crate) const fn v86_end(reason: u8) -> EndReason {
    match reason {
        0 => EndReason::Normal,
        1 => EndReason::Full,
        2 => EndReason::InsufficientBalance,
        3 => EndReason::RemoteStop,
        4 => EndReason::DeviceFault,
        5 => EndReason::Timeout,
        6 => EndReason::UserStop,
        _ => EndReason::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::{networked, networked_end, v86};
    use device::{EndReason, Fault, PortState};

    #[test]
    fn captured_bytes_mean_what_the_port_was_doing() {
        for (byte, session, reachable, state) in [
            (0x00, 0, false, PortState::Idle),
            (0x80, 0, true, PortState::Idle),
            (0x90, 9, true, PortState::Charging),
            (0x98, 9, true, PortState::Suspended),
            (0x94, 9, true, PortState::Fault),
            (0xC0, 0, true, PortState::Fault),
        ] {
            let status = networked(byte, session);
            assert_eq!(
                (status.reachable, status.state),
                (reachable, state),
                "{byte:#04x}"
            );
            assert!(!status.doubtful, "{byte:#04x}");
        }
        assert!(networked(0x80, 9).doubtful);
        assert!(networked(0x90, 0).doubtful);
    }

    #[test]
    fn ends_of_the_guide_and_the_captures() {
        assert_eq!(networked_end(0x98, None), EndReason::NoLoad);
        assert_eq!(networked_end(0xA0, None), EndReason::Full);
        assert_eq!(networked_end(0xB0, None), EndReason::Normal);
        assert_eq!(networked_end(0x94, None), EndReason::DeviceFault);
        assert_eq!(networked_end(0x91, None), EndReason::OverPower);
        assert_eq!(networked_end(0x10, None), EndReason::PowerOff);
        assert_eq!(
            networked_end(0x88, Some(EndReason::NoLoad)),
            EndReason::NoLoad
        );
        assert_eq!(networked_end(0x88, None), EndReason::Unknown);
    }

    #[test]
    fn v86_bytes_keep_the_unshifted_fault_code() {
        assert_eq!(v86(1), (PortState::Charging, vec![]));
        assert_eq!(v86(4).1[0].code(), 4);
        assert_eq!(v86(8 | 1), (PortState::Fault, vec![Fault::OverCurrent]));
        assert_eq!(
            v86(0x14).1,
            vec![Fault::ShortCircuit, Fault::OverTemperature]
        );
    }
}
