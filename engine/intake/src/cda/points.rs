//! Coded entries of a CDA: what was observed, given, or prescribed.
//!
//! For: values that programs compare and draw. Not for: deposits, which do without; narrative,
//! which `body` reads. Invariants: what is said not to be so is told as negated; what is only
//! asked for, proposed or aimed at is no point; a statement that cannot be read in full is left
//! out, never cut.

use crate::metadata::Code;
use crate::reason::{Reason, Refusal};
use crate::xml::{Element, Space, Step, Walk, collapse};
use base::{Instant, limit};

/// A coded value that a document states.
#[derive(Clone, PartialEq, Eq)]
pub struct Point {
    /// What kind of statement it is.
    pub kind: PointKind,
    /// What was observed, given or prescribed.
    pub code: Code,
    /// What was found, or how much was given.
    pub value: Value,
    /// When, if it says so itself.
    pub at: Option<Instant>,
    /// Whether the document states that it is not so.
    pub negated: bool,
}

/// What kind of statement a point is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PointKind {
    /// Something was observed.
    Observation,
    /// A substance was given, for example a vaccine.
    Administration,
    /// A substance shall be given.
    Prescription,
}

/// A point's value, as the document writes it.
#[derive(Clone, PartialEq, Eq)]
pub enum Value {
    /// A substance without an amount.
    None,
    /// A number with its unit, which may be empty.
    Quantity {
        /// The number.
        number: String,
        /// The unit.
        unit: String,
    },
    /// A code.
    Coded(Code),
    /// A text.
    Text(String),
}

/// The points of the document that `text` is, in the order in which they end.
pub(crate) fn read(text: &str) -> Result<Vec<Point>, Refusal> {
    let mut walk = Walk::new(text);
    let (mut open, mut points): (Vec<Open>, Vec<Point>) = (Vec::new(), Vec::new());
    // What the elements between the root and here are.
    let mut path = Vec::new();
    loop {
        match walk.step()? {
            Step::Open(element) => {
                let role = Role::of(&element);
                if let Some(begun) = Open::begun(walk.depth(), role, &element) {
                    open.push(begun);
                } else if let Some(inner) = open.last_mut() {
                    let inside = walk.depth() - inner.depth;
                    inner.take(&element, role, path.last().copied(), inside);
                }
                path.push(role);
            }
            Step::Text(text) => {
                if let Some(inner) = open.last_mut() {
                    inner.text(&text);
                }
            }
            Step::Close => {
                path.pop();
                if let Some(ended) = open.pop_if(|inner| inner.depth > walk.depth()) {
                    points.extend(ended.point());
                } else if let Some(inner) = open.last_mut() {
                    inner.close(walk.depth());
                }
                if points.len() > limit::POINTS_MAX {
                    let (what, limit) = ("coded values", limit::POINTS_MAX);
                    return Err(walk.refuse(Reason::TooMany { what, limit }));
                }
            }
            Step::End => return Ok(points),
        }
    }
}

/// What an element is to a statement.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Observation,
    Administration,
    Material,
    Code,
    Value,
    Dose,
    Time,
    Low,
    Other,
}

impl Role {
    fn of(element: &Element<'_>) -> Self {
        if element.space() != Space::Hl7 {
            return Self::Other;
        }
        match element.name() {
            "observation" => Self::Observation,
            "substanceAdministration" => Self::Administration,
            "manufacturedMaterial" => Self::Material,
            "code" => Self::Code,
            "value" => Self::Value,
            "doseQuantity" => Self::Dose,
            "effectiveTime" => Self::Time,
            "low" => Self::Low,
            _ => Self::Other,
        }
    }
}

/// A statement whose end was not reached yet.
struct Open {
    depth: usize,
    /// `None` for what is only asked for, proposed or aimed at.
    kind: Option<PointKind>,
    code: Option<Code>,
    value: Value,
    at: Option<Instant>,
    negated: bool,
    /// The text of its value, while that is open.
    gathering: Option<(usize, String)>,
    /// Whether all of it that counts could be read.
    whole: bool,
}

impl Open {
    /// The statement that an element begins, if it begins one.
    fn begun(depth: usize, role: Role, element: &Element<'_>) -> Option<Self> {
        let kinds: &[(&str, PointKind)] = match role {
            Role::Observation => &[("EVN", PointKind::Observation)],
            Role::Administration => &[
                ("EVN", PointKind::Administration),
                ("INT", PointKind::Prescription),
                ("RQO", PointKind::Prescription),
            ],
            Role::Material
            | Role::Code
            | Role::Value
            | Role::Dose
            | Role::Time
            | Role::Low
            | Role::Other => return None,
        };
        let mut open = Self {
            depth,
            kind: None,
            code: None,
            value: Value::None,
            at: None,
            negated: false,
            gathering: None,
            whole: true,
        };
        let mood = open.said(element, "moodCode");
        let mood = mood.as_deref().unwrap_or("EVN");
        let kind = kinds.iter().find(|(of, _)| *of == mood);
        open.kind = kind.map(|(_, kind)| *kind);
        open.negated = match open.said(element, "negationInd").as_deref() {
            None | Some("false") => false,
            Some("true") => true,
            Some(_) => {
                open.whole = false;
                false
            }
        };
        Some(open)
    }

    /// Takes an element in, `inside` elements deep in this one.
    fn take(&mut self, element: &Element<'_>, role: Role, parent: Option<Role>, inside: usize) {
        let own = inside == 1;
        match role {
            Role::Code if own && self.kind == Some(PointKind::Observation) => {
                self.code = self.coded(element);
            }
            Role::Code if parent == Some(Role::Material) => self.code = self.coded(element),
            Role::Value if own => self.value(element),
            Role::Dose if own => self.quantity(element),
            // The first says when; others say how often.
            Role::Time if own && self.at.is_none() => self.time(element),
            Role::Low if inside == 2 && parent == Some(Role::Time) && self.at.is_none() => {
                self.time(element);
            }
            Role::Observation
            | Role::Administration
            | Role::Material
            | Role::Code
            | Role::Value
            | Role::Dose
            | Role::Time
            | Role::Low
            | Role::Other => {}
        }
    }

    fn text(&mut self, text: &str) {
        if let Some((_, gathered)) = &mut self.gathering {
            if gathered.len() + text.len() > limit::FIELD_BYTES_MAX {
                self.whole = false;
            } else {
                gathered.push_str(text);
            }
        }
    }

    /// An element in it has ended; `depth` is where that leaves the walk.
    fn close(&mut self, depth: usize) {
        if let Some((_, text)) = self.gathering.take_if(|(at, _)| *at > depth) {
            let text = collapse(&text);
            if !text.is_empty() {
                self.value = Value::Text(text);
            }
        }
    }

    fn point(self) -> Option<Point> {
        let kind = self.kind.filter(|_| self.whole)?;
        if kind == PointKind::Observation && self.value == Value::None {
            return None;
        }
        Some(Point {
            kind,
            code: self.code?,
            value: self.value,
            at: self.at,
            negated: self.negated,
        })
    }

    fn value(&mut self, element: &Element<'_>) {
        if self.value != Value::None || self.gathering.is_some() {
            // Two values: which one counts is not known.
            self.whole = false;
        } else if let Some(code) = self.coded(element) {
            self.value = Value::Coded(code);
        } else {
            self.quantity(element);
            self.gathering = Some((self.depth + 1, String::new()));
        }
    }

    fn quantity(&mut self, element: &Element<'_>) {
        if let Some(number) = self.said(element, "value") {
            let unit = self.said(element, "unit").unwrap_or_default();
            self.value = Value::Quantity { number, unit };
        }
    }

    fn coded(&mut self, element: &Element<'_>) -> Option<Code> {
        let code = self.said(element, "code")?;
        Some(Code {
            code,
            system: self.said(element, "codeSystem"),
            label: self.said(element, "displayName"),
        })
    }

    fn time(&mut self, element: &Element<'_>) {
        if let Some(said) = self.said(element, "value") {
            self.at = Instant::from_hl7(&said).ok();
        }
    }

    /// An attribute; the walk has seen that it is well-formed, so one that cannot be had is
    /// longer than any field.
    fn said(&mut self, element: &Element<'_>, name: &str) -> Option<String> {
        let said = element.attribute(name, "part of a coded value");
        self.whole &= said.is_ok();
        said.ok().flatten()
    }
}

#[cfg(test)]
mod tests;
