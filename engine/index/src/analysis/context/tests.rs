//! Negation and family, sentence by sentence: each line is a way reports are written.

use super::mark;
use crate::analysis::Words;

/// What is said of the first occurrence of `word`: a(ffirmed), n(egated), f(amily), b(oth),
/// u(nstated).
fn said(text: &str, word: &str) -> char {
    let words = Words::scan(text);
    let marks = mark(&words);
    let at = words
        .words()
        .iter()
        .position(|known| words.folded(known) == word)
        .unwrap_or_else(|| panic!("{word} in {text}"));
    match (marks[at].negated, marks[at].family) {
        (false, _) if marks[at].unstated => 'u',
        (false, false) => 'a',
        (true, false) => 'n',
        (false, true) => 'f',
        (true, true) => 'b',
    }
}

#[test]
fn negation_reaches_what_it_denies() {
    for (expected, text, word) in [
        ('n', "Pas de fievre.", "fievre"),
        (
            'n',
            "Il n'y a pas d'argument pour une thrombophlebite",
            "thrombophlebite",
        ),
        ('n', "sans hepatomegalie ni splenomegalie", "splenomegalie"),
        ('n', "Absence de toux ou d'hemoptysie", "hemoptysie"),
        (
            'n',
            "Pas de nausees, vomissements ni diarrhee",
            "vomissements",
        ),
        ('n', "Absence de toux, de crachats et de fievre", "fievre"),
        ('n', "Aucune allergie connue", "allergie"),
        ('n', "Allergies : aucune", "allergies"),
        ('n', "Fievre : non", "fievre"),
        ('n', "Signe de Murphy negatif", "murphy"),
        ('n', "embolie pulmonaire absente", "embolie"),
        (
            'n',
            "L'angioscanner elimine une embolie pulmonaire",
            "embolie",
        ),
        ('n', "l'embolie pulmonaire est eliminee", "embolie"),
        ('n', "La rate n'est pas palpee", "rate"),
        ('n', "masse non retrouvee", "masse"),
        (
            'n',
            "SF : MAF + // MTR - // Prurit - // Pas de perte",
            "prurit",
        ),
        ('n', "indemne de toute metastase", "metastase"),
        (
            'n',
            "Pas d'oedeme des membres inferieurs, de dyspnee",
            "dyspnee",
        ),
        (
            'n',
            "pas d'evolutivite a type de sueurs ou de prurit",
            "prurit",
        ),
        (
            'n',
            "suivi regulier pas de recidive locale ou metastase a distance",
            "metastase",
        ),
        ('n', "le patient nie toute consommation d'alcool", "alcool"),
    ] {
        assert_eq!(said(text, word), expected, "{word} in {text}");
    }
}

#[test]
fn negation_ends_where_the_report_turns() {
    for (text, word) in [
        ("Pas de fievre mais une toux", "toux"),
        ("Pas de fievre. Toux", "toux"),
        ("Pas d'hepatomegalie\n- splenomegalie 1 cm", "splenomegalie"),
        ("pas de signe de choc, mollets souples", "mollets"),
        ("sans fievre avec asthenie", "asthenie"),
        (
            "Il n'y avait pas d'hepatomegalie et les aires ganglionnaires etaient libres",
            "aires",
        ),
        ("IDM circonferentiel non thrombolyse", "idm"),
        ("Prurit grade I", "prurit"),
        ("une embolie n'est pas exclue", "embolie"),
        ("ne permet pas d'eliminer une embolie", "embolie"),
        ("Pas de recidive d'hemoptysie", "hemoptysie"),
        ("sans doute une appendicite", "appendicite"),
        ("aucun signe associe en dehors d'un prurit", "prurit"),
        ("Toux seche, pas d'expectoration", "toux"),
        ("nausee sans vomissement, diarrhee, apyretique", "diarrhee"),
        (
            "aucune documentation bacteriologique des diarrhees",
            "diarrhees",
        ),
        ("Absence d'anomalie des paires craniennes", "paires"),
        (
            "sans antecedents particuliers recue pour diarrhee",
            "diarrhee",
        ),
    ] {
        assert_eq!(said(text, word), 'a', "{word} in {text}");
    }
}

#[test]
fn relatives_take_what_is_said_of_them() {
    for (text, word) in [
        ("cancer du sein chez la mere", "cancer"),
        ("Pere : HTA, diabete", "diabete"),
        ("sa mere a eu un cancer du sein", "cancer"),
        ("Antecedents familiaux de cancer du colon", "cancer"),
        ("Antecedents familiaux :\n- cancer du colon\n- HTA", "hta"),
        ("- Familiaux : diabete", "diabete"),
        (
            "ayant une tante maternelle suivie pour un cancer du sein",
            "cancer",
        ),
        (
            "appartenant a une famille avec plusieurs cas de cancer",
            "cancer",
        ),
        ("Soeur decede d'un cancer du sein", "cancer"),
        ("decouvert chez son jeune frere un cancer", "cancer"),
    ] {
        assert_eq!(said(text, word), 'f', "{word} in {text}");
    }
}

#[test]
fn the_patient_keeps_what_is_hers() {
    for (text, word) in [
        (
            "Antecedents medicaux, chirurgicaux, familiaux, allergies\nHTA\n",
            "hta",
        ),
        (
            "Antecedents medicaux, chirurgicaux, familiaux, allergies\n\n- HTA\n- diabete",
            "hta",
        ),
        ("Vit avec sa mere, HTA connue", "hta"),
        ("La mere rapporte une fievre", "fievre"),
        (
            "Antecedents familiaux :\nPas d'antecedent\n\nMode de vie\ntabac",
            "tabac",
        ),
        (
            "ayant un frere suivi pour SA, qui presente des lombalgies",
            "lombalgies",
        ),
        ("une jeune fille de 15 ans avec fievre", "fievre"),
        ("polypose adenomateuse familiale traitee", "polypose"),
    ] {
        assert_eq!(said(text, word), 'a', "{word} in {text}");
    }
}

#[test]
fn headings_conditions_and_risks_are_said_of_nobody() {
    for (text, word) in [
        (
            "Antecedents medicaux, chirurgicaux, familiaux, allergies\nHTA",
            "allergies",
        ),
        ("Reconsulter en cas de fievre ou de douleur", "douleur"),
        ("Reconsulter si fievre", "fievre"),
        ("a la recherche d'une embolie pulmonaire", "embolie"),
        ("patient a risque de chute", "chute"),
    ] {
        assert_eq!(said(text, word), 'u', "{word} in {text}");
    }
    for (text, word) in [
        ("Allergie : latex", "allergie"),
        ("DOLIPRANE si besoin", "doliprane"),
        ("recherche de BK positive", "bk"),
    ] {
        assert_eq!(said(text, word), 'a', "{word} in {text}");
    }
    assert_eq!(said("Allergie : 0\nHTA", "allergie"), 'n');
    assert_eq!(said("Allergies : NC\nHTA", "allergies"), 'n');
    assert_eq!(
        said(
            "Il n'a pas ete note a l'examen des seins d'adenopathie",
            "adenopathie"
        ),
        'n'
    );
}
