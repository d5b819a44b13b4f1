//! The store on a disk that loses power, fails, fills up and flips bits.
//!
//! | fault | what must hold |
//! |---|---|
//! | power cut at any write or sync, torn sectors | the last acknowledged commit, whole |
//! | power cut during recovery | the same |
//! | a failed sync, then a restart, then a power cut | the same, and nothing written after it |
//! | no space, an input/output error | a certain answer, or poisoned until reopened |
//! | one flipped bit in a closed store | right, or an error; never wrong, never missing |
//!
//! With `LIASSE_NIGHTLY=1` each runs much longer. Seeds are printed.

#[cfg(test)]
mod bit_flips;
#[cfg(test)]
mod failed_writes;
#[cfg(test)]
mod fixture;
#[cfg(test)]
mod power_cuts;
#[cfg(test)]
mod world;

/// How often to repeat: `usual`, or `nightly` times when asked for.
#[cfg(test)]
fn rounds(usual: u64, nightly: u64) -> u64 {
    match std::env::var("LIASSE_NIGHTLY") {
        Ok(set) if set == "1" => nightly,
        _ => usual,
    }
}
