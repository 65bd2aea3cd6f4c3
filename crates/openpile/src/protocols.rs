//! The protocols that the program speaks. A new one is its own crate and one line here.

use device::{
    Command, CommandFault, Detection, Link, OfflinePolicy, Profile, Protocol, Registry, Rhythm,
};
use std::sync::Arc;

/// All of them, in the order in which a new connection is tried.
pub fn registry() -> Registry {
    Registry::new(vec![
        Arc::new(bkv::Bkv),
        Arc::new(ap3000::Ap3000),
        Arc::new(ykc::Ykc),
        Arc::new(infypower::Infypower),
        Arc::new(Keda),
    ])
}

/// 科大: retired. Known by name, so that its devices can stay in the books; spoken no more, its
/// frames go to the noise log.
struct Keda;

impl Protocol for Keda {
    fn name(&self) -> &'static str {
        "keda"
    }

    fn label(&self) -> &'static str {
        "KEDA"
    }

    fn detect(&self, _first: &[u8]) -> Detection {
        Detection::No
    }

    fn link(&self) -> Box<dyn Link> {
        // Never asked for, because nothing is ever detected as this; another link would do no
        // harm, as it could not read the frames.
        bkv::Bkv.link()
    }

    fn rhythm(&self, profile: &Profile) -> Rhythm {
        bkv::Bkv.rhythm(profile)
    }

    fn offline_policy(&self) -> OfflinePolicy {
        OfflinePolicy::Complete
    }

    fn queues(&self, _command: &Command) -> bool {
        false
    }

    fn check(&self, _profile: &Profile, _command: &Command) -> Result<(), CommandFault> {
        Err(CommandFault::Retired)
    }

    fn wire_command(&self, _profile: &Profile, _command: &Command) -> Option<u16> {
        None
    }
}
