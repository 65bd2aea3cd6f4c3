//! Outer 0005 and 0015: `inner length 2 · sub-command 1 · parameters`
//! (BKV, docs/protocols/bkv.md §3.5, §5).

use super::{
    BalanceAsk, BalanceReply, Body, CardEnd, CardStart, CardStartAck, CardSwipe, Control,
    ControlAck, DecodeError, End, EndAck, LegacyLimits, LegacyParameters, Message, Node, NodeList,
    ResultOnly, Slack, SocketOnly, SocketStatus, TierEnd, TierStart, Voice, VoiceAck, outer, read,
};
use device::Direction;
use wire::{ByteOrder, Field, Hex8, HexBytes, Label, Reader, Sheet, WireError, Writer};

/// Sub-commands of 0005 and 0015.
pub mod sub {
    /// Charging ended, time or energy mode.
    pub const END: u8 = 0x02;
    /// Legacy parameters.
    pub const LEGACY_PARAMETERS: u8 = 0x03;
    /// Legacy limits of one port.
    pub const LEGACY_LIMITS: u8 = 0x06;
    /// Start, stop.
    pub const CONTROL: u8 = 0x07;
    /// Replace the socket list.
    pub const NET_REFRESH: u8 = 0x08;
    /// Add a socket.
    pub const NET_ADD: u8 = 0x09;
    /// Remove a socket.
    pub const NET_DELETE: u8 = 0x0A;
    /// Card swiped; start for the card.
    pub const CARD: u8 = 0x0B;
    /// Card session ended.
    pub const CARD_END: u8 = 0x0C;
    /// Start for the card accepted or refused.
    pub const CARD_START_ACK: u8 = 0x0F;
    /// Legacy parameter query.
    pub const LEGACY_QUERY: u8 = 0x13;
    /// Start with power tiers.
    pub const TIER_START: u8 = 0x17;
    /// Charging ended, power tiers.
    pub const TIER_END: u8 = 0x18;
    /// Card balance.
    pub const BALANCE: u8 = 0x1A;
    /// Voice and buzzer.
    pub const VOICE: u8 = 0x1B;
    /// Socket status.
    pub const STATUS: u8 = 0x1C;
    /// Query socket status.
    pub const QUERY: u8 = 0x1D;
}

macro_rules! sub_commands {
    ($(
        $(#[doc = $doc:literal])+
        $outer:pat, $code:pat, $direction:ident => $variant:ident($type:ty);
    )*) => {
        /// What a sub-command says. The code stands beside it: several codes share a layout.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Sub {
            $( $(#[doc = $doc])+ $variant($type), )*
            /// A sub-command, or an answer, whose form nobody knows.
            Unknown(HexBytes),
        }

        impl Sub {
            fn read(
                command: u16,
                code: u8,
                direction: Direction,
                parameters: &[u8],
            ) -> Result<(Self, &[u8]), WireError> {
                Ok(match (command, code, direction) {
                    $( ($outer, $code, Direction::$direction) => {
                        let (message, rest) = read::<$type>(parameters)?;
                        (Self::$variant(message), rest)
                    } )*
                    _ => (Self::Unknown(HexBytes(parameters.to_vec())), &[][..]),
                })
            }

            fn put(&self, writer: &mut Writer<'_>) {
                match self {
                    $( Self::$variant(message) => message.put(writer), )*
                    Self::Unknown(bytes) => bytes.put(writer),
                }
            }

            fn describe(&self, sheet: &mut Sheet) {
                let label = Label::new("params_hex", "parameters of an unknown form");
                match self {
                    $( Self::$variant(message) => message.describe(label, sheet), )*
                    Self::Unknown(bytes) => bytes.describe(label, sheet),
                }
            }

            /// What the message is called.
            pub const fn title(&self) -> &'static str {
                match self {
                    $( Self::$variant(_) => <$type as wire::Message>::TITLE, )*
                    Self::Unknown(_) => "unknown sub-command or answer",
                }
            }
        }
    };
}

sub_commands! {
    /// 08 down.
    outer::NETWORK, sub::NET_REFRESH, Down => NodeList(NodeList);
    /// 09 and 0A down.
    outer::NETWORK, sub::NET_ADD | sub::NET_DELETE, Down => Node(Node);
    /// 08, 09 and 0A up.
    outer::NETWORK, sub::NET_REFRESH | sub::NET_ADD | sub::NET_DELETE, Up => Result(ResultOnly);
    /// 03 down.
    outer::NETWORK, sub::LEGACY_PARAMETERS, Down => LegacyParameters(LegacyParameters);
    /// 06 down.
    outer::NETWORK, sub::LEGACY_LIMITS, Down => LegacyLimits(LegacyLimits);
    /// 13 down.
    outer::NETWORK, sub::LEGACY_QUERY, Down => LegacyQuery(SocketOnly);
    /// 17 down.
    outer::NETWORK | outer::CONTROL, sub::TIER_START, Down => TierStart(TierStart);
    /// 17 up.
    outer::NETWORK | outer::CONTROL, sub::TIER_START, Up => TierStartAck(ControlAck);
    /// 1D down.
    outer::CONTROL, sub::QUERY, Down => Query(SocketOnly);
    /// 1C up.
    outer::CONTROL, sub::STATUS, Up => Status(SocketStatus);
    /// 07 down.
    outer::CONTROL, sub::CONTROL, Down => Control(Control);
    /// 07 up.
    outer::CONTROL, sub::CONTROL, Up => ControlAck(ControlAck);
    /// 02 up.
    outer::CONTROL, sub::END, Up => End(End);
    /// 18 up.
    outer::CONTROL, sub::TIER_END, Up => TierEnd(TierEnd);
    /// 0C up.
    outer::CONTROL, sub::CARD_END, Up => CardEnd(CardEnd);
    /// 02, 0C, 18 and 1C down.
    outer::CONTROL, sub::END | sub::CARD_END | sub::TIER_END | sub::STATUS, Down => EndAck(EndAck);
    /// 0B up.
    outer::CONTROL, sub::CARD, Up => CardSwipe(CardSwipe);
    /// 0B down.
    outer::CONTROL, sub::CARD, Down => CardStart(CardStart);
    /// 0F up.
    outer::CONTROL, sub::CARD_START_ACK, Up => CardStartAck(CardStartAck);
    /// 1A up.
    outer::CONTROL, sub::BALANCE, Up => BalanceAsk(BalanceAsk);
    /// 1A down.
    outer::CONTROL, sub::BALANCE, Down => BalanceReply(BalanceReply);
    /// 1B down.
    outer::CONTROL, sub::VOICE, Down => Voice(Voice);
    /// 1B up.
    outer::CONTROL, sub::VOICE, Up => VoiceAck(VoiceAck);
}

/// The inner length counts the parameters. One more counts the sub-command as well and is
/// accepted, less is obeyed, anything longer than what is there is refused.
pub(super) fn decode(
    command: u16,
    direction: Direction,
    body: &[u8],
) -> Result<Message, DecodeError> {
    let mut reader = Reader::new("sub-command", body, ByteOrder::Big);
    let stated = usize::from(reader.u16("inner_len")?);
    let code = reader.u8("sub_cmd")?;
    let there = reader.remaining();
    let counts_sub_command = stated == there + 1;
    let used = if counts_sub_command { there } else { stated };
    let parameters = reader.take(used, "parameters")?;
    let (sub, trailing) = Sub::read(command, code, direction, parameters)?;
    Ok(Message {
        body: Body::Sub(code, sub),
        slack: Slack {
            counts_sub_command,
            trailing: trailing.to_vec(),
            surplus: reader.rest().to_vec(),
        },
    })
}

pub(super) fn write(code: u8, sub: &Sub, slack: &Slack, out: &mut Vec<u8>) {
    let begin = out.len();
    let mut writer = Writer::new(out, ByteOrder::Big);
    writer.u16(0);
    writer.u8(code);
    let parameters = begin + 3;
    sub.put(&mut writer);
    out.extend_from_slice(&slack.trailing);
    let length = out.len() - parameters + usize::from(slack.counts_sub_command);
    // A body that is longer than its length field can say is longer than any frame, too.
    let length = u16::try_from(length).unwrap_or(u16::MAX);
    if let Some(field) = out.get_mut(begin..begin + 2) {
        field.copy_from_slice(&length.to_be_bytes());
    }
    out.extend_from_slice(&slack.surplus);
}

pub(super) fn describe(code: u8, sub: &Sub, slack: &Slack, sheet: &mut Sheet) {
    let mut parameters = Vec::new();
    sub.put(&mut Writer::new(&mut parameters, ByteOrder::Big));
    let length = parameters.len() + slack.trailing.len() + usize::from(slack.counts_sub_command);
    let meaning = slack
        .counts_sub_command
        .then(|| "counts the sub-command byte as well".to_owned());
    let label = Label::new("inner_len", "length of the parameters");
    sheet.row(label, 2, length.into(), meaning);
    sheet.field(&Hex8(code), Label::new("sub_cmd", "sub-command"));
    sub.describe(sheet);
}
