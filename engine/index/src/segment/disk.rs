//! A segment of the manifest, read from sealed files.
//!
//! For: reading. Not for: writing (`hidden`) or deciding which segments there are (`manifest`).
//! Invariant: what tantivy parses comes from pages whose tags were checked; a page that fails is
//! [`IndexError::Damaged`] with the file's name.

use super::common::{CommonWords, is_common};
use super::hidden;
use super::{Field, Places, Postings};
use crate::directory::{SegmentDirectory, damaged_file};
use crate::error::IndexError;
use crate::manifest::SegmentRow;
use std::sync::{Arc, OnceLock};
use tantivy::columnar::ColumnValues;
use tantivy::fieldnorm::FieldNormReader;
use tantivy::postings::SegmentPostings;
use tantivy::schema::IndexRecordOption;
use tantivy::{DocSet as _, InvertedIndexReader, SegmentReader, TantivyError};
use tantivy_fst::Automaton;

/// An open segment. Dictionaries and columns are read when they are first needed.
pub(crate) struct DiskSegment {
    row: SegmentRow,
    directory: SegmentDirectory,
    reader: SegmentReader,
    columns: OnceLock<Columns>,
    common: Arc<CommonWords>,
}

struct Columns {
    ordinals: Arc<dyn ColumnValues<u64>>,
    dates: Arc<dyn ColumnValues<i64>>,
    lengths: FieldNormReader,
}

impl DiskSegment {
    /// Opens the segment of a manifest row.
    pub(crate) fn open(row: SegmentRow, directory: SegmentDirectory) -> Result<Self, IndexError> {
        let segment = hidden::segment(&directory, row.documents).map_err(error)?;
        let reader = SegmentReader::open(&segment).map_err(error)?;
        let common = CommonWords::new(directory.budget());
        Ok(Self {
            row,
            directory,
            reader,
            columns: OnceLock::new(),
            common,
        })
    }

    /// Reads the columns, which everything but the row needs.
    pub(crate) fn prepare(&self) -> Result<(), IndexError> {
        if self.columns.get().is_some() {
            return Ok(());
        }
        let fast = self.reader.fast_fields();
        let ordinals = fast
            .u64(hidden::ORDINAL)
            .map_err(error)?
            .first_or_default_col(u64::MAX);
        let dates = fast
            .i64(hidden::DATE)
            .map_err(error)?
            .first_or_default_col(i64::MIN);
        let body = hidden::schema_field(Field::Body);
        let lengths = self.reader.get_fieldnorms_reader(body).map_err(error)?;
        if ordinals.num_vals() != self.row.documents {
            return Err(IndexError::Manifest {
                what: "a segment's document count is wrong",
            });
        }
        // Whoever comes second read the same.
        let _ = self.columns.set(Columns {
            ordinals,
            dates,
            lengths,
        });
        Ok(())
    }

    fn columns(&self) -> Option<&Columns> {
        let columns = self.columns.get();
        debug_assert!(columns.is_some(), "prepare comes first");
        columns
    }

    fn inverted(&self, field: Field) -> Result<Arc<InvertedIndexReader>, IndexError> {
        self.reader
            .inverted_index(hidden::schema_field(field))
            .map_err(error)
    }

    /// The manifest row.
    pub(crate) const fn row(&self) -> &SegmentRow {
        &self.row
    }

    /// The segment's files.
    pub(crate) const fn directory(&self) -> &SegmentDirectory {
        &self.directory
    }

    /// The segment as `hidden` merges it: read once, and kept out of what searches have in memory.
    pub(crate) fn passing(&self) -> Result<tantivy::Segment, IndexError> {
        hidden::segment(&self.directory.passing(), self.row.documents).map_err(error)
    }

    /// How many documents it holds.
    pub(crate) const fn documents(&self) -> u32 {
        self.row.documents
    }

    /// The ordinal of a document.
    pub(crate) fn ordinal(&self, slot: u32) -> u64 {
        match self.columns() {
            Some(columns) if slot < self.documents() => columns.ordinals.get_val(slot),
            Some(_) | None => u64::MAX,
        }
    }

    /// The date of a document, or `None`.
    pub(crate) fn date(&self, slot: u32) -> Option<i64> {
        let columns = self.columns().filter(|_| slot < self.documents())?;
        let date = columns.dates.get_val(slot);
        (date != i64::MIN).then_some(date)
    }

    /// Code of the length of a document's body.
    pub(crate) fn length_code(&self, slot: u32) -> u8 {
        match self.columns() {
            Some(columns) if slot < self.documents() => columns.lengths.fieldnorm_id(slot),
            Some(_) | None => 0,
        }
    }

    /// The postings of a term, or `None`.
    pub(crate) fn postings(
        &self,
        field: Field,
        term: &str,
        places: Places,
    ) -> Result<Option<SegmentPostings>, IndexError> {
        let inverted = self.inverted(field)?;
        let found = inverted.terms().get(term.as_bytes()).map_err(io_error)?;
        found
            .map(|info| inverted.read_postings_from_terminfo(&info, option(places)))
            .transpose()
            .map_err(io_error)
    }

    /// The postings of a term without positions; those of a common one are kept as a set.
    pub(crate) fn postings_all_over(
        &self,
        field: Field,
        term: &str,
    ) -> Result<Option<Postings<'_>>, IndexError> {
        if let Some(kept) = self.common.get(field, term) {
            return Ok(Some(Postings::Common(kept)));
        }
        let Some(found) = self.postings(field, term, Places::Unread)? else {
            return Ok(None);
        };
        let documents = self.documents();
        if is_common(found.size_hint(), documents) {
            let kept = self.common.keep(field, term, (found.clone(), documents));
            if let Some(kept) = kept {
                return Ok(Some(Postings::Common(kept)));
            }
        }
        Ok(Some(Postings::Disk(Box::new(found))))
    }

    /// Calls `each` with every term that starts with `prefix`.
    pub(crate) fn for_each_prefix(
        &self,
        field: Field,
        prefix: &str,
        places: Places,
        mut each: impl FnMut(&str, SegmentPostings) -> Result<(), IndexError>,
    ) -> Result<(), IndexError> {
        let inverted = self.inverted(field)?;
        let range = inverted.terms().range().ge(prefix.as_bytes());
        let mut terms = range.into_stream().map_err(io_error)?;
        while let Some((term, info)) = terms.next() {
            let Ok(term) = std::str::from_utf8(term) else {
                continue;
            };
            if !term.starts_with(prefix) {
                break;
            }
            let found = inverted.read_postings_from_terminfo(info, option(places));
            each(term, found.map_err(io_error)?)?;
        }
        Ok(())
    }

    /// Calls `each` with every term that `automaton` accepts.
    pub(crate) fn for_each_match<A: Automaton>(
        &self,
        field: Field,
        automaton: &A,
        places: Places,
        mut each: impl FnMut(&str, SegmentPostings) -> Result<(), IndexError>,
    ) -> Result<(), IndexError>
    where
        A::State: Clone,
    {
        let inverted = self.inverted(field)?;
        let search = inverted.terms().search(automaton);
        let mut terms = search.into_stream().map_err(io_error)?;
        while let Some((term, info)) = terms.next() {
            let Ok(term) = std::str::from_utf8(term) else {
                continue;
            };
            let found = inverted.read_postings_from_terminfo(info, option(places));
            each(term, found.map_err(io_error)?)?;
        }
        Ok(())
    }
}

const fn option(places: Places) -> IndexRecordOption {
    match places {
        Places::Unread => IndexRecordOption::WithFreqs,
        Places::Read => IndexRecordOption::WithFreqsAndPositions,
    }
}

/// Tells damage of a file apart from other failures.
fn io_error(failed: std::io::Error) -> IndexError {
    match damaged_file(&failed) {
        Some(file) => IndexError::Damaged {
            file: file.to_owned(),
        },
        None => IndexError::Environment(failed),
    }
}

/// The same for an error of tantivy.
pub(crate) fn error(failed: TantivyError) -> IndexError {
    use tantivy::directory::error::{OpenReadError, OpenWriteError};
    if let TantivyError::OpenReadError(OpenReadError::FileDoesNotExist(path)) = &failed {
        return IndexError::Damaged {
            file: path.display().to_string(),
        };
    }
    let io = if let TantivyError::IoError(io)
    | TantivyError::OpenReadError(OpenReadError::IoError { io_error: io, .. })
    | TantivyError::OpenWriteError(OpenWriteError::IoError { io_error: io, .. }) =
        &failed
    {
        Some(io)
    } else {
        None
    };
    match io {
        Some(io) => match damaged_file(io) {
            Some(file) => IndexError::Damaged {
                file: file.to_owned(),
            },
            None => IndexError::Environment(std::io::Error::new(io.kind(), io.to_string())),
        },
        None => IndexError::Bug(base::Bug::new("tantivy refused what the index gave it")),
    }
}
