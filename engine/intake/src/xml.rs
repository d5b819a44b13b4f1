//! A guarded walk over XML: well-formed, bounded, no entity but the five and numeric ones.
//!
//! For: the CDA reader. Not for: what elements mean. Invariants: every element is counted
//! against the depth limit before it is handed out; a document type declaration ends the walk;
//! nothing outside the root element but white space, comments and instructions is accepted.

use crate::reason::{Oddity, Reason, Refusal, Remark};
use base::limit;
use quick_xml::XmlVersion;
use quick_xml::errors::{Error, SyntaxError};
use quick_xml::events::attributes::Attribute;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::name::{NamespaceError, ResolveResult};
use quick_xml::reader::NsReader;
use std::borrow::Cow;

/// One step of the walk.
pub(crate) enum Step<'a> {
    /// An element begins.
    Open(Element<'a>),
    /// The innermost open element ends.
    Close,
    /// Text, in pieces as the document has them.
    Text(Cow<'a, str>),
    /// The document is over, and well-formed.
    End,
}

/// The start of an element.
pub(crate) struct Element<'a> {
    start: BytesStart<'a>,
    space: Space,
    offset: usize,
}

/// The namespace of an element, as far as anybody asks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Space {
    /// `urn:hl7-org:v3`, the namespace of CDA.
    Hl7,
    /// XSLT, in which CI-SIS allows a CDA to lie.
    StyleSheet,
    /// Another, or none.
    Other,
}

/// Walks over a document.
pub(crate) struct Walk<'a> {
    reader: NsReader<&'a [u8]>,
    depth: usize,
    root_seen: bool,
    offset: usize,
    remarks: Vec<Remark>,
}

impl<'a> Walk<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        let mut reader = NsReader::from_str(text);
        let config = reader.config_mut();
        config.expand_empty_elements = true;
        config.check_end_names = true;
        Self {
            reader,
            depth: 0,
            root_seen: false,
            offset: 0,
            remarks: Vec::new(),
        }
    }

    /// How many elements are open.
    pub(crate) const fn depth(&self) -> usize {
        self.depth
    }

    /// The next step.
    pub(crate) fn step(&mut self) -> Result<Step<'a>, Refusal> {
        loop {
            self.offset = position(self.reader.buffer_position());
            let event = match self.reader.read_event() {
                Ok(event) => event,
                Err(error) => {
                    let at = position(self.reader.error_position());
                    return Err(Refusal::new(reason_of(&error), at));
                }
            };
            match event {
                Event::Start(start) | Event::Empty(start) => {
                    return self.open(start).map(Step::Open);
                }
                Event::End(_) => {
                    self.depth = self.depth.saturating_sub(1);
                    return Ok(Step::Close);
                }
                Event::Text(text) => {
                    if let Some(step) = self.text(text.into_inner())? {
                        return Ok(step);
                    }
                }
                Event::CData(text) => {
                    if let Some(step) = self.text(text.into_inner())? {
                        return Ok(step);
                    }
                }
                Event::GeneralRef(entity) => {
                    let text = self.entity(&entity)?;
                    if let Some(step) = self.text(Cow::Owned(text))? {
                        return Ok(step);
                    }
                }
                Event::Comment(_) | Event::PI(_) | Event::Decl(_) => {}
                Event::DocType(_) => return Err(self.refuse(Reason::Doctype)),
                Event::Eof => return self.end(),
            }
        }
    }

    /// Passes over what is left of the innermost open element.
    pub(crate) fn skip(&mut self) -> Result<(), Refusal> {
        let outside = self.depth.saturating_sub(1);
        while self.depth > outside {
            if let Step::End = self.step()? {
                break;
            }
        }
        Ok(())
    }

    /// All text of the innermost open element, elements in it left out, white space made one
    /// space; at most `limit` bytes.
    pub(crate) fn words(&mut self, what: &'static str) -> Result<Option<String>, Refusal> {
        let outside = self.depth.saturating_sub(1);
        let begun = self.offset;
        let mut words = String::new();
        loop {
            match self.step()? {
                Step::Open(_) => {}
                Step::Close if self.depth == outside => break,
                Step::Close => {}
                Step::Text(text) => {
                    words.push_str(&text);
                    if words.len() > limit::FIELD_BYTES_MAX * 4 {
                        return Err(Refusal::new(too_long(what), begun));
                    }
                }
                Step::End => break,
            }
        }
        bounded(collapse(&words), what, begun)
    }

    /// Notes something odd; above the limit there is no more room for remarks.
    pub(crate) fn remark(&mut self, oddity: Oddity, offset: usize) {
        if self.remarks.len() < limit::FIELD_VALUES_MAX {
            self.remarks.push(Remark { oddity, offset });
        }
    }

    /// What was noted, in the order of the document.
    pub(crate) fn into_remarks(mut self) -> Vec<Remark> {
        self.remarks.sort_by_key(|remark| remark.offset);
        self.remarks
    }

    /// A refusal where the last step began.
    pub(crate) const fn refuse(&self, reason: Reason) -> Refusal {
        Refusal::new(reason, self.offset)
    }

    fn open(&mut self, start: BytesStart<'a>) -> Result<Element<'a>, Refusal> {
        if self.depth == 0 && self.root_seen {
            return Err(self.refuse(not_xml("there is more than one root element")));
        }
        self.root_seen = true;
        self.depth += 1;
        if self.depth > limit::XML_DEPTH_MAX {
            return Err(self.refuse(Reason::TooDeep {
                limit: limit::XML_DEPTH_MAX,
            }));
        }
        let space = match self.reader.resolver().resolve_element(start.name()).0 {
            ResolveResult::Bound(namespace) if namespace.0 == CDA_NAMESPACE => Space::Hl7,
            ResolveResult::Bound(namespace) if namespace.0 == XSL_NAMESPACE => Space::StyleSheet,
            ResolveResult::Bound(_) | ResolveResult::Unbound => Space::Other,
            ResolveResult::Unknown(_) => {
                return Err(self.refuse(not_xml("a namespace prefix is not declared")));
            }
        };
        let element = Element {
            start,
            space,
            offset: self.offset,
        };
        element.check()?;
        Ok(element)
    }

    fn text(&self, text: Cow<'a, str>) -> Result<Option<Step<'a>>, Refusal> {
        if self.depth > 0 {
            return Ok(Some(Step::Text(text)));
        }
        let blank = text
            .chars()
            .all(|c| c.is_ascii_whitespace() || c == '\u{FEFF}');
        if blank {
            Ok(None)
        } else {
            Err(self.refuse(not_xml("there is text outside the root element")))
        }
    }

    fn entity(&self, entity: &BytesRef<'_>) -> Result<String, Refusal> {
        match entity.resolve_char_ref() {
            Ok(Some(character)) => return Ok(character.to_string()),
            Ok(None) => {}
            Err(_) => return Err(self.refuse(not_xml("a character number is not a character"))),
        }
        quick_xml::escape::resolve_xml_entity(entity)
            .map(str::to_owned)
            .ok_or_else(|| self.refuse(Reason::Entity))
    }

    fn end(&self) -> Result<Step<'a>, Refusal> {
        if self.depth > 0 {
            Err(self.refuse(not_xml("it ends inside an element")))
        } else if !self.root_seen {
            Err(self.refuse(not_xml("there is no element in it")))
        } else {
            Ok(Step::End)
        }
    }
}

impl Element<'_> {
    /// The name without its prefix.
    pub(crate) fn name(&self) -> &str {
        self.start.local_name().into_inner()
    }

    /// Its namespace.
    pub(crate) const fn space(&self) -> Space {
        self.space
    }

    /// Where it begins.
    pub(crate) const fn offset(&self) -> usize {
        self.offset
    }

    /// The value of an attribute without a prefix; an empty value is no value.
    pub(crate) fn attribute(
        &self,
        name: &str,
        what: &'static str,
    ) -> Result<Option<String>, Refusal> {
        for attribute in self.start.attributes().with_checks(false) {
            let attribute = attribute.map_err(|_| self.refuse(not_xml(BAD_ATTRIBUTE)))?;
            if attribute.key.into_inner() == name {
                return bounded(collapse(&self.value(&attribute)?), what, self.offset);
            }
        }
        Ok(None)
    }

    /// A refusal where the element begins.
    pub(crate) const fn refuse(&self, reason: Reason) -> Refusal {
        Refusal::new(reason, self.offset)
    }

    /// Counts while it compares: comparing names costs the square of their number.
    fn check(&self) -> Result<(), Refusal> {
        for (at, attribute) in self.start.attributes().enumerate() {
            if at >= limit::XML_ATTRIBUTES_MAX {
                let (what, limit) = ("attributes of one element", limit::XML_ATTRIBUTES_MAX);
                return Err(self.refuse(Reason::TooMany { what, limit }));
            }
            let attribute = attribute.map_err(|_| self.refuse(not_xml(BAD_ATTRIBUTE)))?;
            self.value(&attribute)?;
        }
        Ok(())
    }

    fn value<'v>(&self, attribute: &Attribute<'v>) -> Result<Cow<'v, str>, Refusal> {
        attribute
            .normalized_value(XmlVersion::Explicit1_0)
            .map_err(|_| self.refuse(Reason::Entity))
    }
}

/// Runs of white space made one space, none at the ends, no control characters.
pub(crate) fn collapse(text: &str) -> String {
    if is_collapsed(text) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()) {
        if word.is_empty() {
            continue;
        }
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

/// Whether it is certain without a look at its characters that nothing is to be collapsed.
fn is_collapsed(text: &str) -> bool {
    let mut behind_space = true;
    for (at, byte) in text.bytes().enumerate() {
        let space = byte == b' ';
        if byte.is_ascii_control() || may_be_blank(text, at, byte) || (space && behind_space) {
            return false;
        }
        behind_space = space;
    }
    !behind_space || text.is_empty()
}

/// Whether this byte may begin white space or a control character beyond ASCII.
pub(crate) fn may_be_blank(text: &str, at: usize, byte: u8) -> bool {
    let next = |step| text.as_bytes().get(at + step).copied().unwrap_or(0);
    match byte {
        // U+0080 to U+00A0.
        0xc2 => next(1) <= 0xa0,
        // Of U+2000 to U+206F those that are blank; the rest are dashes, quotes and signs.
        0xe2 => match next(1) {
            0x80 => matches!(next(2), 0x80..=0x8f | 0xa8..=0xaf),
            0x81 => true,
            _ => false,
        },
        0xe1 | 0xe3 => true,
        _ => false,
    }
}

fn bounded(text: String, what: &'static str, at: usize) -> Result<Option<String>, Refusal> {
    if text.len() > limit::FIELD_BYTES_MAX {
        return Err(Refusal::new(too_long(what), at));
    }
    Ok((!text.is_empty()).then_some(text))
}

const fn too_long(what: &'static str) -> Reason {
    Reason::FieldTooLong {
        what,
        limit: limit::FIELD_BYTES_MAX,
    }
}

const fn not_xml(what: &'static str) -> Reason {
    Reason::NotXml { what }
}

fn position(position: u64) -> usize {
    usize::try_from(position).unwrap_or(usize::MAX)
}

fn reason_of(error: &Error) -> Reason {
    match error {
        Error::Syntax(SyntaxError::UnclosedDoctype) => Reason::Doctype,
        Error::Syntax(SyntaxError::UnclosedComment) => not_xml("a comment is not closed"),
        Error::Syntax(SyntaxError::UnclosedCData) => not_xml("a CDATA section is not closed"),
        Error::Syntax(_) => not_xml("a tag is not closed or not a tag"),
        Error::IllFormed(_) => not_xml("tags do not match"),
        Error::InvalidAttr(_) => not_xml(BAD_ATTRIBUTE),
        Error::Escape(_) => Reason::Entity,
        Error::Namespace(NamespaceError::TooManyBindings(limit)) => Reason::TooMany {
            what: "namespaces",
            limit: *limit,
        },
        Error::Namespace(_) => not_xml("a namespace is not declared as it must be"),
        Error::Encoding(_) => Reason::NotUtf8,
        Error::Io(_) => not_xml("it could not be read"),
    }
}

const BAD_ATTRIBUTE: &str = "an attribute is malformed or given twice";
const CDA_NAMESPACE: &str = "urn:hl7-org:v3";
const XSL_NAMESPACE: &str = "http://www.w3.org/1999/XSL/Transform";

#[cfg(test)]
mod tests;
