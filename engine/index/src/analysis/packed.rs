//! Tokens of one field of one document, packed into one text.
//!
//! For: handing tokens from the analysis to the segments without a copy each. Layout: for each
//! token, one skip character per step of positions beyond what a mark holds, one mark `U+0001`
//! to `U+001F` for the step of positions plus one, then the token's text. Invariants: positions
//! never fall; token texts hold letters, digits, `.`, `^` and `:` only, so no mark is among
//! them; the text is wiped on drop.

use zeroize::Zeroize;

/// Packed tokens of one field.
#[derive(Default)]
pub(crate) struct Packed {
    text: String,
    last: u32,
    count: u32,
}

impl Packed {
    /// Makes room, so that no copy of the tokens is left behind where they were before.
    pub(crate) fn reserve(&mut self, bytes: usize) {
        self.text.reserve(bytes);
    }

    /// Appends a token. A token behind its place is put at the last position.
    pub(crate) fn push(&mut self, position: u32, token: &str) {
        if token.is_empty() || token.len() > base::limit::TOKEN_BYTES_MAX {
            return;
        }
        let mut step = position.saturating_sub(self.last);
        self.last = self.last.max(position);
        while step > STEP_MAX {
            let skipped = step.min(SKIP_MAX);
            self.text.extend(char::from_u32(SKIP_FIRST + skipped));
            step -= skipped;
        }
        self.text.extend(char::from_u32(step + 1));
        self.text.push_str(token);
        self.count += 1;
    }

    /// How many tokens there are.
    pub(crate) const fn count(&self) -> u32 {
        self.count
    }

    /// The packed text.
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// The tokens in order.
    pub(crate) fn iter(&self) -> PackedReader<'_> {
        PackedReader::new(&self.text)
    }
}

impl Drop for Packed {
    fn drop(&mut self) {
        self.text.zeroize();
    }
}

/// Reads packed tokens: position and text.
pub(crate) struct PackedReader<'a> {
    rest: &'a str,
    position: u32,
}

impl<'a> PackedReader<'a> {
    /// Starts at the first token of a packed text.
    pub(crate) const fn new(packed: &'a str) -> Self {
        Self {
            rest: packed,
            position: 0,
        }
    }
}

impl<'a> Iterator for PackedReader<'a> {
    type Item = (u32, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let mark = self.rest.chars().next()?;
            self.rest = self.rest.get(mark.len_utf8()..)?;
            let value = u32::from(mark);
            if value > SKIP_FIRST {
                self.position = self.position.saturating_add(value - SKIP_FIRST);
                continue;
            }
            self.position = self.position.saturating_add(value.saturating_sub(1));
            let is_mark = |byte: &u8| *byte < 0x20 || *byte >= SKIP_LEAD;
            let end = self.rest.bytes().position(|byte| is_mark(&byte));
            let (token, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
            self.rest = rest;
            return Some((self.position, token));
        }
    }
}

const STEP_MAX: u32 = 0x1e;
const SKIP_FIRST: u32 = 0x10_0000;
const SKIP_MAX: u32 = 0xffff;
/// First byte of every skip character in UTF-8; no letter has it.
const SKIP_LEAD: u8 = 0xf4;

#[cfg(test)]
mod tests;
