//! Proves that what Cedar would not show is not cleared, and that it is counted.

use super::*;
use crate::fixture::{LAUNCH, REFORM, document, dossier, noon, professional};
use base::Purpose;
use std::sync::Arc;

/// An occupational physician the holder authorised, under the reform, seconded by Cedar's reading
/// of `pack`.
fn physician(pack: &Pack) -> (DossierLens, Arc<SecondOpinion>) {
    let second = Arc::new(SecondOpinion::new(pack).expect("it loaded"));
    let session = professional("medecin_travail", Purpose::Care);
    let lens = REFORM.lens(&session, noon());
    let lens = lens.seconded_by(Arc::clone(&second));
    (lens.scope(&dossier(&[Relation::Authorised])), second)
}

#[test]
fn what_both_show_is_cleared_and_was_asked_about() {
    let (lens, second) = physician(&REFORM);
    let report = document(&REFORM, "11488-4");
    assert!(lens.clear_entry(&report, "entry").is_some());
    assert!(lens.clear(&report, "content").is_some());
    assert_eq!((second.asked(), second.refusals()), (2, 0));
}

#[test]
fn what_cedar_would_not_show_is_not_cleared_and_is_counted() {
    // As if the lowering were wrong: Cedar reads the rules of the launch, which excluded her.
    let (lens, second) = physician(&LAUNCH);
    let report = document(&REFORM, "11488-4");
    assert!(lens.shows(&report), "the lens shows it");
    assert!(lens.clear_entry(&report, "entry").is_none());
    assert!(lens.clear(&report, "content").is_none());
    assert_eq!((second.asked(), second.refusals()), (2, 2));
}

#[test]
fn what_the_lens_hides_is_not_asked_about() {
    let (lens, second) = physician(&REFORM);
    let mut masked = document(&REFORM, "11488-4");
    masked.flags = Flags::MASQUE_PS;
    assert!(lens.clear(&masked, "content").is_none());
    assert_eq!(second.asked(), 0);
}
