//! The telephones of the demo's members: what is sent to them stands in the terminal.

use channels::sms::{Sending, Sms, SmsChannel};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// All of them; a copy shows the same messages.
#[derive(Clone, Debug, Default)]
pub(super) struct Phones(Arc<Mutex<HashMap<String, String>>>);

impl Phones {
    /// The code that came last to a telephone.
    pub(super) fn last_code(&self, phone: &str) -> Option<String> {
        let codes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        codes.get(phone).cloned()
    }
}

impl SmsChannel for Phones {
    fn send<'a>(&'a self, sms: &'a Sms) -> Sending<'a> {
        Box::pin(async move {
            for (name, value) in &sms.values {
                println!("SMS 短信  to {}: {name} {value}", sms.phone);
            }
            let code = sms.values.iter().find(|(name, _)| *name == "code");
            if let Some((_, code)) = code {
                let mut codes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
                codes.insert(sms.phone.clone(), code.clone());
            }
            Ok(())
        })
    }
}
