//! A catalog that is rebuilt from catalog files, before it is a store.
//!
//! For: restore and standby. Not for: which file follows which. Invariants: the folder is no
//! store before [`Catalog::finish_rebuilding`]; a delta is applied whole or not at all, and only
//! to the state it was made on; what a file says is believed once its end checked, and the proof
//! is kept in the catalog until somebody who holds the key has looked at it.

use super::founding::{Hold, remove};
use super::opening::{CATALOG, OPEN_MARK, mark_open, open_writer};
use super::{Catalog, Writer, begin_read, guard};
use crate::bodies::{self, BodyFiles};
use crate::error::StoreError;
use crate::format::{self, FORMAT_VERSION, Format};
use crate::roll::{Items, Piece, RollProof, RollReader, Tip};
use crate::sort;
use crate::{Options, Snapshot, Transaction};
use base::disk::{Disk, OpenMode};
use base::{RowRead, RowWrite, Table};
use redb::{ReadableDatabase, ReadableTable, TableDefinition, TableHandle, WriteTransaction};
use std::io::{self, Read};
use std::ops::ControlFlow;
use std::sync::Arc;

/// A catalog on its way to becoming a store.
pub struct Rebuilding {
    disk: Arc<dyn Disk>,
    hold: Hold,
    format: Format,
    options: Options,
    bodies: Arc<BodyFiles>,
    writer: Writer,
}

impl Rebuilding {
    /// What an earlier attempt left on `disk`, or `None` when there was none. A folder that
    /// holds a store already is refused.
    ///
    /// # Errors
    /// [`StoreError::NotEmpty`] for a store, [`StoreError::LockedElsewhere`] while another makes
    /// one there, and those of opening one.
    pub fn resume_on(disk: Arc<dyn Disk>, options: Options) -> Result<Option<Self>, StoreError> {
        let names = match disk.list("") {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            other => other?,
        };
        let has = |wanted: &str| names.iter().any(|name| name == wanted);
        if has(format::FILE) {
            return Err(StoreError::NotEmpty);
        }
        if !has(format::UNFINISHED) || !has(CATALOG) {
            return Ok(None);
        }
        let hold = Hold::of(&*disk)?;
        let Ok(format) = Format::read_unfinished(&*disk) else {
            return Ok(None);
        };
        let bodies = Arc::new(BodyFiles::new(Arc::clone(&disk), format.store));
        let writer = match open_writer(&disk, &bodies, options, OpenMode::Write) {
            Ok(writer) => writer,
            Err(StoreError::LockedElsewhere) => return Err(StoreError::LockedElsewhere),
            Err(_) => return Ok(None),
        };
        let this = Self {
            disk,
            hold,
            format,
            options,
            bodies,
            writer,
        };
        Ok(this.tip()?.is_some().then_some(this))
    }

    /// Begins anew with a snapshot; what an earlier attempt left of the catalog is removed.
    ///
    /// # Errors
    /// [`StoreError::NotEmpty`] for a store, [`StoreError::LockedElsewhere`] while another makes
    /// one there, [`StoreError::DamagedRoll`],
    /// [`StoreError::OtherRoll`] when it is no snapshot, and those of the disk.
    pub fn begin_on(
        disk: Arc<dyn Disk>,
        options: Options,
        snapshot: &mut RollReader<impl Read>,
    ) -> Result<Self, StoreError> {
        let header = *snapshot.header();
        if header.before.is_some() {
            return Err(OTHER_STATE);
        }
        if header.format > FORMAT_VERSION {
            return Err(StoreError::NewerFormat {
                found: header.format,
                known: FORMAT_VERSION,
            });
        }
        disk.create_folder("")?;
        if disk.list("")?.iter().any(|name| name == format::FILE) {
            return Err(StoreError::NotEmpty);
        }
        let hold = Hold::of(&*disk)?;
        // What was there a moment ago may have become a store before it was held.
        if disk.list("")?.iter().any(|name| name == format::FILE) {
            return Err(StoreError::NotEmpty);
        }
        for name in [CATALOG, OPEN_MARK] {
            remove(&*disk, name)?;
        }
        let format = Format {
            version: header.format,
            store: header.store,
            created: header.created,
        };
        format.write_unfinished(&*disk)?;
        disk.create_folder(bodies::FOLDER)?;
        let bodies = Arc::new(BodyFiles::new(Arc::clone(&disk), format.store));
        let writer = open_writer(&disk, &bodies, options, OpenMode::CreateNew)?;
        disk.sync_folder("")?;
        let this = Self {
            disk,
            hold,
            format,
            options,
            bodies,
            writer,
        };
        this.load(snapshot)?;
        Ok(this)
    }

    /// The state it has been brought to.
    ///
    /// # Errors
    /// [`StoreError::DamagedCatalog`] and those of the disk.
    pub fn tip(&self) -> Result<Option<Tip>, StoreError> {
        let proofs = self.proofs()?;
        Ok(proofs.last().map(|proof| proof.header.after))
    }

    /// What it was made of, oldest first.
    ///
    /// # Errors
    /// [`StoreError::DamagedCatalog`] and those of the disk.
    pub fn proofs(&self) -> Result<Vec<RollProof>, StoreError> {
        guard(|| {
            let database = self.writer.database()?;
            let read = database.begin_read().map_err(sort::transaction)?;
            let table = match read.open_table(PROOF_ROWS) {
                Ok(table) => table,
                Err(redb::TableError::TableDoesNotExist(_)) => return Ok(Vec::new()),
                Err(error) => return Err(sort::table(error)),
            };
            let rows = table.iter().map_err(sort::storage)?;
            rows.map(|row| {
                let (_, value) = row.map_err(sort::storage)?;
                RollProof::from_bytes(value.value()).map_err(|_| StoreError::damaged(PROOFS))
            })
            .collect()
        })
    }

    /// Applies a delta to the state it was made on, or puts a snapshot in the place of whatever
    /// state there is.
    ///
    /// # Errors
    /// [`StoreError::OtherRoll`], [`StoreError::DamagedRoll`] and those of the disk; nothing of
    /// it is applied then.
    pub fn apply(&mut self, file: &mut RollReader<impl Read>) -> Result<(), StoreError> {
        let header = *file.header();
        if header.store != self.format.store {
            return Err(StoreError::OtherRoll {
                what: "it is another store's",
            });
        }
        if header.before.is_none() {
            return self.replace(file);
        }
        if header.before != self.tip()? {
            return Err(OTHER_STATE);
        }
        let mut gathered = Vec::new();
        let proof = loop {
            match file.piece()? {
                Piece::Items(items) => gathered.push(items),
                Piece::End(proof) => break proof,
            }
        };
        self.write(&gathered, Some(&proof))
    }

    /// The rows as they are now.
    ///
    /// # Errors
    /// [`StoreError::DamagedCatalog`] and those of the disk.
    pub fn rows(&self) -> Result<Snapshot, StoreError> {
        begin_read(self.writer.database()?)
    }

    /// The store's format, as the snapshot tells it.
    #[must_use]
    pub const fn format(&self) -> Format {
        self.format
    }

    /// Opens what was rebuilt as a catalog. It is a store only after
    /// [`Catalog::finish_rebuilding`].
    ///
    /// # Errors
    /// Those of opening a catalog.
    pub fn into_catalog(self) -> Result<Catalog, StoreError> {
        mark_open(&*self.disk)?;
        Catalog::with_writer(
            (self.disk, self.hold),
            self.format,
            self.options,
            self.bodies,
            self.writer,
        )
    }

    /// All in one transaction: until the snapshot's end was read and checked, what was there
    /// before is what there is.
    fn replace(&self, snapshot: &mut RollReader<impl Read>) -> Result<(), StoreError> {
        if snapshot.header().format != self.format.version {
            return Err(OTHER_FORMAT);
        }
        guard(|| {
            let transaction = self.begin_write()?;
            let tables = transaction.list_tables().map_err(sort::storage)?;
            let names: Vec<_> = tables.map(|table| table.name().to_owned()).collect();
            for name in &names {
                let rows = TableDefinition::<&[u8], &[u8]>::new(name);
                transaction.delete_table(rows).map_err(sort::table)?;
            }
            let proof = loop {
                match snapshot.piece()? {
                    Piece::Items(items) => put(&transaction, &items)?,
                    Piece::End(proof) => break proof,
                }
            };
            put_proof(&transaction, &proof)?;
            transaction.commit().map_err(sort::commit)
        })
    }

    /// A snapshot has as many transactions as it needs: without its proof it is none.
    fn load(&self, snapshot: &mut RollReader<impl Read>) -> Result<(), StoreError> {
        let mut gathered = Vec::new();
        loop {
            match snapshot.piece()? {
                Piece::Items(items) => {
                    gathered.push(items);
                    let bytes: usize = gathered.iter().map(Items::len).sum();
                    if bytes >= TRANSACTION_BYTES {
                        self.write(&gathered, None)?;
                        gathered.clear();
                    }
                }
                Piece::End(proof) => return self.write(&gathered, Some(&proof)),
            }
        }
    }

    fn write(&self, gathered: &[Items], proof: Option<&RollProof>) -> Result<(), StoreError> {
        guard(|| {
            let transaction = self.begin_write()?;
            for items in gathered {
                put(&transaction, items)?;
            }
            if let Some(proof) = proof {
                put_proof(&transaction, proof)?;
            }
            transaction.commit().map_err(sort::commit)
        })
    }

    fn begin_write(&self) -> Result<WriteTransaction, StoreError> {
        let database = self.writer.database()?;
        let mut transaction = database.begin_write().map_err(sort::transaction)?;
        transaction.set_two_phase_commit(true);
        transaction.set_quick_repair(true);
        Ok(transaction)
    }
}

impl Catalog {
    /// Gives a rebuilt store its name: from here on the folder is a store.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn finish_rebuilding(&self) -> Result<(), StoreError> {
        Format::finish(&*self.inner().disk)
    }
}

impl Transaction {
    /// Forgets what the catalog was rebuilt from, once its proofs were looked at.
    ///
    /// # Errors
    /// What the rows give.
    pub fn forget_proofs(&mut self) -> Result<(), StoreError> {
        let mut keys = Vec::new();
        self.visit(PROOFS, &[], &[0xff; 8], &mut |key, _| {
            keys.push(key.to_vec());
            ControlFlow::Continue(())
        })?;
        for key in keys {
            self.remove(PROOFS, &key)?;
        }
        Ok(())
    }
}

type Rows<'t> = redb::Table<'t, &'static [u8], &'static [u8]>;

/// Puts the rows of a chunk; one table is open at a time.
fn put(transaction: &WriteTransaction, items: &Items) -> Result<(), StoreError> {
    let mut open: Option<(String, Rows<'_>)> = None;
    items.visit(&mut |name, key, value| {
        let rows = match &mut open {
            Some((known, rows)) if known == name => rows,
            other => {
                other.take();
                let definition = TableDefinition::<&[u8], &[u8]>::new(name);
                let rows = transaction.open_table(definition).map_err(sort::table)?;
                &mut other.insert((name.to_owned(), rows)).1
            }
        };
        match value {
            Some(value) => rows.insert(key, value).map(drop),
            None => rows.remove(key).map(drop),
        }
        .map_err(sort::storage)
    })
}

fn put_proof(transaction: &WriteTransaction, proof: &RollProof) -> Result<(), StoreError> {
    let mut rows = transaction.open_table(PROOF_ROWS).map_err(sort::table)?;
    let key = proof.header.after.commit.number().to_be_bytes();
    let value = proof.to_bytes();
    let put = rows.insert(key.as_slice(), value.as_slice());
    put.map(drop).map_err(sort::storage)
}

const OTHER_FORMAT: StoreError = StoreError::OtherRoll {
    what: "it is of another format than what it would replace; begin in an empty directory",
};
const OTHER_STATE: StoreError = StoreError::OtherRoll {
    what: "it follows another state of the catalog",
};
/// What a catalog was rebuilt from; empty in a store.
const PROOFS: Table = Table::new("rebuilt_from");
const PROOF_ROWS: TableDefinition<'static, &[u8], &[u8]> = TableDefinition::new(PROOFS.name());
/// Bytes of rows written in one transaction of a snapshot.
const TRANSACTION_BYTES: usize = 16 << 20;
