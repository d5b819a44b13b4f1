//! The state of a dossier: who it is, who may come in, what was said.
//!
//! For: the first blob of a head. Not for: deciding anything; `policy` reads these facts.
//! Names follow docs/glossary.md; French terms without an exact English stay French.

use crate::form::AsForm;
use base::{CommitSeq, Consent, DossierId, DossierNumber, Instant};
use rkyv::with::Map;
use rkyv::{Archive, Deserialize, Serialize};

/// The state of one dossier.
#[derive(Clone, PartialEq, Eq, Archive, Serialize, Deserialize)]
pub struct Dossier {
    /// Its random id.
    #[rkyv(with = AsForm)]
    pub id: DossierId,
    /// Its number in the store.
    #[rkyv(with = AsForm)]
    pub number: DossierNumber,
    /// The random name its traces carry in clear.
    pub audit: [u8; 16],
    /// The slot of its audit key.
    pub audit_slot: u32,
    /// The identities that lead to it, newest last.
    pub aliases: Vec<Alias>,
    /// Who the person is, as INSi says.
    pub traits: Option<Traits>,
    /// When it was opened.
    #[rkyv(with = AsForm)]
    pub opened: Instant,
    /// When and why it was closed; a reopened dossier has none.
    pub closing: Option<Closing>,
    /// What the holder said when asked.
    pub consents: Consents,
    /// Whether documents are masked from professionals as they come in.
    pub masking: Masking,
    /// Who was let in, by professional or structure.
    pub authorisations: Vec<Authorisation>,
    /// Who is shut out.
    pub blocks: Vec<Block>,
    /// Attending physicians and whom the holder gave the same rights.
    pub attending: Vec<Tie>,
    /// The care team.
    pub team: Vec<Tie>,
    /// Legal representatives and helpers.
    pub representatives: Vec<Representative>,
    /// When the holder comes of age, if she has not.
    #[rkyv(with = Map<AsForm>)]
    pub majority: Option<Instant>,
    /// Other dossiers of the same person.
    pub links: Vec<Link>,
    /// The commit that changed this state last.
    #[rkyv(with = AsForm)]
    pub changed: CommitSeq,
}

/// An identity with the dates it was in use.
#[derive(Clone, PartialEq, Eq, Archive, Serialize, Deserialize)]
pub struct Alias {
    /// The INS matricule or another identifier.
    pub matricule: String,
    /// The OID of the authority that gave it.
    pub authority: String,
    /// Since when.
    #[rkyv(with = AsForm)]
    pub from: Instant,
    /// Until when; [`Instant::MAX`] while it is in use.
    #[rkyv(with = AsForm)]
    pub until: Instant,
}

/// The traits of an identity.
#[derive(Clone, PartialEq, Eq, Archive, Serialize, Deserialize)]
pub struct Traits {
    /// Name at birth.
    pub birth_name: String,
    /// Given names.
    pub given_names: String,
    /// Name in use, if another.
    pub used_name: String,
    /// Sex, as INSi codes it.
    pub sex: String,
    /// When she was born.
    #[rkyv(with = AsForm)]
    pub born: Instant,
    /// Where, as an INSEE code.
    pub birth_place: String,
}

/// When and why a dossier was closed.
#[derive(Clone, PartialEq, Eq, Archive, Serialize, Deserialize)]
pub struct Closing {
    /// When.
    #[rkyv(with = AsForm)]
    pub at: Instant,
    /// The code of the reason.
    pub reason: String,
    /// When its archive is to be erased.
    #[rkyv(with = AsForm)]
    pub purge: Instant,
}

/// The five consents.
#[derive(Clone, Copy, PartialEq, Eq, Archive, Serialize, Deserialize)]
pub struct Consents {
    /// To consultation by professionals.
    pub consultation: Answer,
    /// To deposits.
    pub deposit: Answer,
    /// To the regulating physician of a centre 15 (ETREAT).
    pub samu: Answer,
    /// To bris de glace (BTG).
    pub break_glass: Answer,
    /// To showing masked documents in an emergency (MASKED).
    pub masked_in_emergency: Answer,
}

/// One answer and when it was given.
#[derive(Clone, Copy, PartialEq, Eq, Archive, Serialize, Deserialize)]
pub struct Answer {
    /// What was said.
    #[rkyv(with = AsForm)]
    pub consent: Consent,
    /// When.
    #[rkyv(with = AsForm)]
    pub at: Instant,
}

/// Whether documents are masked from professionals as they come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Archive, Serialize, Deserialize)]
#[repr(u8)]
pub enum Masking {
    /// Only when asked.
    Open,
    /// All of them.
    ByDefault,
}

/// A professional or a structure.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Archive, Serialize, Deserialize)]
pub struct Party {
    /// Which of the two.
    pub kind: PartyKind,
    /// Her, or its, national identifier.
    pub id: String,
}

/// What a party is.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Archive, Serialize, Deserialize,
)]
#[repr(u8)]
pub enum PartyKind {
    /// One professional.
    Professional,
    /// A structure, with all who work there.
    Structure,
}

/// Leave to consult.
#[derive(Clone, PartialEq, Eq, Archive, Serialize, Deserialize)]
pub struct Authorisation {
    /// For whom.
    pub party: Party,
    /// Since when.
    #[rkyv(with = AsForm)]
    pub from: Instant,
    /// Until when; [`Instant::MAX`]: until revoked.
    #[rkyv(with = AsForm)]
    pub until: Instant,
    /// Who recorded it.
    pub granted_by: String,
}

/// A party the holder has shut out.
#[derive(Clone, PartialEq, Eq, Archive, Serialize, Deserialize)]
pub struct Block {
    /// Who.
    pub party: Party,
    /// Since when.
    #[rkyv(with = AsForm)]
    pub since: Instant,
}

/// A professional tied to the dossier for a time.
#[derive(Clone, PartialEq, Eq, Archive, Serialize, Deserialize)]
pub struct Tie {
    /// Who.
    pub party: Party,
    /// Since when.
    #[rkyv(with = AsForm)]
    pub from: Instant,
    /// Until when; [`Instant::MAX`]: until ended.
    #[rkyv(with = AsForm)]
    pub until: Instant,
}

/// Somebody who acts for the holder.
#[derive(Clone, PartialEq, Eq, Archive, Serialize, Deserialize)]
pub struct Representative {
    /// Her identifier with the host.
    pub id: String,
    /// In what role.
    pub role: RepresentativeRole,
    /// Since when.
    #[rkyv(with = AsForm)]
    pub from: Instant,
    /// Until when.
    #[rkyv(with = AsForm)]
    pub until: Instant,
}

/// The delegation types of Mon espace sante.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Archive, Serialize, Deserialize)]
#[repr(u8)]
pub enum RepresentativeRole {
    /// LEGAL_REPRESENTATIVE.
    Legal,
    /// HEALTH_CARE.
    HealthCare,
    /// AIDANT_AIDE.
    Aidant,
}

/// Another dossier of the same person.
#[derive(Clone, PartialEq, Eq, Archive, Serialize, Deserialize)]
pub struct Link {
    /// Which.
    #[rkyv(with = AsForm)]
    pub dossier: DossierId,
    /// Since when.
    #[rkyv(with = AsForm)]
    pub since: Instant,
}

impl Dossier {
    /// A dossier just opened: nothing asked, nobody let in.
    #[must_use]
    pub fn open(id: DossierId, number: DossierNumber, at: Instant) -> Self {
        let unasked = Answer {
            consent: Consent::Unasked,
            at,
        };
        Self {
            id,
            number,
            audit: [0; 16],
            audit_slot: 0,
            aliases: Vec::new(),
            traits: None,
            opened: at,
            closing: None,
            consents: Consents {
                consultation: unasked,
                deposit: unasked,
                samu: unasked,
                break_glass: unasked,
                masked_in_emergency: unasked,
            },
            masking: Masking::Open,
            authorisations: Vec::new(),
            blocks: Vec::new(),
            attending: Vec::new(),
            team: Vec::new(),
            representatives: Vec::new(),
            majority: None,
            links: Vec::new(),
            changed: CommitSeq::new(0),
        }
    }
}
