//! Proves that a crate that comes in is told, and that the list is kept between its marks.

use super::*;

const TREE: &str = "liasse v0.1.0 (/somewhere)\nserde v1.0.1\nliasse-base v0.1.0 (/somewhere)\n\
                    syn v2.0.0 (proc-macro)\nsyn v3.0.0\nserde v1.0.1 (*)\n";

#[test]
fn each_crate_is_listed_once_and_ours_are_apart() {
    assert_eq!(
        listed(TREE),
        "2 of ours and 3 from outside (2 names):\n\n```text\nserde syn\n```\n"
    );
}

#[test]
fn the_list_is_replaced_between_its_marks_and_what_changed_is_told() {
    let page = format!("before\n{BEGIN}{}{END}after\n", listed(TREE));
    let grown = listed(&format!("{TREE}rayon v1.0.0\n").replace("serde", "toml"));
    let new = replaced(&page, &grown).unwrap();
    assert!(new.starts_with("before\n") && new.ends_with("after\n"));
    assert_eq!(difference(&page, &new), "+rayon +toml -serde");
    assert_eq!(replaced(&page, &listed(TREE)).unwrap(), page);
    assert!(replaced("no marks", "").is_err());
}
