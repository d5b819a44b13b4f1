//! What looks wrong in a pack that is well formed.
//!
//! A finding is no error: a pack may mean it. Each names the rule or the cell it is about.

use super::bound::{Excess, excesses};
use super::gain::{Gain, gains};
use super::way::{Answer, possible};
use super::{DOSSIER, Situation, day, paper, session, stand};
use crate::facts::{DossierFacts, DossierStatus, PROFESSION_PATIENT, Relation, Window};
use crate::lens::DossierLens;
use crate::pack::{Pack, RuleNumber, principal_kind};
use crate::predicate::{Moment, Test};
use crate::schema::ActionName;
use base::{Flags, Instant, Purpose};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

/// Something a pack's author should look at.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Finding {
    /// Nobody sees anything.
    NothingPermitted,
    /// Someone may do what nobody should.
    Beyond(Excess),
    /// The rule was not compared with the bounds: it is too long to be looked through.
    TooLong {
        /// The rule.
        rule: String,
        /// Its line.
        line: usize,
    },
    /// The rule turns on something that no shipped pack asks for.
    Unusual {
        /// The rule.
        rule: String,
        /// Its line.
        line: usize,
        /// What it turns on.
        on: Unusual,
    },
    /// The rule applies to no session, dossier and document.
    NeverApplies {
        /// The rule.
        rule: String,
        /// Its line.
        line: usize,
    },
    /// The matrix has no line for the type: no professional sees it but its author and the
    /// attending physician.
    NoCell {
        /// The document type.
        kind: String,
    },
    /// The profession, once authorised, sees all or most types, and the matrix says so.
    AllCells {
        /// The profession.
        profession: String,
        /// How many types it sees, of how many.
        types: (usize, usize),
        /// Whether the pack's manifest states it (`all-types`, `most-types`).
        stated: bool,
    },
    /// The profession sees all or most types, and it is not the matrix that says so.
    SeesEverything {
        /// The profession.
        profession: String,
        /// In which situation.
        situation: Situation,
        /// How many types it sees, of how many.
        types: (usize, usize),
        /// Whether the pack's manifest states it (`all-types`, `most-types`).
        stated: bool,
    },
    /// The holder does not see all that is hers.
    HolderSeesLess {
        /// How many types she sees, of how many.
        types: (usize, usize),
    },
    /// Someone may do what the previous pack did not permit.
    Wider(Gain),
    /// The pack is in force when the previous one was not.
    Longer {
        /// From when.
        from: Instant,
        /// Until before when.
        until: Instant,
        /// Whether it only begins when the previous one has ended.
        follows: bool,
    },
    /// Together with the previous pack there are too many classes or professions to compare them.
    Incomparable,
}

/// What rules of the shipped packs never ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Unusual {
    /// Who exactly asks: one actor or one structure.
    OneActor,
    /// What the date is: before and after it the rule says something else.
    OneDate,
    /// The actor's speciality.
    Speciality,
    /// When the document was written or deposited.
    Age,
    /// The document's class or the profession of its author.
    Origin,
}

impl Unusual {
    const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::OneActor => ("names_someone", "names one actor or structure"),
            Self::OneDate => ("names_a_date", "names a date"),
            Self::Speciality => ("asks_speciality", "asks for a speciality"),
            Self::Age => (
                "asks_age",
                "asks when the document was written or deposited",
            ),
            Self::Origin => (
                "asks_origin",
                "asks for the document's class or its author's profession",
            ),
        }
    }

    /// Rules may well ask it; that they name somebody or a date is another matter.
    const fn is_note(self) -> bool {
        match self {
            Self::OneActor | Self::OneDate => false,
            Self::Speciality | Self::Age | Self::Origin => true,
        }
    }

    fn of(test: &Test) -> Option<Self> {
        match test {
            Test::Actor(_) | Test::Structure(_) => Some(Self::OneActor),
            Test::Speciality(_) => Some(Self::Speciality),
            Test::Class(_) | Test::AuthorProfession(_) => Some(Self::Origin),
            Test::Time(time) => {
                let moments = [time.left, time.right];
                let any = |of: fn(&Moment) -> bool| moments.iter().any(of);
                if any(|it| matches!(it, Moment::Fixed(_))) {
                    Some(Self::OneDate)
                } else if any(|it| matches!(it, Moment::Created | Moment::Deposited)) {
                    Some(Self::Age)
                } else {
                    None
                }
            }
            Test::Purpose(_)
            | Test::Secret
            | Test::Circumstance(_)
            | Test::Relation(_)
            | Test::DossierStatus(_)
            | Test::Consent(..)
            | Test::Parties(_)
            | Test::Flag(_)
            | Test::Type(_)
            | Test::Status(_) => None,
        }
    }
}

impl Finding {
    /// Its stable name, for machines.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::NothingPermitted => "nothing_permitted",
            Self::Beyond(excess) => &excess.bound,
            Self::TooLong { .. } => "too_long",
            Self::Unusual { on, .. } => on.words().0,
            Self::NeverApplies { .. } => "never_applies",
            Self::NoCell { .. } => "no_cell",
            Self::AllCells { .. } => "all_cells",
            Self::HolderSeesLess { .. } => "holder_sees_less",
            Self::SeesEverything { .. } => "sees_everything",
            Self::Wider(_) => "wider",
            Self::Longer { .. } => "longer",
            Self::Incomparable => "incomparable",
        }
    }

    /// Whether it is only worth knowing: a pack that is right can say so.
    #[must_use]
    pub const fn is_note(&self) -> bool {
        match self {
            Self::NoCell { .. } => true,
            Self::AllCells { stated, .. } | Self::SeesEverything { stated, .. } => *stated,
            Self::Longer { follows, .. } => *follows,
            Self::Unusual { on, .. } => on.is_note(),
            Self::NothingPermitted
            | Self::Beyond(_)
            | Self::TooLong { .. }
            | Self::NeverApplies { .. }
            | Self::HolderSeesLess { .. }
            | Self::Wider(_)
            | Self::Incomparable => false,
        }
    }
}

/// What looks wrong in the pack, and how much wider it is than the previous one, if any.
///
/// # Errors
/// [`crate::PackError`], when the bounds it is compared with do not load.
pub fn check(
    pack: &Arc<Pack>,
    previous: Option<&Arc<Pack>>,
) -> Result<Vec<Finding>, crate::PackError> {
    let mut findings = of_rules(pack);
    let lines: BTreeSet<_> = pack.matrix().types().map(|(_, kind)| kind).collect();
    let without = pack
        .dictionary()
        .types()
        .filter(|kind| !lines.contains(kind));
    findings.extend(without.map(|kind| Finding::NoCell {
        kind: kind.to_owned(),
    }));
    for profession in professionals(pack) {
        findings.extend(of_profession(pack, profession));
    }
    let compared = excesses(pack)?;
    findings.extend(compared.beyond.into_iter().map(Finding::Beyond));
    findings.extend(
        compared
            .too_long
            .into_iter()
            .filter_map(|it| too_long(pack, it)),
    );
    if permits_nothing(pack) {
        findings.push(Finding::NothingPermitted);
    }
    findings.extend(of_the_holder(pack));
    if let Some(previous) = previous {
        findings.extend(wider(previous, pack));
    }
    Ok(findings)
}

/// What the pack permits that the previous one did not, and when.
fn wider(previous: &Pack, pack: &Pack) -> Vec<Finding> {
    let Some(compared) = gains(previous, pack) else {
        return vec![Finding::Incomparable];
    };
    let mut findings: Vec<_> = compared.gained.into_iter().map(Finding::Wider).collect();
    findings.extend(
        compared
            .too_long
            .into_iter()
            .filter_map(|it| too_long(pack, it)),
    );
    let (old, new) = (previous.validity(), pack.validity());
    let mut longer = |from: Instant, until: Instant| {
        let follows = old.until() <= new.from();
        if from < until {
            findings.push(Finding::Longer {
                from,
                until,
                follows,
            });
        }
    };
    longer(new.from(), new.until().min(old.from()));
    longer(new.from().max(old.until()), new.until());
    findings
}

fn too_long(pack: &Pack, rule: RuleNumber) -> Option<Finding> {
    pack.rule(rule).map(|rule| Finding::TooLong {
        rule: rule.id.clone(),
        line: rule.line,
    })
}

fn professionals(pack: &Pack) -> impl Iterator<Item = &str> {
    pack.dictionary()
        .professions()
        .filter(|code| *code != PROFESSION_PATIENT)
}

fn of_profession(pack: &Arc<Pack>, profession: &str) -> Vec<Finding> {
    let kinds = || pack.matrix().types().map(|(_, kind)| kind);
    let all = kinds().count();
    let cells = kinds().filter(|kind| pack.matrix().permits(kind, profession));
    let cells = cells.count();
    let by_matrix = Share::of(cells, all);
    let stated = |share| {
        let names = |of: &[String]| of.iter().any(|it| it == profession);
        names(pack.all_types()) || share == Share::Most && names(pack.most_types())
    };
    let mut findings = Vec::new();
    if by_matrix != Share::Some {
        findings.push(Finding::AllCells {
            profession: profession.to_owned(),
            types: (cells, all),
            stated: stated(by_matrix),
        });
    }
    // An attending physician sees everything by R7.
    let others = Situation::ALL.into_iter();
    for situation in others.filter(|it| *it != Situation::Attending) {
        let lens = stand(pack, profession, situation);
        let seen = kinds().filter(|kind| lens.shows(&paper(pack, kind, Flags::NONE)));
        let seen = seen.count();
        let share = Share::of(seen, all);
        if share > by_matrix {
            findings.push(Finding::SeesEverything {
                profession: profession.to_owned(),
                situation,
                types: (seen, all),
                stated: stated(share),
            });
        }
    }
    findings
}

/// How much of the types is seen.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Share {
    Some,
    /// Nine of ten, or more.
    Most,
    /// All but three of a hundred, or more.
    All,
}

impl Share {
    const fn of(seen: usize, all: usize) -> Self {
        let percent = seen.saturating_mul(100);
        if all == 0 || percent < all.saturating_mul(90) {
            Self::Some
        } else if percent < all.saturating_mul(97) {
            Self::Most
        } else {
            Self::All
        }
    }
}

/// Whether the holder misses something of her own dossier, active or closed (R22).
fn of_the_holder(pack: &Arc<Pack>) -> Option<Finding> {
    let session = session(PROFESSION_PATIENT, Purpose::Holder);
    let lens = |status| {
        let mut dossier = DossierFacts::new(DOSSIER, status, day(pack));
        dossier.hold(Relation::Holder, Window::ALWAYS);
        pack.lens(&session, day(pack)).scope(&dossier)
    };
    let lenses = [lens(DossierStatus::Active), lens(DossierStatus::Closed)];
    let kinds = || pack.dictionary().types();
    let all = kinds().count();
    let seen = kinds().filter(|kind| {
        [Flags::NONE, Flags::MASQUE_PS].into_iter().all(|flags| {
            let paper = paper(pack, kind, flags);
            lenses.iter().all(|lens| lens.shows(&paper))
        })
    });
    let seen = seen.count();
    (seen < all).then_some(Finding::HolderSeesLess { types: (seen, all) })
}

/// Whether neither a professional nor the holder sees anything in any situation.
fn permits_nothing(pack: &Arc<Pack>) -> bool {
    let shows = |lens: &DossierLens| {
        let mut kinds = pack.dictionary().types();
        kinds.any(|kind| lens.shows(&paper(pack, kind, Flags::NONE)))
    };
    let mut dossier = DossierFacts::new(DOSSIER, DossierStatus::Active, day(pack));
    dossier.hold(Relation::Holder, Window::ALWAYS);
    let holder = pack.lens(&session(PROFESSION_PATIENT, Purpose::Holder), day(pack));
    let mut professionals = professionals(pack);
    let any = professionals.any(|profession| {
        let mut all = Situation::ALL.into_iter();
        all.any(|situation| shows(&stand(pack, profession, situation)))
    });
    !any && !shows(&holder.scope(&dossier))
}

/// Rules that never apply, and what is unusual in the others.
fn of_rules(pack: &Pack) -> Vec<Finding> {
    let mut applied = BTreeSet::new();
    let mut unusual: BTreeMap<RuleNumber, BTreeSet<Unusual>> = BTreeMap::new();
    let types = pack.dictionary().type_names().len();
    for profession in pack.dictionary().professions() {
        let ordinal = pack.dictionary().profession_ordinal(profession);
        let principal = principal_kind(profession);
        for action in ActionName::ALL {
            for rule in pack.lowered(ordinal, *action) {
                let of = unusual.entry(rule.rule).or_default();
                rule.condition
                    .tests(&mut |test| of.extend(Unusual::of(test)));
                let asked = [(&rule.condition, true)];
                if !applied.contains(&rule.rule)
                    && possible(&asked, principal, types) != Answer::Impossible
                {
                    applied.insert(rule.rule);
                }
            }
        }
    }
    let mut findings = Vec::new();
    for (number, it) in (0..).map(RuleNumber).zip(pack.rules()) {
        let (rule, line) = (|| it.id.clone(), it.line);
        if !applied.contains(&number) {
            findings.push(Finding::NeverApplies { rule: rule(), line });
        }
        let on = unusual.get(&number).into_iter().flatten();
        findings.extend(on.map(|on| Finding::Unusual {
            rule: rule(),
            line,
            on: *on,
        }));
    }
    findings
}

const fn word(stated: bool) -> &'static str {
    if stated {
        "as the manifest states"
    } else {
        "unstated"
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NeverApplies { rule, line } => {
                write!(f, "line {line}: the rule {rule} never applies")
            }
            Self::TooLong { rule, line } => {
                write!(f, "line {line}: the rule {rule} is too long to be compared")
            }
            Self::Unusual { rule, line, on } => {
                write!(f, "line {line}: the rule {rule} {}", on.words().1)
            }
            Self::NothingPermitted => f.write_str("nobody sees anything under this pack"),
            Self::Beyond(excess) => {
                let (who, rules) = (excess.professions.join(", "), excess.rules.join(", "));
                write!(f, "{}: {who} ({rules})", excess.says)
            }
            Self::NoCell { kind } => write!(f, "the matrix has no line for the type {kind}"),
            Self::AllCells {
                profession,
                types: (seen, all),
                stated,
            } => {
                let word = word(*stated);
                let matrix = format_args!("{seen} of {all} types by the matrix ({word})");
                write!(f, "{profession}, once authorised, sees {matrix}")
            }
            Self::SeesEverything {
                profession,
                situation,
                types: (seen, all),
                stated,
            } => {
                let (situation, word) = (situation.name(), word(*stated));
                let beside = format_args!("beside the matrix ({situation}; {word})");
                write!(f, "{profession} sees {seen} of {all} types, {beside}")
            }
            Self::HolderSeesLess { types: (seen, all) } => {
                write!(
                    f,
                    "the holder sees {seen} of {all} types of her own dossier (R22)"
                )
            }
            Self::Wider(gain) => write!(f, "{gain}"),
            Self::Longer { from, until, .. } => {
                write!(
                    f,
                    "in force from {from} until before {until}, when the previous pack was not"
                )
            }
            Self::Incomparable => f.write_str(
                "the packs have more than 64 classes or professions together and are not compared",
            ),
        }
    }
}

impl fmt::Display for Gain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (who, rules) = (self.professions.join(", "), self.rules.join(", "));
        write!(f, "{rules}: {who} gains {}", self.actions.join(", "))?;
        if !self.kinds.is_empty() {
            write!(f, " of {}", self.kinds.join(", "))?;
        }
        if !self.forbade.is_empty() {
            write!(
                f,
                ", which before was forbidden by {}",
                self.forbade.join(", ")
            )?;
        }
        if self.own {
            Ok(())
        } else {
            f.write_str(", behind the gate or the sight that is gained")
        }
    }
}
