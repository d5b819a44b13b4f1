//! From a key file to the key of a slot: the sections of slot files and of the key tree.

use crate::catalog::Catalog;
use crate::seal::{Bytes32, Place, decrypt, derive, digest, open_record};

/// A group of keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grove {
    /// Of dossiers.
    Dossiers = 0,
    /// Of traces.
    Audit = 1,
    /// Of index segments.
    Segments = 2,
    /// Of units.
    Units = 3,
}

/// The keys of a store, as far as its top record gives them.
pub struct Keys {
    /// Of each grove whether its node of level 1 has a row, and its key.
    groves: Vec<(bool, Bytes32)>,
    /// The root's epoch.
    pub epoch: u64,
    /// `root digest`, which a commit's entry names.
    pub root: Bytes32,
}

impl Keys {
    /// The keys of a store that a key file opens.
    ///
    /// # Errors
    /// When the file or the top record is not as the page says.
    pub fn open(key_file: &[u8], catalog: &Catalog, store: [u8; 16]) -> Result<Self, String> {
        let row = catalog.row("key_nodes", &[0])?.ok_or("no top record")?;
        let (version, staging) = (row[0], row[1]);
        if version != 1 || staging > 1 {
            return Err(format!("a top record of version {version}"));
        }
        let epoch = u64::from_le_bytes(row[2..10].try_into().expect("8 bytes"));
        let length = usize::from(u16::from_le_bytes([row[10], row[11]]));
        let (wrapped, sealed) = row[12..].split_at(length);
        let context = [b"liasse top v1".as_slice(), &store].concat();
        let data = [epoch.to_le_bytes().as_slice(), &context].concat();
        let root = root_key(key_file, store, epoch)?;
        let top = open_record(&root, "liasse wrap v1", &data, wrapped)?;
        let top = top.try_into().map_err(|_| "a top key of another length")?;
        let place = Place {
            store,
            table: "key_nodes",
            row: vec![0],
            version: epoch,
            packing: [staging, 0],
        };
        let plain = place.open(&top, sealed)?;
        let groves = plain.chunks_exact(33).map(|grove| {
            let key = grove[1..].try_into().expect("32 bytes");
            (grove[0] == 1, key)
        });
        Ok(Self {
            groves: groves.collect(),
            epoch,
            root: digest("liasse key tree top v1", &[&row]),
        })
    }

    /// The key of a slot.
    ///
    /// # Errors
    /// When a node on the way is not as the page says.
    pub fn slot(
        &self,
        catalog: &Catalog,
        store: [u8; 16],
        grove: Grove,
        slot: u32,
    ) -> Result<Bytes32, String> {
        let (mut has_row, mut key) = self.groves[grove as usize];
        let children = [
            slot / 1_048_576,
            slot / 8192 % 128,
            slot / 64 % 128,
            slot % 64,
        ];
        let mut node = 0_u32;
        for (level, child) in (1_u8..).zip(children) {
            let number = u8::try_from(child).expect("below 128");
            let at = usize::from(number) * 32;
            if has_row {
                let row_key = [[level, grove as u8].as_slice(), &node.to_be_bytes()].concat();
                let row = catalog
                    .row("key_nodes", &row_key)?
                    .ok_or("a node is missing")?;
                let data = [b"liasse node v1".as_slice(), &store, &row_key].concat();
                let plain = decrypt(&key, [0; 12], &data, &row)?;
                let kept = if level == 4 { &[][..] } else { &plain[4096..] };
                let byte = kept.get(usize::from(number) / 8).copied().unwrap_or(0);
                has_row = byte >> (number % 8) & 1 == 1;
                key = plain[at..at + 32].try_into().expect("32 bytes");
            } else {
                key = derive(&key, "liasse child v1", &[&[number]]);
            }
            node = 128 * node + child;
        }
        Ok(key)
    }
}

/// The root key of an epoch in a key file.
fn root_key(file: &[u8], store: [u8; 16], epoch: u64) -> Result<Bytes32, String> {
    let number = |record: &[u8], at: usize| {
        u64::from_le_bytes(record[at..at + 8].try_into().expect("8 bytes"))
    };
    let records = file[..8192].chunks(4096).filter(|record| {
        let sum = digest("liasse key file record v1", &[&record[..4064]]);
        record.starts_with(b"LIASSKEY") && record[4064..] == sum
    });
    let state = records
        .max_by_key(|record| number(record, 16))
        .ok_or("no valid record in the key file")?;
    let bound_to: [u8; 16] = state[32..48].try_into().expect("16 bytes");
    if state[24] != 1 || bound_to != store {
        return Err("a key file of another store".to_owned());
    }
    let slot = 8192 + usize::try_from(epoch % 2).expect("0 or 1") * 131_072;
    let (stripes, last) = file[slot..slot + 128_000].split_at(3999 * 32);
    let mask = digest("liasse key file slot v1", &[stripes]);
    let mut secret = [0; 32];
    for (at, byte) in secret.iter_mut().enumerate() {
        *byte = last[at] ^ mask[at];
    }
    Ok(secret)
}
