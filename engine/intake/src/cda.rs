//! CDA R2: header to metadata, body to text.
//!
//! For: one `ClinicalDocument`, at the root or inside the style sheet of an "auto-presentable"
//! document of CI-SIS. Not for: bytes and encodings (`read`); coded entries, which `points` reads
//! when they are asked for. Invariant: the whole document is walked, so what is accepted is
//! well-formed to its last byte.

mod body;
mod header;
mod parts;
pub(crate) mod points;

use crate::metadata::Metadata;
use crate::paper::{Embedded, Section};
use crate::reason::{Oddity, Reason, Refusal, Remark};
use crate::xml::{Element, Space, Step, Walk};
use body::Body;
use header::Header;

/// What a CDA was found to say; hash and size are those of the caller's bytes.
pub(crate) struct Found {
    pub(crate) metadata: Metadata,
    pub(crate) sections: Vec<Section>,
    pub(crate) embedded: Vec<Embedded>,
    pub(crate) remarks: Vec<Remark>,
}

/// Reads the one CDA that `text` is, or holds.
pub(crate) fn read(text: &str) -> Result<Found, Refusal> {
    let mut walk = Walk::new(text);
    let mut found = None;
    let mut style_sheet = None;
    loop {
        match walk.step()? {
            Step::Open(element) if is_document(&element) => {
                if found.is_some() {
                    return Err(element.refuse(Reason::Several {
                        what: "ClinicalDocument",
                    }));
                }
                if style_sheet.is_none() && walk.depth() > 1 {
                    return Err(element.refuse(Reason::NotCda));
                }
                found = Some(document(&mut walk, &element)?);
            }
            Step::Open(element) if walk.depth() == 1 => {
                if element.space() != Space::StyleSheet || element.name() != "stylesheet" {
                    return Err(element.refuse(Reason::NotCda));
                }
                style_sheet = Some(element.offset());
            }
            Step::Open(_) | Step::Close | Step::Text(_) => {}
            Step::End => break,
        }
    }
    let mut found = found.ok_or(Refusal::new(Reason::NotCda, 0))?;
    if let Some(offset) = style_sheet {
        walk.remark(Oddity::InStyleSheet, offset);
    }
    found.remarks = walk.into_remarks();
    Ok(found)
}

fn is_document(element: &Element<'_>) -> bool {
    element.space() == Space::Hl7 && element.name() == "ClinicalDocument"
}

fn document(walk: &mut Walk<'_>, root: &Element<'_>) -> Result<Found, Refusal> {
    let mut header = Header::default();
    let mut body = Body::default();
    parts::children(walk, |walk, element| {
        if element.name() == "component" {
            body.component(walk)
        } else {
            header.take(walk, &element)
        }
    })?;
    let Body {
        sections, embedded, ..
    } = body;
    let main_media = embedded.first().map(|file| file.media_type.as_str());
    let metadata = header.finish(walk, root.offset(), main_media)?;
    Ok(Found {
        metadata,
        sections,
        embedded,
        remarks: Vec::new(),
    })
}
