//! Digests, derived keys, sealed records and bodies: the sections of the vault.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{ChaCha20Poly1305, Key as CipherKey, Nonce};

/// A key or a digest.
pub type Bytes32 = [u8; 32];

fn frame(hasher: &mut blake3::Hasher, bytes: &[u8]) {
    hasher.update(&(bytes.len() as u64).to_le_bytes());
    hasher.update(bytes);
}

fn hash(mut hasher: blake3::Hasher, first: &str, parts: &[&[u8]]) -> blake3::OutputReader {
    frame(&mut hasher, first.as_bytes());
    for part in parts {
        frame(&mut hasher, part);
    }
    hasher.finalize_xof()
}

/// `digest(domain, parts)`, as many bytes of it as are asked for.
#[must_use]
pub fn stream<const N: usize>(domain: &str, parts: &[&[u8]]) -> [u8; N] {
    let mut out = [0; N];
    hash(blake3::Hasher::new(), domain, parts).fill(&mut out);
    out
}

/// `digest(domain, parts)`.
#[must_use]
pub fn digest(domain: &str, parts: &[&[u8]]) -> Bytes32 {
    stream(domain, parts)
}

/// `derive(key, label, parts)[N]`.
#[must_use]
pub fn derive<const N: usize>(key: &Bytes32, label: &str, parts: &[&[u8]]) -> [u8; N] {
    let mut out = [0; N];
    hash(blake3::Hasher::new_keyed(key), label, parts).fill(&mut out);
    out
}

/// ChaCha20-Poly1305: the plaintext of `ciphertext | tag`.
///
/// # Errors
/// When the tag is another.
pub fn decrypt(key: &[u8], nonce: [u8; 12], data: &[u8], sealed: &[u8]) -> Result<Vec<u8>, String> {
    let key = CipherKey::try_from(key).map_err(|_| "a key of another length".to_owned())?;
    let payload = Payload {
        msg: sealed,
        aad: data,
    };
    let opened = ChaCha20Poly1305::new(&key).decrypt(&Nonce::from(nonce), payload);
    opened.map_err(|_| "the tag is another".to_owned())
}

/// Where something is sealed.
#[derive(Clone)]
pub struct Place<'a> {
    /// The store's id.
    pub store: [u8; 16],
    /// The table, or what the page calls so.
    pub table: &'a str,
    /// The row, or what the page calls so.
    pub row: Vec<u8>,
    /// The version of the row.
    pub version: u64,
    /// Codec and dictionary of the plaintext.
    pub packing: [u8; 2],
}

impl Place<'_> {
    fn data(&self, plaintext: usize) -> Vec<u8> {
        let length = |bytes: &[u8]| {
            u16::try_from(bytes.len())
                .expect("a short name")
                .to_le_bytes()
        };
        [
            b"liasse place v1".as_slice(),
            &self.store,
            &length(self.table.as_bytes()),
            self.table.as_bytes(),
            &length(&self.row),
            &self.row,
            &self.version.to_le_bytes(),
            &self.packing,
            &(plaintext as u64).to_le_bytes(),
        ]
        .concat()
    }

    /// The plaintext of a sealed record at this place.
    ///
    /// # Errors
    /// When it is not sealed under this key at this place.
    pub fn open(&self, key: &Bytes32, record: &[u8]) -> Result<Vec<u8>, String> {
        let plaintext = record.len().checked_sub(RECORD_MORE).ok_or("too short")?;
        open_record(key, "liasse seal v1", &self.data(plaintext), record)
    }

    /// The plaintext of a body, or of a text, in either form.
    ///
    /// # Errors
    /// When it is not sealed under this key at this place.
    pub fn open_body(&self, key: &Bytes32, sealed: &[u8]) -> Result<Vec<u8>, String> {
        match sealed.split_first() {
            Some((1, record)) => self.open(key, record),
            Some((2, frames)) => self.open_frames(key, frames),
            _ => Err("a body of no known form".to_owned()),
        }
    }

    fn open_frames(&self, key: &Bytes32, frames: &[u8]) -> Result<Vec<u8>, String> {
        let (nonce, rest) = frames.split_at_checked(24).ok_or("too short")?;
        let (commitment, sealed) = rest.split_at_checked(16).ok_or("too short")?;
        let derived: [u8; 48] = derive(key, "liasse frames v1", &[nonce]);
        if derived[32..] != *commitment {
            return Err("another key".to_owned());
        }
        let data = self.data(0);
        let chunks: Vec<_> = sealed.chunks(FRAME_BYTES + TAG_BYTES).collect();
        let mut out = Vec::new();
        for (number, chunk) in (0_u32..).zip(&chunks) {
            let mut nonce = [0; 12];
            nonce[..4].copy_from_slice(&number.to_le_bytes());
            nonce[4] = u8::from(number as usize + 1 == chunks.len());
            out.extend(decrypt(&derived[..32], nonce, &data, chunk)?);
        }
        Ok(out)
    }
}

/// The plaintext of `nonce | commitment | ciphertext | tag` under a label and associated data.
///
/// # Errors
/// When it is not sealed under this key, label and data.
pub fn open_record(
    key: &Bytes32,
    label: &str,
    data: &[u8],
    record: &[u8],
) -> Result<Vec<u8>, String> {
    let (nonce, rest) = record.split_at_checked(24).ok_or("too short")?;
    let (commitment, sealed) = rest.split_at_checked(16).ok_or("too short")?;
    let derived: [u8; 48] = derive(key, label, &[nonce]);
    if derived[32..] != *commitment {
        return Err("another key".to_owned());
    }
    decrypt(&derived[..32], [0; 12], data, sealed)
}

/// The plaintext of an encrypted file, which has this name under its segment's key.
///
/// # Errors
/// When a page of it is sealed otherwise.
pub fn open_file(key: &Bytes32, name: &str, file: &[u8]) -> Result<Vec<u8>, String> {
    let (header, rest) = file.split_at_checked(40).ok_or("too short")?;
    let trailer_at = rest.len().checked_sub(24).ok_or("too short")?;
    let (rest, trailer) = rest.split_at(trailer_at);
    let derived: [u8; 48] = derive(key, "liasse file v1", &[name.as_bytes(), &header[..24]]);
    if derived[32..] != header[24..] {
        return Err("another key, or another name".to_owned());
    }
    let key = &derived[..32];
    let nonce = |page: u64, last: bool| {
        let mut nonce = [0; 12];
        nonce[..8].copy_from_slice(&page.to_le_bytes());
        nonce[8] = u8::from(last);
        nonce
    };
    let length = decrypt(key, nonce(u64::MAX, true), &[], trailer)?;
    let length = u64::from_le_bytes(length.try_into().map_err(|_| "no length")?);
    let length = usize::try_from(length).map_err(|_| "too long")?;
    let (pages, tags) = rest.split_at_checked(length).ok_or("too short")?;
    let (pages, tags) = (pages.chunks(4096), tags.chunks(TAG_BYTES));
    let count = pages.len();
    if tags.len() != count {
        return Err(format!("{} tags of {count} pages", tags.len()));
    }
    let mut out = Vec::new();
    for (number, (page, tag)) in pages.zip(tags).enumerate() {
        let nonce = nonce(number as u64, number + 1 == count);
        out.extend(decrypt(key, nonce, &[], &[page, tag].concat())?);
    }
    Ok(out)
}

const RECORD_MORE: usize = 56;
const FRAME_BYTES: usize = 65_536;
const TAG_BYTES: usize = 16;
