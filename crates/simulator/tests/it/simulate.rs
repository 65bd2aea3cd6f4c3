//! The command, with a script as the person.

use crate::server::Server;
use simulator::pile::{Dialect, Profile};
use simulator::simulate::{Options, SimulateFault, run};
use simulator::{FleetSetup, Model};
use std::time::Duration;

fn options(server: &Server) -> Options {
    Options {
        target: server.address,
        allow_remote: false,
        fleet: FleetSetup {
            devices: 2,
            models: vec![Model::Bkv(Dialect::V86, Profile::Normal)],
            ports: 4,
            speed: 60,
            automatic: None,
            ..FleetSetup::default()
        },
        duration: Some(Duration::from_secs(20)),
        report_every: None,
    }
}

#[tokio::test]
async fn a_script_acts_as_the_user_at_the_socket() {
    let server = Server::start().await;
    let script = "# somebody comes\nwait 0.3\nplug 99000000000001 1\nwait 0.2\n\
                  status 99000000000001\nlist\nplug 99000000000009 1\nplug 99000000000001 9\n\
                  dance 99000000000001\nquit\n";
    let mut output = Vec::new();
    let forever = std::future::pending();
    let count = run(&options(&server), script.as_bytes(), &mut output, forever).await;
    let text = String::from_utf8(output).expect("text");
    assert_eq!(count.expect("it ran").connects, 2);
    assert!(text.contains("port 1: plugged, open"), "{text}");
    assert!(text.contains("99000000000002 online"), "{text}");
    assert!(text.contains("there is no device 99000000000009"), "{text}");
    assert!(text.contains("no port 9"), "{text}");
    assert!(text.contains("unknown action"), "{text}");
}

#[tokio::test]
async fn strangers_are_spared_and_the_time_is_bounded() {
    let server = Server::start().await;
    let mut far = options(&server);
    far.target = "192.0.2.1:7000".parse().expect("an address");
    let refused = run(&far, &b""[..], &mut Vec::new(), std::future::pending()).await;
    assert!(matches!(refused, Err(SimulateFault::Target(_))));
    let mut brief = options(&server);
    brief.duration = Some(Duration::from_millis(200));
    let ended = run(&brief, &b""[..], &mut Vec::new(), std::future::pending()).await;
    assert!(ended.is_ok());
}
