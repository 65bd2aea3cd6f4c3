use super::{Around, FIELDS, FireLimits, FireRule, FireSample, Hit, SAMPLES_MAX, Watch};
use crate::alarm::{AlarmCode, Level};
use crate::setting::SETTINGS;
use kernel::{Power, Timestamp};
use std::time::Duration;

/// 15:00 in Shanghai.
const NOON: Timestamp = Timestamp::from_unix_seconds(1_729_407_600);

fn around() -> Around {
    Around {
        limits: FireLimits::default(),
        class: None,
        started_at: NOON,
    }
}

fn after(seconds: u64) -> Timestamp {
    NOON + Duration::from_secs(seconds)
}

/// Runs power (W) and temperature every so many seconds; the first hit and which report it was.
fn run(around: &Around, every: u64, curve: &[(Option<i64>, Option<i16>)]) -> Option<(usize, Hit)> {
    let mut watch = Watch::default();
    let mut at = 0;
    for (nth, (power, temperature_c)) in curve.iter().enumerate() {
        let sample = FireSample {
            at: after(at),
            power: power.map(Power::from_watts),
            temperature_c: *temperature_c,
        };
        if let Some(hit) = watch.take(sample, around) {
            return Some((nth, hit));
        }
        at += every;
    }
    None
}

fn warm(every: u64, readings: &[i16]) -> Option<(usize, Hit)> {
    let curve: Vec<_> = readings.iter().map(|c| (Some(150), Some(*c))).collect();
    run(&around(), every, &curve)
}

fn powers(around: &Around, every: u64, watts: &[i64]) -> Option<(usize, FireRule)> {
    let curve: Vec<_> = watts.iter().map(|w| (Some(*w), None)).collect();
    run(around, every, &curve).map(|(nth, hit)| (nth, hit.rule))
}

#[test]
fn every_rule_has_its_alarm() {
    for (rule, code) in [
        (FireRule::TempHigh, AlarmCode::FireTempHigh),
        (FireRule::TempRise, AlarmCode::FireTempRise),
        (FireRule::AfterFull, AlarmCode::FireBattery),
        (FireRule::Plateau, AlarmCode::FireBattery),
        (FireRule::OverPower, AlarmCode::FireOverPower),
        (FireRule::NightPower, AlarmCode::FireNight),
        (FireRule::NightTime, AlarmCode::FireNight),
        (FireRule::Smoke, AlarmCode::FireSmoke),
        (FireRule::Leakage, AlarmCode::FireLeakage),
    ] {
        assert_eq!(rule.alarm(), code);
        assert_eq!(
            code.level() == Level::Critical,
            code != AlarmCode::FireNight,
            "{code}"
        );
    }
}

#[test]
fn two_hot_readings_cut_and_one_does_not() {
    let (nth, hit) = warm(10, &[40, 62, 84, 86, 88]).expect("hot");
    assert_eq!(
        (nth, hit.rule, hit.value, hit.threshold),
        (4, FireRule::TempHigh, 88, 85)
    );
    assert_eq!(warm(10, &[40, 41, 90, 41, 42, 90, 41]), None, "single ones");
    assert_eq!(warm(10, &[40, 85, 84, 84, 84]), None);
}

#[test]
fn lying_and_absent_sensors_cut_nobody() {
    for odd in [0, 255, -40, 32_767, -32_768] {
        assert_eq!(
            warm(10, &[30, 31, odd, 31, odd, odd, 32, 31]),
            None,
            "{odd}"
        );
        assert_eq!(warm(10, &[odd; 20]), None, "{odd}");
    }
    // Broken for a while, then well again: no rise.
    assert_eq!(warm(10, &[0, 0, 0, 0, 0, 0, 55, 55, 55, 55, 55, 55]), None);
    assert_eq!(
        warm(10, &[5, 5, 5, 50, 50, 50, 5, 5, 5, 50, 50, 50]),
        None,
        "jumps"
    );
    let blind = vec![(Some(150), None); 40];
    assert_eq!(run(&around(), 10, &blind), None);
}

#[test]
fn a_rise_is_measured_per_minute() {
    // One degree per ten seconds is six a minute; judged from 45 °C on.
    let climb: Vec<i16> = (0..60).map(|step| 30 + step).collect();
    let (nth, hit) = warm(10, &climb).expect("too fast");
    assert_eq!((nth, hit.rule), (16, FireRule::TempRise));
    assert_eq!((hit.value, hit.threshold), (60, 50));
    // Half a degree per ten seconds is three a minute.
    let slow: Vec<i16> = (0..80).map(|step| 30 + step / 2).collect();
    assert_eq!(warm(10, &slow), None);
    // A device that reports every second, for ten minutes.
    let climb: Vec<i16> = (0..600).map(|step| 30 + step / 10).collect();
    let (nth, hit) = warm(1, &climb).expect("too fast");
    assert!((150..180).contains(&nth), "45 °C after 150 s: {nth}");
    assert_eq!((hit.rule, hit.value), (FireRule::TempRise, 60));
    let slow: Vec<i16> = (0..600).map(|step| 30 + step / 20).collect();
    assert_eq!(warm(1, &slow), None);
    // A device that reports every five minutes: eight degrees a minute.
    let (nth, hit) = warm(300, &[30, 30, 30, 70, 79]).expect("too fast");
    assert_eq!((nth, hit.rule, hit.value), (4, FireRule::TempRise, 80));
}

#[test]
fn a_rise_is_seen_after_the_clock_was_set_back() {
    let mut watch = Watch::default();
    let mut take = |at: u64, celsius: i16| {
        let sample = FireSample {
            at: after(at),
            power: None,
            temperature_c: Some(celsius),
        };
        watch.take(sample, &around())
    };
    assert_eq!(take(7200, 46), None);
    let climb = (0..60_i16).zip(0_u64..);
    let hit = climb
        .map(|(step, nth)| take(nth * 10, 46 + step))
        .find_map(|hit| hit);
    assert_eq!(hit.map(|hit| hit.rule), Some(FireRule::TempRise));
}

#[test]
fn a_full_battery_must_not_draw_again() {
    let around = around();
    let full = [200, 200, 150, 15, 12, 12, 12, 12, 12, 12];
    assert_eq!(powers(&around, 60, &[&full[..], &[12; 20]].concat()), None);
    let again = [&full[..], &[120, 120, 120]].concat();
    assert_eq!(powers(&around, 60, &again), Some((12, FireRule::AfterFull)));
    let short = [&full[..], &[120, 120, 12, 120, 120, 12]].concat();
    assert_eq!(powers(&around, 60, &short), None, "not long enough");
    // The plug was pulled: the next battery may draw what it likes.
    let swapped = [&full[..], &[0, 180, 180, 180, 180]].concat();
    assert_eq!(powers(&around, 60, &swapped), None);
}

#[test]
fn high_power_long_after_the_usual_end_is_cut() {
    let around = around();
    let watts = vec![200; 800];
    assert_eq!(powers(&around, 60, &watts), Some((721, FireRule::Plateau)));
    let tapering: Vec<i64> = (0..800).map(|minute| 200 - minute / 5).collect();
    assert_eq!(powers(&around, 60, &tapering), None);
}

#[test]
fn power_stays_within_what_was_paid_for() {
    let mut around = Around {
        class: Some(Power::from_watts(300)),
        ..around()
    };
    assert_eq!(powers(&around, 30, &[360; 20]), None, "120 %");
    assert_eq!(
        powers(&around, 30, &[300, 361, 361, 361]),
        Some((3, FireRule::OverPower))
    );
    assert_eq!(powers(&around, 30, &[361, 361, 300, 361, 361, 300]), None);
    around.limits.over_power_pct = 0;
    assert_eq!(powers(&around, 30, &[900; 20]), None);
    around.limits.power_max_w = 800;
    assert_eq!(
        powers(&around, 30, &[900; 20]),
        Some((2, FireRule::OverPower))
    );
}

#[test]
fn nights_have_limits_of_their_own() {
    let mut around = around();
    around.limits.night_from_min = 15 * 60 + 30;
    around.limits.night_until_min = 60;
    around.limits.night_power_w = 150;
    // It becomes night after half an hour.
    let found = powers(&around, 60, &[200; 60]);
    assert_eq!(found, Some((31, FireRule::NightPower)));
    around.limits.night_power_w = 0;
    around.limits.night_minutes = 20;
    let found = powers(&around, 60, &[200; 60]);
    assert_eq!(found, Some((51, FireRule::NightTime)));
    around.limits.night_until_min = around.limits.night_from_min;
    assert_eq!(powers(&around, 60, &[200; 60]), None, "no night");
    // Two nights of one hour, seen from a charge over two days.
    let night = super::night::Night::of(23 * 60 + 30, 30).expect("a night");
    let two_days = NOON + Duration::from_hours(48);
    assert_eq!(night.within(NOON, two_days), 2 * 3_600_000);
    assert!(night.covers(after(9 * 3600)) && !night.covers(after(8 * 3600)));
}

#[test]
fn evidence_is_bounded_and_a_charge_is_cut_once() {
    let mut watch = Watch::default();
    let around = around();
    let hot = |second| FireSample {
        at: after(second),
        power: Some(Power::from_watts(100)),
        temperature_c: Some(90),
    };
    let hits = (0..5000).filter(|second| watch.take(hot(*second), &around).is_some());
    assert_eq!(hits.count(), 1);
    let evidence = watch.evidence();
    assert!(evidence.len() <= SAMPLES_MAX && evidence.len() > 60);
    assert_eq!(evidence.last().expect("one").at, after(4999));
}

#[test]
fn what_was_before_a_restart_is_recalled() {
    let around = around();
    let sample = |minute: u64, watts| FireSample {
        at: after(minute * 60),
        power: Some(Power::from_watts(watts)),
        temperature_c: None,
    };
    let earlier = [200, 200, 12, 12, 12, 12];
    let earlier = (0..).zip(earlier).map(|(at, watts)| sample(at, watts));
    let mut watch = Watch::default();
    assert_eq!(watch.take(sample(6, 12), &around), None);
    let mut ignorant = watch.clone();
    watch.recall(earlier, &around);
    let later = |watch: &mut Watch| (7..12).find_map(|at| watch.take(sample(at, 120), &around));
    assert_eq!(later(&mut watch).expect("cut").rule, FireRule::AfterFull);
    assert_eq!(later(&mut ignorant), None);
}

#[test]
fn thresholds_are_settings_and_checked() {
    for field in FIELDS {
        let setting = SETTINGS.iter().find(|setting| setting.key == field.key);
        let range = setting.expect("a setting").kind.range();
        assert_eq!(range, Some((i64::from(field.least), i64::from(field.most))));
        assert_eq!(FireLimits::default().get(field.key), Some(field.default));
    }
    let mut limits = FireLimits::default();
    limits.set("fire.temp_max_c", 70);
    assert_eq!((limits.temp_max_c, limits.check()), (70, Ok(())));
    limits.rebound_pct = 10;
    assert_eq!(limits.check().expect_err("no").field, "rebound_pct");
    limits.temp_max_c = 121;
    assert_eq!(
        limits.check().expect_err("no").to_string(),
        "temp_max_c must be 0 to 120"
    );
}
