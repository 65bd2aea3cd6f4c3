//! Starts of the networked dialect: by time or energy, by power tiers, for a card, with service
//! fee.

use super::gateway::Gateway;
use super::keys as key;
use super::networked_down::{CONTROL_WAIT, Why, container, sub_shot};
use super::outbox::{Expect, Shot};
use super::task;
use super::words::{self, Address, Elements, outer};
use crate::codes::{ChargeMode as WireMode, ControlMode, Switch};
use crate::frame::GatewayId;
use crate::message::{CardStart, CardTierPlan, Control, Tier, TierStart};
use crate::port::Outlet;
use crate::protocol::MINUTES_MAX;
use device::{ChargeMode, ChargePlan, PowerTier, ServiceFeePlan};

impl Gateway {
    /// The start of a plan, and its other form where gateways disagree.
    pub(super) fn start_shots(
        &self,
        gateway: GatewayId,
        at: Outlet,
        plan: &ChargePlan,
    ) -> Result<(Shot, Option<Shot>), Why> {
        if let Some(session) = plan.proposed_session {
            return Ok((card_start(gateway, at, session, plan)?, None));
        }
        if let Some(fees) = &plan.fees {
            return Ok((fee_start(self.id.address, at, plan, fees)?, None));
        }
        if !plan.tiers.is_empty() {
            let first = task::tier_outer(&self.profile);
            let second = if first == outer::NETWORK {
                outer::CONTROL
            } else {
                outer::NETWORK
            };
            let other = tier_start(gateway, second, at, plan)?;
            return Ok((tier_start(gateway, first, at, plan)?, Some(other)));
        }
        let (mode, minutes, energy) = limits(plan);
        let control = Control {
            socket_no: at.socket,
            port: at.hole,
            switch: Switch::On,
            mode: if mode == ChargeMode::Energy {
                ControlMode::Energy
            } else {
                ControlMode::Time
            },
            duration_min: minutes,
            energy_wh: energy,
        };
        Ok((
            sub_shot(gateway, outer::CONTROL, 0x07, control, CONTROL_WAIT, 1),
            None,
        ))
    }
}

/// By time, or by energy with the longest time as a cap; until full is the longest time, the
/// device notices by itself that the battery is full.
fn limits(plan: &ChargePlan) -> (ChargeMode, u16, u16) {
    let longest = u16::try_from(MINUTES_MAX).unwrap_or(u16::MAX);
    let minutes = plan
        .duration_s
        .and_then(|seconds| u16::try_from(seconds.div_ceil(60)).ok())
        .map_or(longest, |minutes| minutes.clamp(1, longest));
    let energy = plan
        .energy
        .and_then(|energy| u16::try_from(energy.0 / 10).ok())
        .unwrap_or(0);
    match plan.mode {
        ChargeMode::Energy => (ChargeMode::Energy, minutes, energy),
        other => (other, minutes, 0),
    }
}

fn levels(tiers: &[PowerTier]) -> Result<Vec<Tier>, Why> {
    let tier = |tier: &PowerTier| {
        Some(Tier {
            power_0_1w: tier.up_to.0.try_into().ok()?,
            price_cent: tier.price.0.try_into().ok()?,
            minutes: tier.minutes,
        })
    };
    tiers
        .iter()
        .map(tier)
        .collect::<Option<_>>()
        .ok_or("a power tier does not fit")
}

fn tier_start(gateway: GatewayId, cmd: u16, at: Outlet, plan: &ChargePlan) -> Result<Shot, Why> {
    let start = TierStart {
        socket_no: at.socket,
        port: at.hole,
        switch: Switch::On,
        amount_cent: plan
            .amount
            .0
            .try_into()
            .map_err(|_| "the amount does not fit")?,
        levels: levels(&plan.tiers)?
            .try_into()
            .map_err(|_| "too many power tiers")?,
    };
    Ok(sub_shot(gateway, cmd, 0x17, start, CONTROL_WAIT, 1))
}

/// The value of the trait that remembers which outer command worked.
pub(super) const fn tier_trait(cmd: u16) -> Option<&'static str> {
    match cmd {
        outer::NETWORK => Some("0005"),
        outer::CONTROL => Some("0015"),
        _ => None,
    }
}

/// Start for a card that the device has read: it keeps the number that the device proposed.
fn card_start(
    gateway: GatewayId,
    at: Outlet,
    session: u16,
    plan: &ChargePlan,
) -> Result<Shot, Why> {
    let (mode, minutes, energy) = limits(plan);
    let tiers = if plan.tiers.is_empty() {
        None
    } else {
        Some(CardTierPlan {
            amount_cent: plan
                .amount
                .0
                .try_into()
                .map_err(|_| "the amount does not fit")?,
            levels: levels(&plan.tiers)?
                .try_into()
                .map_err(|_| "too many power tiers")?,
        })
    };
    let with_tiers = tiers.is_some();
    let start = CardStart {
        socket_no: at.socket,
        port: at.hole,
        business_no: session,
        switch: Switch::On,
        mode: match mode {
            _ if with_tiers => WireMode::Tiers,
            ChargeMode::Energy => WireMode::Energy,
            _ => WireMode::Time,
        },
        duration_min: if with_tiers { 0 } else { minutes },
        energy_wh: if with_tiers { 0 } else { energy },
        tiers,
    };
    Ok(Shot {
        cmd: outer::CONTROL,
        write: words::sub_shot(gateway, outer::CONTROL, 0x0B, start),
        expect: Expect::Sub(0x0F),
        wait: CONTROL_WAIT,
        tries: 1,
    })
}

/// Start with electricity and service fee by the time of the day. Only one damaged frame of it
/// is public; unverified on real hardware.
fn fee_start(
    address: Address,
    at: Outlet,
    plan: &ChargePlan,
    fees: &ServiceFeePlan,
) -> Result<Shot, Why> {
    let last = fees.segments.last().ok_or("fee segments are missing")?;
    if last.until != (23, 59) {
        return Err("the last fee segment must end at 23:59");
    }
    let amount = u16::try_from(plan.amount.0).map_err(|_| "the amount does not fit")?;
    let count = u8::try_from(fees.segments.len()).map_err(|_| "too many fee segments")?;
    let mut elements: Elements = vec![
        (key::SOCKET_NO, vec![at.socket]),
        (key::PORT, vec![at.hole]),
        (key::SWITCH, vec![1]),
        (key::CHARGE_MODE, vec![4]),
        (key::CONTROL_TYPE, vec![1]),
        (key::UNEXPLAINED_F4, vec![2]),
        (key::PAID_AMOUNT, amount.to_be_bytes().to_vec()),
        (key::SERVICE_FEE_MODE, vec![u8::from(!fees.service_by_time)]),
        (key::FEE_SEGMENT_COUNT, vec![count]),
    ];
    let mut segments = Vec::with_capacity(6 * fees.segments.len());
    for segment in &fees.segments {
        segments.extend_from_slice(&[segment.until.0, segment.until.1]);
        segments.extend_from_slice(&segment.electricity.to_be_bytes());
        segments.extend_from_slice(&segment.service.to_be_bytes());
    }
    elements.push((key::FEE_SEGMENTS, segments));
    Ok(container(address, 0x1007, elements, CONTROL_WAIT, 1))
}
