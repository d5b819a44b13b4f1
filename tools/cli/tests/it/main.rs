//! The command as its users run it: contracts of `docs/cli.md`, real documents, crashes.

mod bench;
mod contract;
mod crash;
mod demo;
mod real;
mod refusal;
