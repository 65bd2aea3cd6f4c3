//! Which of the known lengths a pile uses.

/// How the status is reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StatusForm {
    /// 104 (or 504) that ends after so many bytes: 169, 172, 223 or 246.
    Narrow { command: u16, length: usize },
    /// Lvneng 109.
    Lvneng,
}

/// How a finished charge is reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RecordForm {
    /// 202 that ends after so many bytes: 256, 288 or 304.
    Narrow { length: usize },
    /// 502.
    Wide,
    /// 222.
    Shenghong,
    /// Lvneng 203.
    Lvneng,
}

impl RecordForm {
    /// Its command.
    pub(super) const fn command(self) -> u16 {
        match self {
            Self::Narrow { .. } => 202,
            Self::Wide => 502,
            Self::Shenghong => 222,
            Self::Lvneng => 203,
        }
    }
}

/// All lengths of one pile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Forms {
    /// 106: 90, 96, 100 or 133.
    pub(super) sign_in: usize,
    /// Protocol version × 10, from 96 on.
    pub(super) version: u16,
    /// 102: 38 or 54.
    pub(super) heartbeat: usize,
    pub(super) status: StatusForm,
    pub(super) record: RecordForm,
    /// 8: 41 or 73.
    pub(super) start_answer: usize,
    /// 204: 73 or 153.
    pub(super) card: usize,
    /// Slots of a price table: 6, 12, or 48 with two prices each.
    pub(super) price_slots: usize,
    /// 1008: one byte or eight.
    pub(super) piece_answer: usize,
}

impl Forms {
    /// V3.0 by inference: V2.8 but for the wide record.
    pub(super) const V30: Self = Self {
        sign_in: 96,
        version: 30,
        heartbeat: 38,
        status: StatusForm::Narrow {
            command: 104,
            length: 223,
        },
        record: RecordForm::Narrow { length: 288 },
        start_answer: 41,
        card: 153,
        price_slots: 12,
        piece_answer: 8,
    };

    /// The oldest.
    pub(super) const V20: Self = Self {
        sign_in: 90,
        version: 20,
        status: StatusForm::Narrow {
            command: 104,
            length: 169,
        },
        record: RecordForm::Narrow { length: 256 },
        card: 73,
        price_slots: 6,
        piece_answer: 1,
        ..Self::V30
    };

    /// V2.6.
    pub(super) const V26: Self = Self {
        version: 26,
        status: StatusForm::Narrow {
            command: 104,
            length: 172,
        },
        ..Self::V30
    };

    /// V2.8 with wide numbers and sums per tariff.
    pub(super) const V28: Self = Self {
        version: 28,
        status: StatusForm::Narrow {
            command: 504,
            length: 223,
        },
        record: RecordForm::Wide,
        ..Self::V30
    };

    /// V3.0 with the four sums per tariff behind the record.
    pub(super) const V30_SUMS: Self = Self {
        record: RecordForm::Narrow { length: 304 },
        ..Self::V30
    };

    /// Lvneng V3.4.
    pub(super) const LVNENG: Self = Self {
        sign_in: 100,
        version: 34,
        heartbeat: 54,
        status: StatusForm::Lvneng,
        record: RecordForm::Lvneng,
        price_slots: 48,
        ..Self::V30
    };

    /// Shenghong V5.3.
    pub(super) const SHENGHONG: Self = Self {
        sign_in: 133,
        version: 53,
        heartbeat: 54,
        status: StatusForm::Narrow {
            command: 104,
            length: 246,
        },
        record: RecordForm::Shenghong,
        start_answer: 73,
        ..Self::V30
    };
}
