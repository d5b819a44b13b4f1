//! The matrix as a page one can read: self-contained HTML, no script, nothing loaded.
//!
//! Invariant: whatever colour says, a mark says too: the page can be printed in black and white.

use super::{Situation, by_class, paper, stand};
use crate::facts::PROFESSION_PATIENT;
use crate::matrix::{Effect, Source};
use crate::pack::Pack;
use base::Flags;
use std::fmt::Write;
use std::sync::Arc;

/// The habilitation matrix of the pack as one HTML page: what each profession sees once
/// authorised, type by type, grouped by class, with assumed cells hatched.
#[must_use]
pub fn matrix_page(pack: &Arc<Pack>) -> String {
    let professions: Vec<_> = pack
        .dictionary()
        .professions()
        .filter(|code| *code != PROFESSION_PATIENT)
        .collect();
    let lenses: Vec<_> = professions
        .iter()
        .map(|profession| stand(pack, profession, Situation::Authorised))
        .collect();
    let mut page = heading(pack);
    page.push_str("<table><thead><tr><th class=\"type\" scope=\"col\">Type</th>");
    for profession in &professions {
        let _ = write!(
            page,
            "<th scope=\"col\"><span>{}</span></th>",
            escaped(profession)
        );
    }
    page.push_str("</tr></thead>\n");
    for (class, kinds) in by_class(pack) {
        let label = base::code::document_types()
            .iter()
            .find(|it| it.class == class);
        let label = label.map_or("", |it| it.class_label);
        let width = professions.len() + 1;
        let (class, label) = (escaped(&class), escaped(label));
        let _ = writeln!(
            page,
            "<tbody><tr class=\"class\"><th colspan=\"{width}\">{class} {label}</th></tr>"
        );
        for kind in kinds {
            let label = base::code::document_type(kind).map_or("", |it| it.label);
            let (code, label) = (escaped(kind), escaped(label));
            let _ = write!(
                page,
                "<tr><th class=\"type\" scope=\"row\"><code>{code}</code> {label}</th>"
            );
            for (profession, lens) in professions.iter().zip(&lenses) {
                let seen = lens.shows(&paper(pack, kind, Flags::NONE));
                page.push_str(&cell(pack, kind, profession, seen));
            }
            page.push_str("</tr>\n");
        }
        page.push_str("</tbody>\n");
    }
    page.push_str("</table></body></html>\n");
    page
}

fn heading(pack: &Pack) -> String {
    let (name, version, note) = (
        escaped(pack.name()),
        escaped(pack.version()),
        escaped(pack.note()),
    );
    let (from, until) = (pack.validity().from(), pack.validity().until());
    format!(
        "<!doctype html>\n<html lang=\"fr\"><head><meta charset=\"utf-8\">\n\
         <title>{name} {version}</title>\n<style>{STYLE}</style></head>\n<body>\n\
         <h1>{name} {version}</h1>\n<p>{note}</p>\n<p>In force from {from} until {until}. \
         Each cell: may the profession, once authorised, read a document of this type that is \
         not masked?</p>\n<p class=\"legend\"><b class=\"yes\">&#10003;</b> yes \
         <b class=\"no\">&#8211;</b> no <b class=\"yes assumed\">&#10003;<sup>?</sup></b> assumed, \
         no source <b class=\"yes rule\">&#10003;<sup>*</sup></b> by a rule beside the \
         matrix</p>\n"
    )
}

fn cell(pack: &Pack, kind: &str, profession: &str, seen: bool) -> String {
    let said = pack.matrix().cell(kind, profession);
    let permitted = said.is_some_and(|cell| cell.effect == Effect::Permit);
    let (mark, word) = if seen {
        ("&#10003;", "yes")
    } else {
        ("&#8211;", "no")
    };
    let (mut class, mut mark) = (word.to_owned(), mark.to_owned());
    if said.is_some_and(|cell| cell.source == Source::Assumed) {
        class.push_str(" assumed");
        mark.push_str("<sup>?</sup>");
    }
    if permitted != seen {
        class.push_str(" rule");
        mark.push_str("<sup>*</sup>");
    }
    let (kind, profession) = (escaped(kind), escaped(profession));
    format!("<td class=\"{class}\" title=\"{profession}, {kind}: {word}\">{mark}</td>")
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            other => out.push(other),
        }
    }
    out
}

const STYLE: &str = "body{font:14px/1.4 system-ui,sans-serif;margin:2em;color:#1b2430}\
h1{margin:0}table{border-collapse:collapse}th,td{border:1px solid #d5dbe3;padding:2px 5px}\
thead th{position:sticky;top:0;background:#fff;vertical-align:bottom;height:11em}\
thead span{writing-mode:vertical-rl;transform:rotate(180deg);font-weight:500}\
th.type{text-align:left;font-weight:400;max-width:34em}\
tr.class th{text-align:left;background:#eef2f7}code{color:#536173;font-size:12px}\
td{text-align:center;width:1.6em}sup{font-size:9px;line-height:0}\
.yes{background:#cdebd6;color:#11592b}\
.no{background:#fbfbfc;color:#9aa5b3}.assumed{background-image:repeating-linear-gradient(\
45deg,transparent 0 4px,rgba(120,120,120,.16) 4px 5px)}.rule{outline:2px solid #d08a1d;\
outline-offset:-2px}.legend b{display:inline-block;width:1.6em;text-align:center;\
border:1px solid #d5dbe3;margin-left:1em}\
@media print{body{margin:0;font-size:9px}thead th{position:static}tr{break-inside:avoid}}";
