//! Starting and stopping, for one gun and for several in parallel: 31 to 36, A1 to A4.

use super::SessionHead;
use crate::codes::{
    Authorised, Done, GunRole, NeedPassword, StartFailure, StartMode, StartRefusal, StopFailure,
};
use crate::value::{CardNo, Gun, ParallelNo, PileCode};
use wire::Text;

wire::message! {
    /// Somebody wants to charge, 31 up.
    pub struct StartRequest "start request" {
        /// pile number
        pile_code: PileCode,
        /// gun
        gun_no: Gun,
        /// card, account or VIN
        start_mode: StartMode,
        /// whether the password counts
        need_password: NeedPassword,
        /// number in the chip of the card
        account_or_card: CardNo,
        /// middle 16 of the 32 lower-case hex digits of the MD5 of what was typed
        password: Text<16>,
        /// vehicle identification number, backwards; zeros unless started by VIN
        vin_reversed: Text<17>,
    }
}

wire::message! {
    /// Verdict on it, 32 down.
    pub struct StartConfirmation "start confirmation" {
        /// session
        head: SessionHead,
        /// card number to show
        logical_card: CardNo,
        /// money that may be spent, fen
        balance: u32,
        /// 1 authorised
        auth_ok: Authorised,
        /// why not
        fail_reason: StartRefusal,
    }
}

wire::message! {
    /// Start, 34 down.
    pub struct RemoteStart "remote start" {
        /// session
        head: SessionHead,
        /// card number to show
        logical_card: CardNo,
        /// card that may stop the session; zeros for none
        physical_card: CardNo,
        /// money that may be spent, fen: the only limit that a pile keeps
        balance: u32,
    }
}

wire::message! {
    /// Answer to a start, 33 up.
    pub struct RemoteStartResult "remote start result" {
        /// session
        head: SessionHead,
        /// 1 success
        result: Done,
        /// why not
        fail_reason: StartFailure,
    }
}

wire::message! {
    /// Stop whatever runs on a gun, 36 down.
    pub struct RemoteStop "remote stop" {
        /// pile number
        pile_code: PileCode,
        /// gun
        gun_no: Gun,
    }
}

wire::message! {
    /// Answer to a stop, 35 up.
    pub struct RemoteStopResult "remote stop result" {
        /// pile number
        pile_code: PileCode,
        /// gun
        gun_no: Gun,
        /// 1 success
        result: Done,
        /// why not
        fail_reason: StopFailure,
    }
}

wire::message! {
    /// Somebody wants to charge with several guns; one for each gun, A1 up.
    pub struct ParallelRequest "parallel start request" {
        /// the request of 31
        request: StartRequest,
        /// main or auxiliary gun
        gun_role: GunRole,
        /// made by the pile, the same for all guns
        parallel_no: ParallelNo,
    }
}

wire::message! {
    /// Verdict on it, A2 down.
    pub struct ParallelConfirmation "parallel start confirmation" {
        /// the verdict of 32
        confirmation: StartConfirmation,
        /// the number of A1
        parallel_no: ParallelNo,
    }
}

wire::message! {
    /// Start several guns; one for each gun, A4 down.
    pub struct ParallelStart "remote parallel start" {
        /// the start of 34
        start: RemoteStart,
        /// made by the platform, the same for all guns
        parallel_no: ParallelNo,
    }
}

wire::message! {
    /// Answer to it, A3 up.
    pub struct ParallelResult "remote parallel start result" {
        /// the answer of 33
        result: RemoteStartResult,
        /// main or auxiliary gun
        gun_role: GunRole,
        /// the number of A4
        parallel_no: ParallelNo,
    }
}
