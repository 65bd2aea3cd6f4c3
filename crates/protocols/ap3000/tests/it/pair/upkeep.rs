//! Parameters, firmware, restarts, and commands that are refused.

use super::{Pair, plan};
use ap3000::Ap3000;
use ap3000::pile::{Form, Profile, Setup};
use device::{
    Command, CommandFault, Event, FirmwareSource, FirmwareTarget, Outcome, ParamContent,
    ParamValue, Protocol as _,
};
use std::sync::Arc;

fn with(profile: Profile) -> Pair {
    Pair::new(Setup::new("04A26CF3", Form::Combined).with_profile(profile))
}

fn set(name: &str, value: i64) -> Command {
    Command::SetParams {
        socket: None,
        values: vec![ParamValue {
            id: name.to_owned(),
            value: value.into(),
        }],
        via: None,
    }
}

fn library(image: &[u8]) -> Command {
    Command::UpdateFirmware {
        target: FirmwareTarget::Main,
        source: FirmwareSource::Library {
            firmware: 1,
            version: "6.41".to_owned(),
            size: u32::try_from(image.len()).expect("small"),
        },
    }
}

#[test]
fn one_parameter_is_changed_and_the_others_kept() {
    let mut pair = Pair::combined();
    let changed = pair.command(set("heartbeat_interval_s", 60));
    pair.run(60);
    assert!(
        matches!(pair.outcome(changed), Some(Outcome::Accepted { .. })),
        "{:?}",
        pair.outcome(changed)
    );
    pair.command(Command::QueryParams { socket: None });
    pair.run(60);
    let mut read = Vec::new();
    for envelope in &pair.events {
        if let Event::Params { values, .. } = &envelope.event {
            read.extend(values.clone());
        }
    }
    let value = |name: &str| {
        let mut found = read.iter().rev().filter(|(known, _)| known == name);
        match found.next() {
            Some((_, ParamContent::Number(value))) => Some(*value),
            _ => None,
        }
    };
    assert_eq!(value("heartbeat_interval_s"), Some(60));
    assert_eq!(value("float_percent"), Some(20), "as it was");
    assert_eq!(value("max_duration_s"), Some(36_000));
}

#[test]
fn what_a_device_refuses_is_told() {
    let mut pair = with(Profile::Refuser);
    pair.plug(1);
    let start = pair.start(plan(1));
    pair.run(10);
    let Some(Outcome::Refused(refusal)) = pair.outcome(start) else {
        panic!("{:?}", pair.outcome(start));
    };
    assert_eq!(refusal.code, Some(6));
    let changed = pair.command(set("float_percent", 30));
    pair.run(60);
    assert!(matches!(pair.outcome(changed), Some(Outcome::Refused(_))));
}

#[test]
fn dangerous_parameters_are_refused_before_they_are_sent() {
    let profile = device::Profile::default();
    for (name, value) in [
        ("float_percent", 0),
        ("heartbeat_interval_s", 1),
        ("port_alarm_temp_c", 200),
        ("overload_power_dw", 60_000),
        ("no_such_parameter", 1),
    ] {
        let refused = Ap3000.check(&profile, &set(name, value));
        assert!(
            matches!(refused, Err(CommandFault::OutOfRange { .. })),
            "{name}: {refused:?}"
        );
    }
}

#[test]
fn firmware_goes_piece_by_piece_and_the_device_comes_back() {
    for wants_check in [false, true] {
        let mut setup = Setup::new("04A26CF3", Form::Combined);
        setup.wants_check = wants_check;
        let mut pair = Pair::new(setup);
        pair.run(10);
        let image: Vec<u8> = (0..5_000_u32).map(|byte| byte.to_le_bytes()[0]).collect();
        let update = pair.dispatch(0, library(&image), Some(Arc::from(image.as_slice())));
        pair.run(300);
        assert!(
            matches!(pair.outcome(update), Some(Outcome::Accepted { .. })),
            "{:?}",
            pair.outcome(update)
        );
        assert!(pair.count("firmware") > 0);
        let versions: Vec<_> = pair
            .events
            .iter()
            .filter_map(|envelope| match &envelope.event {
                Event::Registered(seen) if seen.port_count.is_some() => seen.firmware.clone(),
                _ => None,
            })
            .collect();
        assert!(versions.len() >= 2, "it registered anew: {versions:?}");
        assert_ne!(versions.first(), versions.last());
    }
}

#[test]
fn a_restart_is_answered() {
    let mut pair = Pair::combined();
    let restart = pair.command(Command::Restart { when_idle: false });
    pair.run(30);
    assert!(matches!(
        pair.outcome(restart),
        Some(Outcome::Accepted { .. })
    ));
    assert!(pair.ups.iter().filter(|up| up[11] == 0x20).count() >= 2);
}

#[test]
fn commands_of_other_families_are_refused_in_words() {
    let mut pair = Pair::combined();
    for command in [Command::QueryTariff, Command::SyncTime] {
        let refused = Ap3000.check(&device::Profile::default(), &command);
        assert!(matches!(refused, Err(CommandFault::NotSupported(_))));
        let id = pair.command(command);
        pair.run(1);
        assert!(matches!(pair.outcome(id), Some(Outcome::Refused(_))));
    }
}
