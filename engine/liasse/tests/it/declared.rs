//! Proves what a host's declarations change: who represents a person, until her majority; who is
//! of her care team; what a minor keeps to herself.

use crate::bench::{Bench, fill, holder, options, request, session};
use liasse::{
    Code, Declaration, Engine, FixedClock, FlagChange, Flags, Grant, Instant, Matricule, Party,
    Purpose, RepresentativeRole, SearchRequest, Session, Statement, Statuses,
};
use std::sync::Arc;

const START: &str = "2024-06-01T00:00:00Z";

fn start() -> Instant {
    Instant::from_rfc3339(START).unwrap()
}

fn timed(bench: &Bench) -> (Engine, Arc<FixedClock>) {
    let clock = Arc::new(FixedClock::new(start()));
    let mut settings = options();
    settings.clock = Arc::clone(&clock) as _;
    let engine = Engine::create(&bench.root.join("store"), bench.key(), settings).unwrap();
    (engine, clock)
}

fn person(engine: &Engine, actor: &str, patient: &Matricule, secret: bool) -> Session {
    let purpose = if actor == "holder" {
        Purpose::Holder
    } else {
        Purpose::Representative
    };
    let mut request = request(actor, "patient", purpose);
    request.structure = None;
    request.patient = Some(patient.clone());
    request.secret = secret;
    engine.session(request).unwrap()
}

fn represented(person: &str, role: RepresentativeRole) -> Declaration {
    let (person, until) = (person.to_owned(), Instant::MAX);
    Declaration::Represented {
        person,
        role,
        until,
    }
}

fn team(party: Party) -> Declaration {
    let until = start().plus_days(30);
    Declaration::Team { party, until }
}

/// What the session is shown of the dossier; none when it is refused.
fn shown(session: &Session, patient: &Matricule) -> Option<usize> {
    match session.entries(patient, Statuses::All) {
        Ok(entries) => Some(entries.len()),
        Err(error) => {
            assert_eq!(error.code(), Code::Refused);
            None
        }
    }
}

/// A mother reads what is not kept from her, until the very millisecond of majority; a grandmother
/// to whom nobody gave anything reads nothing.
#[test]
fn a_minors_representative_reads_until_majority_what_is_not_kept_from_her() {
    let bench = Bench::new();
    let (engine, clock) = timed(&bench);
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let (patient, deposited) = fill(&doctor, 2);
    let [mother, other] = ["mother", "grandmother"].map(|it| person(&engine, it, &patient, false));
    assert_eq!(shown(&mother, &patient), None, "nothing was declared");
    let all = shown(&holder(&engine, &patient), &patient).unwrap();
    let role = RepresentativeRole::Legal;
    engine
        .declare(&patient, represented("mother", role))
        .unwrap();
    assert_eq!(
        shown(&mother, &patient),
        None,
        "her majority is unknown: past"
    );
    let majority = start().plus_days(100);
    let declared = Declaration::Majority(majority);
    engine.declare(&patient, declared).unwrap();
    assert_eq!(shown(&mother, &patient), Some(all));
    assert_eq!(shown(&other, &patient), None);
    assert!(mother.fetch(deposited[0].document).is_ok());
    clock.set(Instant::from_millis(majority.millis() - 1));
    assert_eq!(shown(&mother, &patient), Some(all));
    clock.set(majority);
    assert_eq!(shown(&mother, &patient), None);
    assert_eq!(
        mother.fetch(deposited[0].document).unwrap_err().code(),
        Code::Refused
    );
    clock.set(majority.plus_days(1));
    let aidant = represented("grandmother", RepresentativeRole::Aidant);
    engine.declare(&patient, aidant).unwrap();
    assert_eq!(shown(&other, &patient), Some(all), "a delegate, at any age");
    let over = Declaration::NotRepresented("grandmother".to_owned());
    engine.declare(&patient, over).unwrap();
    assert_eq!(shown(&other, &patient), None);
    let own = holder(&engine, &patient);
    let told = own.history(&patient).unwrap();
    let declared = told.iter().filter(|line| line.actor == "liasse");
    assert_eq!(declared.count(), 4, "each is told to the holder");
    drop((doctor, mother, other, own));
    engine.close().unwrap();
    bench.verify();
}

/// A minor's secret connection leaves traces that she alone reads; of age she has none.
#[test]
fn a_minors_secret_session_is_hidden_from_her_representative() {
    let bench = Bench::new();
    let (engine, clock) = timed(&bench);
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let (patient, _) = fill(&doctor, 2);
    let secret = person(&engine, "holder", &patient, true);
    assert_eq!(
        shown(&secret, &patient),
        None,
        "secret connections are for minors"
    );
    let majority = start().plus_days(100);
    for declared in [
        represented("mother", RepresentativeRole::Legal),
        Declaration::Majority(majority),
    ] {
        engine.declare(&patient, declared).unwrap();
    }
    let mother = person(&engine, "mother", &patient, false);
    assert!(shown(&secret, &patient).is_some());
    engine.settle().unwrap();
    let own = person(&engine, "holder", &patient, false);
    let read = |session: &Session| {
        let lines = session.history(&patient).unwrap();
        lines.iter().filter(|line| line.actor == "holder").count()
    };
    assert_eq!((read(&mother), read(&own) > 0), (0, true));
    let document = own.entries(&patient, Statuses::All).unwrap()[0].document;
    let kept = FlagChange {
        set: Flags::INVISIBLE_REPRESENTANTS_LEGAUX,
        clear: Flags::NONE,
    };
    let late = own.set_flags(document, kept).unwrap_err();
    assert_eq!(
        late.code(),
        Code::WriteRefused,
        "what was shown stays shown"
    );
    clock.set(majority);
    assert_eq!(shown(&secret, &patient), None);
    drop((doctor, secret, mother, own));
    engine.close().unwrap();
}

/// A bris de glace over a minor's dossier in a secret connection is told to her alone: not to her
/// representative, and not to her attending physician, who are told of an open one.
#[test]
fn a_minors_secret_bris_de_glace_is_told_to_her_alone() {
    let bench = Bench::new();
    let (engine, _) = timed(&bench);
    let attending = session(&engine, ("attending", "medecin"), Purpose::Care);
    let (patient, _) = fill(&attending, 2);
    for declared in [
        represented("mother", RepresentativeRole::Legal),
        Declaration::Majority(start().plus_days(100)),
    ] {
        engine.declare(&patient, declared).unwrap();
    }
    let own = person(&engine, "holder", &patient, false);
    let named = Grant::SetAttending(Party::Actor("attending".to_owned()));
    own.grant(&patient, named.stating(Statement::agreed()))
        .unwrap();
    let mother = person(&engine, "mother", &patient, false);
    let rescue = |actor: &str, secret: bool| {
        let mut asked = request(actor, "medecin", Purpose::EmergencyBtg);
        asked.secret = secret;
        let rescuer = engine.session(asked).unwrap();
        rescuer.break_glass(&patient, "sans connaissance").unwrap();
    };
    rescue("discreet", true);
    engine.settle().unwrap();
    let told = |who: &Session| {
        let glass = who.changes(Some(&patient), None).unwrap().glass;
        glass.into_iter().map(|line| line.actor).collect::<Vec<_>>()
    };
    assert_eq!(told(&own), ["discreet"]);
    assert!(told(&mother).is_empty() && told(&attending).is_empty());
    rescue("rescuer", false);
    engine.settle().unwrap();
    assert_eq!(told(&own), ["rescuer", "discreet"]);
    assert_eq!(told(&mother), ["rescuer"]);
    assert_eq!(told(&attending), ["rescuer"]);
    drop((attending, own, mother));
    engine.close().unwrap();
}

/// One of the care team, by herself or by her structure, finds the dossier on her panel, until the
/// declaration ends.
#[test]
fn the_care_team_finds_the_dossier_until_it_ends() {
    let bench = Bench::new();
    let (engine, clock) = timed(&bench);
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let (patient, _) = fill(&doctor, 2);
    let panel = session(&engine, ("colleague", "medecin"), Purpose::Panel);
    let found = || {
        panel
            .search(&SearchRequest::new("").limit(100))
            .unwrap()
            .len()
    };
    assert_eq!(found(), 0);
    let structure = "structure-of-colleague".to_owned();
    for party in [
        Party::Actor("colleague".to_owned()),
        Party::Structure(structure),
    ] {
        engine.declare(&patient, team(party.clone())).unwrap();
        let seen = found();
        assert!(seen > 0);
        engine.declare(&patient, team(party.clone())).unwrap();
        assert_eq!(found(), seen, "the same again");
        engine
            .declare(&patient, Declaration::LeftTeam(party))
            .unwrap();
        assert_eq!(found(), 0);
    }
    let again = team(Party::Actor("colleague".to_owned()));
    engine.declare(&patient, again).unwrap();
    assert!(found() > 0);
    clock.set(start().plus_days(30));
    assert_eq!(found(), 0, "to the millisecond");
    drop((doctor, panel));
    engine.close().unwrap();
    bench.verify();
}

#[test]
fn what_cannot_be_declared_is_refused_and_changes_nothing() {
    let bench = Bench::new();
    let (engine, _) = timed(&bench);
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let (patient, _) = fill(&doctor, 2);
    let absent: Matricule = crate::bench::dossier(9).patient.matricule.parse().unwrap();
    let refused = engine.declare(&absent, Declaration::Majority(start()));
    assert_eq!(refused.unwrap_err().code(), Code::Refused);
    for id in [String::new(), "x".repeat(257), "a\nb".to_owned()] {
        for declared in [
            represented(&id, RepresentativeRole::Legal),
            Declaration::NotRepresented(id.clone()),
            team(Party::Actor(id.clone())),
            Declaration::LeftTeam(Party::Structure(id.clone())),
        ] {
            let refused = engine.declare(&patient, declared).unwrap_err();
            assert_eq!(refused.code(), Code::Invalid);
        }
    }
    for at in 0..256 {
        let one = represented(&format!("p{at}"), RepresentativeRole::HealthCare);
        engine.declare(&patient, one).unwrap();
    }
    let role = RepresentativeRole::HealthCare;
    let refused = engine.declare(&patient, represented("one-more", role));
    assert_eq!(refused.unwrap_err().code(), Code::Limit);
    engine.declare(&patient, represented("p7", role)).unwrap();
    drop(doctor);
    engine.close().unwrap();
    bench.verify();
}

/// Who leaves the care team, or gives her authorisation up, reads no more; what her structure was
/// granted is her colleagues' too, and not hers to give up.
#[test]
fn who_gives_her_access_up_keeps_none_and_takes_nobodys() {
    let bench = Bench::new();
    let (engine, _) = timed(&bench);
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let (patient, _) = fill(&doctor, 2);
    let own = holder(&engine, &patient);
    let leave = |who: &Session, party| who.grant(&patient, Grant::Revoke(party));
    let nurse = session(&engine, ("nurse", "infirmier"), Purpose::Care);
    let herself = || Party::Actor("nurse".to_owned());
    engine.declare(&patient, team(herself())).unwrap();
    assert!(shown(&nurse, &patient).is_some());
    leave(&nurse, herself()).unwrap();
    assert_eq!(shown(&nurse, &patient), None, "she left the team");
    let told = own.history(&patient).unwrap();
    assert!(
        told.iter()
            .any(|line| line.actor == "nurse" && line.detail.contains("team"))
    );
    let until = Instant::MAX;
    for party in [herself(), Party::Structure("structure-of-nurse".to_owned())] {
        own.grant(&patient, Grant::Authorise { party, until })
            .unwrap();
    }
    engine.declare(&patient, team(herself())).unwrap();
    let mut colleague = request("colleague", "infirmier", Purpose::Care);
    colleague.structure = Some("structure-of-nurse".to_owned());
    let colleague = engine.session(colleague).unwrap();
    let all = leave(&nurse, Party::Structure("structure-of-nurse".to_owned()));
    assert_eq!(all.unwrap_err().code(), Code::WriteRefused);
    assert!(shown(&colleague, &patient).is_some());
    leave(&nurse, herself()).unwrap();
    own.grant(
        &patient,
        Grant::Revoke(Party::Structure("structure-of-nurse".to_owned())),
    )
    .unwrap();
    assert_eq!(
        shown(&nurse, &patient),
        None,
        "neither by team nor by herself"
    );
}
