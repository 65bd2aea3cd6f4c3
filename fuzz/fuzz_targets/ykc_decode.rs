#![no_main]

#[path = "../src/ykc.rs"]
mod ykc_frames;

libfuzzer_sys::fuzz_target!(|data: &[u8]| ykc_frames::decode(data));
