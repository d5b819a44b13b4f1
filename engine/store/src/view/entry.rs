//! The metadata of a document, read in place.

use crate::entry::{
    ArchivedAuthor, ArchivedCoded, ArchivedDepositor, ArchivedEarlierVersion, ArchivedEntry,
    ArchivedReference, ArchivedSubmission, Entry,
};
use crate::form;
use base::{Availability, Bug, CommitSeq, DocumentId, DocumentNumber, EntryId, Flags, Instant};
use rkyv::rancor::Error;

views! {
    /// The metadata of a document.
    EntryView of ArchivedEntry;
    /// An earlier metadata version.
    EarlierVersionView of ArchivedEarlierVersion;
    /// A coded value.
    CodedView of ArchivedCoded;
    /// An author.
    AuthorView of ArchivedAuthor;
    /// An identifier that leads elsewhere.
    ReferenceView of ArchivedReference;
    /// Who deposited a document.
    DepositorView of ArchivedDepositor;
    /// A submission set.
    SubmissionView of ArchivedSubmission;
}

impl<'a> EntryView<'a> {
    /// logicalId.
    #[must_use]
    pub const fn document(self) -> DocumentId {
        DocumentId::from_bytes(self.archived.document)
    }

    /// Its number in the dossier.
    #[must_use]
    pub fn number(self) -> DocumentNumber {
        form::document_number(self.archived.number.to_native())
    }

    /// entryUUID.
    #[must_use]
    pub const fn entry(self) -> EntryId {
        EntryId::from_bytes(self.archived.entry)
    }

    /// Number of this metadata version, from 1.
    #[must_use]
    pub const fn version(self) -> u32 {
        self.archived.version.to_native()
    }

    /// availabilityStatus.
    #[must_use]
    pub const fn status(self) -> Availability {
        form::availability(self.archived.status)
    }

    /// Visibility flags.
    #[must_use]
    pub const fn flags(self) -> Flags {
        form::flags_of(self.archived.flags)
    }

    /// When INVISIBLE_PATIENT lapses, while it is set.
    #[must_use]
    pub fn invisible_until(self) -> Option<Instant> {
        let until = self.archived.invisible_until.as_ref();
        until.map(|at| Instant::from_millis(at.to_native()))
    }

    /// type.
    #[must_use]
    pub const fn kind(self) -> CodedView<'a> {
        CodedView::new(&self.archived.kind)
    }

    /// class.
    #[must_use]
    pub const fn class(self) -> CodedView<'a> {
        CodedView::new(&self.archived.class)
    }

    /// format.
    #[must_use]
    pub const fn format(self) -> CodedView<'a> {
        CodedView::new(&self.archived.format)
    }

    /// healthcareFacilityTypeCode.
    #[must_use]
    pub const fn facility(self) -> CodedView<'a> {
        CodedView::new(&self.archived.facility)
    }

    /// practiceSetting.
    #[must_use]
    pub const fn practice(self) -> CodedView<'a> {
        CodedView::new(&self.archived.practice)
    }

    /// legalAuthenticator.
    #[must_use]
    pub fn legal_authenticator(self) -> Option<AuthorView<'a>> {
        let author = self.archived.legal_authenticator.as_ref();
        author.map(AuthorView::new)
    }

    /// sourcePatientInfo, field by field.
    pub fn source_patient_info(self) -> impl ExactSizeIterator<Item = &'a str> + 'a {
        let info = self.archived.source_patient_info.iter();
        info.map(|field| field.as_str())
    }

    /// serviceEndTime.
    #[must_use]
    pub fn service_end(self) -> Option<Instant> {
        let end = self.archived.service_end.as_ref();
        end.map(|at| Instant::from_millis(at.to_native()))
    }

    /// hash: SHA-1 of the body as deposited.
    #[must_use]
    pub const fn hash(self) -> &'a [u8; 20] {
        &self.archived.hash
    }

    /// size: bytes of the body as deposited.
    #[must_use]
    pub const fn size(self) -> u64 {
        self.archived.size.to_native()
    }

    /// Who deposited it.
    #[must_use]
    pub const fn depositor(self) -> DepositorView<'a> {
        DepositorView::new(&self.archived.depositor)
    }

    /// The submission set it came in.
    #[must_use]
    pub const fn submission(self) -> SubmissionView<'a> {
        SubmissionView::new(&self.archived.submission)
    }

    /// The document it replaces.
    #[must_use]
    pub fn replaces(self) -> Option<DocumentId> {
        let replaced = self.archived.replaces.as_ref();
        replaced.map(|id| DocumentId::from_bytes(*id))
    }

    /// The document that replaced it.
    #[must_use]
    pub fn replaced_by(self) -> Option<DocumentId> {
        let successor = self.archived.replaced_by.as_ref();
        successor.map(|id| DocumentId::from_bytes(*id))
    }

    /// Characters of the extracted text; 0 when there is none.
    #[must_use]
    pub const fn text_length(self) -> u32 {
        self.archived.text_length.to_native()
    }

    /// The commit that deposited it.
    #[must_use]
    pub const fn commit(self) -> CommitSeq {
        CommitSeq::new(self.archived.commit.to_native())
    }

    /// The commit that changed it last.
    #[must_use]
    pub const fn changed(self) -> CommitSeq {
        CommitSeq::new(self.archived.changed.to_native())
    }

    /// A copy that can be changed.
    ///
    /// # Errors
    /// [`Bug`] when a checked archive cannot be read.
    pub fn to_entry(self) -> Result<Entry, Bug> {
        rkyv::deserialize::<Entry, Error>(self.archived)
            .map_err(|_| Bug::new("a checked entry can be copied"))
    }
}

texts!(EntryView {
    /// uniqueId.
    unique_id,
    /// Confidentiality: N, R or V.
    confidentiality,
    /// sourcePatientID, as CX.
    source_patient,
    /// title.
    title,
    /// comments.
    comments,
    /// languageCode.
    language,
    /// mimeType.
    mime,
    /// URI.
    uri,
    /// repositoryUniqueId.
    repository,
    /// homeCommunityId.
    home_community,
});

instants!(EntryView {
    /// creationTime.
    created,
    /// serviceStartTime.
    service_start,
    /// When it was deposited.
    deposited,
});

lists!(EntryView {
    /// Earlier metadata versions, oldest first.
    earlier: EarlierVersionView,
    /// eventCodeList.
    events: CodedView,
    /// Authors, first one first.
    authors: AuthorView,
    /// referenceIdList.
    references: ReferenceView,
});

impl EarlierVersionView<'_> {
    /// entryUUID.
    #[must_use]
    pub const fn entry(self) -> EntryId {
        EntryId::from_bytes(self.archived.entry)
    }

    /// Its status.
    #[must_use]
    pub const fn status(self) -> Availability {
        form::availability(self.archived.status)
    }

    /// Its flags.
    #[must_use]
    pub const fn flags(self) -> Flags {
        form::flags_of(self.archived.flags)
    }
}

instants!(EarlierVersionView {
    /// When it was superseded.
    until,
});

texts!(CodedView {
    /// The code.
    code,
    /// The OID of its system.
    system,
    /// Its label; empty when it goes without saying.
    label,
});

texts!(AuthorView {
    /// The person's or device's identifier.
    id,
    /// The person's or device's name.
    name,
    /// The structure's identifier.
    structure_id,
    /// The structure's name.
    structure_name,
    /// The role.
    role,
    /// The speciality.
    speciality,
});

texts!(ReferenceView {
    /// The identifier.
    id,
    /// The OID of the authority that gave it.
    authority,
    /// What it names.
    kind,
});

texts!(DepositorView {
    /// The actor's national identifier.
    actor,
    /// The structure's.
    structure,
    /// The code of the profession.
    profession,
});

impl<'a> SubmissionView<'a> {
    /// entryUUID of the set.
    #[must_use]
    pub const fn id(self) -> [u8; 16] {
        self.archived.id
    }

    /// contentTypeCode.
    #[must_use]
    pub const fn content_type(self) -> CodedView<'a> {
        CodedView::new(&self.archived.content_type)
    }
}

texts!(SubmissionView {
    /// uniqueId of the set.
    unique_id,
    /// sourceId.
    source,
    /// title.
    title,
    /// comments.
    comments,
});

instants!(SubmissionView {
    /// submissionTime.
    submitted,
});
