#![no_main]

#[path = "../src/ap3000.rs"]
mod ap3000_frames;

libfuzzer_sys::fuzz_target!(|data: &[u8]| ap3000_frames::decode(data));
