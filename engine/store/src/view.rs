//! Reading a dossier's state and entries where they lie, without copying them out.
//!
//! For: list, fetch and policy. Not for: changing anything; [`EntryView::to_entry`] and
//! [`DossierView::to_dossier`] copy for that.

use crate::dossier::{
    ArchivedAlias, ArchivedAnswer, ArchivedAuthorisation, ArchivedBlock, ArchivedClosing,
    ArchivedDossier, ArchivedLink, ArchivedMasking, ArchivedParty, ArchivedPartyKind,
    ArchivedRepresentative, ArchivedRepresentativeRole, ArchivedTie, ArchivedTraits, Dossier,
    Masking, PartyKind, RepresentativeRole,
};
use crate::entry::{
    ArchivedAuthor, ArchivedCoded, ArchivedDepositor, ArchivedEarlierVersion, ArchivedEntry,
    ArchivedReference, ArchivedSubmission, Entry,
};
use crate::form;
use base::{
    AuditHandle, Availability, Bug, CommitSeq, Consent, DocumentId, DocumentNumber, DossierId,
    DossierNumber, EntryId, Flags, Instant,
};
use rkyv::rancor::Error;

macro_rules! views {
    ($($(#[$doc:meta])* $view:ident of $archived:ty;)*) => {
        $($(#[$doc])*
        #[derive(Clone, Copy)]
        pub struct $view<'a> {
            archived: &'a $archived,
        }

        impl<'a> $view<'a> {
            pub(crate) const fn new(archived: &'a $archived) -> Self {
                Self { archived }
            }
        })*
    };
}

views! {
    /// The state of a dossier.
    DossierView of ArchivedDossier;
    /// The metadata of a document.
    EntryView of ArchivedEntry;
    /// An identity.
    AliasView of ArchivedAlias;
    /// The traits of an identity.
    TraitsView of ArchivedTraits;
    /// When and why a dossier was closed.
    ClosingView of ArchivedClosing;
    /// A professional or a structure.
    PartyView of ArchivedParty;
    /// Leave to consult.
    AuthorisationView of ArchivedAuthorisation;
    /// A party that is shut out.
    BlockView of ArchivedBlock;
    /// A professional tied to the dossier.
    TieView of ArchivedTie;
    /// Somebody who acts for the holder.
    RepresentativeView of ArchivedRepresentative;
    /// Another dossier of the same person.
    LinkView of ArchivedLink;
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

macro_rules! texts {
    ($view:ident { $($(#[$doc:meta])* $field:ident,)* }) => {
        impl<'a> $view<'a> {
            $($(#[$doc])*
            #[must_use]
            pub fn $field(self) -> &'a str {
                self.archived.$field.as_str()
            })*
        }
    };
}

macro_rules! lists {
    ($view:ident { $($(#[$doc:meta])* $field:ident: $item:ident,)* }) => {
        impl<'a> $view<'a> {
            $($(#[$doc])*
            pub fn $field(
                self,
            ) -> impl ExactSizeIterator<Item = $item<'a>> + DoubleEndedIterator + 'a {
                self.archived.$field.iter().map($item::new)
            })*
        }
    };
}

macro_rules! instants {
    ($view:ident { $($(#[$doc:meta])* $field:ident,)* }) => {
        impl $view<'_> {
            $($(#[$doc])*
            #[must_use]
            pub const fn $field(self) -> Instant {
                Instant::from_millis(self.archived.$field.to_native())
            })*
        }
    };
}

macro_rules! answers {
    ($($(#[$doc:meta])* $field:ident,)*) => {
        impl DossierView<'_> {
            $($(#[$doc])*
            #[must_use]
            pub const fn $field(self) -> (Consent, Instant) {
                answer(&self.archived.consents.$field)
            })*
        }
    };
}

impl<'a> DossierView<'a> {
    /// Its id.
    #[must_use]
    pub const fn id(self) -> DossierId {
        DossierId::from_bytes(self.archived.id)
    }

    /// Its number in the store.
    #[must_use]
    pub fn number(self) -> DossierNumber {
        form::dossier_number(self.archived.number.to_native())
    }

    /// The random name its traces carry in clear.
    #[must_use]
    pub const fn audit(self) -> AuditHandle {
        AuditHandle::from_bytes(self.archived.audit)
    }

    /// The slot of its audit key.
    #[must_use]
    pub const fn audit_slot(self) -> u32 {
        self.archived.audit_slot.to_native()
    }

    /// The traits of the identity, if they are known.
    #[must_use]
    pub fn traits(self) -> Option<TraitsView<'a>> {
        self.archived.traits.as_ref().map(TraitsView::new)
    }

    /// When and why it was closed, if it is.
    #[must_use]
    pub fn closing(self) -> Option<ClosingView<'a>> {
        self.archived.closing.as_ref().map(ClosingView::new)
    }

    /// Whether documents are masked as they come in.
    #[must_use]
    pub const fn masking(self) -> Masking {
        match self.archived.masking {
            ArchivedMasking::Open => Masking::Open,
            ArchivedMasking::ByDefault => Masking::ByDefault,
        }
    }

    /// When the holder comes of age, if she has not.
    #[must_use]
    pub fn majority(self) -> Option<Instant> {
        let majority = self.archived.majority.as_ref();
        majority.map(|at| Instant::from_millis(at.to_native()))
    }

    /// The commit that changed this state last.
    #[must_use]
    pub const fn changed(self) -> CommitSeq {
        CommitSeq::new(self.archived.changed.to_native())
    }

    /// A copy that can be changed.
    ///
    /// # Errors
    /// [`Bug`] when a checked archive cannot be read.
    pub fn to_dossier(self) -> Result<Dossier, Bug> {
        rkyv::deserialize::<Dossier, Error>(self.archived)
            .map_err(|_| Bug::new("a checked dossier can be copied"))
    }
}

instants!(DossierView {
    /// When it was opened.
    opened,
});

lists!(DossierView {
    /// The identities that lead to it, newest last.
    aliases: AliasView,
    /// Who was let in.
    authorisations: AuthorisationView,
    /// Who is shut out.
    blocks: BlockView,
    /// Attending physicians and whom the holder gave the same rights.
    attending: TieView,
    /// The care team.
    team: TieView,
    /// Legal representatives and helpers.
    representatives: RepresentativeView,
    /// Other dossiers of the same person.
    links: LinkView,
});

answers! {
    /// The answer on consultation by professionals, and when it was given.
    consultation,
    /// The answer on deposits.
    deposit,
    /// The answer on the regulating physician of a centre 15 (ETREAT).
    samu,
    /// The answer on bris de glace (BTG).
    break_glass,
    /// The answer on showing masked documents in an emergency (MASKED).
    masked_in_emergency,
}

texts!(AliasView {
    /// The INS matricule or another identifier.
    matricule,
    /// The OID of the authority that gave it.
    authority,
});

instants!(AliasView {
    /// Since when.
    from,
    /// Until when.
    until,
});

texts!(TraitsView {
    /// Name at birth.
    birth_name,
    /// Given names.
    given_names,
    /// Name in use, if another.
    used_name,
    /// Sex, as INSi codes it.
    sex,
    /// Place of birth, as an INSEE code.
    birth_place,
});

instants!(TraitsView {
    /// When she was born.
    born,
});

texts!(ClosingView {
    /// The code of the reason.
    reason,
});

instants!(ClosingView {
    /// When.
    at,
    /// When its archive is to be erased.
    purge,
});

impl PartyView<'_> {
    /// Which of the two.
    #[must_use]
    pub const fn kind(self) -> PartyKind {
        match self.archived.kind {
            ArchivedPartyKind::Professional => PartyKind::Professional,
            ArchivedPartyKind::Structure => PartyKind::Structure,
        }
    }
}

texts!(PartyView {
    /// The national identifier.
    id,
});

macro_rules! parties {
    ($($view:ident,)*) => {
        $(impl<'a> $view<'a> {
            /// Who.
            #[must_use]
            pub const fn party(self) -> PartyView<'a> {
                PartyView::new(&self.archived.party)
            }
        })*
    };
}

parties!(AuthorisationView, BlockView, TieView,);

instants!(AuthorisationView {
    /// Since when.
    from,
    /// Until when.
    until,
});

texts!(AuthorisationView {
    /// Who recorded it.
    granted_by,
});

instants!(BlockView {
    /// Since when.
    since,
});

instants!(TieView {
    /// Since when.
    from,
    /// Until when.
    until,
});

impl RepresentativeView<'_> {
    /// In what role.
    #[must_use]
    pub const fn role(self) -> RepresentativeRole {
        match self.archived.role {
            ArchivedRepresentativeRole::Legal => RepresentativeRole::Legal,
            ArchivedRepresentativeRole::HealthCare => RepresentativeRole::HealthCare,
            ArchivedRepresentativeRole::Aidant => RepresentativeRole::Aidant,
        }
    }
}

texts!(RepresentativeView {
    /// Her identifier with the host.
    id,
});

instants!(RepresentativeView {
    /// Since when.
    from,
    /// Until when.
    until,
});

impl LinkView<'_> {
    /// Which dossier.
    #[must_use]
    pub const fn dossier(self) -> DossierId {
        DossierId::from_bytes(self.archived.dossier)
    }
}

instants!(LinkView {
    /// Since when.
    since,
});

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

const fn answer(archived: &ArchivedAnswer) -> (Consent, Instant) {
    (
        form::consent_of(archived.consent),
        Instant::from_millis(archived.at.to_native()),
    )
}
