#![no_main]

#[path = "../src/infypower.rs"]
mod infypower_frames;

libfuzzer_sys::fuzz_target!(|data: &[u8]| infypower_frames::decode(data));
