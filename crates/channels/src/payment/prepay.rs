use super::channel::ChannelName;
use kernel::{Fen, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::net::IpAddr;

/// How the payer meets the cashier; the names are those of `payments.channel`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentMethod {
    /// Inside WeChat, on a page of an official account.
    WechatJsapi,
    /// In a WeChat mini-program.
    WechatMini,
    /// An app that opens WeChat.
    WechatApp,
    /// A page in the phone's browser that opens WeChat.
    WechatH5,
    /// A QR code that the payer scans with WeChat.
    WechatNative,
    /// In an Alipay mini-program.
    AlipayMini,
    /// An app that opens Alipay.
    AlipayApp,
    /// The mock's own.
    Mock,
}

impl PaymentMethod {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::WechatJsapi,
        Self::WechatMini,
        Self::WechatApp,
        Self::WechatH5,
        Self::WechatNative,
        Self::AlipayMini,
        Self::AlipayApp,
        Self::Mock,
    ];

    /// Its name in the database, such as `wechat_mini`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::WechatJsapi => "wechat_jsapi",
            Self::WechatMini => "wechat_mini",
            Self::WechatApp => "wechat_app",
            Self::WechatH5 => "wechat_h5",
            Self::WechatNative => "wechat_native",
            Self::AlipayMini => "alipay_mini",
            Self::AlipayApp => "alipay_app",
            Self::Mock => "mock",
        }
    }

    /// The method of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.as_str() == name)
    }

    /// Which channel serves it. The mock serves all of them where it stands in for the others.
    pub const fn channel(self) -> ChannelName {
        match self {
            Self::WechatJsapi
            | Self::WechatMini
            | Self::WechatApp
            | Self::WechatH5
            | Self::WechatNative => ChannelName::Wechat,
            Self::AlipayMini | Self::AlipayApp => ChannelName::Alipay,
            Self::Mock => ChannelName::Mock,
        }
    }
}

/// A payment to be announced to the platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prepay {
    /// Our number, 6 to 32 letters and digits.
    pub payment_no: String,
    /// How much.
    pub amount: Fen,
    /// What for, as the payer reads it. Cut to what the platform takes.
    pub description: String,
    /// The payer's id at the platform: `openid`, or Alipay's user id. Some methods need it.
    pub payer: Option<String>,
    /// How the payer meets the cashier.
    pub method: PaymentMethod,
    /// Where the platform calls back; the configured address when absent.
    pub notify_url: Option<String>,
    /// Until when it can be paid.
    pub expires_at: Timestamp,
    /// The payer's address; [`PaymentMethod::WechatH5`] needs it.
    pub client_ip: Option<IpAddr>,
}

/// What the front end needs to show the cashier.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PrepayTicket {
    /// The platform's reference: WeChat's `prepay_id`, Alipay's `trade_no`; our own number where
    /// the platform has none yet.
    pub reference: String,
    /// To be handed to the platform's front-end call as it is, already signed.
    pub client_params: Value,
}

/// How a payment stands at the platform.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum PaymentState {
    /// The platform knows no payment of this number, yet or any more. Alipay knows what an app
    /// pays only once the payer has opened it.
    NotFound,
    /// Announced; may still be paid.
    NotPaid,
    /// The payer is at it.
    Paying,
    /// The money is there.
    Paid(Paid),
    /// Closed unpaid.
    Closed,
    /// Was paid, and a refund has begun or ended.
    Refunded(Paid),
}

/// A payment that was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paid {
    /// The platform's number.
    pub channel_no: String,
    /// How much the platform says it was. To be compared with ours.
    pub amount: Fen,
    /// When.
    pub paid_at: Timestamp,
    /// Who paid, by the platform's id.
    pub payer: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::{ChannelName, PaymentMethod};

    #[test]
    fn names_are_those_of_the_database_and_of_json() {
        for method in PaymentMethod::ALL {
            let json = serde_json::to_value(method).expect("a name");
            assert_eq!(json, method.as_str());
            assert_eq!(PaymentMethod::from_name(method.as_str()), Some(method));
            let channel = method.channel();
            assert!(method.as_str().starts_with(channel.as_str()));
            assert_eq!(ChannelName::from_name(channel.as_str()), Some(channel));
        }
        assert_eq!(PaymentMethod::from_name("cash"), None);
        assert_eq!(ChannelName::from_name(""), None);
    }
}
