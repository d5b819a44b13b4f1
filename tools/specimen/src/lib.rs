//! Synthetic dossiers: deterministic, French-looking, and nobody's.
//!
//! For: the demo, tests, benches. Document `i` of patient `p` depends on the seed, `p` and `i`
//! only, on every machine: there is no floating point and no clock here. Not for: judging
//! relevance (the text reads like reports and means nothing) or training anything.
//! Invariants: no text is taken from a real report; matricules are of the test authority, in
//! months and a department that no registry gives; names are made of syllables.

mod calendar;
mod cda;
mod document;
mod grammar;
mod json;
mod people;
mod plan;
mod stream;
mod tables;
mod words;
mod world;

pub use calendar::Day;
pub use document::{Block, Document, Kind, Level, Section};
pub use people::{Patient, Practitioner, Sex, Structure};
pub use world::{Dossier, World, sample};
