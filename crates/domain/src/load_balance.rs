//! Load balancing (功率均衡): what the devices of a station may draw within its supply.
//!
//! [`allocate`] shares what is there; what it grants never exceeds it. [`steps`] says which
//! devices are told now: limits fall at once, and rise only into room that is free already.

mod steps;

#[cfg(test)]
mod tests;

pub use steps::{InForce, Step, steps};

/// Least share of its rating that a device can be limited to, %.
pub const LEAST_PCT: u8 = 30;

/// How a device takes part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Steering {
    /// It takes limits.
    Steerable,
    /// Its protocol has no such command: it counts with what it draws.
    Measured,
    /// It takes limits and does not answer: it counts with all that it might draw.
    Silent,
}

/// A device that draws from the station's supply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Consumer {
    /// How it takes part.
    pub steering: Steering,
    /// What it might draw at most, W.
    pub rated_w: i64,
    /// What it draws, W.
    pub draw_w: i64,
    /// Whether anything charges or is about to.
    pub active: bool,
    /// Never limited below this share of its rating, %.
    pub least_pct: u8,
    /// A larger weight is a larger share of what is left, 1 to 9.
    pub weight: u8,
}

impl Consumer {
    /// What it draws at least while it charges, W.
    pub fn least_w(&self) -> i64 {
        watts(self.rated_w, self.least_pct)
    }

    fn most_w(&self) -> i64 {
        self.rated_w.max(0)
    }

    /// What it is likely to need: a quarter more than it draws.
    fn likely_w(&self) -> i64 {
        let draw = self.draw_w.max(0);
        (draw + draw / 4).clamp(self.least_w(), self.most_w().max(self.least_w()))
    }

    /// What it counts with when it cannot be limited.
    fn fixed_w(&self) -> i64 {
        match self.steering {
            Steering::Silent => self.rated_w.max(self.draw_w).max(0),
            Steering::Measured | Steering::Steerable => self.draw_w.max(0),
        }
    }
}

/// What becomes of one device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    /// The limit that it is to have, %; none where it takes no limits.
    pub percent: Option<u8>,
    /// What is granted to it, or what it counts with, W.
    pub granted_w: i64,
}

/// What becomes of all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allocation {
    /// In the order of the consumers.
    pub shares: Vec<Share>,
    /// What those that cannot be limited count with, W.
    pub fixed_w: i64,
    /// What is left when everything that charges has its least, W; never negative.
    pub room_w: i64,
    /// There is not enough for everything that charges at its least.
    pub short: bool,
}

/// Shares `available_w` among the consumers: first what they need at least, then what they are
/// likely to need, then the rest, each by weight.
pub fn allocate(available_w: i64, consumers: &[Consumer]) -> Allocation {
    let steered = |consumer: &Consumer| consumer.steering == Steering::Steerable;
    let fixed: i64 = consumers
        .iter()
        .filter(|consumer| !steered(consumer))
        .map(Consumer::fixed_w)
        .sum();
    let budget = available_w.saturating_sub(fixed).max(0);
    let mut granted = vec![0; consumers.len()];
    let mut left = grant_least(budget, consumers, &mut granted);
    let least: i64 = consumers
        .iter()
        .filter(|consumer| steered(consumer) && consumer.active)
        .map(Consumer::least_w)
        .sum();
    let short = least > budget || fixed > available_w;
    for cap in [Consumer::likely_w, Consumer::most_w] {
        left = fill(left, consumers, &mut granted, cap);
    }
    let all: i64 = consumers
        .iter()
        .filter(|consumer| steered(consumer))
        .map(Consumer::most_w)
        .sum();
    let tight = all > budget;
    let shares = consumers.iter().zip(&granted).map(|(consumer, granted)| {
        if !steered(consumer) {
            return Share {
                percent: None,
                granted_w: consumer.fixed_w(),
            };
        }
        let percent = if consumer.active {
            percent_of(*granted, consumer)
        } else if tight {
            // Whoever begins to charge here begins at the least, and rises with the next plan.
            consumer.least_pct
        } else {
            100
        };
        let granted_w = if *granted == 0 {
            0
        } else {
            watts(consumer.rated_w, percent)
        };
        Share {
            percent: Some(percent),
            granted_w,
        }
    });
    Allocation {
        shares: shares.collect(),
        fixed_w: fixed,
        room_w: (budget - least).max(0),
        short,
    }
}

/// The heaviest first, while there is enough.
fn grant_least(budget: i64, consumers: &[Consumer], granted: &mut [i64]) -> i64 {
    let mut order: Vec<usize> = (0..consumers.len())
        .filter(|place| takes_part(&consumers[*place]))
        .collect();
    order.sort_by_key(|place| std::cmp::Reverse(consumers[*place].weight));
    let mut left = budget;
    for place in order {
        let least = consumers[place].least_w();
        if least <= left {
            granted[place] = least;
            left -= least;
        }
    }
    left
}

/// Raises grants by weight up to their caps; what is left over.
fn fill(
    mut left: i64,
    consumers: &[Consumer],
    granted: &mut [i64],
    cap: fn(&Consumer) -> i64,
) -> i64 {
    let mut open: Vec<usize> = (0..consumers.len())
        .filter(|place| takes_part(&consumers[*place]) && granted[*place] > 0)
        .collect();
    while left > 0 && !open.is_empty() {
        let weights: i64 = open.iter().map(|place| weight(&consumers[*place])).sum();
        let before = left;
        let mut still = Vec::with_capacity(open.len());
        for place in &open {
            let share = before * weight(&consumers[*place]) / weights;
            let room = (cap(&consumers[*place]) - granted[*place]).max(0);
            let more = share.min(room);
            granted[*place] += more;
            left -= more;
            if share < room {
                still.push(*place);
            }
        }
        // Nobody was full: what is left is less than a watt each.
        if still.len() == open.len() {
            break;
        }
        open = still;
    }
    left
}

fn takes_part(consumer: &Consumer) -> bool {
    consumer.steering == Steering::Steerable && consumer.active && consumer.rated_w > 0
}

fn weight(consumer: &Consumer) -> i64 {
    i64::from(consumer.weight.max(1))
}

fn percent_of(granted: i64, consumer: &Consumer) -> u8 {
    let percent = granted.saturating_mul(100) / consumer.rated_w.max(1);
    let percent = u8::try_from(percent.clamp(0, 100)).unwrap_or(100);
    percent.max(consumer.least_pct)
}

/// A share of a rating, W.
pub(crate) fn watts(rated_w: i64, percent: u8) -> i64 {
    rated_w.max(0).saturating_mul(i64::from(percent)) / 100
}
