#![no_main]

#[path = "../src/infypower_link.rs"]
mod infypower_script;

libfuzzer_sys::fuzz_target!(|data: &[u8]| infypower_script::link(data));
