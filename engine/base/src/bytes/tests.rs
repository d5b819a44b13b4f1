//! Proves that a cursor never reads past its bytes and never panics.

use super::*;

#[test]
fn fields_come_back_in_order() {
    let mut out = vec![7];
    out.extend_from_slice(&0x0102_u16.to_le_bytes());
    out.extend_from_slice(&9_u32.to_le_bytes());
    out.extend_from_slice(&10_u64.to_le_bytes());
    out.extend_from_slice(&(-3_i64).to_le_bytes());
    put_bytes(&mut out, b"abc");
    let mut cursor = Cursor::new(&out);
    assert_eq!(cursor.u8(), Ok(7));
    assert_eq!(cursor.u16(), Ok(0x0102));
    assert_eq!(cursor.u32(), Ok(9));
    assert_eq!(cursor.u64(), Ok(10));
    assert_eq!(cursor.i64(), Ok(-3));
    assert_eq!(cursor.text(), Ok("abc"));
    assert_eq!(cursor.finish(), Ok(()));
}

#[test]
fn a_length_that_promises_too_much_is_short() {
    let mut out = Vec::new();
    put_bytes(&mut out, b"abc");
    for end in 0..out.len() {
        assert_eq!(Cursor::new(&out[..end]).bytes(), Err(CursorError::Short));
    }
    out[3] = 0xff;
    assert_eq!(Cursor::new(&out).bytes(), Err(CursorError::Short));
}

#[test]
fn trailing_bytes_and_bad_text_are_told() {
    assert_eq!(Cursor::new(&[0]).finish(), Err(CursorError::Trailing));
    assert_eq!(
        Cursor::new(&[1, 0, 0, 0, 0xff]).text(),
        Err(CursorError::NotText)
    );
}
