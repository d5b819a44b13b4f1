//! Integration tests of the room, through its public face only.

mod page;
mod rules;
