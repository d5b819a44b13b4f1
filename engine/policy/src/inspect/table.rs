//! The matrix as a table for a terminal.

use super::{Situation, by_class, paper, stand};
use crate::facts::PROFESSION_PATIENT;
use crate::matrix::Source;
use crate::pack::Pack;
use base::Flags;
use std::fmt::Write;
use std::sync::Arc;

/// The habilitation matrix of the pack as plain text: a line per type, a column per profession,
/// each headed by a letter that is explained above.
#[must_use]
pub fn matrix_text(pack: &Arc<Pack>) -> String {
    let all = pack.dictionary().professions();
    let professions: Vec<_> = all.filter(|code| *code != PROFESSION_PATIENT).collect();
    let columns: Vec<_> = ('A'..='Z').chain('a'..='z').chain('0'..='9').collect();
    let mut text = format!(
        "{} {}\n{}\n\n+ reads, once authorised; - does not; ? assumed, no source\n\n",
        pack.name(),
        pack.version(),
        pack.note()
    );
    let mut heads = String::new();
    for (profession, column) in professions.iter().zip(&columns) {
        let _ = writeln!(text, "{column}  {profession}");
        let _ = write!(heads, "{column}  ");
    }
    let _ = writeln!(text, "\n{:<16}{}", "", heads.trim_end());
    let lenses: Vec<_> = professions
        .iter()
        .map(|profession| stand(pack, profession, Situation::Authorised))
        .collect();
    for kind in by_class(pack).into_values().flatten() {
        let mut line = format!("{kind:<16}");
        for (profession, lens) in professions.iter().zip(&lenses) {
            let seen = lens.shows(&paper(pack, kind, Flags::NONE));
            let said = pack.matrix().cell(kind, profession);
            let assumed = said.is_some_and(|cell| cell.source == Source::Assumed);
            line.push(if seen { '+' } else { '-' });
            line.push_str(if assumed { "? " } else { "  " });
        }
        let label = base::code::document_type(kind).map_or("", |it| it.label);
        let _ = writeln!(text, "{line} {label}");
    }
    text
}
