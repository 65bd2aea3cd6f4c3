//! Frame types (帧类型标志).

use device::Direction;

wire::codes! {
    /// What a frame is. Piles send odd numbers, platforms even ones.
    pub enum FrameType: u8 {
        /// login
        Login = 0x01,
        /// login answer
        LoginAnswer = 0x02,
        /// heartbeat
        Heartbeat = 0x03,
        /// heartbeat answer
        HeartbeatAnswer = 0x04,
        /// billing-model check
        ModelCheck = 0x05,
        /// billing-model check answer
        ModelCheckAnswer = 0x06,
        /// billing-model request
        ModelRequest = 0x09,
        /// billing-model answer
        ModelAnswer = 0x0A,
        /// read real-time data
        ReadRealtime = 0x12,
        /// real-time data
        Realtime = 0x13,
        /// BMS handshake
        BmsHandshake = 0x15,
        /// BMS parameter configuration
        BmsParameters = 0x17,
        /// BMS charge end
        BmsEnd = 0x19,
        /// BMS error
        BmsError = 0x1B,
        /// BMS abort
        BmsAbort = 0x1D,
        /// charger abort
        ChargerAbort = 0x21,
        /// BMS demand and charger output
        BmsDemand = 0x23,
        /// BMS information
        BmsInfo = 0x25,
        /// start request by the pile
        StartRequest = 0x31,
        /// start confirmation
        StartConfirmation = 0x32,
        /// remote start result
        RemoteStartResult = 0x33,
        /// remote start
        RemoteStart = 0x34,
        /// remote stop result
        RemoteStopResult = 0x35,
        /// remote stop
        RemoteStop = 0x36,
        /// transaction record
        Record = 0x3B,
        /// transaction record of V1.7
        Record17 = 0x3D,
        /// record confirmation
        RecordConfirmation = 0x40,
        /// balance update answer
        BalanceAnswer = 0x41,
        /// balance update
        BalanceUpdate = 0x42,
        /// offline cards stored
        CardsStored = 0x43,
        /// store offline cards
        StoreCards = 0x44,
        /// offline cards cleared
        CardsCleared = 0x45,
        /// clear offline cards
        ClearCards = 0x46,
        /// offline cards found
        CardsFound = 0x47,
        /// query offline cards
        QueryCards = 0x48,
        /// work parameters answer
        WorkAnswer = 0x51,
        /// work parameters
        Work = 0x52,
        /// time answer
        TimeAnswer = 0x55,
        /// time sync
        Time = 0x56,
        /// billing-model setting answer
        ModelSettingAnswer = 0x57,
        /// billing-model setting
        ModelSetting = 0x58,
        /// ground-lock data
        LockData = 0x61,
        /// ground-lock command
        LockCommand = 0x62,
        /// ground-lock answer
        LockAnswer = 0x63,
        /// reboot answer
        RebootAnswer = 0x91,
        /// reboot
        Reboot = 0x92,
        /// update answer
        UpdateAnswer = 0x93,
        /// update
        Update = 0x94,
        /// parallel start request
        ParallelRequest = 0xA1,
        /// parallel start confirmation
        ParallelConfirmation = 0xA2,
        /// remote parallel start result
        ParallelResult = 0xA3,
        /// remote parallel start
        ParallelStart = 0xA4,
        /// QR-code prefix
        QrPrefix = 0xF0,
        /// QR-code prefix answer
        QrAnswer = 0xF1,
    }
}

impl FrameType {
    /// Who sends it; none for types that the documents do not list.
    ///
    /// All listed types follow the rule "odd up, even down" but for 0x40, which is even like the
    /// platform's other frames, and 0xF0/0xF1, which follow it too; so the rule is enough.
    pub fn direction(self) -> Option<Direction> {
        if matches!(self, Self::Unknown(_)) {
            return None;
        }
        Some(match u8::from(self) % 2 {
            0 => Direction::Down,
            _ => Direction::Up,
        })
    }

    /// The type by which the other side answers it; none when nothing answers.
    pub const fn answered_by(self) -> Option<Self> {
        Some(match self {
            Self::Login => Self::LoginAnswer,
            Self::Heartbeat => Self::HeartbeatAnswer,
            Self::ModelCheck => Self::ModelCheckAnswer,
            Self::ModelRequest => Self::ModelAnswer,
            Self::ReadRealtime => Self::Realtime,
            Self::StartRequest => Self::StartConfirmation,
            Self::RemoteStart => Self::RemoteStartResult,
            Self::RemoteStop => Self::RemoteStopResult,
            Self::Record | Self::Record17 => Self::RecordConfirmation,
            Self::BalanceUpdate => Self::BalanceAnswer,
            Self::StoreCards => Self::CardsStored,
            Self::ClearCards => Self::CardsCleared,
            Self::QueryCards => Self::CardsFound,
            Self::Work => Self::WorkAnswer,
            Self::Time => Self::TimeAnswer,
            Self::ModelSetting => Self::ModelSettingAnswer,
            Self::LockCommand => Self::LockAnswer,
            Self::Reboot => Self::RebootAnswer,
            Self::Update => Self::UpdateAnswer,
            Self::ParallelRequest => Self::ParallelConfirmation,
            Self::ParallelStart => Self::ParallelResult,
            Self::QrPrefix => Self::QrAnswer,
            _ => return None,
        })
    }

    /// The operator's type of the communication log.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Login | Self::LoginAnswer => "register",
            Self::Heartbeat | Self::HeartbeatAnswer => "heartbeat",
            Self::ModelCheck
            | Self::ModelCheckAnswer
            | Self::ModelRequest
            | Self::ModelAnswer
            | Self::ModelSetting
            | Self::ModelSettingAnswer => "tariff",
            Self::ReadRealtime | Self::Realtime => "status",
            Self::BmsHandshake
            | Self::BmsParameters
            | Self::BmsEnd
            | Self::BmsError
            | Self::BmsAbort
            | Self::ChargerAbort
            | Self::BmsDemand
            | Self::BmsInfo => "bms",
            Self::StartRequest
            | Self::StartConfirmation
            | Self::RemoteStart
            | Self::RemoteStartResult
            | Self::ParallelRequest
            | Self::ParallelConfirmation
            | Self::ParallelStart
            | Self::ParallelResult => "start",
            Self::RemoteStop | Self::RemoteStopResult => "stop",
            Self::Record | Self::Record17 | Self::RecordConfirmation => "record",
            Self::StoreCards
            | Self::CardsStored
            | Self::ClearCards
            | Self::CardsCleared
            | Self::QueryCards
            | Self::CardsFound
            | Self::BalanceUpdate
            | Self::BalanceAnswer => "card",
            Self::Work | Self::WorkAnswer | Self::QrPrefix | Self::QrAnswer => "params",
            Self::Time | Self::TimeAnswer => "time",
            Self::Update | Self::UpdateAnswer => "firmware",
            Self::LockData
            | Self::LockCommand
            | Self::LockAnswer
            | Self::Reboot
            | Self::RebootAnswer => "control",
            Self::Unknown(_) => "unknown",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::FrameType;
    use device::Direction;

    #[test]
    fn answers_come_from_the_other_side() {
        let mut answered = 0;
        for number in 0..=u8::MAX {
            let frame = FrameType::from(number);
            let Some(answer) = frame.answered_by() else {
                continue;
            };
            assert_ne!(frame.direction(), answer.direction(), "{frame:?}");
            answered += 1;
        }
        assert_eq!(answered, 23);
        assert_eq!(
            FrameType::RecordConfirmation.direction(),
            Some(Direction::Down)
        );
        assert_eq!(FrameType::from(0xA5).direction(), None);
    }

    #[test]
    fn every_listed_type_has_a_kind() {
        for number in 0..=u8::MAX {
            let frame = FrameType::from(number);
            assert_eq!(frame.kind() == "unknown", frame.direction().is_none());
        }
    }
}
