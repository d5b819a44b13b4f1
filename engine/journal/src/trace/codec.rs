//! The bytes of a trace and of its words, before they are sealed.
//!
//! ```text
//! trace   version u8 = 1 | at i64 | purpose u8 | decision u8 | secrecy u8 | session 16
//!         dossier u8 (0 none, 1 then 16 bytes)
//!         actor, profession, speciality, structure, pack: u8 length, UTF-8
//!         act u8 | its fields | zeros to a multiple of 64
//! words   version u8 = 1 | query, motive: u16 length, UTF-8 | zeros to a multiple of 64
//! ```
//! The fields of each act are in `docs/format.md`.

use super::{
    Act, Agent, ConsentMatter, Decision, DossierChange, Relation, RelationChange, Secrecy, Trace,
    Verb, Words, Writing,
};
use crate::wire::{self, TooLong};
use base::{
    Availability, Consent, Cursor, CursorError, DocumentId, DossierId, Flags, Purpose, SessionId,
};

impl Trace {
    /// Writes the trace, padded.
    pub(crate) fn encode(&self) -> Result<Vec<u8>, TooLong> {
        let mut out = Vec::with_capacity(256);
        out.push(VERSION);
        wire::put_instant(&mut out, self.at);
        out.push(self.agent.purpose.byte());
        out.push(self.decision.byte());
        out.push(self.agent.secrecy.byte());
        out.extend_from_slice(self.agent.session.as_bytes());
        match self.dossier {
            None => out.push(0),
            Some(dossier) => {
                out.push(1);
                out.extend_from_slice(dossier.as_bytes());
            }
        }
        for text in [
            &self.agent.actor,
            &self.agent.profession,
            &self.agent.speciality,
            &self.agent.structure,
            &self.pack,
        ] {
            wire::put_short(&mut out, text)?;
        }
        put_act(&mut out, &self.act)?;
        wire::pad(&mut out);
        Ok(out)
    }

    /// Reads a trace.
    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, CursorError> {
        let mut cursor = Cursor::new(bytes);
        take_version(&mut cursor)?;
        let at = wire::take_instant(&mut cursor)?;
        let purpose = wire::take_code(&mut cursor, Purpose::from_byte)?;
        let decision = wire::take_code(&mut cursor, Decision::from_byte)?;
        let secrecy = wire::take_code(&mut cursor, Secrecy::from_byte)?;
        let session = SessionId::from_bytes(cursor.array()?);
        let dossier = match cursor.u8()? {
            0 => None,
            1 => Some(DossierId::from_bytes(cursor.array()?)),
            _ => return Err(CursorError::Value),
        };
        let trace = Self {
            at,
            dossier,
            agent: Agent {
                actor: wire::take_short(&mut cursor)?,
                profession: wire::take_short(&mut cursor)?,
                speciality: wire::take_short(&mut cursor)?,
                structure: wire::take_short(&mut cursor)?,
                purpose,
                session,
                secrecy,
            },
            decision,
            pack: wire::take_short(&mut cursor)?,
            act: take_act(&mut cursor)?,
        };
        wire::finish_padded(&cursor, bytes.len())?;
        Ok(trace)
    }
}

impl Words {
    /// Writes the words, padded.
    pub(crate) fn encode(&self) -> Result<Vec<u8>, TooLong> {
        let mut out = Vec::with_capacity(64);
        out.push(VERSION);
        wire::put_long(&mut out, &self.query)?;
        wire::put_long(&mut out, &self.motive)?;
        wire::pad(&mut out);
        Ok(out)
    }

    /// Reads words.
    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, CursorError> {
        let mut cursor = Cursor::new(bytes);
        take_version(&mut cursor)?;
        let words = Self {
            query: wire::take_long(&mut cursor)?,
            motive: wire::take_long(&mut cursor)?,
        };
        wire::finish_padded(&cursor, bytes.len())?;
        Ok(words)
    }
}

fn put_act(out: &mut Vec<u8>, act: &Act) -> Result<(), TooLong> {
    out.push(act.kind().byte());
    match act {
        Act::Accessed { verb, documents } | Act::Queried { verb, documents } => {
            out.push(verb.byte());
            wire::put_documents(out, documents)?;
        }
        Act::Disclosed { documents } | Act::Erased { documents } => {
            wire::put_documents(out, documents)?;
        }
        Act::Denied { verb, document } => {
            out.push(verb.byte());
            wire::put_document(out, *document);
        }
        Act::BrokeGlass => {}
        Act::Wrote {
            writing,
            documents,
            replaces,
        } => {
            out.push(writing.byte());
            wire::put_documents(out, documents)?;
            wire::put_document(out, *replaces);
        }
        Act::Flagged {
            document,
            before,
            after,
        } => {
            out.extend_from_slice(document.as_bytes());
            out.extend_from_slice(&[before.bits(), after.bits()]);
        }
        Act::StatusSet {
            document,
            before,
            after,
        } => {
            out.extend_from_slice(document.as_bytes());
            out.extend_from_slice(&[before.byte(), after.byte()]);
        }
        Act::Consented {
            matter,
            before,
            after,
        } => out.extend_from_slice(&[matter.byte(), before.byte(), after.byte()]),
        Act::Related {
            relation,
            change,
            party,
            until,
        } => {
            out.extend_from_slice(&[relation.byte(), change.byte()]);
            wire::put_short(out, party)?;
            wire::put_instant(out, *until);
        }
        Act::DossierChanged { change } => out.push(change.byte()),
        Act::Counted { verb, question } => {
            out.push(verb.byte());
            wire::put_long(out, question)?;
        }
    }
    Ok(())
}

fn take_act(cursor: &mut Cursor<'_>) -> Result<Act, CursorError> {
    use crate::kind::Kind;
    let kind = wire::take_code(cursor, Kind::from_byte)?;
    Ok(match kind {
        Kind::Access => Act::Accessed {
            verb: wire::take_code(cursor, Verb::from_byte)?,
            documents: wire::take_documents(cursor)?,
        },
        Kind::Query => Act::Queried {
            verb: wire::take_code(cursor, Verb::from_byte)?,
            documents: wire::take_documents(cursor)?,
        },
        Kind::Disclose => Act::Disclosed {
            documents: wire::take_documents(cursor)?,
        },
        Kind::Deny => Act::Denied {
            verb: wire::take_code(cursor, Verb::from_byte)?,
            document: wire::take_document(cursor)?,
        },
        Kind::BreakGlass => Act::BrokeGlass,
        Kind::Write => Act::Wrote {
            writing: wire::take_code(cursor, Writing::from_byte)?,
            documents: wire::take_documents(cursor)?,
            replaces: wire::take_document(cursor)?,
        },
        Kind::Mask => Act::Flagged {
            document: DocumentId::from_bytes(cursor.array()?),
            before: wire::take_code(cursor, Flags::from_bits)?,
            after: wire::take_code(cursor, Flags::from_bits)?,
        },
        Kind::Status => Act::StatusSet {
            document: DocumentId::from_bytes(cursor.array()?),
            before: wire::take_code(cursor, Availability::from_byte)?,
            after: wire::take_code(cursor, Availability::from_byte)?,
        },
        Kind::Consent => Act::Consented {
            matter: wire::take_code(cursor, ConsentMatter::from_byte)?,
            before: wire::take_code(cursor, Consent::from_byte)?,
            after: wire::take_code(cursor, Consent::from_byte)?,
        },
        Kind::Relation => Act::Related {
            relation: wire::take_code(cursor, Relation::from_byte)?,
            change: wire::take_code(cursor, RelationChange::from_byte)?,
            party: wire::take_short(cursor)?,
            until: wire::take_instant(cursor)?,
        },
        Kind::Dossier => Act::DossierChanged {
            change: wire::take_code(cursor, DossierChange::from_byte)?,
        },
        Kind::Erase => Act::Erased {
            documents: wire::take_documents(cursor)?,
        },
        Kind::Aggregate => Act::Counted {
            verb: wire::take_code(cursor, Verb::from_byte)?,
            question: wire::take_long(cursor)?,
        },
        Kind::PolicyLoad
        | Kind::KeyCreate
        | Kind::KeyDestroy
        | Kind::IndexRewrite
        | Kind::Commit
        | Kind::Witness
        | Kind::Restore
        | Kind::Upgrade
        | Kind::Check
        | Kind::Gap
        | Kind::Retention => return Err(CursorError::Value),
    })
}

fn take_version(cursor: &mut Cursor<'_>) -> Result<(), CursorError> {
    match cursor.u8()? {
        VERSION => Ok(()),
        _ => Err(CursorError::Value),
    }
}

const VERSION: u8 = 1;
