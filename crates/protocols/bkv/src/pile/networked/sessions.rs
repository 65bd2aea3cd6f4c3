//! Sessions of a networked gateway: begin, change, end.

use super::socket::Place;
use super::{CHANGE_REPORT, MISHAP_AFTER, Networked, Timer};
use crate::pile::Core;
use crate::pile::bay::{Card, Plan, Why};
use crate::pile::setup::Profile;
use ::pile::Goal;
use ::pile::Moment;
use ::pile::{Event, Session, Step};
use std::time::Duration;

/// Status reports during a session.
pub(super) const PERIOD: Duration = Duration::from_mins(5);

/// From the end of a session to the report that the hole is idle (captured).
const IDLE_REPORT: Duration = Duration::from_millis(1_100);

/// What the `same_number` profile calls every session.
const SAME_NUMBER: u16 = 77;

/// What a start asks for.
pub(super) struct Order {
    pub(super) plan: Plan,
    pub(super) goal: Goal,
    pub(super) card: Option<Card>,
    /// The number proposed with a card; otherwise the socket counts on.
    pub(super) business: Option<u16>,
}

impl Networked {
    /// Starts a session if the hole can take one; its business number. The status report comes
    /// `after` the answer.
    pub(super) fn begin(
        &mut self,
        core: &mut Core,
        at: Moment,
        place: Place,
        order: Order,
        after: Duration,
        out: &mut Vec<Step>,
    ) -> Option<u16> {
        let socket = &mut self.sockets[place.socket];
        let hole = socket.holes.get(place.hole)?;
        let busy = hole.bay.charge.is_some() || hole.bay.outlet.faults != 0;
        if busy || !socket.online || core.refuses() {
            return None;
        }
        let business = match order.business {
            Some(business) => business,
            None if core.setup.profile == Profile::SameNumber => SAME_NUMBER,
            None => socket.business(),
        };
        let port = socket.port_no(place.socket, place.hole);
        let longest = u64::from(socket.parameters.max_charge_min) * 60_000;
        let goal = Goal {
            ms: Some(order.goal.ms.map_or(longest, |ms| ms.min(longest))),
            ..order.goal
        };
        let bay = &mut socket.holes[place.hole].bay;
        bay.begin(at.t, business, order.plan, order.card, goal);
        let session = Session::Business(business);
        core.note(at, Event::Began { port, session }, out);
        self.look(core, at, place, out);
        self.agenda
            .set(at.t + after + CHANGE_REPORT, Timer::Report(place.socket));
        self.agenda
            .set(at.t + PERIOD, Timer::Periodic(place.socket));
        self.agenda.cancel(&Timer::AutoUnplug(place));
        let plugged = self.sockets[place.socket].holes[place.hole]
            .bay
            .outlet
            .plugged;
        if let Some(user) = core.setup.automatic.filter(|_| !plugged) {
            self.agenda
                .set(at.t + user.plug_after, Timer::AutoPlug(place));
        }
        let profile = core.setup.profile;
        if matches!(profile, Profile::Fault | Profile::OfflineCharging) {
            self.agenda.set(at.t + MISHAP_AFTER, Timer::Mishap(place));
        }
        self.mute = profile == Profile::NoEndReport;
        Some(business)
    }

    /// Reads the meters of a hole, ends what must end, and plans the next look.
    pub(super) fn look(&mut self, core: &mut Core, at: Moment, place: Place, out: &mut Vec<Step>) {
        let socket = &mut self.sockets[place.socket];
        let parameters = socket.parameters;
        let bay = &mut socket.holes[place.hole].bay;
        bay.count(at.t, minute_of_day(at));
        match bay.check(at.t, &parameters) {
            Some(why) => self.end(core, at, place, why, out),
            None => match bay.next(&parameters) {
                Some(next) => self.agenda.set(next, Timer::Look(place)),
                None => self.agenda.cancel(&Timer::Look(place)),
            },
        }
    }

    /// The relay opens and the end report goes out.
    pub(super) fn end(
        &mut self,
        core: &mut Core,
        at: Moment,
        place: Place,
        why: Why,
        out: &mut Vec<Step>,
    ) {
        if let Some(ending) = self.end_quietly(core, at, place, why, out)
            && core.setup.profile != Profile::NoEndReport
        {
            self.report_end(core, at, place, ending, out);
        }
    }

    /// The relay opens and no end report is kept.
    pub(super) fn end_quietly(
        &mut self,
        core: &mut Core,
        at: Moment,
        place: Place,
        why: Why,
        out: &mut Vec<Step>,
    ) -> Option<crate::pile::bay::Ending> {
        let socket = &mut self.sockets[place.socket];
        let port = socket.port_no(place.socket, place.hole);
        let hole = &mut socket.holes[place.hole];
        hole.bay.count(at.t, minute_of_day(at));
        let mut ending = hole.bay.end(at.t, why, at.civil)?;
        ending.wh = core.setup.told_energy(ending.wh);
        hole.last = Some(ending.clone());
        let ended = Event::Ended {
            port,
            session: Session::Business(ending.business),
            reason: ending.status.into(),
            energy_wh: u64::from(ending.wh),
            seconds: ending.seconds,
        };
        core.note(at, ended, out);
        for timer in [
            Timer::Look(place),
            Timer::AutoPlug(place),
            Timer::Mishap(place),
        ] {
            self.agenda.cancel(&timer);
        }
        self.agenda
            .set(at.t + IDLE_REPORT, Timer::Report(place.socket));
        if let Some(after) = core.setup.automatic.and_then(|user| user.unplug_after) {
            self.agenda.set(at.t + after, Timer::AutoUnplug(place));
        }
        Some(ending)
    }

    pub(super) fn plug(&mut self, core: &mut Core, at: Moment, place: Place, out: &mut Vec<Step>) {
        self.look(core, at, place, out);
        let hole = &mut self.sockets[place.socket].holes[place.hole];
        hole.bay.outlet.plug(at.t);
        self.look(core, at, place, out);
    }

    pub(super) fn unplug(
        &mut self,
        core: &mut Core,
        at: Moment,
        place: Place,
        out: &mut Vec<Step>,
    ) {
        self.look(core, at, place, out);
        let hole = &mut self.sockets[place.socket].holes[place.hole];
        hole.bay.outlet.unplug(at.t);
        self.look(core, at, place, out);
    }

    /// Fault bits appear: reported as status and as event; a session ends soon after.
    pub(super) fn fault(
        &mut self,
        core: &mut Core,
        at: Moment,
        place: Place,
        bits: u8,
        out: &mut Vec<Step>,
    ) {
        let hole = &mut self.sockets[place.socket].holes[place.hole];
        hole.bay.count(at.t, minute_of_day(at));
        hole.bay.outlet.faults |= u64::from(bits & 0x07);
        self.report(core, at, place.socket, out);
        self.say_exception(core, place, bits, out);
        self.agenda
            .set(at.t + super::FAULT_ENDS, Timer::Look(place));
    }
}

/// Minute of the device's day.
pub(super) fn minute_of_day(at: Moment) -> u16 {
    let [_, _, _, hour, minute, _] = at.civil.shanghai();
    hour * 60 + minute
}
