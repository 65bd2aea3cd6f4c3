//! A device introduces itself.

use crate::live::PORTS_MAX;
use crate::live_port::LivePort;
use crate::sessions::Connection;
use crate::{App, AppError};
use device::Registration;
use domain::order::OrderEvent;
use domain::webhook::{self, RegistrationNotice};
use kernel::{PhyId, PortNo};
use std::sync::Arc;
use store::devices::{self, Identity};
use store::ports;
use tracing::{info, warn};

impl App {
    pub(crate) async fn registered(
        &self,
        connection: &Arc<Connection>,
        device: &PhyId,
        registration: &Registration,
    ) -> Result<(), AppError> {
        let now = self.now();
        let policy = self.settings.policy;
        let Some((device_id, known, before, announced_at, new_session)) =
            self.live.read(device, |live| {
                let known = live.known_with(registration);
                let new_session = live.registered_in != Some(connection.id);
                (
                    live.id,
                    known,
                    live.registration.clone(),
                    live.announced_at,
                    new_session,
                )
            })
        else {
            return Ok(());
        };
        let announce = new_session && webhook::announces_registration(announced_at, now, &policy);
        let event = announce.then(|| webhook::registered(device, &notice_of(&known), now));
        let new_ports = self.new_ports(device, &known);
        let changed = known != before || !new_ports.is_empty();
        if changed {
            let identity = Identity {
                protocol: Some(connection.protocol.name().to_owned()),
                device_model: known.model.clone(),
                firmware_version: known.firmware.clone(),
                iccid: known.iccid.clone(),
                imei: known.imei.clone(),
                port_count: known.port_count,
                ip: Some(connection.peer.ip().to_string()),
                ..Identity::default()
            };
            let mut tx = self.db.begin().await?;
            devices::update_identity(tx.conn(), device_id, &identity, now).await?;
            if !new_ports.is_empty() {
                ports::ensure(tx.conn(), device_id, &new_ports, now).await?;
            }
            let news: Vec<_> = event
                .into_iter()
                .map(|event| self.device_event(event))
                .collect();
            let outbox = self.publish_in(&mut tx, &news).await?;
            tx.commit().await?;
            self.ring_outbox(outbox);
        } else if let Some(event) = event {
            self.later(event);
        }
        let told = known.clone();
        self.live.change(device, |live| {
            live.registration = known;
            live.registered_in = Some(connection.id);
            if announce {
                live.announced_at = Some(now);
            }
            for port in new_ports {
                live.port_mut(port);
            }
        });
        self.hint_presence(device);
        if new_session || changed {
            let (model, firmware) = (told.model.as_deref(), told.firmware.as_deref());
            self.gate(device, device_id, model, firmware).await?;
        }
        if new_session {
            info!(%device, firmware = registration.firmware, "device registered");
            for order_no in self.orders.of_device(device) {
                self.happened(order_no, OrderEvent::DeviceRegistered)
                    .await?;
            }
        }
        Ok(())
    }

    /// The ports that a device says it has and that are not known yet.
    fn new_ports(&self, device: &PhyId, known: &Registration) -> Vec<PortNo> {
        let told = known.port_count.unwrap_or(0);
        if told > PORTS_MAX {
            warn!(%device, port_count = told, "port count not believed");
        }
        let have = self.live.read(device, |live| {
            live.ports
                .iter()
                .map(|port: &LivePort| port.port)
                .collect::<Vec<_>>()
        });
        let have = have.unwrap_or_default();
        (1..=told.min(PORTS_MAX))
            .map(PortNo)
            .filter(|port| *port != PortNo::AUTOMATIC && !have.contains(port))
            .collect()
    }
}

fn notice_of(known: &Registration) -> RegistrationNotice {
    RegistrationNotice {
        iccid: known.iccid.clone(),
        imei: known.imei.clone(),
        device_type: known.model.clone(),
        firmware: known.firmware.clone(),
        port_count: known.port_count,
    }
}
