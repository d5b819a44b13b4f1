//! The lists are what binary search needs.

use super::{COMMON, FUNCTION, is_common, is_function};

#[test]
fn lists_are_sorted_and_found() {
    assert!(FUNCTION.is_sorted() && COMMON.is_sorted());
    assert!(is_function("de") && !is_function("foie"));
    assert!(is_common("ta") && is_common("mai") && !is_common("hta") && !is_common("avec"));
}
