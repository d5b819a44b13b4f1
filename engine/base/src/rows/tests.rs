//! Proves that the rows in memory keep the contract of the row traits.

use super::*;

#[test]
fn rows_in_memory_conform() {
    conformance(&mut MapRows::new()).unwrap();
}
