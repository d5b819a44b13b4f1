//! The pieces CDA is made of: identifiers, codes, times, names.
//!
//! Invariant: each function consumes its element to the end.

use crate::identity::Identifier;
use crate::metadata::{Author, Code, Organization, Person};
use crate::reason::{Oddity, Reason, Refusal};
use crate::xml::{Element, Space, Step, Walk};
use base::{Instant, limit};

/// Calls `read` with each CDA element in the innermost open element; `read` must consume it.
pub(super) fn children<'a>(
    walk: &mut Walk<'a>,
    mut read: impl FnMut(&mut Walk<'a>, Element<'a>) -> Result<(), Refusal>,
) -> Result<(), Refusal> {
    loop {
        match walk.step()? {
            Step::Open(element) if element.space() == Space::Hl7 => read(walk, element)?,
            Step::Open(_) => walk.skip()?,
            Step::Text(_) => {}
            Step::Close | Step::End => return Ok(()),
        }
    }
}

/// An `II`: nothing when it has no root.
pub(super) fn identifier(
    walk: &mut Walk<'_>,
    element: &Element<'_>,
    what: &'static str,
) -> Result<Option<Identifier>, Refusal> {
    let root = element.attribute("root", what)?;
    let extension = element.attribute("extension", what)?;
    walk.skip()?;
    Ok(root.map(|root| Identifier::new(root, extension)))
}

/// A coded value: nothing when it has no code.
pub(super) fn code(
    walk: &mut Walk<'_>,
    element: &Element<'_>,
    what: &'static str,
) -> Result<Option<Code>, Refusal> {
    let code = element.attribute("code", what)?;
    let system = element.attribute("codeSystem", what)?;
    let label = element.attribute("displayName", what)?;
    walk.skip()?;
    Ok(code.map(|code| Code {
        code,
        system,
        label,
    }))
}

/// A `TS`: nothing when it has no value.
pub(super) fn time(
    walk: &mut Walk<'_>,
    element: &Element<'_>,
    what: &'static str,
) -> Result<Option<Instant>, Refusal> {
    let value = instant(walk, element, what)?;
    walk.skip()?;
    Ok(value)
}

/// A span of time.
#[derive(Clone, Copy, Default)]
pub(super) struct Span {
    pub(super) start: Option<Instant>,
    pub(super) stop: Option<Instant>,
}

/// An `IVL_TS`: a point has a start only.
pub(super) fn span(
    walk: &mut Walk<'_>,
    element: &Element<'_>,
    what: &'static str,
) -> Result<Span, Refusal> {
    let mut span = Span {
        start: instant(walk, element, what)?,
        stop: None,
    };
    children(walk, |walk, bound| {
        match bound.name() {
            "low" | "center" => span.start = instant(walk, &bound, what)?.or(span.start),
            "high" => span.stop = instant(walk, &bound, what)?,
            _ => {}
        }
        walk.skip()
    })?;
    Ok(span)
}

/// A person's name: the first of its kind wins, given names are joined.
pub(super) fn person(walk: &mut Walk<'_>) -> Result<Option<Person>, Refusal> {
    let mut person = None;
    children(walk, |walk, element| {
        if element.name() != "name" || person.is_some() {
            return walk.skip();
        }
        let mut name = Person::default();
        children(walk, |walk, part| {
            let words = walk.words("name of a person")?;
            match part.name() {
                "family" => name.family = name.family.take().or(words),
                "given" => name.given = joined(name.given.take(), words),
                "prefix" => name.prefix = name.prefix.take().or(words),
                "suffix" => name.suffix = name.suffix.take().or(words),
                _ => {}
            }
            Ok(())
        })?;
        if name != Person::default() {
            person = Some(name);
        }
        Ok(())
    })?;
    Ok(person)
}

/// A structure, with its `standardIndustryClassCode`.
pub(super) fn organization(
    walk: &mut Walk<'_>,
) -> Result<(Option<Organization>, Option<Code>), Refusal> {
    let mut organization = Organization::default();
    let mut practice = None;
    children(walk, |walk, element| {
        match element.name() {
            "id" => {
                let id = identifier(walk, &element, "identifier of a structure")?;
                organization.id = organization.id.take().or(id);
            }
            "name" => {
                let name = walk.words("name of a structure")?;
                organization.name = organization.name.take().or(name);
            }
            "standardIndustryClassCode" => {
                practice = code(walk, &element, "practice setting")?.or(practice.take());
            }
            _ => walk.skip()?,
        }
        Ok(())
    })?;
    let organization = (organization != Organization::default()).then_some(organization);
    Ok((organization, practice))
}

/// The inside of an `assignedAuthor` or `assignedEntity`; also gives the practice setting.
pub(super) fn assigned(walk: &mut Walk<'_>, author: &mut Author) -> Result<Option<Code>, Refusal> {
    let mut practice = None;
    children(walk, |walk, element| {
        match element.name() {
            "id" => {
                let id = identifier(walk, &element, "identifier of an author")?;
                author.id = author.id.take().or(id);
            }
            "code" => {
                let found = code(walk, &element, "speciality of an author")?;
                author.speciality = author.speciality.take().or(found);
            }
            "assignedPerson" => author.person = person(walk)?,
            "assignedAuthoringDevice" => author.device = Some(device(walk)?),
            "representedOrganization" => {
                (author.institution, practice) = organization(walk)?;
            }
            _ => walk.skip()?,
        }
        Ok(())
    })?;
    Ok(practice)
}

/// Adds `value` to a repeated field.
pub(super) fn add<T>(
    values: &mut Vec<T>,
    value: Option<T>,
    what: &'static str,
    offset: usize,
) -> Result<(), Refusal> {
    if value.is_some() && values.len() >= limit::FIELD_VALUES_MAX {
        let limit = limit::FIELD_VALUES_MAX;
        return Err(Refusal::new(Reason::TooMany { what, limit }, offset));
    }
    values.extend(value);
    Ok(())
}

/// Two parts of a name as one.
pub(super) fn joined(first: Option<String>, second: Option<String>) -> Option<String> {
    match (first, second) {
        (Some(first), Some(second)) => Some(format!("{first} {second}")),
        (first, second) => first.or(second),
    }
}

/// A date that the document can do without: one that cannot be read is noted.
fn instant(
    walk: &mut Walk<'_>,
    element: &Element<'_>,
    what: &'static str,
) -> Result<Option<Instant>, Refusal> {
    let Some(value) = element.attribute("value", what)? else {
        return Ok(None);
    };
    let parsed = Instant::from_hl7(&value).ok();
    if parsed.is_none() {
        walk.remark(Oddity::UnreadableDate, element.offset());
    }
    Ok(parsed)
}

fn device(walk: &mut Walk<'_>) -> Result<String, Refusal> {
    let mut model = None;
    children(walk, |walk, element| {
        match element.name() {
            "manufacturerModelName" | "softwareName" => {
                let words = walk.words("model of a device")?;
                model = joined(model.take(), words);
            }
            _ => walk.skip()?,
        }
        Ok(())
    })?;
    Ok(model.unwrap_or_default())
}
