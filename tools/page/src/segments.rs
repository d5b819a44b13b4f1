//! Index segments: the manifest, and the files it names.

use crate::keys::Grove;
use crate::reader::Reader;
use crate::seal::{Bytes32, digest, open_file};

/// A segment of the index.
pub struct Segment {
    /// Its key's slot.
    pub slot: u32,
    /// How many documents it holds.
    pub documents: u32,
    /// The plaintext of its files, by their kinds.
    pub files: Vec<(&'static str, Vec<u8>)>,
}

impl Reader {
    /// The manifest digest, and the segments it names.
    ///
    /// # Errors
    /// When a row or a file is not as the page says.
    pub fn segments(&self) -> Result<(Bytes32, Vec<Segment>), String> {
        let rows = self.catalog.rows("index_manifest")?;
        let (heads, rows): (Vec<_>, Vec<_>) = rows.into_iter().partition(|(key, _)| key == b"h");
        let Some((_, head)) = heads.first() else {
            return Ok(([0; 32], Vec::new()));
        };
        let parts: Vec<_> = rows
            .iter()
            .flat_map(|(key, row)| [&key[..], &row[..]])
            .collect();
        let (before, own) = head.split_at_checked(head.len() - 32).ok_or("no digest")?;
        let count = u32::from_le_bytes(head[21..25].try_into().expect("4 bytes"));
        if own != digest("liasse index head v1", &[before])
            || before[25..] != digest("liasse index rows v1", &parts)
            || count as usize != rows.len()
        {
            return Err("the manifest's head is that of other rows".to_owned());
        }
        let segments = rows.iter().map(|(key, row)| self.segment(key, row));
        let segments = segments.collect::<Result<_, _>>()?;
        Ok((digest("liasse index manifest v1", &[head]), segments))
    }

    fn segment(&self, row_key: &[u8], row: &[u8]) -> Result<Segment, String> {
        let slot = u32::from_be_bytes(row_key[1..].try_into().map_err(|_| "no slot")?);
        let key = self.key(Grove::Segments, slot)?;
        let version = row[0];
        if version != 3 {
            return Err(format!("a segment's row of version {version}"));
        }
        let (digests, sealed) = row[1..].split_at(6 * 32);
        let place = self.place("index_manifest", row_key.to_vec(), version.into(), [0, 0]);
        let plain = place.open(&key, sealed)?;
        let documents = u32::from_le_bytes(plain[6..10].try_into().expect("4 bytes"));
        let files = KINDS.iter().zip(digests.chunks(32)).map(|(kind, named)| {
            let name = format!("{slot:08x}.{kind}");
            let file = self.file(&format!("index/{name}"))?;
            let mut hasher = blake3::Hasher::new();
            let domain = b"liasse index file v1";
            hasher
                .update(&(domain.len() as u64).to_le_bytes())
                .update(domain)
                .update(&file);
            if hasher.finalize().as_bytes() != named {
                return Err(format!("{name} has another digest"));
            }
            let plain = open_file(&key, &name, &file).map_err(|what| format!("{name}: {what}"))?;
            Ok((*kind, plain))
        });
        Ok(Segment {
            slot,
            documents,
            files: files.collect::<Result<_, _>>()?,
        })
    }
}

/// In the order of a row's digests.
const KINDS: [&str; 6] = ["fast", "fieldnorm", "idx", "pos", "store", "term"];
