//! Questions every pack should answer with no.
//!
//! For: `check`. Each asks a lens what it asks for a session: whether someone may who, by R1 to
//! R27, must not. Invariant: the packs that are built in answer each with no; a test has each
//! answered with yes by a pack from which one rule was taken.

use super::{DOSSIER, day, paper, session};
use crate::action::{Action, Agreement, Motive, Version, Whom};
use crate::facts::{
    Consents, DocumentFacts, DossierFacts, DossierStatus, PROFESSION_PATIENT, Relation, Secrecy,
    Window,
};
use crate::lens::{DossierLens, TraceFacts};
use crate::pack::Pack;
use base::{Availability, Consent, Flags, Instant, Purpose};
use std::fmt;
use std::sync::Arc;

/// Something a pack lets someone do who should not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Weakness {
    /// Professionals read a closed dossier.
    ClosedIsRead,
    /// Professionals the holder blocked read.
    BlockIsIgnored,
    /// Professionals read although the holder opposed consultation.
    OppositionIsIgnored,
    /// The glass is broken although the holder opposed it.
    BreakGlassOpposed,
    /// The glass is broken without a motive.
    BreakGlassUnmotivated,
    /// The centre 15 reads although the holder opposed it.
    Centre15Opposed,
    /// Masked documents are read in an emergency without her consent.
    MaskedInEmergency,
    /// An auditor, or whoever names this purpose, reads documents.
    AuditReadsDocuments,
    /// Documents are read to count a population.
    PopulationReadsDocuments,
    /// Masked documents are counted.
    PopulationCountsMasked,
    /// A person reads a dossier that is not hers.
    StrangerReads,
    /// A representative reads the dossier of someone of age.
    RepresentativeOfAge,
    /// A delegate reads what a minor keeps to herself.
    DelegateReadsKept,
    /// Traces of a secret connection are shown to a representative.
    SecretTracesShown,
    /// Deleted documents are shown.
    DeletedIsShown,
    /// A document is masked and hidden from the holder at once.
    Cumulates,
    /// What representatives could see is hidden from them again.
    HiddenAgain,
    /// A secret connection is opened to someone of age, or deposits what representatives see.
    SecretDepositShown,
    /// Deposits go on although the holder opposed them.
    DepositOpposed,
    /// Another's document is deleted or archived.
    DeletesAnothers,
    /// Another's document, or one that was replaced already, is replaced.
    ReplacesAnothers,
    /// Another's document is hidden from the holder.
    HidesAnothers,
    /// Masked documents are unmasked by who is neither holder nor attending.
    Unmasks,
    /// A professional records what the holder agrees to without her agreement.
    ActsWithoutAgreement,
    /// A professional lifts a block.
    LiftsBlocks,
    /// Another than the holder has the dossier erased.
    ErasesAnothers,
    /// Something is written for a contract.
    WritesForContract,
}

impl Weakness {
    /// All of them.
    pub fn all() -> impl Iterator<Item = Self> {
        WORDS.iter().map(|(weakness, ..)| *weakness)
    }

    /// Its stable name, for machines.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.words().0
    }

    fn words(self) -> (&'static str, &'static str) {
        let mut words = WORDS.iter().filter(|(of, ..)| *of == self);
        words
            .next()
            .map_or(("", ""), |(_, name, says)| (name, says))
    }

    /// Whether a session of this profession shows it.
    pub(super) fn shown_by(self, pack: &Arc<Pack>, profession: &str) -> bool {
        let probe = Probe { pack, profession };
        if profession == PROFESSION_PATIENT {
            return probe.person_shows(self);
        }
        probe.reader_shows(self) || probe.writer_shows(self)
    }
}

impl fmt::Display for Weakness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words().1)
    }
}

/// Sessions of one profession before made-up dossiers.
struct Probe<'a> {
    pack: &'a Arc<Pack>,
    profession: &'a str,
}

impl Probe<'_> {
    fn stand(
        &self,
        purpose: Purpose,
        relation: Option<Relation>,
        alter: impl Fn(&mut DossierFacts),
    ) -> DossierLens {
        let mut dossier = DossierFacts::new(DOSSIER, DossierStatus::Active, day(self.pack));
        if let Some(relation) = relation {
            dossier.hold(relation, Window::ALWAYS);
        }
        alter(&mut dossier);
        let session = session(self.profession, purpose);
        self.pack.lens(&session, day(self.pack)).scope(&dossier)
    }

    /// Whether a document of some type is seen.
    fn sees(&self, lens: &DossierLens, alter: impl Fn(&mut DocumentFacts)) -> bool {
        self.some(|document| {
            alter(document);
            lens.shows(document)
        })
    }

    fn some(&self, mut of: impl FnMut(&mut DocumentFacts) -> bool) -> bool {
        let mut kinds = self.pack.dictionary().types();
        kinds.any(|kind| of(&mut paper(self.pack, kind, Flags::NONE)))
    }

    /// Whether a reader in care sees something, however she stands to the altered dossier.
    fn reads(
        &self,
        purposes: &[Purpose],
        also: Option<Relation>,
        alter: &dyn Fn(&mut DossierFacts),
        document: &dyn Fn(&mut DocumentFacts),
    ) -> bool {
        let related = READERS.iter().map(|relation| Some(*relation)).chain([None]);
        let mut all = related.flat_map(|relation| purposes.iter().map(move |it| (relation, *it)));
        all.any(|(relation, purpose)| {
            let lens = self.stand(purpose, relation, |dossier| {
                if let Some(also) = also {
                    dossier.hold(also, Window::ALWAYS);
                }
                alter(dossier);
            });
            self.sees(&lens, document)
        })
    }

    fn reader_shows(&self, weakness: Weakness) -> bool {
        use Weakness as W;
        let opposed = |set: fn(&mut Consents)| move |it: &mut DossierFacts| set(&mut it.consents);
        let as_is = |_: &mut DocumentFacts| {};
        let lens = |purpose| self.stand(purpose, None, |_| {});
        if weakness == W::ClosedIsRead {
            let closed = |it: &mut DossierFacts| it.status = DossierStatus::Closed;
            self.reads(&ALL_OF_CARE, None, &closed, &as_is)
        } else if weakness == W::BlockIsIgnored {
            let mut blocks = [Relation::Blocked, Relation::BlockedStructure].into_iter();
            blocks.any(|block| self.reads(&ALL_OF_CARE, Some(block), &|_| {}, &as_is))
        } else if weakness == W::OppositionIsIgnored {
            let opposed = opposed(|it| it.consultation = Consent::Deny);
            self.reads(&[Purpose::Care, Purpose::Panel], None, &opposed, &as_is)
        } else if weakness == W::BreakGlassOpposed {
            let opposed = opposed(|it| it.btg = Consent::Deny);
            let broken = self.stand(Purpose::EmergencyBtg, None, opposed);
            let breaks = broken.may(Action::BreakGlass(Motive::Given)).is_allowed();
            breaks || self.reads(&[Purpose::EmergencyBtg], None, &opposed, &as_is)
        } else if weakness == W::BreakGlassUnmotivated {
            let motive = Action::BreakGlass(Motive::Missing);
            lens(Purpose::EmergencyBtg).may(motive).is_allowed()
        } else if weakness == W::Centre15Opposed {
            let opposed = opposed(|it| it.etreat = Consent::Deny);
            self.reads(&[Purpose::EmergencySamu], None, &opposed, &as_is)
        } else if weakness == W::MaskedInEmergency {
            let masked = |it: &mut DocumentFacts| it.flags = Flags::MASQUE_PS;
            let emergencies = [Purpose::EmergencyBtg, Purpose::EmergencySamu];
            emergencies
                .into_iter()
                .any(|it| self.sees(&lens(it), masked))
        } else if weakness == W::AuditReadsDocuments {
            self.reads(&[Purpose::Audit], None, &|_| {}, &as_is)
        } else if weakness == W::PopulationReadsDocuments {
            self.reads(&[Purpose::Population], None, &|_| {}, &as_is)
        } else if weakness == W::PopulationCountsMasked {
            self.counts_too_much()
        } else if weakness == W::DeletedIsShown {
            let deleted = |it: &mut DocumentFacts| it.status = Availability::Deleted;
            self.reads(&ALL_OF_CARE, None, &|_| {}, &deleted)
        } else {
            false
        }
    }

    fn counts_too_much(&self) -> bool {
        let lens = self.stand(Purpose::Population, None, |_| {});
        let opposed = self.stand(Purpose::Population, None, |it| {
            it.consents.consultation = Consent::Deny;
        });
        self.some(|document| {
            let against_her_will = opposed.counts(document).is_allowed();
            document.flags = Flags::MASQUE_PS;
            against_her_will || lens.counts(document).is_allowed()
        })
    }

    fn person_shows(&self, weakness: Weakness) -> bool {
        use Weakness as W;
        let minor = |it: &mut DossierFacts| it.majority = Instant::MAX;
        let stand = |purpose, relation| self.stand(purpose, relation, minor);
        let represented = |relation| stand(Purpose::Representative, Some(relation));
        if weakness == W::StrangerReads {
            let mut lenses = PERSONS.iter().map(|purpose| stand(*purpose, None));
            lenses.any(|lens| self.sees(&lens, |_| {}))
        } else if weakness == W::RepresentativeOfAge {
            let relation = Some(Relation::Representative);
            let lens = self.stand(Purpose::Representative, relation, |_| {});
            self.sees(&lens, |_| {})
        } else if weakness == W::DelegateReadsKept {
            let kept = Flags::INVISIBLE_REPRESENTANTS_LEGAUX;
            self.sees(&represented(Relation::Delegate), |it| it.flags = kept)
        } else if weakness == W::SecretTracesShown {
            let trace = TraceFacts {
                secrecy: Secrecy::Secret,
                document: None,
            };
            let lens = represented(Relation::Representative);
            lens.sees_trace(trace).is_allowed()
        } else if weakness == W::DeletedIsShown {
            let holder = stand(Purpose::Holder, Some(Relation::Holder));
            let lenses = [holder, represented(Relation::Representative)];
            let deleted = |it: &mut DocumentFacts| it.status = Availability::Deleted;
            lenses.iter().any(|lens| self.sees(lens, deleted))
        } else if weakness == W::ErasesAnothers {
            let lenses = [Relation::Representative, Relation::Delegate].map(represented);
            lenses
                .iter()
                .any(|lens| lens.may(Action::Erase).is_allowed())
        } else {
            false
        }
    }

    fn writer_shows(&self, weakness: Weakness) -> bool {
        READERS.into_iter().any(|relation| {
            let contract = weakness == Weakness::WritesForContract;
            let purpose = if contract {
                Purpose::Contract
            } else {
                Purpose::Care
            };
            let lens = self.stand(purpose, Some(relation), |dossier| {
                if weakness == Weakness::DepositOpposed {
                    dossier.consents.deposit = Consent::Deny;
                }
            });
            self.changes(&lens, relation, weakness) || self.writes(&lens, weakness)
        })
    }

    /// Changes of documents that others signed.
    fn changes(&self, lens: &DossierLens, relation: Relation, weakness: Weakness) -> bool {
        use Weakness as W;
        let may = |action: Action<'_>| lens.may(action).is_allowed();
        if weakness == W::HiddenAgain {
            let flags = Flags::INVISIBLE_REPRESENTANTS_LEGAUX;
            self.some(|it| may(Action::SetFlags(it, flags)))
        } else if weakness == W::DeletesAnothers {
            self.some(|it| {
                may(Action::SetStatus(it, Availability::Deleted))
                    || may(Action::SetStatus(it, Availability::Archived))
            })
        } else if weakness == W::ReplacesAnothers {
            self.some(|it| may(Action::Replace(it, Version::Latest)))
        } else if weakness == W::HidesAnothers {
            self.some(|it| may(Action::SetFlags(it, Flags::INVISIBLE_PATIENT)))
        } else if weakness == W::Unmasks && relation != Relation::Attending {
            self.some(|it| {
                it.flags = Flags::MASQUE_PS;
                may(Action::SetFlags(it, Flags::NONE))
            })
        } else {
            false
        }
    }

    fn writes(&self, lens: &DossierLens, weakness: Weakness) -> bool {
        use Weakness as W;
        let may = |action: Action<'_>| lens.may(action).is_allowed();
        let (agreed, not) = (Agreement::Collected, Agreement::NotCollected);
        let whom = Whom::Herself;
        if weakness == W::Cumulates {
            may(Action::Deposit(
                Flags::MASQUE_PS.with(Flags::INVISIBLE_PATIENT),
            ))
        } else if weakness == W::SecretDepositShown {
            let mut secret = session(self.profession, Purpose::Care);
            secret.secrecy = Secrecy::Secret;
            let mut minor = lens.dossier().clone();
            minor.majority = Instant::MAX;
            let kept = Flags::INVISIBLE_REPRESENTANTS_LEGAUX;
            let asked = [(&minor, Flags::NONE), (lens.dossier(), kept)];
            asked.into_iter().any(|(dossier, flags)| {
                let decision = self.pack.may(&secret, dossier, Action::Deposit(flags));
                decision.is_allowed()
            })
        } else if weakness == W::DepositOpposed {
            may(Action::Deposit(Flags::NONE))
        } else if weakness == W::ActsWithoutAgreement {
            may(Action::Authorise(not, whom))
                || may(Action::Consent(not))
                || may(Action::Close(not, Motive::Given))
                || may(Action::SetAttending(not, whom))
        } else if weakness == W::LiftsBlocks {
            may(Action::Unblock)
        } else if weakness == W::ErasesAnothers {
            may(Action::Erase)
        } else if weakness == W::WritesForContract {
            may(Action::Deposit(Flags::NONE))
                || may(Action::Authorise(agreed, whom))
                || may(Action::Close(agreed, Motive::Given))
        } else {
            false
        }
    }
}

/// How a professional who may read, and wrote nothing she is asked about, stands to a dossier.
const READERS: [Relation; 5] = [
    Relation::Authorised,
    Relation::AuthorisedStructure,
    Relation::CareTeam,
    Relation::Attending,
    Relation::Author,
];

const ALL_OF_CARE: [Purpose; 4] = [
    Purpose::Care,
    Purpose::Panel,
    Purpose::EmergencyBtg,
    Purpose::EmergencySamu,
];

const PERSONS: [Purpose; 2] = [Purpose::Holder, Purpose::Representative];

/// Each with its name and what it says of whoever shows it.
const WORDS: &[(Weakness, &str, &str)] = &[
    (
        Weakness::ClosedIsRead,
        "closed_is_read",
        "reads closed dossiers (R1)",
    ),
    (
        Weakness::BlockIsIgnored,
        "block_is_ignored",
        "reads although blocked (R2)",
    ),
    (
        Weakness::OppositionIsIgnored,
        "opposition_is_ignored",
        "reads although the holder opposes consultation (R6)",
    ),
    (
        Weakness::BreakGlassOpposed,
        "break_glass_opposed",
        "breaks the glass although the holder opposes it (R8)",
    ),
    (
        Weakness::BreakGlassUnmotivated,
        "break_glass_unmotivated",
        "breaks the glass without a motive (R8)",
    ),
    (
        Weakness::Centre15Opposed,
        "centre_15_opposed",
        "reads for the centre 15 although the holder opposes it (R9)",
    ),
    (
        Weakness::MaskedInEmergency,
        "masked_in_emergency",
        "reads masked documents in an emergency without consent (R10)",
    ),
    (
        Weakness::AuditReadsDocuments,
        "audit_reads_documents",
        "reads documents for an audit (R25)",
    ),
    (
        Weakness::PopulationReadsDocuments,
        "population_reads_documents",
        "reads documents to count a population (R12)",
    ),
    (
        Weakness::PopulationCountsMasked,
        "population_counts_masked",
        "counts masked documents or dossiers whose holders oppose it (R12)",
    ),
    (
        Weakness::StrangerReads,
        "stranger_reads",
        "reads a dossier not their own (R22)",
    ),
    (
        Weakness::RepresentativeOfAge,
        "representative_of_age",
        "as representative, reads the dossier of someone of age (R18)",
    ),
    (
        Weakness::DelegateReadsKept,
        "delegate_reads_kept",
        "as delegate, reads what a minor keeps to herself (R18)",
    ),
    (
        Weakness::SecretTracesShown,
        "secret_traces_shown",
        "as representative, sees traces of a secret connection (R19)",
    ),
    (
        Weakness::DeletedIsShown,
        "deleted_is_shown",
        "sees deleted documents (R20)",
    ),
    (
        Weakness::Cumulates,
        "cumulates",
        "masks a document and hides it from the holder at once (R17)",
    ),
    (
        Weakness::HiddenAgain,
        "hidden_again",
        "hides from representatives what they could see (R18)",
    ),
    (
        Weakness::SecretDepositShown,
        "secret_deposit_shown",
        "deposits what representatives see on a secret connection (R19)",
    ),
    (
        Weakness::DepositOpposed,
        "deposit_opposed",
        "deposits although the holder opposes it (R6)",
    ),
    (
        Weakness::DeletesAnothers,
        "deletes_anothers",
        "deletes or archives another's document (R21)",
    ),
    (
        Weakness::ReplacesAnothers,
        "replaces_anothers",
        "replaces another's document, or an old version (R21)",
    ),
    (
        Weakness::HidesAnothers,
        "hides_anothers",
        "hides another's document from the holder (R16)",
    ),
    (
        Weakness::Unmasks,
        "unmasks",
        "unmasks, being neither holder nor attending physician (R14)",
    ),
    (
        Weakness::ActsWithoutAgreement,
        "acts_without_agreement",
        "authorises, consents, closes or attends without the holder's agreement (R5)",
    ),
    (
        Weakness::LiftsBlocks,
        "lifts_blocks",
        "lifts the holder's blocks (R2)",
    ),
    (
        Weakness::ErasesAnothers,
        "erases_anothers",
        "erases a dossier not her own (R26)",
    ),
    (
        Weakness::WritesForContract,
        "writes_for_contract",
        "writes for a contract (R11)",
    ),
];
