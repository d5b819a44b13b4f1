//! Dossiers, their documents, and what leads to them: heads, bodies and units.

use crate::archive::{Archives, Fields, blobs};
use crate::keys::Grove;
use crate::reader::{Reader, number};
use crate::seal::{Bytes32, Place, derive, digest};
use std::io::Read;

/// A dossier as its rows say it.
pub struct Dossier {
    /// Its number.
    pub number: u64,
    /// Its state.
    pub state: Fields,
    /// Its entries, in order.
    pub entries: Vec<Fields>,
    /// The key it is sealed under.
    pub key: Bytes32,
    /// The digest of part 0.
    pub leaf: Bytes32,
    keys: Vec<Vec<u8>>,
}

/// A body and its text.
#[derive(Debug, PartialEq, Eq)]
pub struct Document {
    /// As it was deposited.
    pub body: Vec<u8>,
    /// What is searched in.
    pub text: Vec<u8>,
}

/// A key and what it leads to.
pub type Item = (Vec<u8>, Vec<u8>);

/// A unit, opened.
struct Unit {
    first: u128,
    last: u128,
    items: Vec<Item>,
}

/// A frame of a segment.
struct Frame {
    digest: Bytes32,
    /// Sealed.
    body: Vec<u8>,
    /// Sealed, or nothing.
    text: Vec<u8>,
}

/// A row of `heads` or `body_keys`, opened.
struct Part {
    plain: Vec<u8>,
    kind: u8,
    key: Bytes32,
    /// Of the row itself.
    digest: Bytes32,
    /// Of the closed heads, and of the key blocks, that part 0 names.
    named: (Vec<Bytes32>, Vec<Bytes32>),
}

impl Reader {
    /// The numbers of the dossiers there are.
    ///
    /// # Errors
    /// When the rows cannot be read.
    pub fn dossiers(&self) -> Result<Vec<u64>, String> {
        let rows = self.catalog.rows("heads")?;
        let live = rows.iter().filter(|(key, _)| key[5..] == [0, 0]);
        Ok(live.map(|(key, _)| dossier_of(key)).collect())
    }

    /// One dossier.
    ///
    /// # Errors
    /// When a row of it is not as the page says.
    pub fn dossier(&self, of: u64) -> Result<Dossier, String> {
        let archives = Archives::of_the_page()?;
        let live = self.part("heads", of, 0)?;
        let mut state = blobs(&live.plain, 1)?;
        let mut entries = state.split_off(1);
        let state = state.first().ok_or("a head without a state")?;
        let (closed, keys) = &live.named;
        let closed = self.parts("heads", of, 1, closed, 2)?;
        let keys = self.parts("body_keys", of, 0, keys, 3)?;
        let mut older = Vec::new();
        for part in &closed {
            older.extend(blobs(&part.plain, 2)?);
        }
        older.append(&mut entries);
        let entries = older.into_iter().map(|blob| archives.read("Entry", blob));
        Ok(Dossier {
            number: of,
            state: archives.read("Dossier", state)?,
            entries: entries.collect::<Result<_, _>>()?,
            key: live.key,
            leaf: live.digest,
            keys: keys.into_iter().map(|part| part.plain).collect(),
        })
    }

    /// The parts that part 0 names by these digests.
    fn parts(
        &self,
        table: &str,
        of: u64,
        first: u16,
        named: &[Bytes32],
        kind: u8,
    ) -> Result<Vec<Part>, String> {
        let parts = (first..).zip(named).map(|(part, named)| {
            let found = self.part(table, of, part)?;
            if found.digest != *named || found.kind != kind {
                return Err(format!("{table}, part {part}: not the one that is named"));
            }
            Ok(found)
        });
        parts.collect()
    }

    fn part(&self, table: &str, of: u64, part: u16) -> Result<Part, String> {
        let key = [&of.to_be_bytes()[3..], &part.to_be_bytes()].concat();
        let row = self.catalog.row(table, &key)?;
        let row = row.ok_or_else(|| format!("{table}: no part {part} of dossier {of}"))?;
        let count = |at: usize| usize::from(u16::from_le_bytes([row[at], row[at + 1]]));
        let (closed, keys) = (count(16), count(18));
        if row[0] != 1 || row[20..24] != [0; 4] {
            return Err(format!("{table}: a header of {:?}", &row[..24]));
        }
        let (header, sealed) = row.split_at(24 + 32 * (closed + keys));
        let slot = u32::from_le_bytes(row[4..8].try_into().expect("4 bytes"));
        let data_key = self.key(Grove::Dossiers, slot)?;
        let place = self.place(table, [&key, header].concat(), 0, [0, 0]);
        let packed = place.open(&data_key, sealed)?;
        let digests = header[24..]
            .chunks(32)
            .map(|digest| digest.try_into().expect("32 bytes"));
        let mut closed_heads: Vec<Bytes32> = digests.collect();
        let key_blocks = closed_heads.split_off(closed);
        Ok(Part {
            plain: unpack([row[1], row[2]], &packed)?,
            kind: row[3],
            key: data_key,
            digest: digest("liasse row v1", &[table.as_bytes(), &key, &row]),
            named: (closed_heads, key_blocks),
        })
    }

    /// A document's body and text; none when it has no body.
    ///
    /// # Errors
    /// When its key, its frame or what lies in it is not as the page says.
    pub fn document(&self, dossier: &Dossier, entry: &Fields) -> Result<Option<Document>, String> {
        let of = number(entry, "number")?;
        let (part, at) = (of / 128, 8 + 96 * (of % 128));
        let (part, at) = (
            usize::try_from(part).expect("small"),
            usize::try_from(at).expect("small"),
        );
        let block = dossier.keys.get(part).ok_or("no key block")?;
        let row = block.get(at..at + 96).ok_or("no row in the key block")?;
        if block[0] != 1 || row[88] != 1 {
            return Ok(None);
        }
        let (key, place) = (row[..32].try_into().expect("32 bytes"), &row[64..88]);
        let frame = self.frame(place, dossier.number << 24 | of)?;
        let (body, text) = (&frame.body, &frame.text);
        if frame.digest != row[32..64] {
            return Err("the key block names another frame".to_owned());
        }
        let ids = [bytes(&dossier.state, "id")?, bytes(entry, "document")?].concat();
        let open = |table, packing, sealed: &[u8]| {
            let place = self.place(table, ids.clone(), 1, packing);
            place.open_body(&key, sealed)
        };
        let packing = |at: usize| [place[at], place[at + 1]];
        let packed_text = if text.is_empty() {
            Vec::new()
        } else {
            open("text", packing(22), text)?
        };
        let packed_body = open("body", packing(20), body)?;
        let (text, body) = unpack_both(packing(22), &packed_text, packing(20), &packed_body)?;
        Ok(Some(Document { body, text }))
    }

    /// The frame at a place, which bears this ordinal.
    fn frame(&self, place: &[u8], ordinal: u64) -> Result<Frame, String> {
        let u32_at = |at: usize| u32::from_le_bytes(place[at..at + 4].try_into().expect("4 bytes"));
        let segment = u32_at(0);
        let offset = u64::from_le_bytes(place[4..12].try_into().expect("8 bytes"));
        let (body, text) = (u32_at(12) as usize, u32_at(16) as usize);
        let file = self.file(&format!("body/{segment:08}.seg"))?;
        let expected = [
            b"LIASSEB1".as_slice(),
            &segment.to_le_bytes(),
            &[0; 4],
            &self.store,
        ];
        if file[..32] != expected.concat() {
            return Err(format!("segment {segment} has another header"));
        }
        let offset = usize::try_from(offset).map_err(|_| "too far")?;
        let frame = file
            .get(offset..offset + 32 + body + text)
            .ok_or("the segment is cut")?;
        let (header, parts) = frame.split_at(32);
        let lengths = [&place[12..20], &ordinal.to_le_bytes(), &place[20..24]].concat();
        let (body_part, text_part) = parts.split_at(body);
        let sum = digest("liasse frame v1", &[&header[..24], body_part, text_part]);
        if !header.starts_with(b"LBF1") || header[4..24] != lengths || header[24..] != sum[..8] {
            return Err(format!("the frame at {offset} has another header"));
        }
        Ok(Frame {
            digest: sum,
            body: body_part.to_vec(),
            text: text_part.to_vec(),
        })
    }

    /// The items of the units of a kind, in order.
    ///
    /// # Errors
    /// When a unit is not as the page says, or one is missing.
    pub fn units(&self, kind: u8) -> Result<Vec<Item>, String> {
        let mut items = Vec::new();
        let mut next = Some(0);
        for (key, row) in self.catalog.rows("units")? {
            if key[0] == kind {
                let unit = self.unit(&key, &row)?;
                if next != Some(unit.first) {
                    return Err(format!("a unit of kind {kind} is missing"));
                }
                next = unit.last.checked_add(1);
                items.extend(unit.items);
            }
        }
        match next {
            None | Some(0) => Ok(items),
            Some(_) => Err(format!("the last unit of kind {kind} is missing")),
        }
    }

    /// The items of the unit that covers the bucket of a key.
    ///
    /// # Errors
    /// When it is not as the page says, or there is none.
    pub fn unit_of(&self, kind: u8, key: &[u8]) -> Result<Vec<Item>, String> {
        let unit_key = self.key(Grove::Units, 0)?;
        let bucket_key: Bytes32 = derive(&unit_key, "liasse bucket key v1", &[]);
        let bucket: [u8; 16] = derive(&bucket_key, "liasse bucket v1", &[&[kind], key]);
        let bucket = u128::from_be_bytes(bucket);
        let rows = self.catalog.rows("units")?;
        let mut rows = rows.iter().rev().filter(|(key, _)| key[0] == kind);
        let row = rows.find(|(key, _)| bucket_of(&key[1..]) <= bucket);
        let (key, row) = row.ok_or("no unit covers it")?;
        let unit = self.unit(key, row)?;
        if unit.last < bucket {
            return Err("no unit covers it".to_owned());
        }
        Ok(unit.items)
    }

    fn unit(&self, key: &[u8], row: &[u8]) -> Result<Unit, String> {
        let slot = u32::from_le_bytes(row[4..8].try_into().expect("4 bytes"));
        let unit_key = self.key(Grove::Units, slot)?;
        let place = self.place("units", [key, &row[..16]].concat(), 0, [0, 0]);
        let plain = place.open(&unit_key, &row[16..])?;
        let count = u16::from_le_bytes([plain[2], plain[3]]);
        Ok(Unit {
            first: bucket_of(&key[1..]),
            last: bucket_of(&plain[4..20]),
            items: items_of(&plain[20..], count)?,
        })
    }

    /// The root of the state tree, and that its leaves are the heads.
    ///
    /// # Errors
    /// When a node is not that of its children.
    pub fn state_root(&self) -> Result<Bytes32, String> {
        let mut below = std::collections::BTreeMap::new();
        for (key, row) in self.catalog.rows("heads")? {
            if key[5..] == [0, 0] {
                let leaf = digest("liasse row v1", &[b"heads", &key, &row]);
                below.insert(dossier_of(&key), leaf);
            }
        }
        let rows = self.catalog.rows("state_tree")?;
        let height = rows.iter().map(|(key, _)| key[0] + 1).max().unwrap_or(0);
        for level in 0..height {
            let mut above = std::collections::BTreeMap::new();
            for (key, row) in rows.iter().filter(|(key, _)| key[0] == level) {
                let node = dossier_of(&key[1..]);
                let there = u16::from_le_bytes([row[0], row[1]]);
                let children = (0..16).filter(|child| there >> child & 1 == 1);
                for (child, kept) in children.zip(row[2..].chunks(32)) {
                    let found = below.remove(&(16 * node + child));
                    if found.as_ref().map(<[u8; 32]>::as_slice) != Some(kept) {
                        return Err(format!("level {level}, node {node}, child {child}"));
                    }
                }
                above.insert(node, digest("liasse state node v1", &[&[level], row]));
            }
            if !below.is_empty() {
                return Err(format!("level {level} lacks a child"));
            }
            below = above;
        }
        let root = |top: &Bytes32| digest("liasse state root v1", &[&[height], top]);
        Ok(below.get(&0).map_or([0; 32], root))
    }

    pub(crate) fn place<'a>(
        &self,
        table: &'a str,
        row: Vec<u8>,
        version: u64,
        packing: [u8; 2],
    ) -> Place<'a> {
        Place {
            store: self.store,
            table,
            row,
            version,
            packing,
        }
    }
}

fn bucket_of(bytes: &[u8]) -> u128 {
    u128::from_be_bytes(bytes.try_into().expect("16 bytes"))
}

fn items_of(mut rest: &[u8], count: u16) -> Result<Vec<Item>, String> {
    let mut items = Vec::new();
    for _ in 0..count {
        let (head, behind) = rest.split_at_checked(4).ok_or("an item is cut")?;
        let key = usize::from(u16::from_le_bytes([head[0], head[1]]));
        let value = usize::from(u16::from_le_bytes([head[2], head[3]]));
        let (item, behind) = behind
            .split_at_checked(key + value)
            .ok_or("an item is cut")?;
        items.push((item[..key].to_vec(), item[key..].to_vec()));
        rest = behind;
    }
    Ok(items)
}

/// The plaintext of what was packed alone.
fn unpack(packing: [u8; 2], packed: &[u8]) -> Result<Vec<u8>, String> {
    match packing {
        [0, 0] => Ok(packed.to_vec()),
        [1, dictionary] => {
            let (length, frame) = packed.split_at_checked(4).ok_or("too short")?;
            inflate(dictionary, frame, &[length_of(length)]).map(|mut parts| parts.remove(0))
        }
        other => Err(format!("{other:?} is no packing")),
    }
}

/// Text and body, which may share a frame.
fn unpack_both(
    text_packing: [u8; 2],
    text: &[u8],
    body_packing: [u8; 2],
    body: &[u8],
) -> Result<(Vec<u8>, Vec<u8>), String> {
    if body_packing != [2, 1] {
        return Ok((unpack(text_packing, text)?, unpack(body_packing, body)?));
    }
    let (text_length, text) = text.split_at_checked(4).ok_or("too short")?;
    let (body_length, body) = body.split_at_checked(4).ok_or("too short")?;
    let (text_length, body_length) = (length_of(text_length), length_of(body_length));
    // The text is read alone, too.
    let alone = inflate(1, text, &[text_length])?.remove(0);
    let mut parts = inflate(1, &[text, body].concat(), &[text_length, body_length])?;
    let (body, text) = (parts.remove(1), parts.remove(0));
    if text_packing != [2, 1] || text != alone {
        return Err("the text is another when it is read alone".to_owned());
    }
    Ok((text, body))
}

fn length_of(bytes: &[u8]) -> usize {
    u32::from_le_bytes(bytes.try_into().expect("4 bytes")) as usize
}

/// The parts of these lengths that a zstd frame begins with.
fn inflate(dictionary: u8, frame: &[u8], lengths: &[usize]) -> Result<Vec<Vec<u8>>, String> {
    let dictionary = if dictionary == 1 { DICTIONARY } else { &[] };
    let told = |error: std::io::Error| error.to_string();
    let decoder = zstd::stream::read::Decoder::with_dictionary(frame, dictionary);
    let mut decoder = decoder.map_err(told)?;
    let parts = lengths.iter().map(|length| {
        let mut part = vec![0; *length];
        decoder.read_exact(&mut part).map_err(told)?;
        Ok(part)
    });
    parts.collect()
}

fn dossier_of(key: &[u8]) -> u64 {
    key[..5]
        .iter()
        .fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// The bytes of a field.
///
/// # Errors
/// When it has none.
pub fn bytes(fields: &Fields, name: &str) -> Result<Vec<u8>, String> {
    let said = fields.get(name).ok_or_else(|| format!("no field {name}"))?;
    let inner = said.trim_start_matches('[').trim_end_matches(']');
    let bytes = inner.split(", ").map(|byte| byte.parse::<u8>());
    bytes
        .collect::<Result<_, _>>()
        .map_err(|_| format!("{name} is no bytes"))
}

/// `engine/store/data/template-1.txt`, as the page names it.
const DICTIONARY: &[u8] = include_bytes!("../../../engine/store/data/template-1.txt");
