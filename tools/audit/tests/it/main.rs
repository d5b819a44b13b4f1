//! The audit against real stores on disk: tampered, in use, cut short, rolled back, exported.

#[cfg(test)]
mod auditor;
#[cfg(test)]
mod backups;
#[cfg(test)]
mod bad_input;
#[cfg(test)]
mod bench;
#[cfg(test)]
mod certificate;
#[cfg(test)]
mod command;
#[cfg(test)]
mod foreign;
#[cfg(test)]
mod go;
#[cfg(test)]
mod kept;
#[cfg(test)]
mod killed;
#[cfg(test)]
mod raw;
#[cfg(test)]
mod signers;
#[cfg(test)]
mod tampering;
#[cfg(test)]
mod unfinished;
#[cfg(test)]
#[path = "../../../../engine/journal/tests/it/verifier.rs"]
mod verifier;
