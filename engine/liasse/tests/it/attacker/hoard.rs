//! The rows a thief holds, whatever they lie in: copies of a catalog, the raw pages of its file
//! with those that redb had freed, and the files of the sinks.

use base::{Digest, RowRead, Table};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::path::Path;
use store::Counters;
use vault::{DossierKey, KeyTree, Slot, UnitKey};

pub(super) const HEADS: Table = Table::new("heads");
pub(super) const BODY_KEYS: Table = Table::new("body_keys");
pub(super) const UNITS: Table = Table::new("units");
pub(super) const KEPT_WORDS: Table = Table::new("kept_words");
pub(super) const ENTRIES: Table = Table::new("journal_entry");
pub(super) const NODES: Table = vault::tree::TABLE;
/// The tables with arms of their own. All others are robbed too, by one arm together.
const KNOWN: [Table; 6] = [HEADS, BODY_KEYS, UNITS, KEPT_WORDS, ENTRIES, NODES];

/// These tables, and those with arms of their own.
pub(super) fn with_known(tables: impl Iterator<Item = Table>) -> Vec<Table> {
    let other = tables.filter(|table| is_other(*table));
    KNOWN.into_iter().chain(other).collect()
}

/// Whether no arm but that of the others looks at the table.
pub(super) fn is_other(table: Table) -> bool {
    !KNOWN.contains(&table)
}

/// A row as it lay somewhere.
pub(super) struct Piece {
    pub(super) table: Table,
    pub(super) key: Vec<u8>,
    pub(super) value: Vec<u8>,
    /// What the living tree gives for its slot over the nodes of the copy it lay in.
    pub(super) crossed: Crossed,
}

/// A key that a tree gives over the nodes of another.
#[derive(Default)]
pub(super) struct Crossed {
    pub(super) dossier: Option<DossierKey>,
    pub(super) unit: Option<UnitKey>,
}

impl Crossed {
    fn of(table: Table, slot: Slot, rows: &dyn RowRead, living: &KeyTree) -> Self {
        let dossier = [HEADS, BODY_KEYS].contains(&table);
        let dossier = dossier.then(|| living.dossier_key(rows, slot).ok());
        let unit = (table == UNITS).then(|| living.unit_key(rows, slot).ok());
        Self {
            dossier: dossier.flatten(),
            unit: unit.flatten(),
        }
    }
}

impl Piece {
    /// The dossier's row and what is sealed in it: a clear header stands before that.
    pub(super) fn split(&self) -> Option<(&[u8], &[u8])> {
        let digests: usize = [16, 18]
            .map(|at| self.short(at).map_or(usize::MAX >> 8, usize::from))
            .iter()
            .sum();
        self.value.split_at_checked(24 + 32 * digests)
    }

    /// The digests of rows that its header names.
    pub(super) fn named(&self) -> Vec<Digest> {
        let header = self.split().map_or(&[][..], |(header, _)| header);
        let digests = header[24..].as_chunks::<32>().0.iter();
        digests.map(|digest| Digest::from_bytes(*digest)).collect()
    }

    /// The slot that its header names.
    pub(super) fn slot(&self) -> Option<u32> {
        let bytes = self.value.get(4..)?.first_chunk()?;
        Some(u32::from_le_bytes(*bytes))
    }

    fn short(&self, at: usize) -> Option<u16> {
        let bytes = self.value.get(at..)?.first_chunk()?;
        Some(u16::from_le_bytes(*bytes))
    }
}

/// The rows of one kind of source, each once.
#[derive(Default)]
pub(super) struct Hoard {
    pub(super) pieces: Vec<Piece>,
    seen: BTreeSet<Digest>,
    tables: BTreeMap<String, Table>,
}

impl Hoard {
    pub(super) fn of(&self, table: Table) -> impl Iterator<Item = &Piece> {
        self.pieces.iter().filter(move |it| it.table == table)
    }

    fn add(&mut self, table: Table, key: &[u8], value: &[u8]) -> Option<&mut Piece> {
        if table == NODES && key != [0] {
            return None;
        }
        let name = vault::digest("piece", &[table.name().as_bytes(), key, value]);
        if !self.seen.insert(name) {
            return None;
        }
        self.pieces.push(Piece {
            table,
            key: key.to_vec(),
            value: value.to_vec(),
            crossed: Crossed::default(),
        });
        self.pieces.last_mut()
    }

    /// The tables that rows were found of.
    pub(super) fn tables(&self) -> impl Iterator<Item = Table> {
        self.tables.values().copied()
    }

    /// The rows that a catalog says it has, of these tables.
    pub(super) fn add_rows(&mut self, tables: &[Table], rows: &dyn RowRead, living: &KeyTree) {
        for table in tables.iter().copied() {
            rows.visit(table, &[], &[0xff; 64], &mut |key, value| {
                if let Some(piece) = self.add(table, key, value) {
                    let slot = piece.slot().and_then(|slot| Slot::new(slot).ok());
                    let crossed = slot.map(|slot| Crossed::of(table, slot, rows, living));
                    piece.crossed = crossed.unwrap_or_default();
                }
                ControlFlow::Continue(())
            })
            .unwrap();
        }
    }

    /// The rows of every leaf page that the file holds or held; what stands at its place in
    /// `before` already is passed over.
    pub(super) fn add_pages(&mut self, file: &[u8], before: &[u8]) {
        for at in (0..file.len()).step_by(PAGE_BYTES) {
            let Some(rows) = leaf_rows(&file[at..]) else {
                continue;
            };
            let end = at + rows.last().map_or(0, |(_, value)| value.end);
            if before.get(at..end) == Some(&file[at..end]) {
                continue;
            }
            for (key, value) in rows {
                let (key, value) = (&file[at..][key], &file[at..][value]);
                if let Some(table) = table_of(key, value) {
                    self.add(table, key, value);
                }
            }
        }
    }

    /// The rows that a catalog file of a sink sets; says whether it could be read as one.
    pub(super) fn add_sink_file(&mut self, path: &Path) -> bool {
        let bytes = std::fs::read(path).unwrap();
        let mut rest = bytes.get(ROLL_HEADER_BYTES..).unwrap_or_default();
        let mut read = false;
        while let Some((length, behind)) = rest.split_first_chunk() {
            let length = u32::from_le_bytes(*length) as usize;
            let Some((items, behind)) = behind.split_at_checked(length) else {
                break;
            };
            if length == 0 || self.add_items(items).is_none() {
                break;
            }
            read = true;
            rest = behind.get(32..).unwrap_or_default();
        }
        read
    }

    /// The table of this name, which a sink tells.
    fn table(&mut self, name: &str) -> Table {
        if let Some(known) = self.tables.get(name) {
            return *known;
        }
        let known = KNOWN.into_iter().find(|table| table.name() == name);
        let table = known.unwrap_or_else(|| Table::new(name.to_owned().leak()));
        self.tables.insert(name.to_owned(), table);
        table
    }

    fn add_items(&mut self, mut items: &[u8]) -> Option<()> {
        let mut table = None;
        while !items.is_empty() {
            match take(&mut items, 1)?[0] {
                1 => {
                    let length = usize::from(take(&mut items, 1)?[0]);
                    let name = std::str::from_utf8(take(&mut items, length)?).ok()?;
                    table = Some(self.table(name));
                }
                2 => {
                    let (key, value) = (length(&mut items)?, length(&mut items)?);
                    let (key, value) = (take(&mut items, key)?, take(&mut items, value)?);
                    self.add(table?, key, value);
                }
                3 => {
                    let key = length(&mut items)?;
                    take(&mut items, key)?;
                }
                _ => return None,
            }
        }
        Some(())
    }
}

fn length(items: &mut &[u8]) -> Option<usize> {
    let bytes = take(items, 4)?.first_chunk()?;
    Some(u32::from_le_bytes(*bytes) as usize)
}

fn take<'a>(items: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (taken, rest) = items.split_at_checked(count)?;
    *items = rest;
    Some(taken)
}

type Ranges = (std::ops::Range<usize>, std::ops::Range<usize>);

/// The keys and values of a leaf page of redb: kind u8 = 1 | u8 | count u16 | where each key
/// ends u32 .. | where each value ends u32 .. | keys | values.
fn leaf_rows(page: &[u8]) -> Option<Vec<Ranges>> {
    if page.first() != Some(&1) {
        return None;
    }
    let count = usize::from(u16::from_le_bytes(*page.get(2..)?.first_chunk()?));
    let ends = page.get(4..4 + 8 * count)?.as_chunks::<4>().0;
    let end = |at: usize| u32::from_le_bytes(ends[at]) as usize;
    let mut from = 4 + 8 * count;
    let mut bounds = vec![from];
    for at in 0..2 * count {
        if end(at) < from || end(at) > page.len() {
            return None;
        }
        from = end(at);
        bounds.push(from);
    }
    let row = |at: usize| {
        let value = at + count;
        (bounds[at]..bounds[at + 1], bounds[value]..bounds[value + 1])
    };
    (count > 0).then(|| (0..count).map(row).collect())
}

/// The table of a row that lies in no table, by its shape.
fn table_of(key: &[u8], value: &[u8]) -> Option<Table> {
    match (key.len(), value.get(3)?) {
        (1, _) if key == [0] => Some(NODES),
        (7, 1 | 2) => Some(HEADS),
        (7, 3) => Some(BODY_KEYS),
        (8, _) => Some(ENTRIES),
        (16, _) if value.len() > 64 => Some(KEPT_WORDS),
        (17, _) if (1..=5).contains(&key[0]) => Some(UNITS),
        _ => None,
    }
}

/// How many slots of each kind a store has used.
pub(super) fn slots(counters: &Counters, counter: store::Counter) -> impl Iterator<Item = Slot> {
    let next = u32::try_from(counters.next(counter)).unwrap();
    (0..next).map(|slot| Slot::new(slot).unwrap())
}

const PAGE_BYTES: usize = 4096;
const ROLL_HEADER_BYTES: usize = 136;
