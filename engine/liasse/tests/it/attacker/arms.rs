//! The thief's arms: what is done with the rows, files and bodies she holds.

use super::hoard::{BODY_KEYS, ENTRIES, HEADS, Hoard, KEPT_WORDS, NODES, Piece, UNITS, is_other};
use super::{Arm, Frame, Keys, Loot, Marks};
use base::rows::MapRows;
use base::{Cursor, Digest, DocumentNumber, DossierNumber, RowRead, RowWrite, StoreId, Table};
use std::collections::BTreeMap;
use std::sync::Arc;
use store::{
    BODY_PLACE_BYTES, Catalog, DocumentName, DossierSeal, Listing, SealedHead, open_body,
    open_text, state_tree,
};
use vault::{BlockRow, BodyKey, DossierKey, Epoch, KeyBlock, KeyTree, Kms, Place, Slot, UnitKey};

pub(super) type FramePlace = [u8; BODY_PLACE_BYTES];
/// Sealed bodies and texts, as some copy holds them.
pub(super) type Bodies = BTreeMap<FramePlace, (Vec<u8>, Vec<u8>)>;

pub(super) struct Arms<'a> {
    keys: Arc<Keys>,
    kms: &'a dyn Kms,
    marks: &'a Marks,
    frames: BTreeMap<FramePlace, Frame>,
    bodies: Bodies,
    body_keys: BTreeMap<FramePlace, BodyKey>,
    pub(super) loot: Loot,
}

impl<'a> Arms<'a> {
    pub(super) fn new(keys: Arc<Keys>, kms: &'a dyn Kms, marks: &'a Marks) -> Self {
        Self {
            keys,
            kms,
            marks,
            frames: BTreeMap::new(),
            bodies: BTreeMap::new(),
            body_keys: BTreeMap::new(),
            loot: Loot::default(),
        }
    }

    /// Tells her where bodies lie, and what lies there in a copy.
    pub(super) fn add_bodies(&mut self, frames: &[Frame], catalog: &Catalog) {
        for frame in frames {
            let place = frame.place.to_bytes();
            self.frames.insert(place, *frame);
            if let Ok(body) = catalog.read_body(frame.place) {
                let text = catalog.read_text(frame.place).unwrap_or_default();
                self.bodies.entry(place).or_insert((body, text));
            }
        }
    }

    /// Every arm that works on rows, on the rows of one kind of source.
    pub(super) fn rob(&mut self, origin: &str, hoard: &Hoard, newest: &Catalog) {
        let heads = self.rob_heads(hoard);
        let found = self.loot.frames.clone();
        self.add_bodies(&found, newest);
        let mut robbed = vec![("heads", heads), ("body keys", self.rob_keys(hoard))];
        for (name, kind) in [("was she there", 1), ("who wrote", 4)] {
            robbed.push((name, self.rob_units(hoard, &[kind])));
        }
        robbed.push(("units", self.rob_units(hoard, &[2, 3, 5])));
        robbed.push(("words of traces", self.rob_words(hoard)));
        robbed.push(("kept words", self.rob_kept_words(hoard)));
        robbed.push(("top rows", self.rob_tops(hoard)));
        // Rows on pages are told by their shape: those of other tables are among the bytes.
        if origin != "pages" {
            let others = self.rob_others(hoard);
            let name = format!("{origin}: other tables");
            self.loot.silent.insert(name, others);
        }
        for (name, arm) in robbed {
            self.loot.arms.insert(format!("{origin}: {name}"), arm);
        }
    }

    fn rob_heads(&mut self, hoard: &Hoard) -> Arm {
        let keys = Arc::clone(&self.keys);
        let by_digest: BTreeMap<_, _> = [HEADS, BODY_KEYS]
            .into_iter()
            .flat_map(|table| hoard.of(table))
            .map(|piece| (digest_of(piece), piece))
            .collect();
        let mut arm = Arm::default();
        for piece in hoard.of(HEADS).filter(|it| it.value[3] == 1) {
            let Some(key) = opener(&keys, piece, &mut arm) else {
                continue;
            };
            let rows = rows_of(piece, &by_digest);
            let seal = DossierSeal {
                store: keys.store,
                key,
            };
            let head = SealedHead::read(&rows, number_of(piece)).unwrap().unwrap();
            let listing = head.open(&rows, seal).unwrap();
            self.read(&listing, &rows, seal, &mut arm);
        }
        arm
    }

    /// Reads all that an opened head says and leads to.
    fn read(&mut self, listing: &Listing, rows: &MapRows, seal: DossierSeal<'_>, arm: &mut Arm) {
        let dossier = listing.dossier().unwrap();
        for alias in dossier.aliases() {
            self.scan(alias.matricule().as_bytes(), arm);
            self.loot.note(dossier.id(), alias.matricule());
            let matricule = alias.matricule().to_owned();
            self.loot.people.insert(listing.number(), matricule);
        }
        for entry in listing.entries() {
            self.scan(entry.title().as_bytes(), arm);
            for author in entry.authors() {
                self.scan(author.id().as_bytes(), arm);
            }
            self.loot.note_document(entry.document(), entry.title());
            let Ok(Some(stored)) = listing.body(rows, seal, entry.number()) else {
                continue;
            };
            let place = stored.place.to_bytes();
            if !self.frames.contains_key(&place) {
                let name = DocumentName {
                    store: seal.store,
                    dossier: dossier.id(),
                    document: entry.document(),
                };
                let place = stored.place;
                self.loot.frames.push(Frame { name, place });
            }
            self.body_keys.insert(place, stored.key);
        }
    }

    fn rob_keys(&mut self, hoard: &Hoard) -> Arm {
        let keys = Arc::clone(&self.keys);
        let mut arm = Arm::default();
        for piece in hoard.of(BODY_KEYS) {
            let Some(key) = opener(&keys, piece, &mut arm) else {
                continue;
            };
            let (header, sealed) = piece.split().unwrap();
            let row = [&piece.key, header].concat();
            let place = place_of(keys.store, BODY_KEYS, &row, 0);
            let block = KeyBlock::open(key, &place, sealed).unwrap();
            for at in 0..u32::try_from(block.len()).unwrap() {
                let at = DocumentNumber::new(at).unwrap();
                let (Some(BlockRow::Body { place, .. }), Some(key)) =
                    (block.row(at), block.body_key(at))
                else {
                    continue;
                };
                self.read_body(&place, &key, &mut arm);
                self.body_keys.insert(place, key);
            }
        }
        arm
    }

    /// Every body she knows of, under its own key if she has that, else under every other.
    pub(super) fn rob_bodies(&mut self) {
        let mut arm = Arm::default();
        for place in self.frames.keys() {
            let own = self.body_keys.get(place).into_iter();
            { own.chain(self.body_keys.values()) }.find(|key| self.read_body(place, key, &mut arm));
        }
        self.loot.arms.insert("bodies".to_owned(), arm);
    }

    fn read_body(&self, place: &FramePlace, key: &BodyKey, arm: &mut Arm) -> bool {
        arm.tried += 1;
        let known = self.frames.get(place).zip(self.bodies.get(place));
        let Some((frame, (body, text))) = known else {
            return false;
        };
        let packing = frame.place.packing();
        let parts = [body.as_slice(), text].concat();
        let Ok(body) = open_body(frame.name, key, frame.place, &parts) else {
            return false;
        };
        arm.opened += 1;
        self.scan(&body, arm);
        let text = open_text(frame.name, key, packing, text).unwrap();
        self.scan(text.as_bytes(), arm);
        true
    }

    /// Sealed units of some kinds, each under every unit key.
    fn rob_units(&self, hoard: &Hoard, kinds: &[u8]) -> Arm {
        let mut arm = Arm::default();
        for piece in hoard.of(UNITS).filter(|it| kinds.contains(&it.key[0])) {
            let (header, sealed) = piece.value.split_at(16);
            let row = [&piece.key, header].concat();
            let place = place_of(self.keys.store, UNITS, &row, 0);
            let own = piece
                .slot()
                .and_then(|slot| self.keys.units.get(slot as usize));
            let likely = own.into_iter().chain(&piece.crossed.unit);
            let all: Vec<&UnitKey> = likely.chain(&self.keys.units).collect();
            let opened = all.into_iter().find_map(|key| {
                arm.tried += 1;
                key.open(&place, sealed).ok()
            });
            let Some(plain) = opened else { continue };
            arm.opened += 1;
            for (key, value) in items(&plain) {
                // The law keeps traces: a blind name leads auditors to those of the erased.
                let audited = piece.key[0] == 1 && key.first() == Some(&0);
                if !audited {
                    self.scan(key, &mut arm);
                    self.scan(value, &mut arm);
                }
            }
        }
        arm
    }

    /// Words of traces, sealed under the patients' data keys; the traces themselves stay.
    fn rob_words(&self, hoard: &Hoard) -> Arm {
        let mut arm = Arm::default();
        for piece in hoard.of(ENTRIES) {
            let Ok(entry) = journal::Entry::from_bytes(piece.value.clone()) else {
                continue;
            };
            if entry.sealed_words().is_none() {
                continue;
            }
            let words = self.keys.dossiers.iter().find_map(|key| {
                arm.tried += 1;
                entry.open_words(self.keys.store, key).ok()
            });
            if let Some(words) = words {
                arm.opened += 1;
                self.scan(words.query.as_bytes(), &mut arm);
                self.scan(words.motive.as_bytes(), &mut arm);
            }
        }
        arm
    }

    fn rob_kept_words(&self, hoard: &Hoard) -> Arm {
        let mut arm = Arm::default();
        for piece in hoard.of(KEPT_WORDS) {
            let place = place_of(self.keys.store, KEPT_WORDS, &piece.key, 1);
            let opened = self.keys.dossiers.iter().find_map(|key| {
                arm.tried += 1;
                key.open(&place, &piece.value).ok()
            });
            if let Some(plain) = opened {
                arm.opened += 1;
                self.scan(&plain, &mut arm);
            }
        }
        arm
    }

    /// Every top row ever written, whatever its epoch, under every root that the key store
    /// gives: one that unwraps holds a tree, and the tree the heads.
    fn rob_tops(&self, hoard: &Hoard) -> Arm {
        let living = self.keys.tree.epoch().number();
        let context = [b"liasse top v1", &self.keys.store.as_bytes()[..]].concat();
        let mut arm = Arm::default();
        for piece in hoard.of(NODES) {
            let mut cursor = Cursor::new(&piece.value[..]);
            let wrapped = (|| {
                cursor.take(10).ok()?;
                let length = cursor.u16().ok()?;
                cursor.take(usize::from(length)).ok()
            })();
            let Some(wrapped) = wrapped else { continue };
            for epoch in 1..=living + 1 {
                arm.tried += 1;
                let unwrapped = self.kms.unwrap(Epoch::new(epoch), &context, wrapped);
                if unwrapped.is_ok() {
                    arm.opened += 1;
                    self.use_top(piece, epoch == living, hoard, &mut arm);
                }
            }
        }
        arm
    }

    fn use_top(&self, top: &Piece, is_living: bool, hoard: &Hoard, arm: &mut Arm) {
        if !is_living {
            arm.marks.insert("a root that should be gone".to_owned());
            return;
        }
        let mut rows = MapRows::new();
        self.keys
            .rows
            .visit(NODES, &[], &[0xff; 8], &mut |key, value| {
                rows.put(NODES, key, value).unwrap();
                std::ops::ControlFlow::Continue(())
            })
            .unwrap();
        rows.put(NODES, &top.key, &top.value).unwrap();
        let opened = KeyTree::open(&rows, self.kms, self.keys.store).unwrap();
        for head in hoard.of(HEADS).filter(|it| it.value[3] == 1) {
            // What lies in a freed page may look like a head and be none.
            let slot = head.slot().and_then(|number| Slot::new(number).ok());
            let key = slot.and_then(|slot| opened.tree().dossier_key(&rows, slot).ok());
            let Some((key, (header, sealed))) = key.zip(head.split()) else {
                continue;
            };
            let row = [&head.key, header].concat();
            let place = place_of(self.keys.store, HEADS, &row, 0);
            if key.open(&place, sealed).is_ok() {
                let whose = self.loot.people.get(&number_of(head));
                let whose = whose.map_or("a dossier that nothing else opens", String::as_str);
                arm.marks.insert(whose.to_owned());
            }
        }
    }

    /// The rows of all other tables: what lies in them in clear, and what opens under any key of
    /// a dossier or a unit, as a record of its table and row.
    fn rob_others(&self, hoard: &Hoard) -> Arm {
        let mut arm = Arm::default();
        for piece in { hoard.pieces.iter() }.filter(|it| is_other(it.table)) {
            arm.tried += 1;
            self.scan(&piece.key, &mut arm);
            self.scan(&piece.value, &mut arm);
            if piece.value.len() <= vault::RECORD_OVERHEAD_BYTES {
                continue;
            }
            for version in 0..2 {
                let place = place_of(self.keys.store, piece.table, &piece.key, version);
                let dossiers = { self.keys.dossiers.iter() }
                    .find_map(|key| key.open(&place, &piece.value).ok());
                let units =
                    { self.keys.units.iter() }.find_map(|key| key.open(&place, &piece.value).ok());
                for plain in dossiers.into_iter().chain(units) {
                    arm.opened += 1;
                    self.scan(&plain, &mut arm);
                }
            }
        }
        arm
    }

    fn scan(&self, plain: &[u8], arm: &mut Arm) {
        self.marks.scan(plain, &mut arm.marks);
    }
}

/// The key that opens a row of a dossier: its slot's, what an older copy's nodes give for it,
/// or any other.
fn opener<'a>(keys: &'a Keys, piece: &'a Piece, arm: &mut Arm) -> Option<&'a DossierKey> {
    let (header, sealed) = piece.split()?;
    let row = [&piece.key, header].concat();
    let place = place_of(keys.store, piece.table, &row, 0);
    let own = keys.dossiers.get(piece.slot()? as usize);
    let likely = own.into_iter().chain(&piece.crossed.dossier);
    let found = { likely.chain(&keys.dossiers) }.find(|key| {
        arm.tried += 1;
        key.open(&place, sealed).is_ok()
    });
    arm.opened += usize::from(found.is_some());
    found
}

/// A head with the rows that it names, as a catalog of one dossier.
fn rows_of(piece: &Piece, by_digest: &BTreeMap<Digest, &Piece>) -> MapRows {
    let mut rows = MapRows::new();
    rows.put(HEADS, &piece.key, &piece.value).unwrap();
    for named in piece.named() {
        if let Some(named) = by_digest.get(&named) {
            rows.put(named.table, &named.key, &named.value).unwrap();
        }
    }
    let leaf = BTreeMap::from([(number_of(piece), Some(digest_of(piece)))]);
    state_tree::update(&mut rows, &leaf).unwrap();
    rows
}

fn number_of(piece: &Piece) -> DossierNumber {
    let mut number = [0; 8];
    number[3..].copy_from_slice(&piece.key[..5]);
    DossierNumber::new(u64::from_be_bytes(number)).unwrap()
}

fn digest_of(piece: &Piece) -> Digest {
    let table = piece.table.name().as_bytes();
    vault::digest("liasse row v1", &[table, &piece.key, &piece.value])
}

/// The items of a unit: version u8 | u8 | count u16 | 16 bytes | key length u16 | value length
/// u16 | key | value ..
fn items(plain: &[u8]) -> Vec<(&[u8], &[u8])> {
    let mut cursor = Cursor::new(plain);
    cursor.take(2).unwrap();
    let count = cursor.u16().unwrap();
    cursor.take(16).unwrap();
    (0..count)
        .map(|_| {
            let (key, value) = (cursor.u16().unwrap(), cursor.u16().unwrap());
            let key = cursor.take(usize::from(key)).unwrap();
            (key, cursor.take(usize::from(value)).unwrap())
        })
        .collect()
}

fn place_of(store: StoreId, table: Table, row: &[u8], version: u64) -> Place<'_> {
    Place {
        store,
        table,
        row,
        version,
        codec: 0,
        dictionary: 0,
    }
}
