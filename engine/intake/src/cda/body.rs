//! The body of a CDA: narrative to text, embedded files decoded.
//!
//! Level 3: title and text of each section; coded entries are passed over but for the figures
//! embedded in them. Level 1: the one embedded file. Invariant: sections nest by the depth of
//! the walk, which is bounded, so recursion is too.

use super::parts::{self, add, children};
use crate::paper::{Embedded, MediaType, Section, Source};
use crate::reason::{Oddity, Reason, Refusal};
use crate::text::{TextTooLong, TextWriter, decode_base64};
use crate::xml::{Element, Step, Walk};
use base::limit;

/// What was gathered so far.
#[derive(Default)]
pub(super) struct Body {
    pub(super) sections: Vec<Section>,
    pub(super) embedded: Vec<Embedded>,
    text_bytes: usize,
}

impl Body {
    /// Takes in a `component` of the document: a structured or a non-XML body.
    pub(super) fn component(&mut self, walk: &mut Walk<'_>) -> Result<(), Refusal> {
        children(walk, |walk, element| match element.name() {
            "structuredBody" => self.sections(walk, 0),
            "nonXMLBody" => children(walk, |walk, element| match element.name() {
                "text" => self.non_xml(walk, &element),
                _ => walk.skip(),
            }),
            _ => walk.skip(),
        })
    }

    fn sections(&mut self, walk: &mut Walk<'_>, depth: u16) -> Result<(), Refusal> {
        children(walk, |walk, component| match component.name() {
            "component" => children(walk, |walk, element| match element.name() {
                "section" => self.section(walk, &element, depth),
                _ => walk.skip(),
            }),
            _ => walk.skip(),
        })
    }

    fn section(
        &mut self,
        walk: &mut Walk<'_>,
        section: &Element<'_>,
        depth: u16,
    ) -> Result<(), Refusal> {
        let at = self.sections.len();
        let blank = Section {
            title: None,
            code: None,
            depth,
            text: String::new(),
            source: Source::Narrative,
        };
        if at >= limit::SECTIONS_MAX {
            let (what, limit) = ("sections", limit::SECTIONS_MAX);
            return Err(section.refuse(Reason::TooMany { what, limit }));
        }
        self.sections.push(blank);
        children(walk, |walk, element| {
            match element.name() {
                "title" => self.sections[at].title = walk.words("title of a section")?,
                "code" => self.sections[at].code = parts::code(walk, &element, "section")?,
                "text" => {
                    let room = limit::TEXT_BYTES_MAX.saturating_sub(self.text_bytes);
                    let text = narrative(walk, room)?;
                    self.text_bytes += text.len();
                    self.sections[at].text = text;
                }
                "entry" => self.entry(walk)?,
                "component" => children(walk, |walk, element| match element.name() {
                    "section" => self.section(walk, &element, depth + 1),
                    _ => walk.skip(),
                })?,
                _ => walk.skip()?,
            }
            Ok(())
        })
    }

    /// Looks for `observationMedia/value` anywhere in an entry.
    fn entry(&mut self, walk: &mut Walk<'_>) -> Result<(), Refusal> {
        let outside = walk.depth() - 1;
        let mut figure = None;
        while walk.depth() > outside {
            match walk.step()? {
                Step::Open(element) if element.name() == "observationMedia" => {
                    figure = Some(walk.depth());
                }
                Step::Open(element)
                    if element.name() == "value" && figure == Some(walk.depth() - 1) =>
                {
                    self.figure(walk, &element)?;
                }
                Step::Open(_) | Step::Close | Step::Text(_) => {}
                Step::End => break,
            }
        }
        Ok(())
    }

    fn figure(&mut self, walk: &mut Walk<'_>, value: &Element<'_>) -> Result<(), Refusal> {
        let Carried { media_type, base64 } = carried(value)?;
        let text = raw_text(walk)?;
        let (true, Some(media_type)) = (base64, media_type) else {
            return Ok(());
        };
        match decode_base64(&text) {
            Some(bytes) if !bytes.is_empty() => {
                let file = Embedded { media_type, bytes };
                add(
                    &mut self.embedded,
                    Some(file),
                    "embedded files",
                    value.offset(),
                )
            }
            Some(_) | None => {
                walk.remark(Oddity::DamagedFigure, value.offset());
                Ok(())
            }
        }
    }

    fn non_xml(&mut self, walk: &mut Walk<'_>, element: &Element<'_>) -> Result<(), Refusal> {
        let Carried { media_type, base64 } = carried(element)?;
        let media_type = media_type.unwrap_or_else(|| MediaType::Text.mime().to_owned());
        let text = raw_text(walk)?;
        if text.trim().is_empty() {
            walk.remark(Oddity::BodyElsewhere, element.offset());
            return Ok(());
        }
        let bytes = if base64 {
            decode_base64(&text).ok_or(element.refuse(Reason::NotBase64))?
        } else {
            text.into_bytes()
        };
        let file = Embedded { media_type, bytes };
        add(
            &mut self.embedded,
            Some(file),
            "embedded files",
            element.offset(),
        )
    }
}

/// How an `ED` carries its bytes.
struct Carried {
    media_type: Option<String>,
    base64: bool,
}

fn carried(element: &Element<'_>) -> Result<Carried, Refusal> {
    let representation = element.attribute("representation", "representation of a body")?;
    Ok(Carried {
        media_type: element.attribute("mediaType", "media type of a body")?,
        base64: representation.as_deref() == Some("B64"),
    })
}

/// The text of the innermost open element; that of elements in it is left out.
fn raw_text(walk: &mut Walk<'_>) -> Result<String, Refusal> {
    let inside = walk.depth();
    let mut text = String::new();
    while walk.depth() >= inside {
        match walk.step()? {
            Step::Text(piece) if walk.depth() == inside => text.push_str(&piece),
            Step::Open(_) | Step::Close | Step::Text(_) => {}
            Step::End => break,
        }
    }
    Ok(text)
}

/// What an element of the narrative does to the layout when it ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Inline,
    Block,
    Cell,
    Hidden,
}

/// The text of a section's `text`, `room` bytes at most.
fn narrative(walk: &mut Walk<'_>, room: usize) -> Result<String, Refusal> {
    let mut writer = TextWriter::within(room);
    let mut open = Vec::new();
    let mut hidden = 0_usize;
    loop {
        match walk.step()? {
            Step::Open(element) => {
                let shape = shape(&element)?;
                match shape {
                    Shape::Hidden => hidden += 1,
                    Shape::Cell => writer.open_cell(),
                    Shape::Block if element.name() == "item" => writer.item(),
                    Shape::Block => writer.line(),
                    Shape::Inline => {}
                }
                open.push(shape);
            }
            Step::Text(text) if hidden == 0 => writer.words(&text).map_err(|TextTooLong| {
                let (what, limit) = ("text", limit::TEXT_BYTES_MAX);
                walk.refuse(Reason::FieldTooLong { what, limit })
            })?,
            Step::Text(_) => {}
            Step::Close => match open.pop() {
                Some(Shape::Hidden) => hidden -= 1,
                Some(Shape::Cell) => writer.close_cell(),
                Some(Shape::Block) => writer.line(),
                Some(Shape::Inline) => {}
                None => break,
            },
            Step::End => break,
        }
    }
    Ok(writer.finish())
}

fn shape(element: &Element<'_>) -> Result<Shape, Refusal> {
    Ok(match element.name() {
        "paragraph" | "list" | "item" | "table" | "thead" | "tbody" | "tfoot" | "tr" | "br"
        | "caption" | "footnote" | "renderMultiMedia" => Shape::Block,
        "td" | "th" => Shape::Cell,
        "content" => match element.attribute("revised", "revision mark")?.as_deref() {
            Some("delete") => Shape::Hidden,
            _ => Shape::Inline,
        },
        _ => Shape::Inline,
    })
}

#[cfg(test)]
mod tests;
