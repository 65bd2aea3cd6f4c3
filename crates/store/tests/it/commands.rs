use crate::fixtures::{NOW, device, later, order_no, phy, stored};
use device::Command;
use domain::command::CommandState;
use kernel::{CommandId, DeviceId, OrderNo, PortNo, Timestamp};
use store::commands::{self, NewCommand, Written};
use store::{Db, PageRequest};

fn command(device: DeviceId, command: Command, expire_at: Option<Timestamp>) -> NewCommand {
    NewCommand {
        device_id: device,
        phy_id: phy("82210225000520"),
        order_no: None,
        trace: None,
        command,
        expire_at,
        at: NOW,
    }
}

fn stop(order: OrderNo) -> Command {
    Command::StopCharge {
        port: PortNo(1),
        order,
        serial: None,
    }
}

async fn enqueue(db: &Db, new: &NewCommand) -> CommandId {
    let mut lease = db.direct().await.expect("a connection");
    commands::enqueue(lease.conn(), new).await.expect("queued")
}

fn ids(list: &[commands::QueuedCommand]) -> Vec<CommandId> {
    list.iter().map(|command| command.id).collect()
}

testkit::both_engines! {
    async fn the_urgent_goes_first(db: &Db) {
        let id = device(db, "82210225000520").await;
        let order = stored(db, "THD1729407600001", id, 1).await;
        let params = enqueue(db, &command(id, Command::SyncTime, None)).await;
        let start = NewCommand {
            order_no: Some(order.order_no),
            ..command(id, order.start_command(), Some(later(600)))
        };
        let first = enqueue(db, &start).await;
        let last = enqueue(db, &command(id, stop(order.order_no), None)).await;
        let mut lease = db.view().await.expect("a connection");
        let due = commands::deliverable(lease.conn(), id, NOW, 10).await.expect("ok");
        assert_eq!(ids(&due), [last, first, params]);
        assert_eq!(due[1].payload, order.start_command());
        assert_eq!((due[1].cmd.as_str(), due[1].port_no), ("start_charge", Some(PortNo(1))));
        assert_eq!((due[1].priority, due[1].state), (2, CommandState::Queued));
        let due = commands::deliverable(lease.conn(), id, later(600), 10).await.expect("ok");
        assert_eq!(ids(&due), [last, params], "a start that is too old is not written");
        let one = commands::deliverable(lease.conn(), id, NOW, 1).await.expect("ok");
        assert_eq!(ids(&one), [last]);
        let of_order = commands::list_of_order(lease.conn(), order.order_no).await.expect("ok");
        assert_eq!(ids(&of_order), [first]);
        assert_eq!(commands::queue_length(lease.conn(), id).await.expect("ok"), 3);
    }

    async fn a_command_ends_once(db: &Db) {
        let id = device(db, "82210225000520").await;
        let one = enqueue(db, &command(id, Command::SyncTime, None)).await;
        let mut tx = db.begin().await.expect("a transaction");
        let written = Written {
            wire_cmd: 0x82,
            msg_id: u32::MAX,
            frame: Some(vec![0xfc, 0xfe].into()),
            attempt: 2,
        };
        assert!(commands::mark_sent(tx.conn(), one, &written, later(1)).await.expect("ok"));
        assert!(commands::deliverable(tx.conn(), id, NOW, 9).await.expect("ok").is_empty());
        let open = commands::list_open(tx.conn(), id, 9).await.expect("ok");
        assert_eq!((open[0].state, open[0].retries), (CommandState::Sent, 1));
        assert_eq!((open[0].wire_cmd, open[0].msg_id), (Some(0x82), Some(u32::MAX)));
        assert_eq!(open[0].payload_hex.as_deref(), Some("FCFE"));
        let answer = serde_json::json!({ "port": 3 });
        let done = commands::finish(
            tx.conn(), one, CommandState::Acked, Some(&answer), None, later(2),
        ).await;
        assert!(done.expect("ok"));
        let again = commands::finish(
            tx.conn(), one, CommandState::Nacked, None, Some("timeout"), later(3),
        ).await;
        assert!(!again.expect("ok"), "answer and timeout race, the first ends the other");
        assert!(!commands::mark_sent(tx.conn(), one, &written, later(4)).await.expect("ok"));
        assert!(!commands::bury(tx.conn(), one, "late", later(4)).await.expect("ok"));
        let found = commands::find(tx.conn(), one).await.expect("ok").expect("there");
        assert_eq!((found.state, found.result), (CommandState::Acked, Some(answer)));
        assert_eq!((found.acked_at, found.last_error), (Some(later(2)), None));
        assert_eq!(commands::queue_length(tx.conn(), id).await.expect("ok"), 0);
        tx.commit().await.expect("committed");
    }

    async fn what_was_written_and_not_answered_is_written_again(db: &Db) {
        let id = device(db, "82210225000520").await;
        let other = device(db, "82241218000382").await;
        let mut written = Vec::new();
        for target in [id, id, other] {
            let one = enqueue(db, &command(target, Command::SyncTime, None)).await;
            let sent = Written { wire_cmd: 1, msg_id: 1, frame: None, attempt: 1 };
            let mut lease = db.direct().await.expect("a connection");
            assert!(commands::mark_sent(lease.conn(), one, &sent, NOW).await.expect("ok"));
            written.push(one);
        }
        let mut lease = db.direct().await.expect("a connection");
        assert!(commands::requeue(lease.conn(), written[0], later(1)).await.expect("ok"));
        assert!(!commands::requeue(lease.conn(), written[0], later(1)).await.expect("ok"));
        let back = commands::requeue_sent(lease.conn(), Some(id), later(1)).await.expect("ok");
        assert_eq!(back, 1);
        assert_eq!(commands::requeue_sent(lease.conn(), None, later(1)).await.expect("ok"), 1);
        let due = commands::deliverable(lease.conn(), other, NOW, 9).await.expect("ok");
        assert_eq!(ids(&due), [written[2]]);
    }

    async fn commands_pass_into_the_hands_of_a_connection(db: &Db) {
        let id = device(db, "82210225000520").await;
        let waiting = enqueue(db, &command(id, Command::SyncTime, None)).await;
        let mut tx = db.begin().await.expect("a transaction");
        let new = command(id, Command::Restart { when_idle: false }, None);
        let direct = commands::enqueue_sent(tx.conn(), None, &new).await.expect("ok").expect("stored");
        let open = commands::devices_with_open(tx.conn()).await.expect("ok");
        assert_eq!(open, [phy("82210225000520")]);
        let of_some = commands::with_open(tx.conn(), &[id]).await.expect("ok");
        assert_eq!(of_some, open);
        assert!(commands::with_open(tx.conn(), &[]).await.expect("ok").is_empty());
        let due = commands::deliverable(tx.conn(), id, NOW, 9).await.expect("ok");
        assert_eq!(ids(&due), [waiting], "nobody takes what is being handed over");
        let both = [waiting, direct];
        assert_eq!(commands::hand_over(tx.conn(), None, &both, later(1)).await.expect("ok"), 2);
        let open = commands::list_open(tx.conn(), id, 9).await.expect("ok");
        assert!(open.iter().all(|row| row.sent_at == Some(later(1))));
        for one in both {
            let done = commands::finish(tx.conn(), one, CommandState::Acked, None, None, NOW).await;
            assert!(done.expect("ok"));
        }
        assert_eq!(commands::hand_over(tx.conn(), None, &both, later(2)).await.expect("ok"), 0);
        assert!(commands::devices_with_open(tx.conn()).await.expect("ok").is_empty());
        let list = commands::list(
            tx.conn(),
            &commands::CommandFilter { state: Some(CommandState::Acked), ..Default::default() },
            PageRequest::default(),
        ).await;
        assert_eq!(ids(&list.expect("ok").items), [direct, waiting]);
        tx.commit().await.expect("committed");
    }

    async fn commands_expire_or_are_taken_back(db: &Db) {
        let id = device(db, "82210225000520").await;
        let order = order_no("THD1729407600001");
        let mut new = command(id, stop(order), Some(later(10)));
        new.order_no = Some(order);
        let (old, taken) = (enqueue(db, &new).await, enqueue(db, &new).await);
        let mut tx = db.begin().await.expect("a transaction");
        let none = commands::list_expired(tx.conn(), later(9), 10).await.expect("ok");
        assert!(none.is_empty());
        let expired = commands::list_expired(tx.conn(), later(10), 10).await.expect("ok");
        assert_eq!(ids(&expired), [old, taken]);
        assert!(commands::expire(tx.conn(), old, later(10)).await.expect("ok"));
        assert!(!commands::expire(tx.conn(), old, later(10)).await.expect("ok"));
        let back = commands::cancel_of_order(tx.conn(), order, later(11)).await.expect("ok");
        assert_eq!(back, [taken]);
        let states: Vec<_> = commands::list_of_order(tx.conn(), order).await.expect("ok")
            .into_iter().map(|command| command.state).collect();
        assert_eq!(states, [CommandState::Expired, CommandState::Cancelled]);
        // On PostgreSQL whole months go.
        let gone = u64::from(!db.is_postgres());
        assert_eq!(commands::purge(tx.conn(), later(11), 10).await.expect("ok"), gone);
        assert!(commands::find(tx.conn(), taken).await.expect("ok").is_some());
        tx.commit().await.expect("committed");
    }

    async fn the_given_up_are_kept_as_dead_letters(db: &Db) {
        let id = device(db, "82210225000520").await;
        let one = enqueue(db, &command(id, Command::Restart { when_idle: false }, None)).await;
        let mut tx = db.begin().await.expect("a transaction");
        assert!(commands::bury(tx.conn(), one, "no answer", later(40)).await.expect("ok"));
        let name = phy("82210225000520");
        let page = commands::list_dead(tx.conn(), &domain::org::Scope::Everything, Some(&name), PageRequest::default()).await;
        let dead = page.expect("ok").items;
        assert_eq!(dead.len(), 1);
        assert_eq!((dead[0].command_id, &dead[0].payload), (one, &Command::Restart { when_idle: false }));
        assert_eq!((dead[0].failed_at, dead[0].last_error.as_deref()), (later(40), Some("no answer")));
        let other = phy("82241218000382");
        let none = commands::list_dead(tx.conn(), &domain::org::Scope::Everything, Some(&other), PageRequest::default()).await;
        assert_eq!(none.expect("ok").total, 0);
        tx.commit().await.expect("committed");
    }

    async fn message_ids_count_per_device(db: &Db) {
        let (id, other) = (device(db, "82210225000520").await, device(db, "82241218000382").await);
        let mut lease = db.direct().await.expect("a connection");
        assert_eq!(commands::next_msg_id(lease.conn(), id).await.expect("ok"), 1);
        assert_eq!(commands::next_msg_id(lease.conn(), id).await.expect("ok"), 2);
        assert_eq!(commands::next_msg_id(lease.conn(), other).await.expect("ok"), 1);
    }
}
