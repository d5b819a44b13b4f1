//! What a host asks with: who, whose, what. Plain values, checked where they are used.

use crate::error::{Code, Error, Result};
use crate::session::Session;
use base::{Availability, Consent, DocumentId, Flags, Instant, Purpose, limit};
use intake::{Ins, InsAuthority};
use journal::Words;
use policy::{Agreement, Motive};
use query::{Watch, Wish};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant as Moment};
use store::RepresentativeRole;

/// Who asks and why; the host has verified it.
#[derive(Clone)]
pub struct SessionRequest {
    /// The professional's national or local id; for a patient, her own id.
    pub actor: String,
    /// Profession code, for example `medecin`, `pharmacien`, `patient`; an unknown one is
    /// refused everything.
    pub profession: String,
    /// Speciality or role.
    pub speciality: Option<String>,
    /// The structure she acts for.
    pub structure: Option<String>,
    /// Why she reads.
    pub purpose: Purpose,
    /// Whose dossier a holder or a representative reads.
    pub patient: Option<Matricule>,
    /// A minor's secret connection: its traces stay hidden from the representatives.
    pub secret: bool,
}

/// Since which mark changes are asked for, and how long the caller waits for them. A mark by
/// itself waits as long as it takes.
#[derive(Clone, Default)]
pub struct Since<'a> {
    /// The mark that an earlier answer gave; without one, the beginning.
    pub mark: Option<&'a str>,
    /// How long looking may take.
    pub time: Option<Duration>,
    /// Set by another thread, it ends the look.
    pub cancel: Option<Arc<AtomicBool>>,
}

impl<'a> From<Option<&'a str>> for Since<'a> {
    fn from(mark: Option<&'a str>) -> Self {
        Self {
            mark,
            ..Self::default()
        }
    }
}

impl Since<'_> {
    /// When a look has to stop, from now on.
    pub(crate) fn watch(&self) -> Watch<'_> {
        Watch {
            cancelled: self.cancel.as_deref().map(|wish| wish as &dyn Wish),
            deadline: self.time.map(|time| Moment::now() + time),
        }
    }
}

/// What is to be erased.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Target {
    /// A patient's dossier, with all linked to it.
    Dossier(Matricule),
    /// One document, with its earlier versions.
    Document(DocumentId),
}

/// One erasure of a batch.
#[derive(Clone)]
pub struct Erasure<'a> {
    /// The session that asks for it.
    pub session: &'a Session,
    /// What is to be erased.
    pub target: Target,
}

/// A patient's identity number: an INS matricule, with its authority when it is known.
#[derive(Clone, PartialEq, Eq)]
pub struct Matricule {
    text: String,
    authority: Option<InsAuthority>,
}

impl Matricule {
    /// The matricule of this identity.
    #[must_use]
    pub fn of(ins: &Ins) -> Self {
        Self {
            text: ins.matricule().to_owned(),
            authority: Some(ins.authority()),
        }
    }

    /// Its characters, as they were given.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The identities it can stand for, the current authorities first.
    pub(crate) fn candidates(&self) -> Vec<Ins> {
        let authorities = InsAuthority::ALL.into_iter();
        authorities
            .filter(|known| self.authority.is_none_or(|asked| asked == *known))
            .filter_map(|authority| Ins::new(&self.text, authority).ok())
            .collect()
    }

    /// The one identity it stands for when a dossier is opened: the authority asked for, or
    /// the first that fits.
    pub(crate) fn identity(&self) -> Result<Ins> {
        self.candidates()
            .into_iter()
            .next()
            .ok_or_else(not_a_matricule)
    }
}

impl FromStr for Matricule {
    type Err = Error;

    /// Reads `MATRICULE` or `MATRICULE@OID`.
    fn from_str(text: &str) -> Result<Self> {
        let (number, authority) = match text.split_once('@') {
            Some((number, oid)) => {
                let known = InsAuthority::from_oid(oid).ok_or_else(|| {
                    Error::new(
                        Code::Invalid,
                        "the OID behind the @ is not that of an INS authority",
                        "leave it out, or give 1.2.250.1.213.1.4.8 (NIR), .9 (NIA) or .10 (test)",
                    )
                })?;
                (number, Some(known))
            }
            None => (text, None),
        };
        let matricule = Self {
            text: number.to_owned(),
            authority,
        };
        matricule.identity().map(|_| matricule)
    }
}

impl fmt::Debug for Matricule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Matricule(..)")
    }
}

impl fmt::Debug for SessionRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionRequest")
            .field("purpose", &self.purpose)
            .finish_non_exhaustive()
    }
}

fn not_a_matricule() -> Error {
    Error::new(
        Code::Invalid,
        "the patient's matricule is not an INS matricule",
        "give 15 characters: 13 digits (2A or 2B for Corsica) and a key of 2",
    )
}

/// A document to be taken in.
pub struct Deposit<'a> {
    /// Its bytes: a CDA R2 document, or Liasse's JSON form.
    pub bytes: &'a [u8],
    /// Its readable text, when the host has extracted it (a PDF); what the document says of
    /// itself is used when there is none.
    pub text: Option<&'a str>,
    /// Flags to set besides those the document carries.
    pub flags: Flags,
    /// What to do when its patient has no dossier yet.
    pub absent: Absent,
}

impl<'a> Deposit<'a> {
    /// A document as it is, for a dossier that is open.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            text: None,
            flags: Flags::NONE,
            absent: Absent::Refuse,
        }
    }

    /// The same, but a dossier that does not exist yet is opened: who asks for that states that
    /// she has collected the person's agreement.
    #[must_use]
    pub const fn opening(mut self) -> Self {
        self.absent = Absent::Open;
        self
    }

    /// How many bytes were given, of the document and of its text.
    pub(crate) fn bytes_given(&self) -> usize {
        self.bytes.len() + self.text.map_or(0, str::len)
    }
}

/// What a deposit does when its patient has no dossier yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Absent {
    /// It is refused.
    Refuse,
    /// The dossier is opened, and the journal says so: whoever asks for this states that she has
    /// collected the person's agreement to it.
    Open,
}

/// Which entries of a dossier, and which statuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Statuses {
    /// Approved documents only, the default of the DMP.
    #[default]
    Approved,
    /// Deprecated and archived ones too.
    All,
}

impl Statuses {
    /// The statuses it stands for.
    pub(crate) const fn listed(self) -> &'static [Availability] {
        match self {
            Self::Approved => &[Availability::Approved],
            Self::All => &[
                Availability::Approved,
                Availability::Deprecated,
                Availability::Archived,
            ],
        }
    }
}

/// A change of a document's visibility flags.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct FlagChange {
    /// Flags to set.
    pub set: Flags,
    /// Flags to clear.
    pub clear: Flags,
}

/// What the holder is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Matter {
    /// Reading of the dossier.
    Consultation,
    /// Deposits.
    Deposit,
    /// Reading by the regulating physician of a centre 15.
    Etreat,
    /// Bris de glace.
    Btg,
    /// Reading of masked documents in an emergency.
    Masked,
}

impl FromStr for Matter {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "consultation" => Ok(Self::Consultation),
            "deposit" => Ok(Self::Deposit),
            "etreat" => Ok(Self::Etreat),
            "btg" => Ok(Self::Btg),
            "masked" => Ok(Self::Masked),
            _ => Err(Error::new(
                Code::Invalid,
                "no such consent",
                "known: consultation, deposit, etreat, btg, masked",
            )),
        }
    }
}

/// What the actor states of an act that the rules may ask for: whether the person agreed, and why
/// it is done.
#[derive(Clone)]
pub struct Statement {
    /// Whether the actor has collected the person's agreement to this act.
    pub agreement: Agreement,
    /// Why, in a sentence; empty when none is given. It is kept sealed in the act's trace.
    pub motive: String,
}

impl Statement {
    /// Nothing is stated.
    pub const NONE: Self = Self {
        agreement: Agreement::NotCollected,
        motive: String::new(),
    };

    /// The actor has collected the person's agreement.
    #[must_use]
    pub const fn agreed() -> Self {
        Self {
            agreement: Agreement::Collected,
            motive: String::new(),
        }
    }

    /// The same with a motive.
    #[must_use]
    pub fn because(mut self, motive: &str) -> Self {
        motive.trim().clone_into(&mut self.motive);
        self
    }

    /// What the trace keeps of it.
    pub(crate) fn words(&self) -> Result<Option<Words>> {
        if self.motive.len() > limit::FIELD_BYTES_MAX {
            return Err(Error::new(
                Code::Invalid,
                "a motive is longer than 4096 bytes",
                "say it in a sentence",
            ));
        }
        let words = Words {
            query: String::new(),
            motive: self.motive.clone(),
        };
        Ok((!self.motive.is_empty()).then_some(words))
    }

    /// Whether it gives a motive.
    pub(crate) fn motivated(&self) -> Motive {
        if self.motive.trim().is_empty() {
            Motive::Missing
        } else {
            Motive::Given
        }
    }
}

impl fmt::Debug for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Statement")
            .field("agreement", &self.agreement)
            .finish_non_exhaustive()
    }
}

/// A grant with what is stated of it.
#[derive(Clone)]
pub struct Stated {
    pub(crate) grant: Grant,
    pub(crate) statement: Statement,
}

impl From<Grant> for Stated {
    fn from(grant: Grant) -> Self {
        let statement = Statement::NONE;
        Self { grant, statement }
    }
}

impl Grant {
    /// The same, with what the actor states of it.
    #[must_use]
    pub const fn stating(self, statement: Statement) -> Stated {
        let grant = self;
        Stated { grant, statement }
    }
}

/// A change the holder, or somebody for her, makes to who may do what.
#[derive(Clone)]
#[non_exhaustive]
pub enum Grant {
    /// Authorise a professional or a structure until an instant.
    Authorise {
        /// Whom.
        party: Party,
        /// Until when.
        until: Instant,
    },
    /// Withdraw an authorisation.
    Revoke(Party),
    /// Block a professional or a structure.
    Block(Party),
    /// Lift a block.
    Unblock(Party),
    /// Declare an attending physician; a structure is none.
    SetAttending(Party),
    /// Withdraw that.
    UnsetAttending(Party),
    /// Give or refuse a consent.
    Consent {
        /// About what.
        matter: Matter,
        /// What she said.
        answer: Consent,
    },
}

/// A professional or a structure, by id.
#[derive(Clone, PartialEq, Eq)]
pub enum Party {
    /// A professional.
    Actor(String),
    /// A structure.
    Structure(String),
}

impl Party {
    /// Its id.
    pub(crate) fn id(&self) -> &str {
        match self {
            Self::Actor(id) | Self::Structure(id) => id,
        }
    }
}

/// What the host knows of the persons around a dossier.
#[derive(Clone)]
#[non_exhaustive]
pub enum Declaration {
    /// A professional or a structure is of the care team until an instant.
    Team {
        /// Whom.
        party: Party,
        /// Until when.
        until: Instant,
    },
    /// One is not any more.
    LeftTeam(Party),
    /// A person represents the holder, or has access for her, until an instant.
    Represented {
        /// Her id with the host: the `actor` of her sessions.
        person: String,
        /// As what.
        role: RepresentativeRole,
        /// Until when.
        until: Instant,
    },
    /// One does not any more.
    NotRepresented(String),
    /// When the holder comes of age; without it she counts as of age.
    Majority(Instant),
}
