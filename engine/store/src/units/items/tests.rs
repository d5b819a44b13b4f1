//! Proves that items behave as a sorted map of the same, and that only ordered bytes are read.

use super::*;
use std::collections::BTreeMap;

fn listed(items: &Items) -> Vec<(Vec<u8>, Vec<u8>)> {
    let pairs = items.iter();
    pairs
        .map(|(key, value)| (key.to_vec(), value.to_vec()))
        .collect()
}

#[test]
fn items_are_set_taken_out_and_found_as_in_a_map() {
    let (mut items, mut map) = (Items::default(), BTreeMap::new());
    let mut state = 7_u32;
    for _ in 0..2_000 {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let key = vec![b'k'; (state >> 8) as usize % 9];
        let key = [&key[..], &[state.to_le_bytes()[2] % 20]].concat();
        let value = vec![(state >> 24) as u8; (state >> 4) as usize % 30];
        let value = (!state.is_multiple_of(3)).then_some(value);
        let before = items.set(&key, value.as_deref());
        let expected = match value {
            Some(value) => map.insert(key.clone(), value),
            None => map.remove(&key),
        };
        assert_eq!(before, expected);
        assert_eq!(items.get(&key), map.get(&key).map(Vec::as_slice));
        assert_eq!(items.len(), map.len());
    }
    assert!(map.len() > 50, "{} keys", map.len());
    assert_eq!(listed(&items), map.clone().into_iter().collect::<Vec<_>>());
    let read = Items::read(items.len(), items.as_bytes()).ok().unwrap();
    assert_eq!(listed(&read), listed(&items));
    let mut pushed = Items::default();
    map.iter().for_each(|(key, value)| pushed.push(key, value));
    assert_eq!(pushed.as_bytes(), items.as_bytes());
}

#[test]
fn bytes_that_are_cut_or_out_of_order_are_malformed() {
    let mut items = Items::default();
    items.push(b"a", b"1");
    items.push(b"b", b"22");
    let bytes = items.as_bytes();
    assert!(Items::read(2, bytes).is_ok());
    for cut in 1..bytes.len() {
        assert!(Items::read(2, &bytes[..cut]).is_err(), "cut at {cut}");
    }
    assert!(Items::read(1, bytes).is_err(), "bytes behind the last");
    assert!(Items::read(3, bytes).is_err());
    let mut twice = Items::default();
    twice.push(b"a", b"");
    twice.push(b"a", b"");
    assert!(Items::read(2, twice.as_bytes()).is_err());
}
