//! What the dossier says of one document: the IHE XDS DocumentEntry as the DMP uses it.
//!
//! For: the blobs of a head. Not for: the body, which lies in a segment; deciding who sees it.
//! Invariant: only flags, status, visibility and the version chain change after deposit.

use crate::form::AsForm;
use base::{Availability, CommitSeq, DocumentId, DocumentNumber, EntryId, Flags, Instant};
use rkyv::with::Map;
use rkyv::{Archive, Deserialize, Serialize};

/// The metadata of one document.
#[derive(Clone, PartialEq, Eq, Archive, Serialize, Deserialize)]
pub struct Entry {
    /// logicalId: the document over all its metadata versions.
    #[rkyv(with = AsForm)]
    pub document: DocumentId,
    /// Its number in the dossier.
    #[rkyv(with = AsForm)]
    pub number: DocumentNumber,
    /// entryUUID: this metadata version.
    #[rkyv(with = AsForm)]
    pub entry: EntryId,
    /// Number of this metadata version, from 1.
    pub version: u32,
    /// Earlier metadata versions, oldest first.
    pub earlier: Vec<EarlierVersion>,
    /// uniqueId: set by the producer.
    pub unique_id: String,
    /// availabilityStatus.
    #[rkyv(with = AsForm)]
    pub status: Availability,
    /// Visibility flags.
    #[rkyv(with = AsForm)]
    pub flags: Flags,
    /// When INVISIBLE_PATIENT lapses, while it is set.
    #[rkyv(with = Map<AsForm>)]
    pub invisible_until: Option<Instant>,
    /// Confidentiality: N, R or V.
    pub confidentiality: String,
    /// type.
    pub kind: Coded,
    /// class.
    pub class: Coded,
    /// format.
    pub format: Coded,
    /// healthcareFacilityTypeCode.
    pub facility: Coded,
    /// practiceSetting.
    pub practice: Coded,
    /// eventCodeList.
    pub events: Vec<Coded>,
    /// Authors, first one first.
    pub authors: Vec<Author>,
    /// legalAuthenticator.
    pub legal_authenticator: Option<Author>,
    /// sourcePatientID, as CX.
    pub source_patient: String,
    /// sourcePatientInfo, field by field.
    pub source_patient_info: Vec<String>,
    /// creationTime.
    #[rkyv(with = AsForm)]
    pub created: Instant,
    /// serviceStartTime.
    #[rkyv(with = AsForm)]
    pub service_start: Instant,
    /// serviceEndTime.
    #[rkyv(with = Map<AsForm>)]
    pub service_end: Option<Instant>,
    /// title.
    pub title: String,
    /// comments.
    pub comments: String,
    /// languageCode.
    pub language: String,
    /// mimeType.
    pub mime: String,
    /// hash: SHA-1 of the body as deposited.
    pub hash: [u8; 20],
    /// size: bytes of the body as deposited.
    pub size: u64,
    /// URI.
    pub uri: String,
    /// repositoryUniqueId.
    pub repository: String,
    /// homeCommunityId.
    pub home_community: String,
    /// referenceIdList.
    pub references: Vec<Reference>,
    /// When it was deposited.
    #[rkyv(with = AsForm)]
    pub deposited: Instant,
    /// Who deposited it.
    pub depositor: Depositor,
    /// The submission set it came in.
    pub submission: Submission,
    /// The document it replaces.
    #[rkyv(with = Map<AsForm>)]
    pub replaces: Option<DocumentId>,
    /// The document that replaced it.
    #[rkyv(with = Map<AsForm>)]
    pub replaced_by: Option<DocumentId>,
    /// Characters of the extracted text; 0 when there is none.
    pub text_length: u32,
    /// The commit that deposited it.
    #[rkyv(with = AsForm)]
    pub commit: CommitSeq,
    /// The commit that changed it last.
    #[rkyv(with = AsForm)]
    pub changed: CommitSeq,
}

/// A metadata version that a later one superseded.
#[derive(Clone, PartialEq, Eq, Archive, Serialize, Deserialize)]
pub struct EarlierVersion {
    /// entryUUID.
    #[rkyv(with = AsForm)]
    pub entry: EntryId,
    /// Its status.
    #[rkyv(with = AsForm)]
    pub status: Availability,
    /// Its flags.
    #[rkyv(with = AsForm)]
    pub flags: Flags,
    /// When it was superseded.
    #[rkyv(with = AsForm)]
    pub until: Instant,
}

/// A coded value.
#[derive(Clone, Default, PartialEq, Eq, Archive, Serialize, Deserialize)]
pub struct Coded {
    /// The code.
    pub code: String,
    /// The OID of its system.
    pub system: String,
    /// Its label; empty when it goes without saying.
    pub label: String,
}

/// An author: a person, a device or the patient.
#[derive(Clone, Default, PartialEq, Eq, Archive, Serialize, Deserialize)]
pub struct Author {
    /// The person's or device's identifier.
    pub id: String,
    /// The person's or device's name.
    pub name: String,
    /// The structure's identifier; empty for a patient.
    pub structure_id: String,
    /// The structure's name.
    pub structure_name: String,
    /// The role.
    pub role: String,
    /// The speciality.
    pub speciality: String,
}

/// An identifier that leads elsewhere: an order, an accession, a study.
#[derive(Clone, Default, PartialEq, Eq, Archive, Serialize, Deserialize)]
pub struct Reference {
    /// The identifier.
    pub id: String,
    /// The OID of the authority that gave it.
    pub authority: String,
    /// What it names (JDV_J231).
    pub kind: String,
}

/// Who deposited a document.
#[derive(Clone, Default, PartialEq, Eq, Archive, Serialize, Deserialize)]
pub struct Depositor {
    /// The actor's national identifier.
    pub actor: String,
    /// The structure's.
    pub structure: String,
    /// The code of the profession.
    pub profession: String,
}

/// The submission set a document came in; the same for all documents of the set.
#[derive(Clone, Default, PartialEq, Eq, Archive, Serialize, Deserialize)]
pub struct Submission {
    /// entryUUID of the set.
    pub id: [u8; 16],
    /// uniqueId of the set.
    pub unique_id: String,
    /// sourceId.
    pub source: String,
    /// contentTypeCode.
    pub content_type: Coded,
    /// title.
    pub title: String,
    /// comments.
    pub comments: String,
    /// submissionTime.
    #[rkyv(with = AsForm)]
    pub submitted: Instant,
}

impl Entry {
    /// An entry with these two ids and nothing else said.
    #[must_use]
    pub fn new(document: DocumentId, entry: EntryId, deposited: Instant) -> Self {
        Self {
            document,
            number: crate::form::document_number(0),
            entry,
            version: 1,
            earlier: Vec::new(),
            unique_id: String::new(),
            status: Availability::Approved,
            flags: Flags::NONE,
            invisible_until: None,
            confidentiality: "N".to_string(),
            kind: Coded::default(),
            class: Coded::default(),
            format: Coded::default(),
            facility: Coded::default(),
            practice: Coded::default(),
            events: Vec::new(),
            authors: Vec::new(),
            legal_authenticator: None,
            source_patient: String::new(),
            source_patient_info: Vec::new(),
            created: deposited,
            service_start: deposited,
            service_end: None,
            title: String::new(),
            comments: String::new(),
            language: "fr-FR".to_string(),
            mime: String::new(),
            hash: [0; 20],
            size: 0,
            uri: String::new(),
            repository: String::new(),
            home_community: String::new(),
            references: Vec::new(),
            deposited,
            depositor: Depositor::default(),
            submission: Submission::default(),
            replaces: None,
            replaced_by: None,
            text_length: 0,
            commit: CommitSeq::new(0),
            changed: CommitSeq::new(0),
        }
    }

    /// Makes a new metadata version with other flags and status; the old one joins the chain.
    pub fn supersede(
        &mut self,
        entry: EntryId,
        flags: Flags,
        status: Availability,
        at: Instant,
        commit: CommitSeq,
    ) {
        self.earlier.push(EarlierVersion {
            entry: self.entry,
            status: self.status,
            flags: self.flags,
            until: at,
        });
        self.entry = entry;
        self.version += 1;
        self.flags = flags;
        self.status = status;
        self.changed = commit;
    }
}
