//! The chart of accounts.

use super::Side;
use kernel::{MemberId, OrderNo, OrgId};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// Where money is, or whose it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Account {
    /// Money that we hold: at a payment channel or in the bank.
    Asset(Asset),
    /// A member's wallet (会员钱包).
    Member(MemberId, MemberPurse),
    /// What a member owes us.
    ReceivableMember(MemberId),
    /// A stored-value card, by its printed number.
    Card(String, Purse),
    /// What a card without a member owes us: it charged while nobody could look at its balance.
    ReceivableCard(String),
    /// A company's prepaid money.
    Company(OrgId, Purse),
    /// Credit that a company has used.
    ReceivableCompany(OrgId),
    /// A payment for one order, without a wallet.
    Prepay(OrderNo),
    /// A bill on its way to those who earn it: nothing after every settlement.
    ClearingOrder,
    /// A merchant's income (商户).
    Merchant(OrgId, PartyPurse),
    /// An agent's commission (代理商).
    Agent(OrgId, PartyPurse),
    /// What a partner platform and we owe each other, by its operator id.
    Partner(String),
    /// What the platform earns.
    Income(Income),
    /// What the platform bears.
    Expense(Expense),
    /// Refunds on their way through a channel.
    RefundInflight,
    /// Tax kept back from withdrawals.
    TaxWithheld,
    /// Money of a channel that nobody knows the reason of.
    SuspenseUnmatched,
}

/// Where money lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Asset {
    /// 微信支付.
    Wechat,
    /// 支付宝.
    Alipay,
    /// 银联.
    Unionpay,
    /// The channel of tests and demonstrations.
    Mock,
    /// The bank.
    Bank,
}

/// The four pockets of a wallet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MemberPurse {
    /// Paid in (本金).
    Cash,
    /// Given on top (赠金): never paid out.
    Gift,
    /// Cash that running orders hold.
    Frozen,
    /// Gifts that running orders hold.
    FrozenGift,
}

/// The two pockets of cards and companies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Purse {
    /// Free.
    Cash,
    /// Held by running orders.
    Frozen,
}

/// The three pockets of those who earn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PartyPurse {
    /// Earned, not yet payable.
    Pending,
    /// Payable.
    Available,
    /// Held by a withdrawal.
    Frozen,
}

/// What the platform earns by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Income {
    /// Its cut of electricity.
    CommissionElec,
    /// Its cut of service fees.
    CommissionService,
    /// Occupancy fees.
    Occupancy,
    /// Reservation fees.
    Reservation,
    /// Fees of withdrawals.
    WithdrawFee,
    /// Electricity at stations of its own.
    ElecOwn,
    /// Service at stations of its own.
    ServiceOwn,
}

/// What the platform bears.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Expense {
    /// Gifts of top-ups.
    Gift,
    /// Coupons and promotions.
    Coupon,
    /// Redeemed points.
    Points,
    /// Fees of payment channels.
    ChannelFee,
    /// Debts given up.
    Writeoff,
    /// Compensation and corrections.
    Compensation,
}

/// The five kinds of accounts reduce to four here: nobody books equity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AccountKind {
    /// What we have.
    Asset,
    /// What we owe.
    Liability,
    /// What we earned.
    Income,
    /// What we bore.
    Expense,
}

impl AccountKind {
    /// The column's text.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Asset => "asset",
            Self::Liability => "liability",
            Self::Income => "income",
            Self::Expense => "expense",
        }
    }

    /// The side that makes an account of this kind grow.
    pub const fn normal_side(self) -> Side {
        match self {
            Self::Asset | Self::Expense => Side::Debit,
            Self::Liability | Self::Income => Side::Credit,
        }
    }
}

/// A text that names no account.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no account")]
pub struct UnknownAccount(pub String);

macro_rules! names {
    ($($name:ident { $($variant:ident => $text:literal,)* })*) => {$(
        impl $name {
            /// Its word in an account's code.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// From its word.
            pub fn parse(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$variant),)* _ => None }
            }
        }
    )*};
}

names! {
    Asset {
        Wechat => "wechat",
        Alipay => "alipay",
        Unionpay => "unionpay",
        Mock => "mock",
        Bank => "bank",
    }
    MemberPurse {
        Cash => "cash",
        Gift => "gift",
        Frozen => "frozen",
        FrozenGift => "frozen_gift",
    }
    Purse {
        Cash => "cash",
        Frozen => "frozen",
    }
    PartyPurse {
        Pending => "pending",
        Available => "available",
        Frozen => "frozen",
    }
    Income {
        CommissionElec => "commission_elec",
        CommissionService => "commission_service",
        Occupancy => "occupancy",
        Reservation => "reservation",
        WithdrawFee => "withdraw_fee",
        ElecOwn => "elec_own",
        ServiceOwn => "service_own",
    }
    Expense {
        Gift => "gift",
        Coupon => "coupon",
        Points => "points",
        ChannelFee => "channel_fee",
        Writeoff => "writeoff",
        Compensation => "compensation",
    }
}

impl Account {
    /// What kind it is.
    pub const fn kind(&self) -> AccountKind {
        match self {
            Self::Asset(_)
            | Self::ReceivableMember(_)
            | Self::ReceivableCard(_)
            | Self::ReceivableCompany(_) => AccountKind::Asset,
            Self::Member(..)
            | Self::Card(..)
            | Self::Company(..)
            | Self::Prepay(_)
            | Self::ClearingOrder
            | Self::Merchant(..)
            | Self::Agent(..)
            | Self::Partner(_)
            | Self::RefundInflight
            | Self::TaxWithheld
            | Self::SuspenseUnmatched => AccountKind::Liability,
            Self::Income(_) => AccountKind::Income,
            Self::Expense(_) => AccountKind::Expense,
        }
    }

    /// Whether its balance may fall below nothing. Nobody can spend what is not in a wallet;
    /// those who earn may owe when a refund comes after their withdrawal, and the platform's own
    /// accounts have no limit.
    pub const fn may_be_negative(&self) -> bool {
        match self {
            Self::Member(..)
            | Self::ReceivableMember(_)
            | Self::Card(..)
            | Self::ReceivableCard(_)
            | Self::Company(..)
            | Self::ReceivableCompany(_)
            | Self::Prepay(_)
            | Self::Merchant(_, PartyPurse::Frozen)
            | Self::Agent(_, PartyPurse::Frozen) => false,
            Self::Asset(_)
            | Self::ClearingOrder
            | Self::Merchant(..)
            | Self::Agent(..)
            | Self::Partner(_)
            | Self::Income(_)
            | Self::Expense(_)
            | Self::RefundInflight
            | Self::TaxWithheld
            | Self::SuspenseUnmatched => true,
        }
    }

    /// Whether so many journals touch it that its balance is kept in several rows: one row would
    /// make all settlements wait for each other.
    pub const fn is_busy(&self) -> bool {
        match self {
            Self::Asset(_)
            | Self::ClearingOrder
            | Self::Merchant(_, PartyPurse::Pending)
            | Self::Agent(_, PartyPurse::Pending)
            | Self::Partner(_)
            | Self::Income(_)
            | Self::Expense(_)
            | Self::RefundInflight => true,
            Self::Member(..)
            | Self::ReceivableMember(_)
            | Self::Card(..)
            | Self::ReceivableCard(_)
            | Self::Company(..)
            | Self::ReceivableCompany(_)
            | Self::Prepay(_)
            | Self::Merchant(..)
            | Self::Agent(..)
            | Self::TaxWithheld
            | Self::SuspenseUnmatched => false,
        }
    }

    /// The member whose it is.
    pub const fn member(&self) -> Option<MemberId> {
        match self {
            Self::Member(id, _) | Self::ReceivableMember(id) => Some(*id),
            _ => None,
        }
    }

    /// The organisation whose it is.
    pub const fn org(&self) -> Option<OrgId> {
        match self {
            Self::Company(id, _)
            | Self::ReceivableCompany(id)
            | Self::Merchant(id, _)
            | Self::Agent(id, _) => Some(*id),
            _ => None,
        }
    }
}

/// Its code, e.g. `member:12:frozen_gift`.
impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Asset(asset) => write!(f, "asset:{}", asset.as_str()),
            Self::Member(id, purse) => write!(f, "member:{id}:{}", purse.as_str()),
            Self::ReceivableMember(id) => write!(f, "receivable:member:{id}"),
            Self::Card(number, purse) => write!(f, "card:{number}:{}", purse.as_str()),
            Self::ReceivableCard(number) => write!(f, "receivable:card:{number}"),
            Self::Company(id, purse) => write!(f, "company:{id}:{}", purse.as_str()),
            Self::ReceivableCompany(id) => write!(f, "receivable:company:{id}"),
            Self::Prepay(order) => write!(f, "prepay:order:{order}"),
            Self::ClearingOrder => f.write_str("clearing:order"),
            Self::Merchant(id, purse) => write!(f, "merchant:{id}:{}", purse.as_str()),
            Self::Agent(id, purse) => write!(f, "agent:{id}:{}", purse.as_str()),
            Self::Partner(operator) => write!(f, "partner:{operator}"),
            Self::Income(income) => write!(f, "income:{}", income.as_str()),
            Self::Expense(expense) => write!(f, "expense:{}", expense.as_str()),
            Self::RefundInflight => f.write_str("refund:inflight"),
            Self::TaxWithheld => f.write_str("tax:withheld"),
            Self::SuspenseUnmatched => f.write_str("suspense:unmatched"),
        }
    }
}

impl FromStr for Account {
    type Err = UnknownAccount;

    fn from_str(code: &str) -> Result<Self, UnknownAccount> {
        parse(code).ok_or_else(|| UnknownAccount(code.chars().take(64).collect()))
    }
}

impl Serialize for Account {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Account {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = String::deserialize(deserializer)?;
        code.parse().map_err(serde::de::Error::custom)
    }
}

fn parse(code: &str) -> Option<Account> {
    let parts: Vec<&str> = code.split(':').collect();
    Some(match parts.as_slice() {
        ["asset", name] => Account::Asset(Asset::parse(name)?),
        ["member", id, purse] => Account::Member(member(id)?, MemberPurse::parse(purse)?),
        ["receivable", "member", id] => Account::ReceivableMember(member(id)?),
        ["card", number, purse] => Account::Card((*number).to_owned(), Purse::parse(purse)?),
        ["receivable", "card", number] => Account::ReceivableCard((*number).to_owned()),
        ["company", id, purse] => Account::Company(org(id)?, Purse::parse(purse)?),
        ["receivable", "company", id] => Account::ReceivableCompany(org(id)?),
        ["prepay", "order", number] => Account::Prepay(number.parse().ok()?),
        ["clearing", "order"] => Account::ClearingOrder,
        ["merchant", id, purse] => Account::Merchant(org(id)?, PartyPurse::parse(purse)?),
        ["agent", id, purse] => Account::Agent(org(id)?, PartyPurse::parse(purse)?),
        ["partner", operator] => Account::Partner((*operator).to_owned()),
        ["income", name] => Account::Income(Income::parse(name)?),
        ["expense", name] => Account::Expense(Expense::parse(name)?),
        ["refund", "inflight"] => Account::RefundInflight,
        ["tax", "withheld"] => Account::TaxWithheld,
        ["suspense", "unmatched"] => Account::SuspenseUnmatched,
        _ => return None,
    })
}

fn member(text: &str) -> Option<MemberId> {
    text.parse().ok().map(MemberId)
}

fn org(text: &str) -> Option<OrgId> {
    text.parse().ok().map(OrgId)
}
