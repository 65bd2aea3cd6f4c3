//! The table from dialect, direction and command to the forms of a body by their length.
//!
//! Commands with an even number go up, with an odd one down; Lvneng's 109 and 203 go up as well,
//! and 203 is something else downwards elsewhere, so a frame is always read with its direction.

use crate::message::Kind;
use device::Direction;
use device::Direction::{Down, Up};

/// Command set of a pile.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// V2.0 to V3.0; the assumption where nothing is known.
    #[default]
    Infypower,
    /// V3.4 of Lvneng: 109 and 203 upwards.
    Lvneng,
    /// V5.3 of Shenghong: 222 upwards, 302 with a structure.
    Shenghong,
}

impl Dialect {
    /// Its name in profiles and vector files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Infypower => "infypower-3.0",
            Self::Lvneng => "lvneng-3.4",
            Self::Shenghong => "shenghong-5.3",
        }
    }

    /// The dialect of that name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Infypower, Self::Lvneng, Self::Shenghong]
            .into_iter()
            .find(|dialect| dialect.as_str() == name)
    }
}

/// In which dialects a form occurs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Spoken {
    Everywhere,
    Only(Dialect),
    AllBut(Dialect),
}

impl Spoken {
    fn by(self, dialect: Dialect) -> bool {
        match self {
            Self::Everywhere => true,
            Self::Only(only) => only == dialect,
            Self::AllBut(other) => other != dialect,
        }
    }
}

/// One form of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Command.
    pub cmd: u16,
    /// Which way it goes.
    pub direction: Direction,
    spoken: Spoken,
    /// Known lengths of the body, rising; the first is the shortest that can be read.
    pub lengths: &'static [usize],
    /// Whether data of any length follows.
    pub open: bool,
    /// Whether only the known lengths tell that a body has this form.
    exact: bool,
    /// What it holds.
    pub kind: Kind,
}

impl Layout {
    /// The shortest body that can be read.
    pub fn shortest(&self) -> usize {
        self.lengths.first().copied().unwrap_or_default()
    }

    /// Whether a body of this length is one of the known ones.
    pub fn knows(&self, length: usize) -> bool {
        self.lengths.contains(&length) || (self.open && length >= self.shortest())
    }

    fn fits(&self, length: usize) -> bool {
        self.shortest() <= length && (!self.exact || self.knows(length))
    }
}

/// What the table says about a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// It has this form.
    Form(&'static Layout),
    /// It is shorter than the shortest form, which has so many bytes.
    Short(usize),
    /// Nobody knows the command in this direction, or not in this length.
    Unknown,
}

/// The form of a body: of the dialect if there is one, by exact length if there is one, else the
/// longest that fits. Where forms begin alike by chance only, nothing but the exact length counts.
pub fn choose(dialect: Dialect, direction: Direction, cmd: u16, length: usize) -> Choice {
    let forms = || {
        forms_of(cmd)
            .iter()
            .filter(|form| form.direction == direction)
    };
    let fitting = forms().filter(|form| form.fits(length));
    let best = fitting.max_by_key(|form| {
        let exact = form.lengths.contains(&length);
        (form.spoken.by(dialect), exact, form.shortest())
    });
    let inexact = forms().filter(|form| !form.exact);
    match (best, inexact.map(Layout::shortest).min()) {
        (Some(form), _) => Choice::Form(form),
        (None, Some(shortest)) => Choice::Short(shortest),
        (None, None) => Choice::Unknown,
    }
}

/// All forms of a command.
pub fn forms_of(cmd: u16) -> &'static [Layout] {
    let begin = TABLE.partition_point(|form| form.cmd < cmd);
    let rest = TABLE.get(begin..).unwrap_or_default();
    let end = rest.partition_point(|form| form.cmd == cmd);
    rest.get(..end).unwrap_or_default()
}

/// The direction in which a command usually goes, for frames of which nobody says it.
pub fn usual_direction(cmd: u16, length: usize) -> Direction {
    match cmd {
        109 if length < 199 => Down,
        203 if length < 396 => Down,
        109 | 203 => Up,
        1406 => Down,
        _ if cmd.is_multiple_of(2) => Up,
        _ => Down,
    }
}

const fn form(
    cmd: u16,
    direction: Direction,
    spoken: Spoken,
    lengths: &'static [usize],
    kind: Kind,
) -> Layout {
    Layout {
        cmd,
        direction,
        spoken,
        lengths,
        open: false,
        exact: false,
        kind,
    }
}

const fn up(cmd: u16, lengths: &'static [usize], kind: Kind) -> Layout {
    form(cmd, Up, Spoken::Everywhere, lengths, kind)
}

const fn down(cmd: u16, lengths: &'static [usize], kind: Kind) -> Layout {
    form(cmd, Down, Spoken::Everywhere, lengths, kind)
}

/// A form that ends in data of any length.
const fn open(mut layout: Layout) -> Layout {
    layout.open = true;
    layout
}

/// A form that no other length has.
const fn exact(mut layout: Layout) -> Layout {
    layout.exact = true;
    layout
}

const LVNENG: Spoken = Spoken::Only(Dialect::Lvneng);
const NOT_LVNENG: Spoken = Spoken::AllBut(Dialect::Lvneng);
const V53: Spoken = Spoken::Only(Dialect::Shenghong);

/// All forms that are known, by command (docs/protocols/infypower.md §5 and §6).
pub static TABLE: &[Layout] = &[
    open(down(1, &[12], Kind::Numbers)),
    open(up(2, &[43], Kind::NumbersAnswer)),
    open(down(3, &[11], Kind::Characters)),
    open(up(4, &[42], Kind::CharactersAnswer)),
    open(down(5, &[12], Kind::Control)),
    up(6, &[43], Kind::ControlAnswer),
    down(7, &[67, 99, 105], Kind::Start),
    up(8, &[41, 73], Kind::StartAnswer),
    down(9, &[9], Kind::UploadAnswer),
    up(10, &[42], Kind::UploadAsk),
    down(11, &[38], Kind::VersionAsk),
    up(12, &[44], Kind::VersionAnswer),
    down(101, &[6], Kind::HeartbeatAnswer),
    up(102, &[38, 54], Kind::Heartbeat),
    down(103, &[5, 6], Kind::StatusAnswer),
    up(104, &[169, 172, 223, 246], Kind::Status),
    down(105, &[4, 9, 142, 152], Kind::SignInAnswer),
    up(106, &[90, 96, 100, 133], Kind::SignIn),
    down(107, &[4], Kind::Nothing),
    up(108, &[68], Kind::AlarmReport),
    form(109, Up, LVNENG, &[199], Kind::LvnengStatus),
    form(109, Down, NOT_LVNENG, &[4], Kind::Nothing),
    form(201, Down, NOT_LVNENG, &[37], Kind::RecordAnswer),
    form(201, Down, LVNENG, &[41], Kind::LvnengRecordAnswer),
    up(202, &[256, 288, 304], Kind::Record),
    form(203, Up, LVNENG, &[396], Kind::LvnengRecord),
    form(203, Down, NOT_LVNENG, &[12, 20], Kind::CardAnswer),
    up(204, &[73, 153], Kind::CardAsk),
    down(205, &[12], Kind::PasswordAnswer),
    up(206, &[100], Kind::PasswordAsk),
    form(207, Down, V53, &[130], Kind::VinAnswer),
    form(208, Up, V53, &[59], Kind::VinAsk),
    form(221, Down, V53, &[66], Kind::RecordAnswer53),
    form(222, Up, V53, &[434], Kind::Record53),
    down(301, &[4], Kind::Nothing),
    exact(up(302, &[194], Kind::Battery)),
    exact(up(302, &[212], Kind::RawBattery)),
    down(401, &[12], Kind::HistoryAsk),
    up(402, &[264], Kind::HistoryRecord),
    down(501, &[37], Kind::RecordAnswer),
    up(502, &[400], Kind::WideRecord),
    down(503, &[5, 6], Kind::StatusAnswer),
    up(504, &[169, 172, 223, 246], Kind::Status),
    down(1001, &[4], Kind::Erase),
    up(1002, &[1], Kind::Erased),
    open(down(1003, &[0], Kind::FileName)),
    up(1004, &[4], Kind::PieceSize),
    down(1005, &[4], Kind::FileSize),
    up(1006, &[4], Kind::SizeAnswer),
    open(down(1007, &[0], Kind::Piece)),
    up(1008, &[1], Kind::PieceNoted),
    up(1008, &[8], Kind::PieceAnswer),
    down(1009, &[4], Kind::Nothing),
    up(1010, &[4], Kind::Nothing),
    down(1011, &[4], Kind::Nothing),
    up(1012, &[4], Kind::Nothing),
    down(1101, &[0], Kind::PricesAsk),
    form(1102, Up, NOT_LVNENG, &[48, 96], Kind::Prices),
    form(1102, Up, LVNENG, &[576], Kind::LvnengPrices),
    form(1103, Down, NOT_LVNENG, &[48, 96], Kind::Prices),
    form(1103, Down, LVNENG, &[576], Kind::LvnengPrices),
    up(1104, &[1], Kind::PricesAnswer),
    down(1201, &[32], Kind::LoginAnswer),
    up(1202, &[48], Kind::Login),
    down(1401, &[136], Kind::FtpUpgrade),
    down(1406, &[134], Kind::FtpLog),
];

/// Commands of which only the name is public.
pub const fn name_of(cmd: u16) -> Option<&'static str> {
    Some(match cmd {
        110 => "start-up finished",
        112 => "charging module state",
        113 | 114 => "latest record",
        116 | 118 | 120 => "battery pack of a swap station",
        302 => "BMS data of an unknown form",
        303 | 304 => "BMS data, other form",
        513 | 514 => "latest record, wide",
        601 | 602 => "history, wide",
        1105..=1108 => "price table of an unknown form",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::{Choice, Dialect, TABLE, choose, usual_direction};
    use crate::message::Kind;
    use device::Direction::{Down, Up};

    fn kind(dialect: Dialect, cmd: u16, length: usize) -> Option<Kind> {
        let direction = usual_direction(cmd, length);
        match choose(dialect, direction, cmd, length) {
            Choice::Form(form) => Some(form.kind),
            _ => None,
        }
    }

    #[test]
    fn lengths_rise_and_every_form_is_chosen_by_its_own_length() {
        assert!(TABLE.is_sorted_by_key(|form| form.cmd), "it is searched");
        for form in TABLE {
            assert!(form.lengths.is_sorted(), "{form:?}");
            for length in form.lengths {
                let all = [Dialect::Infypower, Dialect::Lvneng, Dialect::Shenghong];
                let found = all.iter().any(|dialect| {
                    choose(*dialect, form.direction, form.cmd, *length) == Choice::Form(form)
                });
                assert!(found, "{form:?}");
            }
        }
    }

    #[test]
    fn the_direction_and_the_length_tell_what_203_is() {
        assert_eq!(kind(Dialect::Infypower, 203, 20), Some(Kind::CardAnswer));
        assert_eq!(kind(Dialect::Lvneng, 203, 396), Some(Kind::LvnengRecord));
        assert_eq!(kind(Dialect::Infypower, 203, 396), Some(Kind::LvnengRecord));
        assert_eq!(choose(Dialect::Lvneng, Up, 203, 20), Choice::Short(396));
        assert_eq!(
            kind(Dialect::Lvneng, 201, 41),
            Some(Kind::LvnengRecordAnswer)
        );
        assert_eq!(kind(Dialect::Infypower, 201, 37), Some(Kind::RecordAnswer));
    }

    #[test]
    fn longer_bodies_take_the_longest_form_that_fits() {
        assert_eq!(kind(Dialect::Infypower, 104, 200), Some(Kind::Status));
        assert_eq!(kind(Dialect::Infypower, 1102, 576), Some(Kind::Prices));
        assert_eq!(kind(Dialect::Lvneng, 1102, 576), Some(Kind::LvnengPrices));
        assert_eq!(choose(Dialect::Infypower, Up, 104, 168), Choice::Short(169));
        for dialect in [Dialect::Infypower, Dialect::Lvneng, Dialect::Shenghong] {
            assert_eq!(kind(dialect, 302, 194), Some(Kind::Battery));
            assert_eq!(kind(dialect, 302, 212), Some(Kind::RawBattery));
            for length in [3, 193, 195, 211, 213, 400] {
                assert_eq!(choose(dialect, Up, 302, length), Choice::Unknown);
            }
        }
        assert_eq!(choose(Dialect::Infypower, Up, 9999, 3), Choice::Unknown);
        assert_eq!(choose(Dialect::Infypower, Down, 104, 200), Choice::Unknown);
    }
}
