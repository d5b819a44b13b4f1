//! Synonyms are found both ways, unless the table says one way.

use super::Synonyms;

fn stems(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

fn forms(table: &Synonyms, text: &str) -> Vec<String> {
    table
        .longest(&stems(text))
        .map(|(group, _)| {
            table
                .forms(group)
                .iter()
                .map(|form| form.join(" "))
                .collect()
        })
        .unwrap_or_default()
}

#[test]
fn the_built_in_table_is_one() {
    let table = Synonyms::built_in();
    assert!(forms(&table, "hta").contains(&"hypertension arteriel".to_owned()));
    assert!(forms(&table, "hypertension arteriel").contains(&"hta".to_owned()));
    assert!(forms(&table, "scanner").contains(&"tdm".to_owned()));
}

/// The longest form wins; two letters are looked for as capitals.
#[test]
fn the_longest_form_wins() {
    let table = Synonyms::from_tsv("EP\tembolie pulmonaire\nembolie\tthrombus\n").unwrap();
    assert_eq!(
        table
            .longest(&stems("emboli pulmonaire droit"))
            .map(|found| found.1),
        Some(2)
    );
    assert_eq!(forms(&table, "emboli pulmonaire"), ["^ep"]);
    assert_eq!(forms(&table, "emboli gazeu"), ["thrombu"]);
    assert!(forms(&table, "pulmonaire").is_empty());
}

#[test]
fn one_way_forms_find_and_are_not_found() {
    let table = Synonyms::from_tsv(">IM\tinsuffisance mitrale\n>IM\tintramusculaire\n").unwrap();
    assert_eq!(
        forms(&table, "im"),
        ["insuffisance mitral", "intramusculaire"]
    );
    assert!(forms(&table, "insuffisance mitral").is_empty());
}

#[test]
fn hosts_extend_the_table() {
    let mut table = Synonyms::clone(&Synonyms::built_in());
    table.extend("XYZ\txylo yotta zinc").unwrap();
    assert_eq!(forms(&table, "xyz"), ["xylo yotta zinc"]);
    assert_eq!(
        table.extend("# note\n\nseul").map_err(|wrong| wrong.line),
        Err(3)
    );
}
