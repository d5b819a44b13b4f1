//! `changes` and `my_dossiers`: what is new since a moment, of one dossier or of all the actor's.
//!
//! For: software that keeps a list and asks what to add. Invariants: what is told is what the
//! session may see now; a document that was hidden since simply is not there, and one that became
//! visible since is new; a mark tells nothing of the commits it stands for, because it is sealed;
//! what was not told of a patient's bris de glace when a mark was given is told by that mark.

mod then;

use crate::answer::{Change, Changed, Changes, HistoryLine, MyDossier, MyDossiers};
use crate::ask::{Matricule, Since, Statuses};
use crate::core::View;
use crate::error::{Code, Error, Result};
use crate::facts;
use crate::recorder::Line;
use crate::session::{Entered, Session};
use crate::shown;
use crate::verb::entries::entry_of;
use base::{
    Availability, CommitSeq, Cursor, Digest, DocumentId, DossierId, Flags, Instant, Purpose, Table,
};
use journal::{Act, Log, Verb};
use policy::{Cleared, Gate, Lens, Reach};
use query::Watch;
use store::EntryView;
use vault::Place;

/// A moment of the store.
#[derive(Clone, Copy)]
struct Mark {
    seq: CommitSeq,
    at: Instant,
    /// How many entries the journal had.
    entries: u64,
    /// Which log it was: a restore begins another, in which numbers come again.
    log: u32,
    /// The rules that were in force; marks of earlier versions do not say.
    rules: Option<Digest>,
    /// The dossier whose bris de glace were told up to it; none when it was all of the actor's.
    told: Option<DossierId>,
}

/// What was looked at.
struct Looked {
    /// The rules, when it was all the actor's dossiers.
    over: Option<Lens>,
    entered: Vec<Entered>,
}

/// What is told of changes, and whether something is told of each dossier.
type Gathered = (Vec<Cleared<Change>>, Vec<Cleared<bool>>);

/// Whether the session sees a document of the dossier.
type Sees<'a> = &'a dyn Fn(DocumentId) -> bool;

impl Mark {
    const BEGINNING: Self = Self {
        seq: CommitSeq::new(0),
        at: Instant::MIN,
        entries: 0,
        log: 0,
        rules: None,
        told: None,
    };

    /// What happened to a document after it, if anything. That it was replaced is told to whoever
    /// sees what replaced it; others are told that its status changed. What the actor did not see
    /// then is new to her, whenever it was deposited.
    fn change(
        self,
        (entry, saw): (EntryView<'_>, bool),
        now: Instant,
        sees: Sees<'_>,
    ) -> Option<Changed> {
        let lapsed = entry
            .invisible_until()
            .is_some_and(|until| self.at < until && until <= now);
        if entry.commit() > self.seq || !saw {
            Some(Changed::New)
        } else if entry.changed() > self.seq {
            let replaced =
                entry.status() == Availability::Deprecated && entry.replaced_by().is_some_and(sees);
            Some(if replaced {
                Changed::Replaced
            } else {
                Changed::Flagged
            })
        } else {
            lapsed.then_some(Changed::Flagged)
        }
    }
}

impl Mark {
    /// Whether a document that is still hidden from the holder became two weeks old after the
    /// mark: that her dossier was updated is all she is told of it.
    fn notice_is_due(self, dossier: &Entered, now: Instant) -> bool {
        let mut entries = dossier.listing.entries();
        entries.any(|entry| {
            let notice = policy::notice_of(entry.deposited());
            entry.flags().contains(Flags::INVISIBLE_PATIENT)
                && entry.status() != Availability::Deleted
                && entry.invisible_until().is_none_or(|until| now < until)
                && self.at < notice
                && notice <= now
        })
    }
}

impl Session {
    /// What has changed since the mark that an earlier call gave, or since the beginning: of
    /// one patient's documents, or of those in all the actor's dossiers (purpose `panel`). What
    /// the actor may see now and did not see then is new: by a right that began since, the end of
    /// a block or of an opposition, a flag that was cleared or has lapsed. When other rules were
    /// put into force since, or the store was restored, all that she sees is new: a program that
    /// keeps a list knows by their ids which it has.
    ///
    /// # Errors
    /// [`Code::Refused`], [`Code::WrongPurpose`], [`Code::Invalid`] for another actor's mark,
    /// [`Code::Cancelled`], [`Code::Late`].
    pub fn changes<'a>(
        &self,
        patient: Option<&Matricule>,
        since: impl Into<Since<'a>>,
    ) -> Result<Changes> {
        let asked = since.into();
        let watch = asked.watch();
        let view = self.shared.core.view()?;
        let since = self.read_mark(&view, asked.mark)?;
        let looked = self.named_or_all(&view, patient, watch)?;
        let now = self.shared.core.now(&view);
        let glass = self.broken_since(&view, patient, &looked, since);
        let glass = self.left(&view, &self.lines(&looked), glass)?;
        let gathered = self.gathered(&view, (since, now), (&looked, watch));
        let (cleared, notices) = self.left(&view, &self.lines(&looked), gathered)?;
        let proof = self.record(&view, &self.lines(&looked))?;
        let mut changes = Cleared::gathered(cleared).release(&proof)?;
        changes.sort_by_key(|change| (change.entry.creation_time, change.entry.document));
        let notices = Cleared::gathered(notices).release(&proof)?;
        Ok(Changes {
            changes,
            updated: notices.contains(&true),
            glass: Cleared::gathered(glass).release(&proof)?,
            mark: self.write_mark(&view, now, one(patient, &looked))?,
        })
    }

    /// The actor's dossiers, each with how many documents it may see there and how many of
    /// them changed since the mark (purpose `panel`).
    ///
    /// # Errors
    /// As [`Self::changes`].
    pub fn my_dossiers<'a>(&self, since: impl Into<Since<'a>>) -> Result<MyDossiers> {
        let asked = since.into();
        let watch = asked.watch();
        let view = self.shared.core.view()?;
        let since = self.read_mark(&view, asked.mark)?;
        let looked = self.named_or_all(&view, None, watch)?;
        let now = self.shared.core.now(&view);
        let mine = self.mine(&view, (since, now), (&looked, watch));
        let cleared = self.left(&view, &self.lines(&looked), mine)?;
        let proof = self.record(&view, &self.lines(&looked))?;
        let mut dossiers = Cleared::gathered(cleared).release(&proof)?;
        dossiers.sort_by_key(|mine| mine.dossier);
        Ok(MyDossiers {
            dossiers,
            mark: self.write_mark(&view, now, None)?,
        })
    }

    /// What changed in the dossiers, and in which of them the holder is told that something did.
    fn gathered(
        &self,
        view: &View,
        (since, now): (Mark, Instant),
        (looked, watch): (&Looked, Watch<'_>),
    ) -> Result<Gathered> {
        let lens = self.lens_then(since);
        let (mut cleared, mut notices) = (Vec::new(), Vec::new());
        for dossier in &looked.entered {
            watch.go_on()?;
            let sees = |document| self.sees(dossier, document);
            let due = self.facts.purpose == Purpose::Holder && since.notice_is_due(dossier, now);
            notices.extend(dossier.lens.clear_dossier(due));
            let then = self.then(view, (lens.as_ref(), since), dossier)?;
            for (entry, facts) in self.wanted(dossier, Statuses::All) {
                let saw = then.saw(self, entry, since);
                if let Some(what) = since.change((entry, saw), now, &sees) {
                    let entry = entry_of(entry, dossier.id);
                    cleared.extend(dossier.lens.clear_entry(&facts, Change { entry, what }));
                }
            }
        }
        // However many there were.
        watch.go_on()?;
        Ok((cleared, notices))
    }

    /// The actor's dossiers, each with its numbers.
    fn mine(
        &self,
        view: &View,
        (since, now): (Mark, Instant),
        (looked, watch): (&Looked, Watch<'_>),
    ) -> Result<Vec<Cleared<MyDossier>>> {
        let lens = self.lens_then(since);
        let mut cleared = Vec::new();
        for dossier in &looked.entered {
            watch.go_on()?;
            let sees = |document| self.sees(dossier, document);
            let then = self.then(view, (lens.as_ref(), since), dossier)?;
            let (mut documents, mut changed) = (0, 0);
            for (entry, facts) in self.wanted(dossier, Statuses::All) {
                if dossier.lens.lets_out(&facts) {
                    let saw = then.saw(self, entry, since);
                    documents += u64::from(entry.status() == Availability::Approved);
                    changed += u64::from(since.change((entry, saw), now, &sees).is_some());
                }
            }
            let patient = dossier.listing.dossier()?.aliases().last();
            let mine = MyDossier {
                dossier: dossier.id,
                patient: patient
                    .map(|it| it.matricule().to_owned())
                    .unwrap_or_default(),
                documents,
                changed,
            };
            cleared.extend(dossier.lens.clear_dossier(mine));
        }
        watch.go_on()?;
        Ok(cleared)
    }

    fn sees(&self, dossier: &Entered, document: DocumentId) -> bool {
        let dictionary = dossier.lens.lens().pack().dictionary();
        let entry = dossier.listing.find(document);
        let facts = entry.map(|entry| facts::document(entry, &self.facts, dictionary));
        facts.is_some_and(|facts| dossier.lens.shows(&facts))
    }

    /// The traces of a look: one of the store when all the actor's dossiers were asked for,
    /// whether or not there are any, and one of each dossier.
    fn lines<'a>(&self, looked: &'a Looked) -> Vec<Line<'a>> {
        let act = || Act::Accessed {
            verb: Verb::Changes,
            documents: Vec::new(),
        };
        let all = looked
            .over
            .iter()
            .map(|lens| self.line_of_store(lens, act()));
        let each = looked.entered.iter();
        all.chain(each.map(|dossier| self.line(dossier, act(), None)))
            .collect()
    }

    /// The glass that was broken of the one dossier asked for.
    fn broken_since(
        &self,
        view: &View,
        patient: Option<&Matricule>,
        looked: &Looked,
        since: Mark,
    ) -> Result<Vec<Cleared<HistoryLine>>> {
        match (patient, looked.entered.first()) {
            (Some(_), Some(entered)) => {
                // A mark of another dossier's, or of all, came with no word of this one's.
                let told = since.told == Some(entered.id);
                self.broken_glass_since(view, entered, if told { since.entries } else { 0 })
            }
            _ => Ok(Vec::new()),
        }
    }

    fn named_or_all(
        &self,
        view: &View,
        patient: Option<&Matricule>,
        watch: Watch<'_>,
    ) -> Result<Looked> {
        if let Some(patient) = patient {
            return Ok(Looked {
                over: None,
                entered: vec![self.enter(view, patient, Verb::Changes)?],
            });
        }
        let lens = self.lens(self.shared.core.now(view))?;
        match lens.reach() {
            Reach::Related(_) => {}
            Reach::Nothing => return Err(Error::refused()),
            Reach::OneDossier | Reach::CountsOnly => return Err(shown::name_the_patient()),
        }
        let mut looked = Looked {
            over: Some(lens.clone()),
            entered: Vec::new(),
        };
        let found = self.all(view, &lens, watch);
        looked.entered = self.left(view, &self.lines(&looked), found)?;
        Ok(looked)
    }

    /// The actor's dossiers that are open to her.
    fn all(&self, view: &View, lens: &Lens, watch: Watch<'_>) -> Result<Vec<Entered>> {
        let mut entered = Vec::new();
        for number in shown::candidates(self, view)?.iter() {
            watch.go_on()?;
            if let Some(dossier) = self.look(view, lens, number)?
                && dossier.lens.gate() == Gate::Open
            {
                entered.push(dossier);
            }
        }
        Ok(entered)
    }

    fn write_mark(&self, view: &View, at: Instant, told: Option<DossierId>) -> Result<String> {
        let core = &self.shared.core;
        let mut plain = view.rows.counters().commit.number().to_le_bytes().to_vec();
        plain.extend(at.millis().to_le_bytes());
        let log = Log::open(view.rows())?;
        plain.extend(log.size().to_le_bytes());
        plain.extend(log.origin().generation().to_le_bytes());
        plain.extend(core.policies.in_force().digest().as_bytes());
        plain.extend(told.iter().flat_map(|dossier| *dossier.as_bytes()));
        let key = view.keys.unit_key(view.rows(), core.signing_slot)?;
        let sealed = key.seal(&self.mark_place(), &plain, &*core.entropy);
        let sealed = sealed?;
        Ok(sealed.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    fn read_mark(&self, view: &View, text: Option<&str>) -> Result<Mark> {
        let Some(text) = text else {
            return Ok(Mark::BEGINNING);
        };
        let sealed = crate::request::unhex(text).ok_or_else(foreign)?;
        let key = view
            .keys
            .unit_key(view.rows(), self.shared.core.signing_slot)?;
        let plain = key
            .open(&self.mark_place(), &sealed)
            .map_err(|_| foreign())?;
        let mut cursor = Cursor::new(&plain);
        let mut mark = || -> std::result::Result<Mark, base::CursorError> {
            Ok(Mark {
                seq: CommitSeq::new(cursor.u64()?),
                at: Instant::from_millis(cursor.i64()?),
                // Marks of earlier versions end here, or behind the number.
                entries: if cursor.remaining() == 0 {
                    0
                } else {
                    cursor.u64()?
                },
                // All else is in multiples of 16 bytes.
                log: if cursor.remaining() % 16 == 4 {
                    cursor.u32()?
                } else {
                    0
                },
                rules: if cursor.remaining() < Digest::ZERO.as_bytes().len() {
                    None
                } else {
                    Some(Digest::from_bytes(cursor.array()?))
                },
                told: if cursor.remaining() == 0 {
                    None
                } else {
                    Some(DossierId::from_bytes(cursor.array()?))
                },
            })
        };
        let mark = mark().map_err(|_| foreign())?;
        // What it counts from is another log's: all that she sees may be new to her.
        let same = Log::open(view.rows())?.origin().generation() == mark.log;
        Ok(if same { mark } else { Mark::BEGINNING })
    }

    /// A mark is its actor's, in this store.
    fn mark_place(&self) -> Place<'_> {
        Place {
            store: self.shared.core.store,
            table: Table::new("mark"),
            row: self.facts.actor.as_bytes(),
            version: 1,
            codec: 0,
            dictionary: 0,
        }
    }
}

/// The one dossier that was asked for.
fn one(patient: Option<&Matricule>, looked: &Looked) -> Option<DossierId> {
    let first = looked.entered.first();
    patient.and(first).map(|entered| entered.id)
}

fn foreign() -> Error {
    Error::new(
        Code::Invalid,
        "the mark is not one that this store gave to this actor",
        "ask without a mark, and keep the one that is given",
    )
}
