//! Medians, percentiles, ratios, and how they are written.

use std::time::Duration;

/// As a floating number, for ratios that people read.
#[expect(clippy::cast_precision_loss, reason = "shown with three digits")]
pub const fn float(count: u64) -> f64 {
    count as f64
}

/// Something per second.
pub fn rate(count: u64, within: Duration) -> f64 {
    float(count) / within.as_secs_f64().max(f64::EPSILON)
}

/// The middle of some values; zero when there are none.
pub fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    match (sorted.len() / 2, sorted.len() % 2) {
        (0, 0) => 0.0,
        (middle, 1) => sorted[middle],
        (middle, _) => f64::midpoint(sorted[middle - 1], sorted[middle]),
    }
}

/// Times that something took.
#[derive(Clone, Debug, Default)]
pub struct Times {
    sorted: Vec<Duration>,
}

impl Times {
    /// From measurements in any order.
    pub fn new(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        Self { sorted: times }
    }

    /// How many.
    pub const fn len(&self) -> usize {
        self.sorted.len()
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.sorted.is_empty()
    }

    /// The time that `hundredths` of a hundred stay within; zero when there is none.
    pub fn percentile(&self, hundredths: usize) -> Duration {
        let place = (self.sorted.len() * hundredths)
            .div_ceil(100)
            .saturating_sub(1);
        self.sorted.get(place).copied().unwrap_or_default()
    }

    /// The mean; zero when there is none.
    pub fn mean(&self) -> Duration {
        let count = u32::try_from(self.sorted.len()).unwrap_or(u32::MAX).max(1);
        self.sorted.iter().sum::<Duration>() / count
    }

    /// `p50 1.2 ms, p99 3.4 ms`.
    pub fn describe(&self) -> String {
        format!(
            "p50 {}, p99 {}",
            ms(self.percentile(50)),
            ms(self.percentile(99))
        )
    }
}

/// Milliseconds with as many digits as mean something.
pub fn ms(time: Duration) -> String {
    let ms = time.as_secs_f64() * 1000.0;
    if ms < 10.0 {
        format!("{ms:.2} ms")
    } else {
        format!("{ms:.0} ms")
    }
}

/// A whole number with commas.
pub fn grouped(value: f64) -> String {
    let digits = format!("{:.0}", value.max(0.0));
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{Times, grouped, median};
    use std::time::Duration;

    #[test]
    fn numbers_for_people() {
        assert_eq!(grouped(1_234_567.4), "1,234,567");
        assert_eq!(grouped(999.0), "999");
        let times = Times::new((1..=200).map(Duration::from_millis).collect());
        assert_eq!(times.percentile(99), Duration::from_millis(198));
        assert_eq!(times.percentile(50), Duration::from_millis(100));
        assert!((median(&[3.0, 1.0, 2.0]) - 2.0).abs() < 1e-9);
        assert!((median(&[4.0, 1.0]) - 2.5).abs() < 1e-9);
        assert_eq!(Times::default().percentile(99), Duration::ZERO);
    }
}
