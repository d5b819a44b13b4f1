//! Columns hold every value where Arrow looks for it.

use super::{Column, fixed, flags, sparse, texts};

fn bytes(words: &[u64]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_ne_bytes()).collect()
}

#[test]
fn values_lie_one_behind_the_other() {
    let Column::Fixed(words) = fixed(&[1_u32, 2, 3], |it| it.to_ne_bytes()) else {
        panic!("a fixed column");
    };
    assert_eq!(bytes(&words)[..12], bytes_of(&[1, 2, 3]));
    let Column::Texts(ends, text) =
        texts(&["a".to_owned(), String::new(), "bc".to_owned()], |it| it)
    else {
        panic!("a column of texts");
    };
    assert_eq!((ends, &*text), (vec![0, 1, 1, 3], b"abc".as_slice()));
}

#[test]
fn what_is_missing_is_told_by_a_bit() {
    let rows: Vec<Option<u32>> = (0..10).map(|at| (at % 3 != 0).then_some(at)).collect();
    let column = sparse(&rows, |it| it.map(u32::to_ne_bytes));
    assert_eq!(column.nulls(), 4);
    let Column::Sparse { there, words, .. } = column else {
        panic!("a sparse column");
    };
    assert_eq!(bytes(&there)[..2], [0b1011_0110, 0b01]);
    assert_eq!(bytes(&words)[4..12], bytes_of(&[1, 2]));
    let Column::Fixed(words) = flags(&rows, Option::is_some) else {
        panic!("a fixed column");
    };
    assert_eq!(words, there);
}

fn bytes_of(numbers: &[u32]) -> Vec<u8> {
    numbers.iter().flat_map(|it| it.to_ne_bytes()).collect()
}
