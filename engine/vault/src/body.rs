//! Sealed bodies: each document's bytes under a random key of its own.
//!
//! ```text
//! whole  = form u8 (1) | sealed record v1
//! frames = form u8 (2) | nonce (24) | commitment (16) | frame 0 | frame 1 | .. | last frame
//! frame  = up to 64 KiB of ciphertext | tag (16)
//! frame nonce (12) = frame number u32 LE | last flag u8 | zero (7)
//! ```
//! See `docs/format.md`. Every frame is bound to the place (plaintext length zero, for a writer
//! does not know it); the last flag makes a cut stream fail. Every frame but the last is full.
//! Invariants: a body key seals one body; no byte of a frame is returned before its tag held.

use crate::cipher::Cipher;
use crate::place::Place;
use crate::seal::{self, HEADER_BYTES, NONCE_BYTES, OpenError, TAG_BYTES};
use crate::secret::{Plain, Secret};
use base::Entropy;
use base::entropy::NoEntropy;
use base::limit::{BODY_FRAME_BYTES, BODY_WHOLE_BYTES_MAX};
use std::io::{self, Read, Write};
use thiserror::Error;

/// The key of one document's body.
pub struct BodyKey {
    secret: Secret,
}

/// Why a body could not be written or read as a stream.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum BodyError {
    /// The sealed bytes do not open.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The system has no random bytes.
    #[error(transparent)]
    Entropy(#[from] NoEntropy),
    /// The reader or the writer underneath failed.
    #[error("the body could not be read or written: {}", .0.kind())]
    Io(#[from] io::Error),
}

impl BodyKey {
    /// Draws the key of a new body.
    ///
    /// # Errors
    /// [`NoEntropy`] when the system has no random bytes.
    pub fn random(entropy: &dyn Entropy) -> Result<Self, NoEntropy> {
        Ok(Self {
            secret: Secret::random(entropy)?,
        })
    }

    pub(crate) const fn from_secret(secret: Secret) -> Self {
        Self { secret }
    }

    pub(crate) const fn secret(&self) -> &Secret {
        &self.secret
    }

    /// Seals a body: whole up to `BODY_WHOLE_BYTES_MAX`, in frames above.
    ///
    /// # Errors
    /// [`NoEntropy`] when the system has no random bytes.
    pub fn seal_body(
        &self,
        place: &Place<'_>,
        plain: &[u8],
        entropy: &dyn Entropy,
    ) -> Result<Vec<u8>, NoEntropy> {
        if plain.len() <= BODY_WHOLE_BYTES_MAX {
            return self.seal_whole(place, plain, entropy);
        }
        let aad = place.canonical(0);
        let nonce = seal::hedged_nonce(&self.secret, &aad, plain, entropy)?;
        let (cipher, header) = FrameCipher::create(&self.secret, place, &nonce);
        Ok(seal_frames(&cipher, &header, plain))
    }

    /// Opens what [`Self::seal_body`] or a [`BodyWriter`] made.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn open_body(&self, place: &Place<'_>, sealed: &[u8]) -> Result<Plain, OpenError> {
        let (form, rest) = sealed.split_first().ok_or(OpenError::Truncated)?;
        match *form {
            FORM_WHOLE => seal::open(&self.secret, place, rest),
            FORM_FRAMES => self.open_frames(place, rest),
            _ => Err(OpenError::UnknownVersion),
        }
    }

    fn seal_whole(
        &self,
        place: &Place<'_>,
        plain: &[u8],
        entropy: &dyn Entropy,
    ) -> Result<Vec<u8>, NoEntropy> {
        let record = seal::seal(&self.secret, place, plain, entropy)?;
        let mut out = Vec::with_capacity(1 + record.len());
        out.push(FORM_WHOLE);
        out.extend_from_slice(&record);
        Ok(out)
    }

    fn open_frames(&self, place: &Place<'_>, sealed: &[u8]) -> Result<Plain, OpenError> {
        let (header, frames) = sealed.split_first_chunk().ok_or(OpenError::Truncated)?;
        let cipher = FrameCipher::open(&self.secret, place, header)?;
        // The last frame may be empty but is always there: its tag says that nothing follows.
        if frames.is_empty() {
            return Err(OpenError::Truncated);
        }
        let count = frames.len().div_ceil(FRAME_SEALED_BYTES);
        let mut plain = Plain::new(Vec::with_capacity(frames.len()));
        for (number, frame) in frames.chunks(FRAME_SEALED_BYTES).enumerate() {
            let last = if number + 1 == count {
                Last::Yes
            } else {
                Last::No
            };
            let number = u32::try_from(number).map_err(|_| OpenError::UnknownVersion)?;
            let (body, tag) = frame.split_last_chunk().ok_or(OpenError::Truncated)?;
            plain.append_decrypted(body, |bytes| cipher.open_frame(number, last, bytes, tag))?;
        }
        Ok(plain)
    }
}

/// Seals a body of unknown length frame by frame.
pub struct BodyWriter<W: Write> {
    out: W,
    cipher: FrameCipher,
    frame: Plain,
    number: u32,
}

impl<W: Write> BodyWriter<W> {
    /// Begins a body in frames.
    ///
    /// # Errors
    /// [`BodyError`] when there are no random bytes or `out` fails.
    pub fn begin(
        mut out: W,
        key: &BodyKey,
        place: &Place<'_>,
        entropy: &dyn Entropy,
    ) -> Result<Self, BodyError> {
        let nonce = seal::hedged_nonce(&key.secret, &place.canonical(0), &[], entropy)?;
        let (cipher, header) = FrameCipher::create(&key.secret, place, &nonce);
        out.write_all(&[FORM_FRAMES])?;
        out.write_all(&header)?;
        let frame = Plain::new(Vec::with_capacity(BODY_FRAME_BYTES));
        Ok(Self {
            out,
            cipher,
            frame,
            number: 0,
        })
    }

    /// Adds plaintext.
    ///
    /// # Errors
    /// [`BodyError`] when `out` fails; the body is then of no use.
    pub fn write(&mut self, mut plain: &[u8]) -> Result<(), BodyError> {
        while !plain.is_empty() {
            if self.frame.len() == BODY_FRAME_BYTES {
                self.flush(Last::No)?;
            }
            let (now, later) = plain.split_at(plain.len().min(BODY_FRAME_BYTES - self.frame.len()));
            self.frame.extend_within_capacity(now);
            plain = later;
        }
        Ok(())
    }

    /// Ends the body and returns what it was written to.
    ///
    /// # Errors
    /// [`BodyError`] when `out` fails.
    pub fn finish(mut self) -> Result<W, BodyError> {
        self.flush(Last::Yes)?;
        Ok(self.out)
    }

    fn flush(&mut self, last: Last) -> Result<(), BodyError> {
        let tag = self.cipher.seal(self.number, last, self.frame.bytes_mut());
        self.out.write_all(&self.frame)?;
        self.out.write_all(&tag)?;
        self.frame.wipe();
        self.number = self
            .number
            .checked_add(1)
            .ok_or(OpenError::UnknownVersion)?;
        Ok(())
    }
}

/// Opens a body in frames, holding one frame at a time.
pub struct BodyReader<R: Read> {
    input: R,
    cipher: FrameCipher,
    next: Vec<u8>,
    number: u32,
}

impl<R: Read> BodyReader<R> {
    /// Begins to read a body in frames.
    ///
    /// # Errors
    /// [`BodyError`]; [`OpenError::UnknownVersion`] when the body is not in frames.
    pub fn begin(mut input: R, key: &BodyKey, place: &Place<'_>) -> Result<Self, BodyError> {
        let mut start = [0; 1 + HEADER_BYTES];
        read_exact(&mut input, &mut start)?;
        let (form, header) = start.split_first_chunk().ok_or(OpenError::Truncated)?;
        if *form != [FORM_FRAMES] {
            return Err(OpenError::UnknownVersion.into());
        }
        let header = header.first_chunk().ok_or(OpenError::Truncated)?;
        let cipher = FrameCipher::open(&key.secret, place, header)?;
        let next = read_frame(&mut input)?;
        Ok(Self {
            input,
            cipher,
            next,
            number: 0,
        })
    }

    /// The next frame's plaintext, or `None` after the last.
    ///
    /// # Errors
    /// [`BodyError`]; what was read before an error must be dropped.
    pub fn next_frame(&mut self) -> Result<Option<Plain>, BodyError> {
        if self.number == u32::MAX {
            return Ok(None);
        }
        let frame = std::mem::take(&mut self.next);
        let last = if frame.len() < FRAME_SEALED_BYTES {
            Last::Yes
        } else {
            self.next = read_frame(&mut self.input)?;
            if self.next.is_empty() {
                Last::Yes
            } else {
                Last::No
            }
        };
        let (body, tag) = frame.split_last_chunk().ok_or(OpenError::Truncated)?;
        let mut plain = Plain::new(Vec::with_capacity(body.len()));
        plain.append_decrypted(body, |bytes| {
            self.cipher.open_frame(self.number, last, bytes, tag)
        })?;
        self.number = match last {
            Last::Yes => u32::MAX,
            Last::No => self
                .number
                .checked_add(1)
                .ok_or(OpenError::UnknownVersion)?,
        };
        Ok(Some(plain))
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    No,
    Yes,
}

struct FrameCipher {
    cipher: Cipher,
    aad: Vec<u8>,
}

impl FrameCipher {
    fn create(
        key: &Secret,
        place: &Place<'_>,
        nonce: &[u8; NONCE_BYTES],
    ) -> (Self, [u8; HEADER_BYTES]) {
        let (cipher, commitment) = seal::message_cipher(key, FRAMES_LABEL, nonce);
        let mut header = [0; HEADER_BYTES];
        header[..NONCE_BYTES].copy_from_slice(nonce);
        header[NONCE_BYTES..].copy_from_slice(&commitment);
        (
            Self {
                cipher,
                aad: place.canonical(0),
            },
            header,
        )
    }

    fn open(
        key: &Secret,
        place: &Place<'_>,
        header: &[u8; HEADER_BYTES],
    ) -> Result<Self, OpenError> {
        let (nonce, rest) = header.split_first_chunk().ok_or(OpenError::Truncated)?;
        let commitment = rest.first_chunk().ok_or(OpenError::Truncated)?;
        let cipher = seal::committed_cipher(key, FRAMES_LABEL, nonce, commitment)?;
        Ok(Self {
            cipher,
            aad: place.canonical(0),
        })
    }

    fn seal(&self, number: u32, last: Last, bytes: &mut [u8]) -> [u8; TAG_BYTES] {
        self.cipher
            .encrypt(&frame_nonce(number, last), &self.aad, bytes)
    }

    fn open_frame(
        &self,
        number: u32,
        last: Last,
        bytes: &mut [u8],
        tag: &[u8; TAG_BYTES],
    ) -> Result<(), OpenError> {
        self.cipher
            .decrypt(&frame_nonce(number, last), &self.aad, bytes, tag)
    }
}

fn seal_frames(cipher: &FrameCipher, header: &[u8; HEADER_BYTES], plain: &[u8]) -> Vec<u8> {
    let frames = plain.len().div_ceil(BODY_FRAME_BYTES).max(1);
    let mut out = Vec::with_capacity(1 + HEADER_BYTES + plain.len() + frames * TAG_BYTES);
    out.push(FORM_FRAMES);
    out.extend_from_slice(header);
    let mut rest = plain;
    for number in 0..frames {
        let (frame, after) = rest.split_at(rest.len().min(BODY_FRAME_BYTES));
        rest = after;
        let last = if number + 1 == frames {
            Last::Yes
        } else {
            Last::No
        };
        let number = u32::try_from(number).expect("a body has less than 2^32 frames");
        let start = out.len();
        out.extend_from_slice(frame);
        let tag = cipher.seal(number, last, &mut out[start..]);
        out.extend_from_slice(&tag);
    }
    out
}

#[cfg(test)]
pub(crate) fn seal_frames_with_nonce(
    key: &Secret,
    place: &Place<'_>,
    nonce: &[u8; NONCE_BYTES],
    plain: &[u8],
) -> Vec<u8> {
    let (cipher, header) = FrameCipher::create(key, place, nonce);
    seal_frames(&cipher, &header, plain)
}

fn frame_nonce(number: u32, last: Last) -> [u8; 12] {
    let mut nonce = [0; 12];
    nonce[..4].copy_from_slice(&number.to_le_bytes());
    nonce[4] = match last {
        Last::No => 0,
        Last::Yes => 1,
    };
    nonce
}

fn read_exact<R: Read>(input: &mut R, out: &mut [u8]) -> Result<(), BodyError> {
    input.read_exact(out).map_err(|error| {
        if error.kind() == io::ErrorKind::UnexpectedEof {
            OpenError::Truncated.into()
        } else {
            error.into()
        }
    })
}

fn read_frame<R: Read>(input: &mut R) -> Result<Vec<u8>, BodyError> {
    let mut frame = Vec::new();
    let limit = u64::try_from(FRAME_SEALED_BYTES).unwrap_or(u64::MAX);
    input.by_ref().take(limit).read_to_end(&mut frame)?;
    Ok(frame)
}

const FORM_WHOLE: u8 = 1;
const FORM_FRAMES: u8 = 2;
const FRAME_SEALED_BYTES: usize = BODY_FRAME_BYTES + TAG_BYTES;
const FRAMES_LABEL: &str = "liasse frames v1";

#[cfg(test)]
mod tests;
