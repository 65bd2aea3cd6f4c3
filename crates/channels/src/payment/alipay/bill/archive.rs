//! The file of a bill: a zip archive of a list and its summary, both in GBK.

use crate::payment::error::ChannelError;
use encoding_rs::{GB18030, UTF_8};
use std::io::{Cursor, Read};
use zip::ZipArchive;

/// How zip archives begin.
const ZIP: &[u8] = b"PK";
/// Most files that are looked at.
const FILES_MAX: usize = 16;
/// What the summary's name contains.
const SUMMARY: &str = "汇总";

/// The list's text. Takes a bare list as well. At most `max` bytes are unpacked.
pub(super) fn unpack(file: &[u8], max: usize) -> Result<String, ChannelError> {
    if !file.starts_with(ZIP) {
        return Ok(decode(file));
    }
    let broken = || ChannelError::malformed("a bill that cannot be unpacked");
    let mut archive = ZipArchive::new(Cursor::new(file)).map_err(|_| broken())?;
    for index in 0..archive.len().min(FILES_MAX) {
        let packed = archive.by_index(index).map_err(|_| broken())?;
        if packed.is_dir() || decode(packed.name_raw()).contains(SUMMARY) {
            continue;
        }
        let mut list = Vec::new();
        // One byte more than allowed tells a list that is too long from one that just fits. The
        // size that the archive states is not to be trusted.
        let limit = u64::try_from(max).unwrap_or(u64::MAX).saturating_add(1);
        packed
            .take(limit)
            .read_to_end(&mut list)
            .map_err(|_| broken())?;
        if list.len() > max {
            return Err(ChannelError::malformed("a bill that is too long"));
        }
        return Ok(decode(&list));
    }
    Err(ChannelError::malformed("an archive without a list"))
}

/// UTF-8 where it is, else GB18030, of which GBK is a part.
fn decode(bytes: &[u8]) -> String {
    match UTF_8.decode_without_bom_handling_and_without_replacement(bytes) {
        Some(text) => text.into_owned(),
        None => GB18030.decode_without_bom_handling(bytes).0.into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::unpack;
    use encoding_rs::GB18030;
    use proptest::prelude::{any, proptest};
    use std::io::{Cursor, Write};
    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, text) in files {
            zip.start_file(*name, SimpleFileOptions::default())
                .expect("a file");
            zip.write_all(text).expect("written");
        }
        zip.finish().expect("an archive").into_inner()
    }

    #[test]
    fn the_list_is_found_beside_its_summary() {
        let text = GB18030.encode("支付宝交易号").0;
        let file = archive(&[
            ("2088_业务明细(汇总).csv", b"sum"),
            ("2088_业务明细.csv", &text),
        ]);
        assert_eq!(unpack(&file, 100), Ok("支付宝交易号".to_owned()));
        assert_eq!(unpack(&text, 100), Ok("支付宝交易号".to_owned()));
        assert_eq!(unpack("支付宝".as_bytes(), 100), Ok("支付宝".to_owned()));
    }

    #[test]
    fn what_unpacks_to_too_much_is_refused() {
        let file = archive(&[("a.csv", &vec![b'0'; 100_000])]);
        assert!(file.len() < 10_000);
        assert!(unpack(&file, 99_999).is_err());
        assert!(unpack(&file, 100_000).is_ok());
        assert!(unpack(&archive(&[]), 100).is_err());
    }

    proptest! {
        #[test]
        fn no_file_panics(bytes in any::<Vec<u8>>()) {
            let _ = unpack(&bytes, 1000);
            let _ = unpack(&[b"PK\x03\x04".as_slice(), &bytes].concat(), 1000);
        }

        #[test]
        fn no_damage_panics(at in 0_usize..400, with in any::<u8>()) {
            let mut file = archive(&[("a.csv", b"a,b\n1,2\n"), ("b.csv", b"a,b\n1,2\n")]);
            let length = file.len();
            file[at % length] = with;
            let _ = unpack(&file, 1000);
        }
    }
}
