//! Proves that a sum depends on its rows alone and on each of them.

use super::*;

#[test]
fn a_sum_depends_on_its_rows_alone_and_on_each_of_them() {
    let rows: [(&str, &[u8], &[u8]); 4] = [
        ("units", b"a", b"1"),
        ("units", b"b", b"1"),
        ("unit", b"sa", b"1"),
        ("engine", b"", b""),
    ];
    let mut there = RowSum::empty();
    for (table, key, value) in rows {
        there.add(table, key, value);
    }
    let mut back = RowSum::empty();
    back.add("units", b"a", b"0");
    for (table, key, value) in rows.iter().rev() {
        back.add(table, key, value);
    }
    assert_ne!(there.digest(), back.digest());
    back.remove("units", b"a", b"0");
    assert!(there == back);
    // Twice the same row is not none, and a row is not its neighbour.
    for (table, key, value) in rows {
        let mut more = there.clone();
        more.add(table, key, value);
        assert_ne!(more.digest(), there.digest());
        let mut less = there.clone();
        less.remove(table, key, value);
        assert_ne!(less.digest(), there.digest());
    }
}

#[test]
fn a_sum_is_read_back_and_other_lengths_are_refused() {
    let mut sum = RowSum::empty();
    sum.add("units", b"a", b"1");
    let bytes = sum.to_bytes();
    assert_eq!(bytes.len(), RowSum::BYTES);
    assert!(RowSum::from_bytes(&bytes) == Some(sum));
    assert!(RowSum::from_bytes(&bytes[1..]).is_none());
    assert!(RowSum::from_bytes(&[bytes.as_slice(), &[0]].concat()).is_none());
}
