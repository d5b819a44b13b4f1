//! Lines of the text formats of proofs and requests.
//!
//! Invariant: every line ends with a newline; numbers have no sign and no leading zero; a hash
//! is standard base64 with padding; what is read is what would be written.

use base::Digest;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use tlog_tiles::Hash;

/// More hashes than any proof in a log of the size we allow has.
const HASHES_MAX: usize = 63;

/// Bytes as standard base64 with padding.
#[must_use]
pub fn base64(bytes: &[u8]) -> String {
    BASE64_STANDARD.encode(bytes)
}

/// The bytes that such a text stands for.
#[must_use]
pub fn from_base64(text: &str) -> Option<Vec<u8>> {
    BASE64_STANDARD.decode(text).ok()
}

/// A text read line by line.
pub(crate) struct Lines<'a> {
    rest: &'a str,
}

impl<'a> Lines<'a> {
    pub(crate) const fn new(text: &'a str) -> Self {
        Self { rest: text }
    }

    /// What was not read.
    pub(crate) const fn rest(&self) -> &'a str {
        self.rest
    }

    /// Takes a line.
    pub(crate) fn line(&mut self) -> Option<&'a str> {
        let (line, rest) = self.rest.split_once('\n')?;
        self.rest = rest;
        Some(line)
    }

    /// Takes the line `expected`.
    pub(crate) fn exactly(&mut self, expected: &str) -> Option<()> {
        (self.line()? == expected).then_some(())
    }

    /// Takes a line that is a prefix and a number.
    pub(crate) fn number(&mut self, prefix: &str) -> Option<u64> {
        let digits = self.line()?.strip_prefix(prefix)?;
        let number: u64 = digits.parse().ok()?;
        (number.to_string() == digits).then_some(number)
    }

    /// Takes lines of hashes and the empty line behind them.
    pub(crate) fn hashes(&mut self) -> Option<Vec<Digest>> {
        let mut hashes = Vec::new();
        loop {
            let line = self.line()?;
            if line.is_empty() {
                return Some(hashes);
            }
            if hashes.len() == HASHES_MAX {
                return None;
            }
            let hash = Hash::parse_hash(line).ok()?;
            if hash.to_string() != line {
                return None;
            }
            hashes.push(Digest::from_bytes(hash.0));
        }
    }
}

/// One line for each hash.
pub(crate) fn hash_lines(hashes: &[Digest]) -> String {
    let lines = hashes
        .iter()
        .map(|hash| format!("{}\n", Hash(*hash.as_bytes())));
    lines.collect()
}
