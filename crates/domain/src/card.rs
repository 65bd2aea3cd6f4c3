//! Cards and vehicles that may charge: who they are, and whether they may now.

mod admit;
mod day;
mod home;
mod number;

pub use admit::{Bearer, Situation, admit, admit_vehicle};
pub use day::{CardDay, OverDay};
pub use home::serves_at;
pub use number::{chip_key, md5_of, plain_number};

use crate::payer::Payer;
use device::{CardRefusal, ChargeMode};
use kernel::{Energy, Fen, MemberId, OrgId, Timestamp};

/// A card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    /// The number printed on it, without leading zeros.
    pub card_no: String,
    /// The number in the chip, upper-case hex as devices send it.
    pub physical_no: Option<String>,
    /// Its state.
    pub status: CardStatus,
    /// MD5 of what its holder types, lower-case hex; none: nothing is asked.
    pub password_md5: Option<String>,
    /// Most that one charge may cost.
    pub limit: Fen,
    /// What ends a charge that it starts.
    pub charge_mode: ChargeMode,
    /// Time of such a charge in seconds, for mode time.
    pub duration_s: Option<u32>,
    /// Energy of such a charge, for mode energy.
    pub energy: Option<Energy>,
    /// Whose money its charges cost.
    pub account: CardAccount,
    /// Who holds it, where that is a member; who pays is in `account`.
    pub holder: Option<MemberId>,
    /// Most that its charges of one day may cost.
    pub daily_limit: Option<Fen>,
    /// Most charges of one day.
    pub daily_times: Option<u32>,
    /// It may be stored in devices, to charge while they are away.
    pub offline: bool,
    /// Its last instant.
    pub valid_until: Option<Timestamp>,
    /// It serves at this station only.
    pub station_id: Option<i64>,
}

/// Whose money the charges of a card cost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CardAccount {
    /// Nobody's here: a list of cards that may charge up to their limit.
    Listed,
    /// Its member's wallet (账户卡).
    Member(MemberId),
    /// Its company's account.
    Company(OrgId),
    /// Its own balance (储值卡); also of cards that devices keep for themselves (离线卡).
    Stored,
    /// Paid for by the month (包月卡).
    Monthly,
}

impl CardAccount {
    /// Name in the column `kind`.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Listed => "listed",
            Self::Member(_) | Self::Company(_) => "account",
            Self::Stored => "stored",
            Self::Monthly => "monthly",
        }
    }

    /// From the columns; none when they contradict each other.
    pub fn read(kind: &str, member: Option<MemberId>, company: Option<OrgId>) -> Option<Self> {
        match (kind, member, company) {
            ("listed", _, _) => Some(Self::Listed),
            ("account", Some(member), None) => Some(Self::Member(member)),
            ("account", None, Some(company)) => Some(Self::Company(company)),
            ("stored", _, _) => Some(Self::Stored),
            ("monthly", _, _) => Some(Self::Monthly),
            _ => None,
        }
    }
}

impl Card {
    /// Who pays for its charges; none where nobody here does.
    pub fn payer(&self) -> Option<Payer> {
        let card_no = self.card_no.clone();
        match &self.account {
            CardAccount::Listed => None,
            CardAccount::Member(member) => Some(Payer::Wallet { member: *member }),
            CardAccount::Company(org) => Some(Payer::Company {
                org: *org,
                member: None,
            }),
            CardAccount::Stored => Some(Payer::Card {
                card_no,
                member: self.holder,
            }),
            CardAccount::Monthly => Some(Payer::Monthly {
                card_no,
                member: self.holder,
            }),
        }
    }
}

impl Card {
    /// The member whose card it is: who holds it, or whose wallet pays.
    pub const fn member(&self) -> Option<MemberId> {
        match (self.holder, &self.account) {
            (Some(holder), _) => Some(holder),
            (None, CardAccount::Member(member)) => Some(*member),
            (None, _) => None,
        }
    }
}

/// A vehicle that may charge by being plugged in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vehicle {
    /// Vehicle identification number.
    pub vin: String,
    /// Whether it may.
    pub status: CardStatus,
    /// Its holder wants to charge without card and app.
    pub plug_and_charge: bool,
    /// Most that one charge may cost.
    pub limit: Fen,
    /// The member whose wallet pays.
    pub member: Option<MemberId>,
    /// The company that pays; it goes before the member.
    pub company: Option<OrgId>,
    /// The card that stands for it on devices that show one.
    pub card_no: Option<String>,
}

impl Vehicle {
    /// Who pays for its charges; none where nobody here does.
    pub const fn payer(&self) -> Option<Payer> {
        match (self.company, self.member) {
            (Some(org), member) => Some(Payer::Company { org, member }),
            (None, Some(member)) => Some(Payer::Wallet { member }),
            (None, None) => None,
        }
    }
}

/// State of a card or vehicle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CardStatus {
    /// Handed out, not yet in use.
    Inactive,
    /// In use.
    Active,
    /// Reported lost; can be found again.
    Lost,
    /// Blocked by an operator.
    Blocked,
    /// Given back, for good.
    Cancelled,
}

impl CardStatus {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Inactive,
        Self::Active,
        Self::Lost,
        Self::Blocked,
        Self::Cancelled,
    ];

    /// The column's text.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Inactive => "inactive",
            Self::Active => "active",
            Self::Lost => "lost",
            Self::Blocked => "blocked",
            Self::Cancelled => "cancelled",
        }
    }

    /// From the column's text.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }

    /// Whether a card may go from one state into another: inactive → active ⇄ lost,
    /// active → blocked → active, any → cancelled.
    pub const fn may_become(self, next: Self) -> bool {
        match (self, next) {
            (Self::Cancelled, _) => false,
            (_, Self::Cancelled)
            | (Self::Inactive | Self::Lost | Self::Blocked, Self::Active)
            | (Self::Active, Self::Lost | Self::Blocked) => true,
            _ => false,
        }
    }

    /// Why a card in this state is not served; none when it is.
    pub const fn refusal(self) -> Option<CardRefusal> {
        match self {
            Self::Active => None,
            Self::Inactive | Self::Cancelled => Some(CardRefusal::Unknown),
            Self::Lost | Self::Blocked => Some(CardRefusal::Blocked),
        }
    }
}

#[cfg(test)]
mod tests;
