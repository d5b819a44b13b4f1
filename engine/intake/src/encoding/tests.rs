//! Encodings are told by mark or declaration, from a closed list.

use super::{decode, decode_text};
use crate::reason::Reason;

fn text(bytes: &[u8]) -> Result<String, Reason> {
    decode(bytes)
        .map(|decoded| decoded.text.into_owned())
        .map_err(|refusal| refusal.reason())
}

#[test]
fn utf8_is_read_with_and_without_mark_and_declaration() {
    assert_eq!(text("<x>é</x>".as_bytes()).as_deref(), Ok("<x>é</x>"));
    let marked = decode("\u{FEFF}<x/>".as_bytes()).map(|decoded| decoded.skipped);
    assert_eq!(marked, Ok(3));
    let declared = "<?xml version='1.0' encoding='Utf-8'?><x/>";
    assert_eq!(text(declared.as_bytes()).as_deref(), Ok(declared));
}

#[test]
fn four_other_encodings_are_read() {
    for label in ["ISO-8859-1", "windows-1252", "iso-8859-15"] {
        let mut bytes = format!("<?xml version=\"1.0\" encoding=\"{label}\"?><x>").into_bytes();
        bytes.extend_from_slice(b"\xE9</x>");
        let read = text(&bytes).map(|text| text.ends_with("<x>é</x>"));
        assert_eq!(read, Ok(true), "{label}");
    }
    let wide = |order: fn(u16) -> [u8; 2]| -> Vec<u8> {
        "\u{FEFF}<x>é</x>".encode_utf16().flat_map(order).collect()
    };
    assert_eq!(text(&wide(u16::to_le_bytes)).as_deref(), Ok("<x>é</x>"));
    assert_eq!(text(&wide(u16::to_be_bytes)).as_deref(), Ok("<x>é</x>"));
}

#[test]
fn others_are_refused_at_their_declaration() {
    for label in ["Shift_JIS", "utf-7", "UTF-16", "x-user-defined", ""] {
        let bytes = format!("<?xml version='1.0' encoding='{label}'?><x/>").into_bytes();
        let refusal = decode(&bytes)
            .err()
            .map(|refusal| (refusal.reason(), refusal.place()));
        let (reason, place) = refusal.expect("it is refused");
        assert_eq!(reason, Reason::Encoding, "{label}");
        assert_eq!(place.offset, 30, "{label}");
    }
}

#[test]
fn invalid_utf8_is_refused_where_it_is() {
    let refusal = decode(b"<x>\nab\xFF</x>").err().expect("it is refused");
    assert_eq!(refusal.reason(), Reason::NotUtf8);
    assert_eq!((refusal.place().line, refusal.place().column), (2, 3));
    assert_eq!(refusal.place().offset, 6);
}

#[test]
fn plain_text_is_always_read() {
    assert_eq!(decode_text("é".as_bytes()), "é");
    assert_eq!(decode_text(b"\xE9\x80"), "é€");
    assert_eq!(decode_text(b"\xFF\xFEa\0"), "a");
}
