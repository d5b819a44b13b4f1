//! Says what the harness must not keep from whoever runs the tests: what is skipped, and coverage.
//!
//! Not for: anything else a test prints, which is of use when it fails.

use std::io::Write as _;

/// Says a line, as `println!` does, past the harness.
macro_rules! aloud {
    ($($line:tt)*) => {
        crate::aloud::say(&format!($($line)*))
    };
}
pub(crate) use aloud;

/// What `aloud!` does.
pub(crate) fn say(line: &str) {
    // A closed pipe is nobody who listens.
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}
