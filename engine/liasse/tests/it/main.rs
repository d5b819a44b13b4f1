//! The engine as its hosts use it: deposits, readers, crashes, erasure.

#[cfg(test)]
mod altered;
#[cfg(test)]
mod attacker;
#[cfg(test)]
mod bench;
#[cfg(test)]
mod calls;
#[cfg(test)]
mod copies;
#[cfg(test)]
mod cosigned;
#[cfg(test)]
mod cuts;
#[cfg(test)]
mod declared;
#[cfg(test)]
mod deposits;
#[cfg(test)]
mod erasure;
#[cfg(test)]
mod flips;
#[cfg(test)]
mod forensic;
#[cfg(all(test, feature = "pkcs11"))]
mod forensic_token;
#[cfg(test)]
mod forgetting;
#[cfg(test)]
mod full;
#[cfg(test)]
mod gated;
#[cfg(test)]
mod groups;
#[cfg(test)]
mod kept;
#[cfg(test)]
mod keys;
#[cfg(test)]
mod kinds;
#[cfg(test)]
mod labels;
#[cfg(test)]
mod looks;
#[cfg(test)]
mod operators;
#[cfg(test)]
mod persons;
#[cfg(test)]
mod points;
#[cfg(test)]
mod policies;
#[cfg(test)]
mod population;
#[cfg(test)]
mod power;
#[cfg(test)]
mod questions;
#[cfg(test)]
mod readers;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod reindex;
#[cfg(test)]
mod restore;
#[cfg(test)]
mod revising;
#[cfg(test)]
mod rotations;
#[cfg(test)]
mod scheduled;
#[cfg(test)]
mod since;
#[cfg(test)]
mod sinks;
#[cfg(test)]
mod submissions;
#[cfg(test)]
mod surface;
#[cfg(test)]
mod traces;
#[cfg(test)]
mod twins;
#[cfg(test)]
mod wording;
#[cfg(test)]
mod written;
