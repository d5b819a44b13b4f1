//! The command as its users run it: contracts of `docs/cli.md`, real documents, crashes.

#[cfg(test)]
mod bench;
#[cfg(test)]
mod contract;
#[cfg(test)]
mod cosigned;
#[cfg(test)]
mod crash;
#[cfg(test)]
mod demo;
#[cfg(test)]
mod policy;
#[cfg(test)]
mod real;
#[cfg(test)]
mod refusal;
#[cfg(test)]
mod traces;
