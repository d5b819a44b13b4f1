//! The state of a dossier, read in place.

use crate::dossier::{
    ArchivedAlias, ArchivedAnswer, ArchivedAuthorisation, ArchivedBlock, ArchivedClosing,
    ArchivedDossier, ArchivedLink, ArchivedMasking, ArchivedParty, ArchivedPartyKind,
    ArchivedRepresentative, ArchivedRepresentativeRole, ArchivedTie, ArchivedTraits, Dossier,
    Masking, PartyKind, RepresentativeRole,
};
use crate::form;
use base::{AuditHandle, Bug, CommitSeq, Consent, DossierId, DossierNumber, Instant};
use rkyv::rancor::Error;

views! {
    /// The state of a dossier.
    DossierView of ArchivedDossier;
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

const fn answer(archived: &ArchivedAnswer) -> (Consent, Instant) {
    (
        form::consent_of(archived.consent),
        Instant::from_millis(archived.at.to_native()),
    )
}
