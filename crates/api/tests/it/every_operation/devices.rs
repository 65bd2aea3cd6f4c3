//! Devices, and what they are told.

use super::{Case, act, read, write};
use crate::lab::DEVICE;
use axum::http::Method;

pub(super) fn cases() -> Vec<Case> {
    let all = "/api/v1/admin/devices";
    let device = format!("{all}/{DEVICE}");
    let at = |rest: &str| format!("{device}{rest}");
    let ftp = r#"{"target":"main","host":"203.0.113.7","file":"gw.bin"}"#;
    let voice = r#"{"socket_no":254,"buzzer":true,"voice":false,"periods":[{"start":"08:00","end":"21:00"}]}"#;
    let list = r#"{"channel":4,"sockets":[{"socket_no":2,"mac":"301015011403"}]}"#;
    let image = at("/firmware/image?target=main");
    vec![
        read(
            "list_devices",
            format!("{all}?online=false&q=8221&firmware=x&sort=-last_seen_at"),
            Some(("/api/v1/admin/devices?status=x", 400)),
        ),
        read(
            "list_ports",
            "/api/v1/admin/ports?state=idle&faulty=false&online=true&size=1000",
            Some(("/api/v1/admin/ports?state=x", 400)),
        ),
        write(
            "decode_frames",
            Method::POST,
            "/api/v1/admin/ops/decode",
            r#"{"hex":"fcfe"}"#,
            "{}",
        ),
        read(
            "list_device_sessions",
            "/api/v1/admin/ops/sessions?protocol=bench&ip=203.0.113.7",
            Some(("/api/v1/admin/ops/sessions?ip=x", 400)),
        ),
        write(
            "create_device",
            Method::POST,
            all,
            r#"{"phy_id":"12345678901234"}"#,
            "{}",
        ),
        read(
            "show_device",
            &device,
            Some(("/api/v1/admin/devices/x", 404)),
        ),
        write(
            "change_device",
            Method::PATCH,
            &device,
            r#"{"name":"A"}"#,
            r#"{"nam":"A"}"#,
        ),
        act(
            "adopt_device",
            Method::POST,
            "/api/v1/admin/devices/98765432109876/adopt",
            Some("/api/v1/admin/devices/no%20id/adopt"),
        ),
        read(
            "list_params",
            at("/params"),
            Some(("/api/v1/admin/devices/x/params", 404)),
        ),
        write(
            "set_params",
            Method::POST,
            &at("/params"),
            r#"{"params":[{"id":1,"value":1}],"via":"0x83"}"#,
            r#"{"params":[{"id":1,"value":1}],"via":"83"}"#,
        ),
        write(
            "query_params",
            Method::POST,
            &at("/params/query"),
            "{}",
            r#"{"wait":99}"#,
        ),
        write(
            "set_voice",
            Method::PUT,
            &at("/voice"),
            voice,
            r#"{"socket_no":251}"#,
        ),
        write(
            "update_firmware_by_ftp",
            Method::POST,
            &at("/firmware"),
            ftp,
            "{}",
        ),
        Case {
            id: "update_firmware_by_image",
            method: Method::POST,
            good: (image, "image".to_owned()),
            bad: Some((at("/firmware/image?target=moon"), "image".to_owned(), 400)),
        },
        write(
            "query_ports",
            Method::POST,
            &at("/query"),
            r#"{"port_no":1}"#,
            r#"{"port":1}"#,
        ),
        read(
            "device_commands",
            at("/commands"),
            Some(("/api/v1/admin/devices/x/commands", 404)),
        ),
        write(
            "give_command",
            Method::POST,
            &at("/commands"),
            r#"{"command":{"kind":"query_port","port_no":1}}"#,
            r#"{"command":{"kind":"jump"}}"#,
        ),
        // The bench devices cannot be restarted: the refusal is a documented one.
        write(
            "sync_time",
            Method::POST,
            &at("/sync-time"),
            "{}",
            r#"{"wait":-1}"#,
        ),
        read(
            "outbound",
            at("/outbound"),
            Some(("/api/v1/admin/devices/x/outbound", 404)),
        ),
        read(
            "list_sockets",
            at("/sockets"),
            Some(("/api/v1/admin/devices/x/sockets", 404)),
        ),
        write(
            "replace_sockets",
            Method::PUT,
            &at("/sockets"),
            list,
            r#"{"channel":16,"sockets":[]}"#,
        ),
        write(
            "add_socket",
            Method::POST,
            &at("/sockets"),
            r#"{"socket_no":3,"mac":"301015011404"}"#,
            r#"{"socket_no":251,"mac":"301015011404"}"#,
        ),
        write(
            "refresh_sockets",
            Method::POST,
            &at("/sockets/refresh"),
            "{}",
            r#"{"w":1}"#,
        ),
        act(
            "remove_socket",
            Method::DELETE,
            &at("/sockets/2"),
            Some(&at("/sockets/999")),
        ),
    ]
}
