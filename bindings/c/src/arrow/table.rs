//! What can be streamed as a table: documents and data points.

use super::column::{
    Column, FLAG, Field, HALF, ID, INSTANT, TEXT, WHOLE, fixed, flags, sparse, texts,
};
use crate::points;
use liasse::{DataPoint, DocumentEntry};

/// Rows of a table.
pub(super) trait Table: Sized + 'static {
    /// Its columns, in the order of the fields of the row in the header.
    const FIELDS: &'static [Field];

    /// The columns of these rows, in the order of [`Table::FIELDS`].
    fn columns(rows: &[Self]) -> Vec<Column>;
}

impl Table for DocumentEntry {
    const FIELDS: &'static [Field] = &[
        Field::always(c"document", ID),
        Field::always(c"entry", ID),
        Field::always(c"dossier", ID),
        Field::always(c"creation_time", INSTANT),
        Field::always(c"deposited", INSTANT),
        Field::always(c"size", WHOLE),
        Field::always(c"flags", HALF),
        Field::always(c"status", HALF),
        Field::always(c"version", HALF),
        Field::always(c"unique_id", TEXT),
        Field::always(c"type_code", TEXT),
        Field::always(c"class_code", TEXT),
        Field::always(c"title", TEXT),
        Field::always(c"author", TEXT),
        Field::always(c"author_structure", TEXT),
        Field::always(c"mime_type", TEXT),
    ];

    fn columns(rows: &[Self]) -> Vec<Column> {
        vec![
            fixed(rows, |it| *it.document.as_bytes()),
            fixed(rows, |it| *it.entry.as_bytes()),
            fixed(rows, |it| *it.dossier.as_bytes()),
            fixed(rows, |it| it.creation_time.millis().to_ne_bytes()),
            fixed(rows, |it| it.deposited.millis().to_ne_bytes()),
            fixed(rows, |it| it.size.to_ne_bytes()),
            fixed(rows, |it| u32::from(it.flags.bits()).to_ne_bytes()),
            fixed(rows, |it| u32::from(it.status.byte()).to_ne_bytes()),
            fixed(rows, |it| it.version.to_ne_bytes()),
            texts(rows, |it| &it.unique_id),
            texts(rows, |it| &it.type_code),
            texts(rows, |it| &it.class_code),
            texts(rows, |it| &it.title),
            texts(rows, |it| &it.author),
            texts(rows, |it| &it.author_structure),
            texts(rows, |it| &it.mime_type),
        ]
    }
}

impl Table for DataPoint {
    const FIELDS: &'static [Field] = &[
        Field::always(c"document", ID),
        Field::always(c"dossier", ID),
        Field::sometimes(c"at", INSTANT),
        Field::always(c"kind", HALF),
        Field::always(c"negated", FLAG),
        Field::always(c"code", TEXT),
        Field::always(c"system", TEXT),
        Field::always(c"label", TEXT),
        Field::always(c"value", TEXT),
        Field::always(c"unit", TEXT),
        Field::always(c"value_system", TEXT),
        Field::always(c"value_label", TEXT),
    ];

    fn columns(rows: &[Self]) -> Vec<Column> {
        vec![
            fixed(rows, |it| *it.document.as_bytes()),
            fixed(rows, |it| *it.dossier.as_bytes()),
            sparse(rows, |it| it.at.map(|at| at.millis().to_ne_bytes())),
            fixed(rows, |it| points::kind(it.kind).to_ne_bytes()),
            flags(rows, |it| it.negated),
            texts(rows, |it| &it.code),
            texts(rows, |it| &it.system),
            texts(rows, |it| &it.label),
            texts(rows, |it| &it.value),
            texts(rows, |it| &it.unit),
            texts(rows, |it| &it.value_system),
            texts(rows, |it| &it.value_label),
        ]
    }
}
