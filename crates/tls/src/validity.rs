//! Until when a certificate is valid, read out of its DER (RFC 5280 §4.1): rustls checks it at
//! the other end of a connection and does not tell it of one's own.

use kernel::Timestamp;
use std::time::Duration;

const INTEGER: u8 = 0x02;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const SEQUENCE: u8 = 0x30;
/// `[0]`, the version, which certificates of version 1 leave out.
const VERSION: u8 = 0xa0;

/// Civil times are converted as those of Shanghai, which is so far ahead of UTC.
const SHANGHAI_AHEAD: Duration = Duration::from_hours(8);

/// The `notAfter` of a certificate; none when it is no certificate.
pub(crate) fn not_after(certificate: &[u8]) -> Option<Timestamp> {
    let (certificate, _) = element(certificate, SEQUENCE)?;
    let (fields, _) = element(certificate, SEQUENCE)?;
    let fields = match element(fields, VERSION) {
        Some((_, rest)) => rest,
        None => fields,
    };
    let (_serial_number, fields) = element(fields, INTEGER)?;
    let (_signature, fields) = element(fields, SEQUENCE)?;
    let (_issuer, fields) = element(fields, SEQUENCE)?;
    let (validity, _) = element(fields, SEQUENCE)?;
    let (_, _not_before, end) = any(validity)?;
    let (tag, text, _) = any(end)?;
    time(tag, text)
}

/// The content of the first element, which has that tag, and what follows it.
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (found, content, rest) = any(der)?;
    (found == tag).then_some((content, rest))
}

/// Tag and content of the first element, and what follows it.
fn any(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&[tag, length], rest) = der.split_first_chunk()?;
    let (length, rest) = if length < 0x80 {
        (usize::from(length), rest)
    } else {
        let (bytes, rest) = rest.split_at_checked(usize::from(length & 0x7f))?;
        // Four bytes are more than any file here may have.
        if bytes.is_empty() || bytes.len() > 4 {
            return None;
        }
        let length = bytes
            .iter()
            .fold(0_u64, |length, byte| (length << 8) | u64::from(*byte));
        (usize::try_from(length).ok()?, rest)
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((tag, content, rest))
}

/// `YYMMDDHHMMSSZ`, of the years 1950 to 2049, or `YYYYMMDDHHMMSSZ`.
fn time(tag: u8, text: &[u8]) -> Option<Timestamp> {
    let digits = text.strip_suffix(b"Z")?;
    let pair = |pair: &[u8]| -> Option<u16> {
        let text = std::str::from_utf8(pair).ok()?;
        let digits = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| text.parse().ok())?
    };
    let parts: Vec<u16> = digits.chunks(2).map(pair).collect::<Option<_>>()?;
    let (year, rest) = match (tag, parts.as_slice()) {
        (UTC_TIME, [year, rest @ ..]) if *year < 50 => (2000 + year, rest),
        (UTC_TIME, [year, rest @ ..]) => (1900 + year, rest),
        (GENERALIZED_TIME, [century, year, rest @ ..]) => (century * 100 + year, rest),
        _ => return None,
    };
    let &[month, day, hour, minute, second] = rest else {
        return None;
    };
    let civil = Timestamp::from_shanghai([year, month, day, hour, minute, second])?;
    Some(civil + SHANGHAI_AHEAD)
}

#[cfg(test)]
mod tests {
    use super::{GENERALIZED_TIME, UTC_TIME, not_after, time};
    use rustls::pki_types::CertificateDer;
    use rustls::pki_types::pem::PemObject;

    fn seconds(tag: u8, text: &str) -> Option<i64> {
        time(tag, text.as_bytes()).map(kernel::Timestamp::unix_seconds)
    }

    fn end_of(pem: &str) -> i64 {
        let der = CertificateDer::from_pem_slice(pem.as_bytes()).expect("a certificate");
        not_after(&der).expect("readable").unix_seconds()
    }

    #[test]
    fn both_forms_of_time_are_read() {
        assert_eq!(seconds(UTC_TIME, "700101000000Z"), Some(0));
        assert_eq!(seconds(UTC_TIME, "210101000000Z"), Some(1_609_459_200));
        assert_eq!(
            seconds(GENERALIZED_TIME, "21000101000000Z"),
            Some(4_102_444_800)
        );
        for text in [
            "",
            "Z",
            "2101010000Z",
            "210101000000",
            "211301000000Z",
            "2x0101000000Z",
            "21010100000Z",
            "+10101000000Z",
        ] {
            assert_eq!(seconds(UTC_TIME, text), None, "{text}");
        }
        assert_eq!(seconds(0x13, "210101000000Z"), None);
    }

    #[test]
    fn the_end_of_certificates_is_read() {
        assert_eq!(
            end_of(include_str!("../../../testdata/tls/expired.pem")),
            1_609_459_200
        );
        assert_eq!(
            end_of(include_str!("../../../testdata/tls/server.pem")),
            4_701_974_400
        );
    }

    #[test]
    fn a_certificate_that_is_cut_off_or_changed_is_none_and_harms_nobody() {
        let pem = include_str!("../../../testdata/tls/server.pem");
        let der = CertificateDer::from_pem_slice(pem.as_bytes()).expect("a certificate");
        for length in 0..der.len() {
            assert_eq!(not_after(&der[..length]), None);
        }
        for place in 0..der.len() {
            for value in [0, 0x7f, 0x80, 0x84, 0xff] {
                let mut changed = der.to_vec();
                changed[place] = value;
                let _ = not_after(&changed);
            }
        }
    }
}
