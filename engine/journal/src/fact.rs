//! Facts: what an entry says in clear, about the store and never about a person.
//!
//! For: checking a store without any key. Each kind of fact has one layout, drawn in
//! `docs/format.md`; the kind stands in the entry's header. Invariant: decoding accepts only
//! what encoding makes.

use crate::kind::{Class, Kind, codes};
use crate::wire::{self, TooLong};
use base::{CommitSeq, Cursor, CursorError, Digest, Instant, StoreId};

/// What the whole catalog was at one commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Commit {
    /// The store.
    pub store: StoreId,
    /// The number of the commit.
    pub seq: CommitSeq,
    /// When it was made.
    pub at: Instant,
    /// The epoch of the root key.
    pub epoch: u64,
    /// The format of the catalog.
    pub format: u32,
    /// The root of the state tree.
    pub state: Digest,
    /// The root of the key tree.
    pub keys: Digest,
    /// The digest of the index manifest.
    pub manifest: Digest,
    /// The digest of the policy set in force.
    pub policy: Digest,
    /// The digest of all rows that none of these holds: units, key nodes, segments and others.
    pub rows: Digest,
}

codes!(
    /// How far an erasure has come.
    ErasureStage {
        /// It is decided and its keys are being replaced.
        Begun = 1, "begun";
        /// The keys are destroyed.
        KeysDestroyed = 2, "keys_destroyed";
        /// The index no longer holds its words either.
        IndexRewritten = 3, "index_rewritten";
    }
);

codes!(
    /// How deep a check of the store went.
    CheckDepth {
        /// Without any key.
        Keyless = 1, "keyless";
        /// With the audit keys.
        AuditKeys = 2, "audit_keys";
        /// With all keys.
        Full = 3, "full";
    }
);

/// What an entry says in clear.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fact {
    /// A commit.
    Commit(Commit),
    /// Traces of this span may be missing: the engine ended uncleanly.
    Gap {
        /// The first instant from which one may be missing.
        from: Instant,
        /// The last; [`Instant::MAX`] when it is not known.
        to: Instant,
    },
    /// A policy pack came into force.
    PolicyLoaded {
        /// When.
        at: Instant,
        /// The pack and its version.
        pack: String,
        /// The digest of its text.
        digest: Digest,
        /// From when it decides.
        valid_from: Instant,
    },
    /// A root key was created.
    KeyCreated {
        /// When.
        at: Instant,
        /// Its epoch.
        epoch: u64,
    },
    /// A root key was destroyed, and with it every key replaced since.
    KeyDestroyed {
        /// When.
        at: Instant,
        /// The epoch that is gone.
        epoch: u64,
        /// The root of the key tree under the epoch after it.
        keys: Digest,
    },
    /// A step of the erasure of what the entry's handle stands for.
    Erasure {
        /// When.
        at: Instant,
        /// How far.
        stage: ErasureStage,
        /// The epoch of the root key after this step.
        epoch: u64,
        /// The digest of the receipt, zero before there is one.
        receipt: Digest,
    },
    /// Index segments were rewritten.
    IndexRewritten {
        /// When.
        at: Instant,
        /// The manifest before.
        before: Digest,
        /// The manifest after.
        after: Digest,
    },
    /// A witness cosigned a checkpoint of this log.
    Witnessed {
        /// When the log was told.
        at: Instant,
        /// When she signed, by her own clock.
        signed: Instant,
        /// The size of the checkpoint.
        size: u64,
        /// The root of the checkpoint.
        root: Digest,
        /// The witness's verifier key.
        witness: String,
    },
    /// The store was restored; its new log begins here.
    Restored {
        /// When.
        at: Instant,
        /// The origin of the log before.
        origin: String,
        /// The size of that log as far as it is known.
        size: u64,
        /// Its root at that size.
        root: Digest,
    },
    /// The store was brought to a newer format.
    Upgraded {
        /// When.
        at: Instant,
        /// The format before.
        from: u32,
        /// The format after.
        to: u32,
    },
    /// The store was checked.
    Checked {
        /// When.
        at: Instant,
        /// How deep.
        depth: CheckDepth,
        /// How many findings there were.
        findings: u64,
    },
    /// The keys of a class and month of traces were destroyed.
    Retained {
        /// When.
        at: Instant,
        /// The class.
        class: Class,
        /// The month, counted from January 1970.
        month: u16,
    },
}

impl Fact {
    /// The kind of entry that says it.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Commit(_) => Kind::Commit,
            Self::Gap { .. } => Kind::Gap,
            Self::PolicyLoaded { .. } => Kind::PolicyLoad,
            Self::KeyCreated { .. } => Kind::KeyCreate,
            Self::KeyDestroyed { .. } => Kind::KeyDestroy,
            Self::Erasure { .. } => Kind::Erase,
            Self::IndexRewritten { .. } => Kind::IndexRewrite,
            Self::Witnessed { .. } => Kind::Witness,
            Self::Restored { .. } => Kind::Restore,
            Self::Upgraded { .. } => Kind::Upgrade,
            Self::Checked { .. } => Kind::Check,
            Self::Retained { .. } => Kind::Retention,
        }
    }

    /// When it happened.
    #[must_use]
    pub const fn at(&self) -> Instant {
        match self {
            Self::Commit(commit) => commit.at,
            // Its end may be later than the commit that names it.
            Self::Gap { from, .. } => *from,
            Self::PolicyLoaded { at, .. }
            | Self::KeyCreated { at, .. }
            | Self::KeyDestroyed { at, .. }
            | Self::Erasure { at, .. }
            | Self::IndexRewritten { at, .. }
            | Self::Witnessed { at, .. }
            | Self::Restored { at, .. }
            | Self::Upgraded { at, .. }
            | Self::Checked { at, .. }
            | Self::Retained { at, .. } => *at,
        }
    }

    /// Writes the fact.
    pub(crate) fn encode(&self) -> Result<Vec<u8>, TooLong> {
        let mut out = Vec::with_capacity(192);
        wire::put_instant(&mut out, self.at());
        match self {
            Self::Commit(commit) => put_commit(&mut out, commit),
            Self::Gap { to, .. } => wire::put_instant(&mut out, *to),
            Self::PolicyLoaded {
                pack,
                digest,
                valid_from,
                ..
            } => {
                wire::put_instant(&mut out, *valid_from);
                out.extend_from_slice(digest.as_bytes());
                wire::put_short(&mut out, pack)?;
            }
            Self::KeyCreated { epoch, .. } => put_u64(&mut out, *epoch),
            Self::KeyDestroyed { epoch, keys, .. } => {
                put_u64(&mut out, *epoch);
                out.extend_from_slice(keys.as_bytes());
            }
            Self::Erasure {
                stage,
                epoch,
                receipt,
                ..
            } => {
                out.push(stage.byte());
                put_u64(&mut out, *epoch);
                out.extend_from_slice(receipt.as_bytes());
            }
            Self::IndexRewritten { before, after, .. } => {
                out.extend_from_slice(before.as_bytes());
                out.extend_from_slice(after.as_bytes());
            }
            Self::Witnessed {
                signed,
                size,
                root,
                witness,
                ..
            } => {
                wire::put_instant(&mut out, *signed);
                put_named_log(&mut out, *size, *root, witness)?;
            }
            Self::Restored {
                size,
                root,
                origin: name,
                ..
            } => put_named_log(&mut out, *size, *root, name)?,
            Self::Upgraded { from, to, .. } => {
                out.extend_from_slice(&from.to_le_bytes());
                out.extend_from_slice(&to.to_le_bytes());
            }
            Self::Checked {
                depth, findings, ..
            } => {
                out.push(depth.byte());
                put_u64(&mut out, *findings);
            }
            Self::Retained { class, month, .. } => {
                out.push(class.byte());
                out.extend_from_slice(&month.to_le_bytes());
            }
        }
        Ok(out)
    }

    /// Reads the fact an entry of this kind says.
    pub(crate) fn decode(kind: Kind, bytes: &[u8]) -> Result<Self, CursorError> {
        let mut cursor = Cursor::new(bytes);
        let at = wire::take_instant(&mut cursor)?;
        let fact = decode_after(kind, at, &mut cursor)?;
        cursor.finish()?;
        Ok(fact)
    }
}

fn decode_after(kind: Kind, at: Instant, cursor: &mut Cursor<'_>) -> Result<Fact, CursorError> {
    Ok(match kind {
        Kind::Commit => Fact::Commit(take_commit(at, cursor)?),
        Kind::Gap => Fact::Gap {
            from: at,
            to: wire::take_instant(cursor)?,
        },
        Kind::PolicyLoad => Fact::PolicyLoaded {
            at,
            valid_from: wire::take_instant(cursor)?,
            digest: wire::take_digest(cursor)?,
            pack: wire::take_short(cursor)?,
        },
        Kind::KeyCreate => Fact::KeyCreated {
            at,
            epoch: cursor.u64()?,
        },
        Kind::KeyDestroy => Fact::KeyDestroyed {
            at,
            epoch: cursor.u64()?,
            keys: wire::take_digest(cursor)?,
        },
        Kind::Erase => Fact::Erasure {
            at,
            stage: wire::take_code(cursor, ErasureStage::from_byte)?,
            epoch: cursor.u64()?,
            receipt: wire::take_digest(cursor)?,
        },
        Kind::IndexRewrite => Fact::IndexRewritten {
            at,
            before: wire::take_digest(cursor)?,
            after: wire::take_digest(cursor)?,
        },
        Kind::Witness => take_witnessed(at, cursor)?,
        Kind::Restore => take_restored(at, cursor)?,
        Kind::Upgrade => Fact::Upgraded {
            at,
            from: cursor.u32()?,
            to: cursor.u32()?,
        },
        Kind::Check => Fact::Checked {
            at,
            depth: wire::take_code(cursor, CheckDepth::from_byte)?,
            findings: cursor.u64()?,
        },
        Kind::Retention => Fact::Retained {
            at,
            class: wire::take_code(cursor, Class::from_byte)?,
            month: cursor.u16()?,
        },
        Kind::Access
        | Kind::Query
        | Kind::Disclose
        | Kind::Deny
        | Kind::BreakGlass
        | Kind::Write
        | Kind::Mask
        | Kind::Consent
        | Kind::Aggregate
        | Kind::Status
        | Kind::Relation
        | Kind::Dossier => return Err(CursorError::Value),
    })
}

fn put_u64(out: &mut Vec<u8>, value: u64) {
    out.extend_from_slice(&value.to_le_bytes());
}

fn put_named_log(out: &mut Vec<u8>, size: u64, root: Digest, name: &str) -> Result<(), TooLong> {
    put_u64(out, size);
    out.extend_from_slice(root.as_bytes());
    wire::put_short(out, name)
}

fn take_witnessed(at: Instant, cursor: &mut Cursor<'_>) -> Result<Fact, CursorError> {
    let signed = wire::take_instant(cursor)?;
    let (size, root, witness) = take_named_log(cursor)?;
    Ok(Fact::Witnessed {
        at,
        signed,
        size,
        root,
        witness,
    })
}

fn take_restored(at: Instant, cursor: &mut Cursor<'_>) -> Result<Fact, CursorError> {
    let (size, root, origin) = take_named_log(cursor)?;
    Ok(Fact::Restored {
        at,
        origin,
        size,
        root,
    })
}

fn take_named_log(cursor: &mut Cursor<'_>) -> Result<(u64, Digest, String), CursorError> {
    Ok((
        cursor.u64()?,
        wire::take_digest(cursor)?,
        wire::take_short(cursor)?,
    ))
}

fn put_commit(out: &mut Vec<u8>, commit: &Commit) {
    out.extend_from_slice(commit.store.as_bytes());
    put_u64(out, commit.seq.number());
    put_u64(out, commit.epoch);
    out.extend_from_slice(&commit.format.to_le_bytes());
    let Commit {
        state,
        keys,
        manifest,
        policy,
        rows,
        ..
    } = commit;
    for digest in [state, keys, manifest, policy, rows] {
        out.extend_from_slice(digest.as_bytes());
    }
}

fn take_commit(at: Instant, cursor: &mut Cursor<'_>) -> Result<Commit, CursorError> {
    Ok(Commit {
        at,
        store: StoreId::from_bytes(cursor.array()?),
        seq: CommitSeq::new(cursor.u64()?),
        epoch: cursor.u64()?,
        format: cursor.u32()?,
        state: wire::take_digest(cursor)?,
        keys: wire::take_digest(cursor)?,
        manifest: wire::take_digest(cursor)?,
        policy: wire::take_digest(cursor)?,
        rows: wire::take_digest(cursor)?,
    })
}

#[cfg(test)]
pub(crate) mod tests;
