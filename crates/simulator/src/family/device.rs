//! A device before it is switched on.

use super::{Family, FrameCut};
use ::pile::Pile;
use kernel::Timestamp;

/// A device of any family, as its protocol crate describes it.
#[derive(Clone, Debug)]
pub enum Device {
    /// A networked gateway, a v8.6 gateway or a stand-alone device.
    Bkv(bkv::pile::Setup),
    /// A host with its devices, or a device alone.
    Ap3000(ap3000::pile::Setup),
    /// An EV pile.
    Ykc(ykc::pile::Setup),
    /// An EV pile.
    Infypower(infypower::pile::Setup),
}

/// Why there can be no such device.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeviceFault {
    /// The family says so.
    #[error(transparent)]
    Bkv(#[from] bkv::pile::SetupFault),
    /// The family says so.
    #[error(transparent)]
    Ap3000(#[from] ap3000::pile::SetupFault),
    /// The family says so.
    #[error(transparent)]
    Ykc(#[from] ykc::pile::SetupFault),
    /// The family says so.
    #[error(transparent)]
    Infypower(#[from] infypower::pile::SetupFault),
}

impl Device {
    /// Its id, as an operator would write it.
    pub fn id(&self) -> &str {
        match self {
            Self::Bkv(setup) => &setup.id,
            Self::Ap3000(setup) => &setup.id,
            Self::Ykc(setup) => &setup.id,
            Self::Infypower(setup) => &setup.id,
        }
    }

    /// The id of the device that has the first port: another one than its own where a host
    /// speaks for devices that have ids themselves.
    pub fn owner_of_first_port(&self) -> String {
        match self {
            Self::Ap3000(setup) => setup.device_ids().swap_remove(0),
            Self::Bkv(_) | Self::Ykc(_) | Self::Infypower(_) => self.id().to_owned(),
        }
    }

    /// Switches it on; its first tick makes it connect.
    ///
    /// # Errors
    /// When there can be no such device.
    pub fn switch_on(self, now: Timestamp) -> Result<Box<dyn Pile>, DeviceFault> {
        Ok(match self {
            Self::Bkv(setup) => bkv::pile::device(setup, now)?,
            Self::Ap3000(setup) => ap3000::pile::device(setup, now)?,
            Self::Ykc(setup) => ykc::pile::device(setup, now)?,
            Self::Infypower(setup) => infypower::pile::device(setup, now)?,
        })
    }

    /// How the family's byte stream is cut into frames.
    pub fn framing(&self) -> FrameCut {
        match self {
            Self::Bkv(_) => Family::Bkv.framing(),
            Self::Ap3000(_) => Family::Ap3000.framing(),
            Self::Ykc(_) => Family::Ykc.framing(),
            Self::Infypower(_) => Family::Infypower.framing(),
        }
    }
}

impl From<bkv::pile::Setup> for Device {
    fn from(setup: bkv::pile::Setup) -> Self {
        Self::Bkv(setup)
    }
}

impl From<ap3000::pile::Setup> for Device {
    fn from(setup: ap3000::pile::Setup) -> Self {
        Self::Ap3000(setup)
    }
}

impl From<ykc::pile::Setup> for Device {
    fn from(setup: ykc::pile::Setup) -> Self {
        Self::Ykc(setup)
    }
}

impl From<infypower::pile::Setup> for Device {
    fn from(setup: infypower::pile::Setup) -> Self {
        Self::Infypower(setup)
    }
}
