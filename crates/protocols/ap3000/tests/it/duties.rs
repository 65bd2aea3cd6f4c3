//! What devices owe, by what is known of them.

use ap3000::Ap3000;
use device::{Duty, Profile, Protocol as _};

fn duties(traits: &[(&str, &str)]) -> &'static [Duty] {
    let mut profile = Profile::default();
    for (key, value) in traits {
        profile.learnt.insert(*key, *value);
    }
    Ap3000.duties(&profile)
}

/// What the first 31 bytes of the power heartbeat hold is owed, every five minutes; voltage and
/// current stand in its tail and are not.
#[test]
fn sockets_owe_meter_values() {
    let owed = [
        Duty::PeriodicMeter,
        Duty::Power,
        Duty::Charge,
        Duty::EndReport,
        Duty::ExceptionReport,
        Duty::PortCount,
    ];
    for traits in [
        &[][..],
        &[("device_type", "31"), ("fw_version", "640")],
        &[("device_type", "10")],
    ] {
        assert_eq!(duties(traits), owed, "{traits:?}");
    }
    let rhythm = Ap3000.rhythm(&Profile::default());
    assert_eq!(rhythm.report.as_secs(), 300);
}

/// Types of before June 2019 may have no power heartbeat: nothing of it is asked.
#[test]
fn old_sockets_owe_what_they_have() {
    let owed = [Duty::PeriodicStatus, Duty::EndReport, Duty::PortCount];
    for kind in ["02", "0F"] {
        assert_eq!(duties(&[("device_type", kind)]), owed, "{kind}");
    }
}

/// A host by itself has no sockets and charges nobody.
#[test]
fn hosts_owe_nothing_of_charges() {
    assert_eq!(duties(&[("role", "host"), ("device_type", "31")]), []);
}
