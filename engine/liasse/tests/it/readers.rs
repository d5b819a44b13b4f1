//! Proves who sees what of one dossier, and that nobody learns of what she may not see.

use crate::bench::{Bench, fill, holder, request, session};
use liasse::{
    Code, FlagChange, Flags, Grant, Instant, Matricule, Party, Purpose, SearchRequest, Session,
    Statuses,
};

fn count(session: &Session, patient: &Matricule) -> usize {
    session
        .entries(patient, Statuses::Approved)
        .map_or(0, |entries| entries.len())
}

fn authorise(id: &str) -> Grant {
    Grant::Authorise {
        party: Party::Actor(id.to_owned()),
        until: Instant::MAX,
    }
}

#[test]
fn a_masked_document_is_hidden_in_every_answer() {
    let bench = Bench::new();
    let engine = bench.create();
    let (patient, _) = fill(&session(&engine, ("doctor", "medecin"), Purpose::Care), 2);
    let own = holder(&engine, &patient);
    own.grant(&patient, authorise("colleague")).unwrap();
    let colleague = session(&engine, ("colleague", "medecin"), Purpose::Care);
    let every = SearchRequest::new("date:1900..")
        .of(patient.clone())
        .limit(1000);
    let before = colleague.search(&every).unwrap();
    let masked = before[0].entry.document;
    own.set_flags(
        masked,
        FlagChange {
            set: Flags::MASQUE_PS,
            clear: Flags::NONE,
        },
    )
    .unwrap();
    let after = colleague.search(&every).unwrap();
    assert_eq!(after.len(), before.len() - 1);
    assert!(after.iter().all(|hit| hit.entry.document != masked));
    assert_eq!(colleague.count(&every).unwrap(), after.len() as u64);
    let hidden = colleague.fetch(masked).unwrap_err();
    let missing = colleague.fetch("00000000000000000000000000000001".parse().unwrap());
    assert_eq!(hidden.to_string(), missing.unwrap_err().to_string());
    let author = session(&engine, ("doctor", "medecin"), Purpose::Care);
    author.fetch(masked).unwrap();
    own.fetch(masked).unwrap();
    own.set_flags(
        masked,
        FlagChange {
            set: Flags::NONE,
            clear: Flags::MASQUE_PS,
        },
    )
    .unwrap();
    assert_eq!(colleague.count(&every).unwrap(), before.len() as u64);
}

#[test]
fn a_stranger_cannot_tell_a_dossier_from_none() {
    let bench = Bench::new();
    let engine = bench.create();
    let (patient, _) = fill(&session(&engine, ("doctor", "medecin"), Purpose::Care), 2);
    let nobody: Matricule = specimen::World::new(8)
        .patient(99)
        .matricule
        .parse()
        .unwrap();
    let purposes = [
        Purpose::Care,
        Purpose::Panel,
        Purpose::EmergencySamu,
        Purpose::Population,
        Purpose::Audit,
    ];
    for (purpose, matricule) in purposes
        .into_iter()
        .flat_map(|purpose| [(purpose, &patient), (purpose, &nobody)])
    {
        // The gate of a centre 15 stands open to physicians, that of counting to them alone.
        let regulates = purpose == Purpose::EmergencySamu;
        let profession = if regulates { "infirmier" } else { "medecin" };
        let stranger = session(&engine, ("stranger", profession), purpose);
        let query = SearchRequest::new("patient").of(matricule.clone());
        let told = [
            stranger.entries(matricule, Statuses::All).unwrap_err(),
            stranger.search(&query).unwrap_err(),
            stranger.count(&query).unwrap_err(),
            stranger.history(matricule).unwrap_err(),
            stranger.explain(Some(&query)).unwrap_err(),
            stranger.erase(matricule).unwrap_err(),
            stranger
                .grant(matricule, Grant::Block(Party::Actor("x".to_owned())))
                .unwrap_err(),
            stranger
                .close_dossier(matricule, &liasse::Statement::NONE)
                .unwrap_err(),
        ];
        let same = told
            .iter()
            .all(|error| error.to_string() == told[0].to_string());
        assert!(same && told[0].code() == Code::Refused, "{told:?}");
    }
}

#[test]
fn a_block_beats_an_authorisation_and_an_emergency() {
    let bench = Bench::new();
    let engine = bench.create();
    let (patient, _) = fill(&session(&engine, ("doctor", "medecin"), Purpose::Care), 2);
    let own = holder(&engine, &patient);
    own.grant(&patient, authorise("colleague")).unwrap();
    let colleague = session(&engine, ("colleague", "medecin"), Purpose::Care);
    let rescuer = session(&engine, ("colleague", "medecin"), Purpose::EmergencyBtg);
    let before_glass = rescuer.entries(&patient, Statuses::Approved).unwrap_err();
    assert_eq!(before_glass.code(), Code::WrongPurpose);
    rescuer.break_glass(&patient, "unconscious").unwrap();
    assert!(count(&colleague, &patient) > 0 && count(&rescuer, &patient) > 0);
    own.grant(&patient, Grant::Block(Party::Actor("colleague".to_owned())))
        .unwrap();
    assert_eq!(
        (count(&colleague, &patient), count(&rescuer, &patient)),
        (0, 0)
    );
    let history = own.history(&patient).unwrap();
    assert!(
        history
            .iter()
            .any(|line| { line.what == "break_glass" && line.detail.contains("unconscious") })
    );
}

#[test]
fn a_panel_holds_an_actors_own_patients_only() {
    let bench = Bench::new();
    let engine = bench.create();
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let other = session(&engine, ("other", "medecin"), Purpose::Care);
    let (mine, _) = fill(&doctor, 2);
    let (_theirs, _) = fill(&other, 5);
    let panel = session(&engine, ("doctor", "medecin"), Purpose::Panel);
    let every = SearchRequest::new("date:1900..").limit(1000);
    let hits = panel.search(&every).unwrap();
    assert_eq!(hits.len(), count(&doctor, &mine));
    assert_eq!(panel.count(&every).unwrap(), hits.len() as u64);
    assert_eq!(
        doctor.search(&every).unwrap_err().code(),
        Code::WrongPurpose
    );
}

#[test]
fn a_contract_is_refused_and_an_unknown_profession_sees_nothing() {
    let bench = Bench::new();
    let engine = bench.create();
    let (patient, _) = fill(&session(&engine, ("doctor", "medecin"), Purpose::Care), 2);
    let contract = engine.session(request("bank", "banque", Purpose::Contract));
    assert_eq!(contract.err().unwrap().code(), Code::PurposeRefused);
    holder(&engine, &patient)
        .grant(&patient, authorise("x"))
        .unwrap();
    let unknown = session(&engine, ("x", "astrologue"), Purpose::Care);
    assert_eq!(count(&unknown, &patient), 0);
}
