//! Which device it is: recognition codes, models, and how each is upgraded.

use self::UpgradeCommand::{Device, OldDevice};

wire::codes! {
    /// Top byte of a physical id.
    pub enum Recognition: u8 {
        /// single socket
        Single = 0x03,
        /// dual socket
        Dual = 0x04,
        /// 10 sockets
        Ten = 0x05,
        /// 16 sockets
        Sixteen = 0x06,
        /// 12 sockets
        Twelve = 0x07,
        /// host
        Host = 0x09,
        /// leakage-protection host
        LeakageHost = 0x0A,
    }
}

impl Recognition {
    /// How many sockets such a device has at most, where the code tells.
    pub const fn sockets(self) -> Option<u8> {
        match self {
            Self::Single => Some(1),
            Self::Dual => Some(2),
            Self::Ten => Some(10),
            Self::Sixteen => Some(16),
            Self::Twelve => Some(12),
            _ => None,
        }
    }
}

/// The command that carries firmware to a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UpgradeCommand {
    /// 0xE0, pieces of 200 bytes.
    Device,
    /// 0xF8, pieces of 256 bytes.
    OldDevice,
    /// 0xF9, pieces of 256 bytes.
    OldHost,
    /// 0xFA, pieces of 200 bytes.
    Host,
}

impl UpgradeCommand {
    /// The command byte.
    pub const fn byte(self) -> u8 {
        match self {
            Self::Device => 0xE0,
            Self::OldDevice => 0xF8,
            Self::OldHost => 0xF9,
            Self::Host => 0xFA,
        }
    }

    /// Bytes of firmware in one packet.
    pub const fn chunk(self) -> usize {
        match self {
            Self::Device | Self::Host => 200,
            Self::OldDevice | Self::OldHost => 256,
        }
    }
}

/// Which recognition codes a model comes with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Shape {
    /// Single and dual sockets.
    Small,
    /// Dual sockets only.
    Dual,
    /// 10 or 16 sockets.
    Wide,
    /// 10 sockets only.
    Ten,
    /// 16 sockets only.
    Sixteen,
    /// 12 sockets.
    Twelve,
}

impl Shape {
    const fn holds(self, code: Recognition) -> bool {
        match self {
            Self::Small => matches!(code, Recognition::Single | Recognition::Dual),
            Self::Dual => matches!(code, Recognition::Dual),
            Self::Wide => matches!(code, Recognition::Ten | Recognition::Sixteen),
            Self::Ten => matches!(code, Recognition::Ten),
            Self::Sixteen => matches!(code, Recognition::Sixteen),
            Self::Twelve => matches!(code, Recognition::Twelve),
        }
    }
}

/// A device model of the vendor's list. Type codes overlap: type, recognition code and major
/// version together name the model, never one of them alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Model {
    /// For people.
    pub name: &'static str,
    /// The type codes that it reports.
    pub types: &'static [u8],
    /// Whether it may report no type at all.
    pub untyped: bool,
    /// Its recognition codes.
    pub shape: Shape,
    /// First figure of its firmware version.
    pub major: u16,
    /// How it is upgraded.
    pub upgrade: UpgradeCommand,
}

impl Model {
    /// Whether its devices may report this type (0 counts as absent) and version.
    fn fits(&self, kind: Option<u8>, fw_version: u16) -> bool {
        let typed = match kind.filter(|kind| *kind != 0) {
            Some(kind) => self.types.contains(&kind),
            None => self.untyped,
        };
        typed && self.major == major(fw_version)
    }
}

/// First figure of a firmware version: 640 is V6.40.
pub const fn major(fw_version: u16) -> u16 {
    fw_version / 100
}

const fn model(
    name: &'static str,
    types: &'static [u8],
    untyped: bool,
    shape: Shape,
    major: u16,
    upgrade: UpgradeCommand,
) -> Model {
    Model {
        name,
        types,
        untyped,
        shape,
        major,
        upgrade,
    }
}

const MODELS: [Model; 27] = [
    model("old 485", &[1, 2, 3, 6], true, Shape::Small, 2, OldDevice),
    model(
        "old 485, high power",
        &[1, 2, 3, 7],
        true,
        Shape::Small,
        3,
        OldDevice,
    ),
    model("old LoRa", &[0x02], false, Shape::Small, 1, Device),
    model("old LoRa, high power", &[5], false, Shape::Small, 1, Device),
    model("old NB", &[8], false, Shape::Small, 1, Device),
    model("old NB, high power", &[9], false, Shape::Small, 1, Device),
    model("old radio", &[0x0A], false, Shape::Small, 1, Device),
    model(
        "old radio, high power",
        &[0x0B],
        false,
        Shape::Small,
        1,
        Device,
    ),
    model("oldest 10/16-way", &[0x70], true, Shape::Wide, 1, OldDevice),
    model(
        "oldest 10/16-way (帝鹏)",
        &[0x71],
        true,
        Shape::Wide,
        2,
        OldDevice,
    ),
    model(
        "old 10-way (帝鹏)",
        &[1, 2, 3, 4],
        true,
        Shape::Ten,
        3,
        OldDevice,
    ),
    model(
        "old 10-way (秉钧)",
        &[1, 2, 3, 4],
        true,
        Shape::Ten,
        4,
        OldDevice,
    ),
    model(
        "old 16-way (洋涛)",
        &[1, 2, 3, 4],
        true,
        Shape::Sixteen,
        6,
        OldDevice,
    ),
    model("new 485", &[0x10], false, Shape::Dual, 1, Device),
    model("new NB", &[0x14], false, Shape::Dual, 1, Device),
    model("new 10/16-way", &[0x20], false, Shape::Wide, 1, Device),
    model("new dual-mode 485", &[0x21], false, Shape::Dual, 2, Device),
    model("new dual-mode NB", &[0x22], false, Shape::Dual, 2, Device),
    model("new dual-mode GM35", &[0x23], false, Shape::Dual, 3, Device),
    model("new dual-mode WiFi", &[0x24], false, Shape::Dual, 3, Device),
    model("new dual-mode LoRa", &[0x25], false, Shape::Dual, 4, Device),
    model(
        "new dual-mode HW3000",
        &[0x26],
        false,
        Shape::Dual,
        5,
        Device,
    ),
    model("new dual-mode GM5", &[0x27], false, Shape::Dual, 3, Device),
    model(
        "new dual-mode 485 F460",
        &[0x28],
        false,
        Shape::Dual,
        6,
        Device,
    ),
    model("new 10/16-way F460", &[0x29], false, Shape::Wide, 2, Device),
    model("new 12-way F460", &[0x30], false, Shape::Twelve, 1, Device),
    model(
        "dual socket 0x31 (captured, not listed)",
        &[0x31],
        false,
        Shape::Dual,
        6,
        Device,
    ),
];

/// The model of a device: its reported type (0 counts as absent), the recognition code of its
/// physical id and its firmware version (640 is V6.40). None when the list has no such device.
pub fn model_of(kind: Option<u8>, code: Recognition, fw_version: u16) -> Option<&'static Model> {
    let mut models = MODELS.iter();
    models.find(|model| model.fits(kind, fw_version) && model.shape.holds(code))
}

/// How a device of this type and version is upgraded, where its recognition code is not known.
/// None when the list has no such device, or when the answer depends on the code.
pub fn upgrade_of(kind: Option<u8>, fw_version: u16) -> Option<UpgradeCommand> {
    let mut models = MODELS.iter().filter(|model| model.fits(kind, fw_version));
    let upgrade = models.next()?.upgrade;
    models
        .all(|model| model.upgrade == upgrade)
        .then_some(upgrade)
}

/// How a host is upgraded. Types 0x01 and 0x02 to 0x05, 0x50 and 0x51 are published; others
/// are not known well enough to write firmware to them.
pub const fn upgrade_of_host(host_type: u8) -> Option<UpgradeCommand> {
    match host_type {
        0x01 => Some(UpgradeCommand::OldHost),
        0x02..=0x05 | 0x50 | 0x51 => Some(UpgradeCommand::Host),
        _ => None,
    }
}
