//! Sentences and queries as clinicians write them, none of them from a published set.
//!
//! Each row: what is asked, in which context, of which sentence, and whether it answers. `"..."`
//! is a phrase, a star ends a beginning, all else is words.

use crate::testing::{Fixture, document, hits, ordinal};
use crate::{Context, Expr, Filter, Synonyms, WordOptions};
use std::collections::BTreeMap;

type Row = (&'static str, char, &'static str, bool);

fn expression(asked: &str, context: char) -> Expr {
    let options = WordOptions {
        context: match context {
            '+' => Context::Affirmed,
            '-' => Context::Negated,
            'f' => Context::Family,
            _ => Context::Any,
        },
        synonyms: Some(Synonyms::built_in()),
        ..WordOptions::default()
    };
    if let Some(phrase) = asked.strip_prefix('"') {
        return Expr::phrase(phrase.trim_end_matches('"'), &options).unwrap();
    }
    match asked.strip_suffix('*') {
        Some(start) => Expr::prefix(start, &options).unwrap(),
        None => Expr::all_words(asked, &options).unwrap(),
    }
}

/// Asks each row of one index of all sentences; tells every row that comes out otherwise.
fn check(name: &str, rows: &[Row]) {
    let mut numbers = BTreeMap::new();
    let mut documents = Vec::new();
    for (_, _, text, _) in rows {
        let next = u32::try_from(numbers.len()).unwrap();
        numbers.entry(*text).or_insert_with(|| {
            documents.push(document(ordinal(1, next), u64::from(next) + 1, text));
            ordinal(1, next)
        });
    }
    let fixture = Fixture::new(&format!("clinic-{name}"));
    fixture.index.append(documents);
    let searcher = fixture.index.searcher();
    let wrong: Vec<_> = rows
        .iter()
        .filter(|(asked, context, text, expected)| {
            let found = hits(&searcher, &expression(asked, *context), Filter::All);
            found.contains_key(&numbers[text]) != *expected
        })
        .collect();
    assert!(wrong.is_empty(), "{} wrong: {wrong:#?}", wrong.len());
}

#[test]
fn names_of_letters_and_digits_keep_their_letters() {
    check(
        "names",
        &[
            ("L5-S1", '*', "Hernie discale L5-S1 gauche.", true),
            ("L5-S1", '*', "Discopathie L5S1 debutante.", true),
            ("L5-S1", '*', "Discopathie L5/S1.", true),
            ("L5S1", '*', "Discopathie L5-S1 debutante.", true),
            ("L5-S1", '*', "Lit 5, chambre 1, a jeun.", false),
            ("C6-C7", '*', "Nevralgie C6-C7 droite", true),
            ("C6-C7", '*', "6 comprimes, puis 7 jours", false),
            ("T12-L1", '*', "Fracture tassement T12-L1", true),
            ("T12-L1", '*', "Le 12 janvier, 1 episode", false),
            ("T2N0M0", '*', "Carcinome T2N0M0 du sein", true),
            (
                "T2N0M0",
                '*',
                "2 nodules, 0 adenopathie, 0 metastase",
                false,
            ),
            ("G3P2", '*', "Patiente G3P2, sans suivi", true),
            ("G3P2", '*', "3 grossesses, 2 enfants", false),
            ("75mg", '*', "KARDEGIC 75 mg le midi", true),
            ("75mg", '*', "KARDEGIC 75mg le midi", true),
            ("75mg", '*', "75 ans, HBPM 4000, 10 mg de morphine", false),
            ("38SA", '*', "Accouchement a 38 SA par voie basse", true),
            ("38SA", '*', "Accouchement a 38SA", true),
            ("38SA", '*', "fievre a 38, sa mere", false),
            ("S4", '*', "Galop S4 a l'auscultation", true),
            ("S4", '*', "4 passages aux urgences", false),
            ("CA 15-3", '*', "CA 15-3 a 80", true),
            ("CA 15-3", '*', "CA 19, puis 15 et 3", false),
            ("M1", '*', "Adenocarcinome M1 hepatique", true),
            ("M1", '*', "1 episode", false),
            ("12500", '*', "Leucocytes 12.500/mm3", true),
            ("12.500", '*', "Leucocytes 12 500/mm3", true),
            ("12500", '*', "Leucocytes 12 500/mm3", true),
        ],
    );
}

#[test]
fn a_query_in_capitals_is_the_same_query() {
    check(
        "capitals",
        &[
            (
                "CEPHALEES DE LA NUQUE",
                '*',
                "des cephalees et raideur de nuque",
                true,
            ),
            ("PERTE DE POIDS", '*', "perte de poids de 8 kg", true),
            (
                "\"PERTE DE POIDS\"",
                '*',
                "une perte de poids recente",
                true,
            ),
            ("TOUX LA NUIT", '*', "toux grasse, la nuit surtout", true),
            ("MAL DE DOS", '*', "il a mal au dos depuis un mois", true),
            (
                "FRACTURE DU COL DU FEMUR",
                '*',
                "fracture du col du femur gauche",
                true,
            ),
            ("TA ELEVEE", '*', "TA elevee a 18/10", true),
            ("TA ELEVEE", '*', "ta temperature elevee", false),
            ("TA", '*', "TA 12/8", true),
            ("TA", '*', "Prends ta valise", false),
            (
                "INSUFFISANCE RENALE CHEZ UN DIABETIQUE",
                '*',
                "diabetique, insuffisance renale",
                true,
            ),
        ],
    );
}

#[test]
fn participles_and_adjectives_meet_in_number_and_gender() {
    check(
        "stems",
        &[
            ("augmenté", '*', "la creatinine est augmentee", true),
            ("augmentées", '*', "les transaminases ont augmente", true),
            ("situé", '*', "lesion situee au sommet", true),
            ("diminués", '*', "bruits diminues a droite", true),
            ("évaluée", '*', "le risque est evalue", true),
            ("orienté", '*', "patiente orientee vers la chirurgie", true),
            ("fragmentée", '*', "calcul fragmente", true),
            ("pigmentés", '*', "lesion pigmentee du dos", true),
            ("segmenté", '*', "segment anterieur sain", false),
            ("dépressive", '*', "un syndrome depressif", true),
            ("cardiopulmonaires", '*', "arret cardiopulmonaire", true),
            ("nerveuse", '*', "tronc nerveux intact", true),
            ("ombilicaux", '*', "hernie ombilicale", true),
            ("anciennes", '*', "un infarctus ancien", true),
            ("fumeuse", '*', "fumeur a 30 PA", true),
            ("motif", '*', "hospitalisation motivee par une chute", false),
            ("objectif", '*', "le scanner objective une masse", false),
            ("guéri", '*', "une plaie guerie", true),
            ("motrice", '*', "deficit moteur du bras", true),
            ("inférieure", '*', "membre inferieur gauche", true),
            ("prescrits", '*', "une kinesitherapie est prescrite", true),
            ("complet", '*', "une paralysie complete", true),
            ("diffuse", '*', "oedeme diffus", true),
            ("signal", '*', "anomalie de signalement", false),
            ("creux", '*', "un pied creuse", true),
            ("implant", '*', "tumeur implantee", false),
            ("droite", '*', "le bras droit", true),
            ("médecine", '*', "le medecin traitant", false),
            ("cicatrices", '*', "une cicatrice de Pfannenstiel", true),
        ],
    );
}

#[test]
fn beginnings_are_those_of_the_words_as_they_are_written() {
    check(
        "beginnings",
        &[
            ("sédativ*", '*', "mesures sedatives", true),
            ("sédati*", '*', "mesures sedatives", true),
            ("récidiv*", '*', "une recidive locale", true),
            ("digestiv*", '*', "hemorragie digestive", true),
            ("ventriculair*", '*', "extrasystoles ventriculaires", true),
            ("artériell*", '*', "une gazometrie arterielle", true),
            ("abdominau*", '*', "muscles abdominaux", true),
            ("quotidienn*", '*', "une injection quotidienne", true),
            ("osseus*", '*', "metastases osseuses", true),
            ("yeu*", '*', "les yeux rouges", true),
            ("augmenté*", '*', "des doses augmentees", true),
            ("premièr*", '*', "une premiere crise", true),
            ("motric*", '*', "aphasie motrice", true),
            ("diabèt*", '*', "un diabete", true),
            ("guérie*", '*', "plaie guerie", true),
            ("hépat*", '*', "une cirrhose", false),
        ],
    );
}

#[test]
fn an_initial_ends_no_sentence() {
    check(
        "initials",
        &[
            ("\"E. coli\"", '*', "Pyelonephrite a E. coli sensible", true),
            ("\"E. coli\"", '*', "Pyelonephrite a E.coli sensible", true),
            ("\"E coli\"", '*', "ECBU : E. coli 10^6", true),
            ("\"E. coli\"", '*', "Escherichia coli BLSE", true),
            ("S. aureus", '*', "bacteriemie a S. aureus", true),
            ("S. aureus", '*', "bacteriemie a staphylocoque dore", true),
            (
                "\"S. aureus\"",
                '-',
                "Absence de S. aureus sur les hemocultures",
                true,
            ),
            (
                "aureus",
                '+',
                "Absence de S. aureus sur les hemocultures",
                false,
            ),
            (
                "\"H. pylori\"",
                '-',
                "Pas de H. pylori sur les biopsies",
                true,
            ),
            ("\"Dr. Martin\"", '*', "Vu par le Dr. Martin ce jour", true),
            ("C. difficile", '*', "colite a C. difficile", true),
            (
                "\"hepatite patient\"",
                '*',
                "Hepatite C. Patient de 40 ans",
                false,
            ),
            (
                "\"d traitement\"",
                '*',
                "Vitamine D. Traitement par fer",
                false,
            ),
            ("toux", '+', "Pas de fievre. Toux.", true),
        ],
    );
}

#[test]
fn negatif_denies_what_was_tested() {
    check(
        "tested",
        &[
            ("cancer", '+', "Cancer du sein triple negatif", true),
            ("carcinome", '+', "carcinome du sein HER2 negatif", true),
            ("HER2", '-', "carcinome du sein HER2 negatif", true),
            (
                "adenocarcinome",
                '+',
                "Adenocarcinome bronchique ALK negatif",
                true,
            ),
            ("bacille", '+', "Hemocultures a bacille gram negatif", true),
            ("bacilles", '+', "presence de bacilles a Gram negatif", true),
            (
                "endocardite",
                '+',
                "Endocardite a hemocultures negatives",
                true,
            ),
            (
                "hémocultures",
                '-',
                "Endocardite a hemocultures negatives",
                true,
            ),
            ("VIH", '-', "Serologie VIH negative", true),
            ("Lasègue", '-', "Signe de Lasegue negatif a gauche", true),
            (
                "tuberculose",
                '+',
                "Tuberculose pulmonaire, BAAR negatifs",
                true,
            ),
            ("troponine", '-', "La troponine est negative", true),
            ("fièvre", '-', "Toux (+), fievre (-), frissons (+)", true),
            ("toux", '+', "Toux (+), fievre (-), frissons (+)", true),
            ("frissons", '+', "Toux (+), fievre (-), frissons (+)", true),
            ("céphalées", '-', "Cephalees : -\nVertiges : +", true),
            ("vertiges", '+', "Cephalees : -\nVertiges : +", true),
            ("ATCD", '-', "ATCD : \u{2205}", true),
            ("ATCD", '-', "ATCD : \u{d8}", true),
            ("pénicilline", '+', "Allergies : - penicilline - iode", true),
            ("alcool", '-', "Le patient denie toute prise d'alcool", true),
            ("infirmité", '*', "enfant infirme moteur cerebral", false),
            ("moteur", '+', "enfant infirme moteur cerebral", true),
            ("embolie", '-', "Le scanner infirme une embolie", true),
            ("groupe", '+', "Groupe A rhesus negatif", true),
        ],
    );
}

#[test]
fn a_denial_stops_where_the_story_goes_on() {
    check(
        "denials",
        &[
            (
                "ceftriaxone",
                '+',
                "Pyelonephrite sans choc traitee par ceftriaxone",
                true,
            ),
            (
                "choc",
                '-',
                "Pyelonephrite sans choc traitee par ceftriaxone",
                true,
            ),
            (
                "colectomie",
                '+',
                "Sigmoidite sans peritonite operee par colectomie",
                true,
            ),
            (
                "drain",
                '+',
                "Pneumothorax sans deviation draine par drain de Joly",
                true,
            ),
            ("aspirine", '+', "Pas de saignement sous aspirine", true),
            (
                "appendicectomie",
                '+',
                "Pas de fievre apres appendicectomie",
                true,
            ),
            (
                "chimiothérapie",
                '+',
                "pas de nausee depuis la chimiotherapie",
                true,
            ),
            ("HTA", '+', "Pas d'allergie connue, HTA, diabete", true),
            ("diabète", '+', "Pas d'allergie connue, HTA, diabete", true),
            ("tabac", '+', "Pas d'antecedent notable, tabac sevre", true),
            (
                "asthme",
                '+',
                "Aucun traitement, asthme dans l'enfance",
                true,
            ),
            (
                "vomissements",
                '-',
                "Pas de fievre, vomissements ni diarrhee",
                true,
            ),
            (
                "dyspnée",
                '-',
                "Absence de toux, de dyspnee ou de cyanose",
                true,
            ),
            ("frottement", '-', "pas de souffle ni de frottement", true),
            (
                "epanchement",
                '-',
                "Pas d'epanchement retrouve a l'echographie",
                true,
            ),
            (
                "morphine",
                '+',
                "sans complication, soulage par morphine",
                true,
            ),
            ("céphalée", '+', "Pas de fievre mais cephalee intense", true),
            (
                "nodule",
                '-',
                "Pas de nodule ni masse visible au scanner",
                true,
            ),
            (
                "fracture",
                '-',
                "Radiographie : pas de fracture decelee",
                true,
            ),
            (
                "stent",
                '+',
                "Coronarographie sans lesion residuelle suivie d'un stent",
                true,
            ),
        ],
    );
}

#[test]
fn relatives_are_persons() {
    check(
        "relatives",
        &[
            ("cancer", 'f', "HTA. Sa fille a un cancer du sein", true),
            (
                "épilepsie",
                'f',
                "Asthme.\nSon fils est suivi pour une epilepsie",
                true,
            ),
            ("cancer", '+', "HTA. Sa fille a un cancer du sein", false),
            (
                "méningite",
                'f',
                "Meningite avec prise de la dure-mere",
                false,
            ),
            (
                "épaississement",
                '+',
                "epaississement de la dure mere lombaire",
                true,
            ),
            (
                "thrombose",
                '+',
                "thrombose de la veine jumelle interne",
                true,
            ),
            ("rupture", '+', "rupture du jumeau interne", true),
            ("diabète", 'f', "Mere : diabete de type 2", true),
            ("glaucome", 'f', "glaucome chez le pere", true),
            ("tumeur", '+', "tumeur a cellules meres", true),
            ("AVC", 'f', "Un frere decede d'un AVC", true),
            (
                "toux",
                '+',
                "La fille de la patiente signale une toux",
                true,
            ),
            ("nodule", '+', "nodule de Soeur Marie-Joseph", true),
            ("psoriasis", 'f', "Antecedents familiaux : psoriasis", true),
        ],
    );
}

#[test]
fn folds_elisions_and_doubts() {
    check(
        "folds",
        &[
            ("OEDEME", '*', "\u{153}d\u{e8}me des chevilles", true),
            ("cœlioscopie", '*', "coelioscopie exploratrice", true),
            ("l’œsophage", '*', "sonde dans l'oesophage", true),
            ("e\u{301}panchement", '*', "\u{e9}panchement pleural", true),
            ("presqu'île", '*', "presqu\u{2019}ile", true),
            ("embolie", '+', "suspicion d'embolie pulmonaire", true),
            ("fièvre", '+', "consulter en cas de fievre", false),
            ("HTA", '*', "hypertension art\u{e9}rielle traitee", true),
            (
                "BPCO",
                '*',
                "bronchopneumopathie chronique obstructive",
                true,
            ),
            ("37,8", '*', "temperature 37.8", true),
            ("0,5", '*', "XANAX 0.5 mg", true),
        ],
    );
}
