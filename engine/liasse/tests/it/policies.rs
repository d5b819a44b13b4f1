//! Proves that a host's own packs decide, that replacing them is whole or nothing, and that the
//! pack in force at the instant of a request decides it.

use crate::bench::{Bench, fill, holder, options, request, session};
use liasse::{
    Changed, Code, Deposit, DocumentEntry, Engine, Facet, FixedClock, Grant, Instant, Matricule,
    Options, Outcome, Party, Purpose, Recheck, SearchRequest, Session, Statuses, Step,
};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::RecvTimeoutError;
use std::time::Duration;

/// A directory with these packs, each in one of its own, from one date until another.
fn shelf(bench: &Bench, name: &str, packs: &[(&str, &str, &str)]) -> PathBuf {
    let shelf = bench.root.join(name);
    for (pack, from, until) in packs {
        let home = shelf.join(pack);
        std::fs::create_dir_all(&home).unwrap();
        let shipped = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../policy/packs")
            .join(pack);
        for file in ["schema.cedarschema", "policies.cedar", "matrix.tsv"] {
            std::fs::copy(shipped.join(file), home.join(file)).unwrap();
        }
        let manifest = std::fs::read_to_string(shipped.join("pack.txt")).unwrap();
        let line = |line: &str| match line.split(' ').next() {
            Some("valid-from") => format!("valid-from {from}\n"),
            Some("valid-until") => format!("valid-until {until}\n"),
            _ => format!("{line}\n"),
        };
        let manifest: String = manifest.lines().map(line).collect();
        std::fs::write(home.join("pack.txt"), manifest).unwrap();
    }
    shelf
}

fn alter(file: &Path, from: &str, to: &str) {
    let text = std::fs::read_to_string(file).unwrap();
    assert!(text.contains(from), "{from}");
    std::fs::write(file, text.replace(from, to)).unwrap();
}

/// An occupational physician whom the holder authorised: the launch excludes her, the reform
/// does not.
fn occupational(engine: &Engine) -> (Session, Matricule) {
    let doctor = session(engine, ("doctor", "medecin"), Purpose::Care);
    let (patient, _) = fill(&doctor, 2);
    let authorised = Grant::Authorise {
        party: Party::Actor("work".to_owned()),
        until: Instant::MAX,
    };
    holder(engine, &patient)
        .grant(&patient, authorised)
        .unwrap();
    let she = session(engine, ("work", "medecin_travail"), Purpose::Care);
    (she, patient)
}

fn sees(session: &Session, patient: &Matricule) -> bool {
    session
        .entries(patient, Statuses::Approved)
        .is_ok_and(|them| !them.is_empty())
}

fn names(engine: &Engine) -> Vec<String> {
    engine
        .policies()
        .into_iter()
        .map(|pack| pack.name)
        .collect()
}

#[test]
fn packs_replaced_decide_for_open_sessions_at_once_and_after_reopening() {
    let bench = Bench::new();
    let engine = bench.create();
    let (she, patient) = occupational(&engine);
    assert!(!sees(&she, &patient) && names(&engine) == ["dmp-2011"]);
    let reform = shelf(&bench, "reform", &[("dmp-2023", "open", "open")]);
    let loaded = engine.reload_policies(&reform).unwrap();
    assert_eq!(loaded[0].name, "dmp-2023");
    assert!(sees(&she, &patient), "the session was open before");
    let own = holder(&engine, &patient);
    assert!(own.explain(None).unwrap().pack.starts_with("dmp-2023 "));
    std::fs::remove_dir_all(&reform).unwrap();
    drop((she, own));
    engine.close().unwrap();
    bench.verify();
    let engine = bench.open().unwrap();
    assert_eq!(names(&engine), ["dmp-2023"], "kept in the store");
    let she = session(&engine, ("work", "medecin_travail"), Purpose::Care);
    assert!(sees(&she, &patient));
    let launch = shelf(&bench, "launch", &[("dmp-2011", "open", "open")]);
    engine.reload_policies(&launch.join("dmp-2011")).unwrap();
    assert!(!sees(&she, &patient), "and back again");
}

/// A store under rules that hide from nurses what others deposited.
fn secretive(bench: &Bench) -> Engine {
    let own = shelf(bench, "own", &[("dmp-2023", "open", "open")]);
    let rules = own.join("dmp-2023/policies.cedar");
    let secrecy = r#"
@id("house-secrecy")
@says("A nurse does not see what others of the house deposited.")
forbid (principal is DMP::Actor, action in [DMP::Action::"read", DMP::Action::"count"], resource)
when {
    principal.profession == DMP::Profession::"infirmier" && !resource.authors.contains(principal)
};
"#;
    let text = std::fs::read_to_string(&rules).unwrap();
    std::fs::write(&rules, text + secrecy).unwrap();
    let mut options = options();
    options.pack = own.to_string_lossy().into_owned();
    Engine::create(&bench.root.join("store"), bench.key(), options).unwrap()
}

/// What other rules show is new to whoever asks what changed since a mark of before, once; what
/// they hide is not told.
#[test]
fn what_other_rules_show_is_told_as_new() {
    let bench = Bench::new();
    let engine = secretive(&bench);
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let (patient, _) = fill(&doctor, 2);
    let party = Party::Actor("nurse".to_owned());
    let until = Instant::MAX;
    let grant = Grant::Authorise { party, until };
    holder(&engine, &patient).grant(&patient, grant).unwrap();
    let nurse = session(&engine, ("nurse", "infirmier"), Purpose::Care);
    let told = |mark: Option<&str>| nurse.changes(Some(&patient), mark).unwrap();
    let before = told(None);
    assert!(before.changes.is_empty());
    let shipped = shelf(&bench, "shipped", &[("dmp-2023", "open", "open")]);
    engine.reload_policies(&shipped).unwrap();
    let seen = nurse.entries(&patient, Statuses::All).unwrap().len();
    let now = told(Some(&before.mark));
    assert!(seen > 0 && now.changes.len() == seen, "{seen}");
    assert!(now.changes.iter().all(|it| it.what == Changed::New));
    assert!(told(Some(&now.mark)).changes.is_empty(), "told once");
    engine.reload_policies(&bench.root.join("own")).unwrap();
    assert!(told(Some(&now.mark)).changes.is_empty(), "hidden again");
}

/// What a colleague of the same structure deposited is told to whoever may see it; under a host's
/// rules that hide it, it is as absent, and her own copy is kept. Who deposited it herself is told.
#[test]
fn a_colleagues_document_that_is_hidden_is_told_to_nobody() {
    let bench = Bench::new();
    let engine = secretive(&bench);
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let (patient, deposited) = fill(&doctor, 2);
    let first = &crate::bench::dossier(2).documents[0];
    let again = first.cda();
    let again = Deposit::new(again.as_bytes());
    for (profession, sees) in [("medecin", true), ("infirmier", false)] {
        let mut asked = request(profession, profession, Purpose::Care);
        asked.structure = Some("structure-of-doctor".to_owned());
        let colleague = engine.session(asked).unwrap();
        let party = Party::Actor(profession.to_owned());
        let until = Instant::MAX;
        let grant = Grant::Authorise { party, until };
        holder(&engine, &patient).grant(&patient, grant).unwrap();
        let listed = colleague.entries(&patient, Statuses::All).unwrap();
        assert_eq!(!listed.is_empty(), sees, "{profession}");
        let told = colleague.deposit(&again).unwrap();
        assert_eq!(told.document == deposited[0].document, sees, "{profession}");
        let once_more = colleague.deposit(&again).unwrap();
        let kept = (once_more.outcome, once_more.document);
        assert_eq!(kept, (Outcome::AlreadyPresent, told.document));
    }
}

#[test]
fn a_store_is_created_under_a_hosts_own_pack() {
    let bench = Bench::new();
    let own = shelf(&bench, "own", &[("dmp-2023", "open", "open")]);
    alter(
        &own.join("dmp-2023/pack.txt"),
        "name dmp-2023",
        "name clinic",
    );
    let mut options = options();
    options.pack = own.to_string_lossy().into_owned();
    let store = bench.root.join("store");
    let engine = Engine::create(&store, bench.key(), options.clone()).unwrap();
    assert_eq!(names(&engine), ["clinic"]);
    engine.close().unwrap();
    assert_eq!(names(&bench.open().unwrap()), ["clinic"]);
    options.pack = "no-such-pack".to_owned();
    let other = bench.root.join("other");
    let refused = Engine::create(&other, bench.key(), options).err().unwrap();
    assert_eq!(refused.code(), Code::Pack);
    assert!(!other.exists());
}

#[test]
fn what_does_not_load_leaves_the_old_rules_in_force_and_says_why() {
    let bench = Bench::new();
    let engine = bench.create();
    let (she, patient) = occupational(&engine);
    let reform = |name: &str| shelf(&bench, name, &[("dmp-2023", "open", "open")]);
    let typo = reform("typo");
    alter(
        &typo.join("dmp-2023/policies.cedar"),
        "resource.hiddenFromRepresentatives &&",
        "resource.hiddn &&",
    );
    let failing = reform("failing");
    alter(
        &failing.join("dmp-2023/policies.cedar"),
        "context.now < resource.hiddenFromHolderUntil",
        "context.now + 1 < resource.hiddenFromHolderUntil",
    );
    let schema = reform("schema");
    alter(
        &schema.join("dmp-2023/schema.cedarschema"),
        "created: Long",
        "created: String",
    );
    let large = reform("large");
    let rule = "(principal, action == DMP::Action::\"read\", resource);";
    let many: String = (0..10_000)
        .map(|at| format!("@id(\"r{at}\") permit {rule}\n"))
        .collect();
    std::fs::write(large.join("dmp-2023/policies.cedar"), many).unwrap();
    let both = [
        ("dmp-2011", "open", "2024-01-01T00:00:00Z"),
        ("dmp-2023", "2023-10-27T00:00:00Z", "open"),
    ];
    let overlapping = shelf(&bench, "overlapping", &both);
    for (shelf, said) in [
        (
            typo,
            &[
                "policies.cedar, line ",
                "R18-hidden-from-representatives",
                "hiddn",
            ][..],
        ),
        (
            failing,
            &["line ", "R16-not-yet-announced", "can fail while evaluated"],
        ),
        (schema, &["schema is not dmp/1"]),
        (large, &["10000 rules", "limit is 1000"]),
        (overlapping, &["dmp-2011", "dmp-2023", "at the same time"]),
        (bench.root.join("nowhere"), &["cannot be read"]),
    ] {
        let error = engine.reload_policies(&shelf).unwrap_err();
        assert_eq!(error.code(), Code::Pack, "{error}");
        for word in said {
            assert!(error.message().contains(word), "{word} is missing: {error}");
        }
        assert_eq!(names(&engine), ["dmp-2011"]);
        assert!(!sees(&she, &patient));
    }
    drop(she);
    engine.close().unwrap();
    bench.verify();
    assert_eq!(names(&bench.open().unwrap()), ["dmp-2011"]);
}

#[test]
fn the_pack_in_force_at_the_instant_of_a_request_decides() {
    let turn = Instant::from_rfc3339("2030-01-01T00:00:00Z").unwrap();
    let clock = Arc::new(FixedClock::new(turn.plus_days(-2)));
    let bench = Bench::new();
    let both = [
        ("dmp-2011", "open", "2030-01-01T00:00:00Z"),
        ("dmp-2023", "2030-01-01T00:00:00Z", "2031-01-01T00:00:00Z"),
    ];
    let mut options = Options::default();
    options.clock = Arc::clone(&clock) as _;
    options.pack = shelf(&bench, "both", &both).to_string_lossy().into_owned();
    let store = bench.root.join("store");
    let engine = Engine::create(&store, bench.key(), options).unwrap();
    let (she, patient) = occupational(&engine);
    let own = holder(&engine, &patient);
    let seen = |millis: i64| {
        clock.set(Instant::from_millis(turn.millis() + millis));
        (
            sees(&she, &patient),
            own.explain(None).map(|it| it.pack).ok(),
        )
    };
    let is =
        |pack: &Option<String>, name: &str| pack.as_ref().is_some_and(|it| it.starts_with(name));
    let (sees, pack) = seen(-1);
    assert!(
        !sees && is(&pack, "dmp-2011"),
        "the launch's last millisecond"
    );
    let (sees, pack) = seen(0);
    assert!(sees && is(&pack, "dmp-2023"), "the reform's first");
    let gap = seen(366 * 86_400_000);
    assert_eq!(gap, (false, None), "no pack in force: nothing is shown");
}

/// A pack under which the occupational physician sees documents of one type, and one under which
/// she sees all the others: whatever is decided partly by one and partly by the other shows.
fn complements(bench: &Bench, kind: &str) -> [PathBuf; 2] {
    [("one", "=="), ("others", "!=")].map(|(name, is)| {
        let pack = shelf(bench, name, &[("dmp-2023", "open", "open")]);
        alter(
            &pack.join("dmp-2023/policies.cedar"),
            "resource.type in DMP::Profession::\"medecin\"",
            &format!("resource.type {is} DMP::DocType::\"{kind}\""),
        );
        pack
    })
}

/// Every answer is that of one pack as a whole, while packs are replaced under it.
#[test]
fn a_session_never_sees_half_of_a_pack() {
    let bench = Bench::new();
    let engine = bench.create();
    let (she, patient) = occupational(&engine);
    let of = |entries: Vec<DocumentEntry>| -> BTreeSet<String> {
        entries.into_iter().map(|it| it.unique_id).collect()
    };
    let own = holder(&engine, &patient);
    let all = own.entries(&patient, Statuses::All).unwrap();
    let kind = all[0].type_code.clone();
    let packs = complements(&bench, &kind);
    let (one, others): (Vec<_>, Vec<_>) = all.into_iter().partition(|it| it.type_code == kind);
    let whole = [of(one), of(others)];
    assert!(whole.iter().all(|it| !it.is_empty()), "{whole:?}");
    engine.reload_policies(&packs[0]).unwrap();
    let read = || {
        let seen = of(she.entries(&patient, Statuses::All).unwrap());
        let at = whole.iter().position(|it| *it == seen);
        at.unwrap_or_else(|| panic!("of no pack: {seen:?}"))
    };
    let (done, over) = std::sync::mpsc::channel::<()>();
    std::thread::scope(|scope| {
        // Each looks once and then waits for its trace, which waits for the commit that brings the
        // packs: only readers that begin at every moment of it look while they are replaced.
        let readers = scope.spawn(move || {
            let mut begun = Vec::new();
            while over.recv_timeout(PACE) == Err(RecvTimeoutError::Timeout) {
                begun.push(scope.spawn(read));
            }
            let mut times = [0; 2];
            for reader in begun {
                times[reader.join().unwrap()] += 1;
            }
            times
        });
        let next: Vec<_> = (1..=6)
            .map(|turn| {
                engine.reload_policies(&packs[turn % 2]).unwrap();
                read() == turn % 2
            })
            .collect();
        drop(done);
        assert_eq!(next, [true; 6], "from the next request on");
        let times = readers.join().unwrap();
        assert!(times.iter().all(|it| *it > 0), "{times:?}");
    });
}

/// How often a reader begins while packs are replaced.
const PACE: Duration = Duration::from_millis(3);

#[test]
fn cedar_asked_again_about_every_returned_row_agrees() {
    let bench = Bench::new();
    let mut options = options();
    options.recheck = Recheck::Returned;
    let store = bench.root.join("store");
    let engine = Engine::create(&store, bench.key(), options).unwrap();
    let (_, patient) = occupational(&engine);
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let entries = doctor.entries(&patient, Statuses::All).unwrap();
    let every = SearchRequest::new("date:1900..")
        .of(patient.clone())
        .limit(1000);
    let hits = doctor.search(&every).unwrap();
    doctor.fetch(entries[0].document).unwrap();
    let asked = engine.rechecks();
    // Each question asks about the documents it is put to, then about those it returns.
    let each = entries.len() + entries.len() + hits.len() + 1;
    assert_eq!(asked.asked, each as u64);
    let more = |of: &dyn Fn()| {
        let before = engine.rechecks().asked;
        of();
        engine.rechecks().asked - before
    };
    let all = entries.len() as u64;
    let counted = every
        .clone()
        .counted()
        .facet(Facet::Year)
        .timeline(Step::Year);
    assert_eq!(
        more(&|| drop(doctor.ask(&counted.clone().limit(0)).unwrap())),
        all
    );
    assert_eq!(
        more(&|| drop(doctor.changes(Some(&patient), None).unwrap())),
        all
    );
    let panel = session(&engine, ("doctor", "medecin"), Purpose::Panel);
    assert_eq!(more(&|| drop(panel.my_dossiers(None).unwrap())), all);
    assert_eq!(
        more(&|| assert!(panel.count(&SearchRequest::new("")).is_ok())),
        all
    );
    let counter = session(&engine, ("counter", "medecin"), Purpose::Population);
    assert_eq!(
        more(&|| assert!(counter.count(&SearchRequest::new("")).is_ok())),
        all
    );
    drop((panel, counter));
    let asked = engine.rechecks();
    assert_eq!(asked.withheld, 0);
    drop(doctor);
    engine.close().unwrap();
    let plain = bench.open().unwrap();
    let doctor = session(&plain, ("doctor", "medecin"), Purpose::Care);
    let same = doctor.entries(&patient, Statuses::All).unwrap();
    assert!(
        same.iter()
            .map(|it| it.document)
            .eq(entries.iter().map(|it| it.document))
    );
    assert_eq!(plain.rechecks().asked, 0, "it is off unless asked for");
}

#[test]
fn unknown_professions_and_purposes_of_no_rule_see_nothing_under_any_pack() {
    let bench = Bench::new();
    let engine = bench.create();
    let (_, patient) = occupational(&engine);
    let reform = shelf(&bench, "reform", &[("dmp-2023", "open", "open")]);
    engine.reload_policies(&reform).unwrap();
    for profession in ["astrologue", "", "patient "] {
        let Ok(unknown) = engine.session(request("work", profession, Purpose::Care)) else {
            continue;
        };
        let refused = unknown.entries(&patient, Statuses::All).unwrap_err();
        assert_eq!(refused.code(), Code::Refused, "{profession}");
    }
}

/// A history spans packs: what its reader sees of each entry is what the pack says that is in force
/// when she reads, whatever was in force when the entry was written.
#[test]
fn a_history_over_two_packs_is_read_by_the_one_in_force() {
    let turn = Instant::from_rfc3339("2030-01-01T00:00:00Z").unwrap();
    let clock = Arc::new(FixedClock::new(turn.plus_days(-2)));
    let bench = Bench::new();
    let both = [
        ("dmp-2011", "open", "2030-01-01T00:00:00Z"),
        ("dmp-2023", "2030-01-01T00:00:00Z", "open"),
    ];
    let shelf = shelf(&bench, "both", &both);
    // From the turn on a holder reads no trace of a document any more.
    alter(
        &shelf.join("dmp-2023").join("policies.cedar"),
        "DMP::Action::\"read\", DMP::Action::\"count\", DMP::Action::\"trace\"], resource)\n\
         when { context.purpose == \"holder\"",
        "DMP::Action::\"read\", DMP::Action::\"count\"], resource)\n\
         when { context.purpose == \"holder\"",
    );
    let mut options = Options::default();
    options.clock = Arc::clone(&clock) as _;
    options.pack = shelf.to_string_lossy().into_owned();
    let engine = Engine::create(&bench.root.join("store"), bench.key(), options).unwrap();
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let (patient, deposited) = fill(&doctor, 2);
    let own = holder(&engine, &patient);
    let named = || {
        let lines = own.history(&patient).unwrap();
        let named = lines
            .iter()
            .filter(|line| !line.documents.is_empty())
            .count();
        (named, lines.len() - named)
    };
    let (documents, others) = named();
    assert!(documents >= deposited.len() && others > 0);
    clock.set(Instant::from_millis(turn.millis() - 1));
    assert_eq!(named().0, documents, "the last millisecond of the launch");
    clock.set(turn);
    doctor.fetch(deposited[0].document).unwrap();
    let (hidden, still) = named();
    assert_eq!(hidden, 0, "old entries too");
    assert!(still > others, "traces of the dossier as a whole stay");
}

/// The packs that are built in, one after the other, without a manifest being touched.
#[test]
fn the_built_in_packs_turn_at_the_reform() {
    let turn = Instant::from_rfc3339("2023-10-27T00:00:00Z").unwrap();
    let clock = Arc::new(FixedClock::new(turn.plus_days(-2)));
    let bench = Bench::new();
    let mut options = Options::default();
    options.clock = Arc::clone(&clock) as _;
    options.pack = "dmp".to_owned();
    let store = bench.root.join("store");
    let engine = Engine::create(&store, bench.key(), options.clone()).unwrap();
    assert_eq!(names(&engine), ["dmp-2011", "dmp-2023"]);
    let (she, patient) = occupational(&engine);
    clock.set(Instant::from_millis(turn.millis() - 1));
    assert!(!sees(&she, &patient), "the launch's last millisecond");
    clock.set(turn);
    assert!(sees(&she, &patient), "the reform's first");
    drop(she);
    engine.close().unwrap();
    let engine = Engine::open(&store, bench.key(), options).unwrap();
    assert_eq!(names(&engine), ["dmp-2011", "dmp-2023"], "both are kept");
}
