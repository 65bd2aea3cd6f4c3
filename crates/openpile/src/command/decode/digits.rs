//! Bytes from hexadecimal text as people paste it.

/// Longest text that is read, in characters: about half as many bytes of a capture.
pub(crate) const TEXT_MAX: usize = 8 * 1024 * 1024;

/// Text that is no bytes.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotHex {
    /// Something else than a digit.
    #[error("{0:?} is no hexadecimal digit")]
    Letter(char),
    /// Half a byte is missing.
    #[error("{0} hexadecimal digits: half a byte is missing")]
    Odd(usize),
    /// More than [`TEXT_MAX`].
    #[error("more than {TEXT_MAX} characters")]
    TooLong,
}

/// Reads hexadecimal digits in either case. Blanks, line ends, colons, dashes, commas and `0x`
/// may stand between them, also inside quotes or brackets, as captures and source code have them.
pub(crate) fn bytes(text: &str) -> Result<Vec<u8>, NotHex> {
    if text.len() > TEXT_MAX {
        return Err(NotHex::TooLong);
    }
    let mut digits = Vec::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '0'..='9' | 'a'..='f' | 'A'..='F' => digits.push(letter),
            // The 0 of 0x has been taken for a digit.
            'x' | 'X' if digits.last() == Some(&'0') => {
                digits.pop();
            }
            ':' | '-' | ',' | ';' | '.' | '_' | '"' | '\'' | '[' | ']' | '{' | '}' => {}
            blank if blank.is_whitespace() || blank == '\u{feff}' => {}
            other => return Err(NotHex::Letter(other)),
        }
    }
    let values: Vec<u8> = digits
        .iter()
        .filter_map(|digit| {
            digit
                .to_digit(16)
                .and_then(|value| u8::try_from(value).ok())
        })
        .collect();
    let pairs = values.chunks_exact(2);
    if !pairs.remainder().is_empty() {
        return Err(NotHex::Odd(values.len()));
    }
    Ok(pairs
        .map(|pair| pair.iter().fold(0, |byte, value| byte << 4 | value))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::{NotHex, bytes};

    #[test]
    fn every_way_of_writing_bytes_is_read() {
        let wanted = vec![0xFC, 0xFE, 0x00, 0x2E];
        for text in [
            "fcfe002e",
            "FC FE 00 2E",
            "fc:fe:00:2e",
            "FC-FE-00-2E",
            "0xFC, 0xFE, 0x00, 0x2E",
            "0xfcfe002e",
            "[0xFC,0xFE,0x00,0x2E]",
            " fc fe\r\n\t00 2e\n",
            "\u{feff}\"fcfe002e\"",
        ] {
            assert_eq!(bytes(text), Ok(wanted.clone()), "{text:?}");
        }
        assert_eq!(bytes(""), Ok(vec![]));
    }

    #[test]
    fn what_is_no_bytes_is_said_so() {
        assert_eq!(bytes("fcf"), Err(NotHex::Odd(3)));
        assert_eq!(bytes("fc zz"), Err(NotHex::Letter('z')));
        assert_eq!(bytes("xfc"), Err(NotHex::Letter('x')));
        assert_eq!(bytes("fc\u{0}"), Err(NotHex::Letter('\u{0}')));
    }
}
