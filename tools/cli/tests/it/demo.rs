//! Proves that the demo tells what it promises, and ends with a clean store.

use crate::bench::Bench;

#[test]
fn the_demo_tells_its_tale() {
    let told = Bench::new().ok(&["demo"]);
    for part in [
        "attending physician",
        "pharmacist (no consultation reports)",
        "nurse",
        "the patient herself",
        "insurer: nothing by that id is open",
        "saw it before true, after false",
        "sees it still true",
        "break_glass",
        "receipt 1",
        "receipt 2",
        "clean: ",
    ] {
        assert!(
            told.contains(part),
            "the demo does not tell {part:?}:\n{told}"
        );
    }
    assert!(!told.contains('\x1b'), "no colour when nobody looks");
    let documents = told
        .split(" documents of ")
        .next()
        .unwrap()
        .rsplit(' ')
        .next()
        .unwrap();
    assert!(
        documents.parse::<u32>().unwrap() >= 2000,
        "{documents} documents"
    );
}
