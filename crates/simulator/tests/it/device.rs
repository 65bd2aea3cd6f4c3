//! One device, played by a test.

use crate::server::Server;
use kernel::PortNo;
use simulator::device::{ActFault, Direction};
use simulator::pile::{Action, Dialect, Event, Impossible, Setup};
use simulator::{SimDevice, Target};
use std::net::Ipv4Addr;
use std::time::Duration;

const ID: &str = "82210225000520";
const ORDER: &str = "THD1729407600001";
const SOON: Duration = Duration::from_secs(10);

/// A v8.6 gateway that lives an hour in a minute.
fn fast() -> Setup {
    let mut setup = Setup::new(ID, Dialect::V86);
    setup.speed = 60;
    setup
}

async fn device(server: &Server, setup: Setup) -> SimDevice {
    let target = Target::loopback(server.address).expect("loopback");
    let device = SimDevice::spawn(setup, target).expect("a possible device");
    device.wait_online(true, SOON).await.expect("online");
    device
}

#[tokio::test]
async fn an_order_from_start_to_acknowledged_settlement() {
    let server = Server::start().await;
    let device = device(&server, fast()).await;
    server
        .wait("registration", |heard| heard.command == 0x0021)
        .await;
    server.order(ID, 1, 120, ORDER).await;
    let received = Event::StartReceived {
        port: PortNo(1),
        order: Some(ORDER.to_owned()),
        accepted: true,
    };
    device
        .wait_note(SOON, |event| *event == received)
        .await
        .expect("the start");
    device.plug(1).await.expect("port 1 exists");
    device
        .wait_port(1, SOON, |port| port.charging)
        .await
        .expect("charging");
    server
        .wait("progress", |heard| heard.command == 0x0006)
        .await;
    let end = server
        .wait("settlement", |heard| heard.command == 0x0003)
        .await;
    assert_eq!(end.device, ID);
    assert_eq!(end.body[17..21], [0, 0, 0, 120]);
    let acknowledged = |event: &Event| matches!(event, Event::EndAcknowledged { .. });
    device
        .wait_note(SOON, acknowledged)
        .await
        .expect("the acknowledgement");
    let frames = device.frames();
    assert!(frames.iter().all(|frame| frame.sound));
    let down = frames
        .iter()
        .filter(|frame| frame.direction == Direction::Down);
    assert!(down.count() >= 3);
    device.shutdown().await;
}

#[tokio::test]
async fn a_test_sees_which_order_was_stopped() {
    let server = Server::start().await;
    let device = device(&server, fast()).await;
    server
        .wait("registration", |heard| heard.command == 0x0021)
        .await;
    device.plug(1).await.expect("port 1 exists");
    server.order(ID, 1, 3600, ORDER).await;
    device
        .wait_port(1, SOON, |port| port.charging)
        .await
        .expect("charging");
    server.stop(ID, 1, ORDER).await;
    let stopped = Event::StopReceived {
        port: PortNo(1),
        order: Some(ORDER.to_owned()),
        accepted: true,
    };
    device
        .wait_note(SOON, |event| *event == stopped)
        .await
        .expect("the stop");
    let end = server
        .wait("settlement", |heard| heard.command == 0x0003)
        .await;
    assert_eq!(end.body[25], 3);
}

#[tokio::test]
async fn a_cut_link_is_silent_and_comes_back_from_elsewhere() {
    let server = Server::start().await;
    let device = device(&server, fast()).await;
    device.cut().await.expect("cuts");
    device.wait_online(false, SOON).await.expect("offline");
    assert_eq!(server.peers().len(), 1);
    device.restore().await.expect("restores");
    device.wait_online(true, SOON).await.expect("online again");
    let address = Ipv4Addr::new(127, 0, 0, 7);
    device.act(Action::Roam(address)).await.expect("roams");
    device.wait_online(false, SOON).await.expect("offline");
    device
        .wait_online(true, SOON)
        .await
        .expect("online once more");
    let peers = server.peers();
    assert_eq!(peers.last().copied(), Some(address.into()));
    assert_eq!(peers.len(), 3);
}

#[tokio::test]
async fn slow_writers_and_wrong_checksums_reach_the_wire() {
    let server = Server::start().await;
    let device = device(&server, fast()).await;
    let slow = Action::SlowWrites(Some(Duration::from_millis(1)));
    device.act(slow).await.expect("slows down");
    device.act(Action::WrongChecksum).await.expect("writes");
    device
        .act(Action::SlowWrites(None))
        .await
        .expect("speeds up");
    let spoilt = device.frames().into_iter().filter(|frame| !frame.sound);
    assert_eq!(spoilt.count(), 1);
    let act = device.act(Action::Plug(PortNo(99))).await;
    let no_port =
        |fault: &ActFault| matches!(fault, ActFault::Impossible(Impossible::NoSuchPort(_)));
    assert!(act.is_err_and(|fault| no_port(&fault)));
}

#[tokio::test]
async fn a_device_waits_for_a_server_that_is_not_there_yet() {
    let address = {
        let server = Server::start().await;
        server.address
    };
    let free = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a free port");
    let closed = free.local_addr().expect("bound");
    drop(free);
    assert_ne!(address, closed);
    let target = Target::loopback(closed).expect("loopback");
    let device = SimDevice::spawn(fast(), target).expect("a possible device");
    assert!(
        device
            .wait_online(true, Duration::from_millis(200))
            .await
            .is_err()
    );
    let listener = tokio::net::TcpListener::bind(closed)
        .await
        .expect("still free");
    device.wait_online(true, SOON).await.expect("online");
    drop(listener);
}
