//! How the bytes of a file tell what they are: UTF-8, with or without a byte order mark, or another encoding.

/// U+FEFF in UTF-8. It says nothing there (RFC 3629, 6), but editors and spreadsheets write it.
const MARK: &[u8] = b"\xEF\xBB\xBF";

/// What stands behind a byte order mark, if there is one.
pub fn behind_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(MARK).unwrap_or(bytes)
}

/// Whether a text that begins with a visible ASCII character is UTF-16, as "Unicode" of an editor or a spreadsheet is: by its mark, or
/// by the empty half of the first character.
pub fn is_utf16(bytes: &[u8]) -> bool {
    matches!(bytes, [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] | [0, b' '..=b'~', ..] | [b' '..=b'~', 0, ..])
}

/// The text of a file, whose mark is passed over; else what it is instead, as a rule with the next step.
pub fn text(bytes: &[u8]) -> Result<&str, String> {
    if is_utf16(bytes) {
        return Err("UTF-8 text; this is UTF-16: save it as UTF-8 (in a spreadsheet \"CSV UTF-8\")".into());
    }
    std::str::from_utf8(behind_mark(bytes)).map_err(|error| {
        let good = &behind_mark(bytes)[..error.valid_up_to()];
        format!("UTF-8 text; line {} is not", good.iter().filter(|byte| **byte == b'\n').count() + 1)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_order_mark_is_no_part_of_the_text() {
        for bytes in ["\u{FEFF}{}".as_bytes(), b"{}"] {
            assert_eq!((text(bytes), behind_mark(bytes)), (Ok("{}"), &b"{}"[..]));
        }
        assert_eq!(text("\u{FEFF}\u{FEFF}ক".as_bytes()), Ok("\u{FEFF}ক"), "a second one is a character");
        assert_eq!(text(b""), Ok(""));
    }

    #[test]
    fn utf_16_is_named_with_a_mark_and_without_one() {
        let written = |mark: bool, bytes: fn(u16) -> [u8; 2]| {
            let units = "\u{FEFF}code,নাম\n".encode_utf16().skip(usize::from(!mark));
            units.flat_map(bytes).collect::<Vec<u8>>()
        };
        for mark in [true, false] {
            for bytes in [written(mark, u16::to_le_bytes), written(mark, u16::to_be_bytes)] {
                assert!(text(&bytes).is_err_and(|words| words.contains("UTF-16")), "{bytes:?}");
            }
        }
        assert!(!is_utf16("ক".as_bytes()) && !is_utf16(b"c") && !is_utf16(b"\0\0"));
    }

    #[test]
    fn a_spreadsheets_table_is_the_same_table() {
        let table = "date,name,kind,source\n2026-08-15,Independence Day,ni_act,G.O.\n";
        let read = |bytes: &[u8]| format!("{:?}", crate::calendar::Calendar::read(bytes));
        let wanted = read(table.as_bytes());
        assert!(wanted.starts_with("Ok(") && wanted.contains("2026-08-15"), "{wanted}");
        let marked = format!("\u{FEFF}{table}");
        for other in [marked.replace('\n', "\r\n"), marked.trim_end().into(), marked.replace('\n', "\r\n\r\n")] {
            assert_eq!(read(other.as_bytes()), wanted, "{other:?}");
        }
    }

    #[test]
    fn the_line_that_is_no_utf_8_is_named() {
        assert_eq!(text(b"a\r\nb\n\xE9"), Err("UTF-8 text; line 3 is not".into()));
    }
}
