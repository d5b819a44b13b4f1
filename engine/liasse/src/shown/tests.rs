//! Proves that nothing is kept of a search once the keys of an erased dossier are destroyed, that
//! a look over many dossiers ends when it has to, and that none is begun for nothing.

use crate::ask::{Deposit, Matricule, SessionRequest};
use crate::engine::{Engine, Options, RootKey, new_key_file};
use crate::error::Code;
use crate::request::SearchRequest;
use crate::session::Session;
use base::Purpose;
use query::{Field, Pass, Passes, Watch, Wish};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

/// An empty store in a directory of this name.
fn store(name: &str) -> (PathBuf, Engine) {
    let folder = std::env::temp_dir().join(format!("liasse-{name}-{}", std::process::id()));
    std::fs::create_dir(&folder).unwrap();
    new_key_file(&folder.join("key")).unwrap();
    let key = RootKey::File(folder.join("key"));
    let engine = Engine::create(&folder.join("store"), key, Options::default()).unwrap();
    (folder, engine)
}

fn session(engine: &Engine, actor: (&str, &str), purpose: Purpose) -> Session {
    let request = SessionRequest {
        actor: actor.0.to_owned(),
        profession: actor.1.to_owned(),
        speciality: None,
        structure: None,
        purpose,
        patient: None,
        secret: false,
    };
    engine.session(request).unwrap()
}

/// A wish that is uttered after it was asked for so many times.
struct After {
    asked: AtomicU32,
    silent: u32,
}

impl Wish for After {
    fn uttered(&self) -> bool {
        self.asked.fetch_add(1, Ordering::Relaxed) >= self.silent
    }
}

/// How often a look at all dossiers asks whether to go on, and how it ends.
fn asks(silent: u32, look: impl Fn(Watch<'_>) -> crate::error::Result<()>) -> (u32, Option<Code>) {
    let wish = After {
        asked: AtomicU32::new(0),
        silent,
    };
    let watch = Watch {
        cancelled: Some(&wish),
        deadline: None,
    };
    let ended = look(watch).err().map(|error| error.code());
    (wish.asked.load(Ordering::Relaxed), ended)
}

#[test]
fn a_look_over_many_dossiers_ends_when_it_has_to() {
    let (folder, engine) = store("watched");
    let world = specimen::World::new(7);
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let some = (0..).filter(|it| world.documents(*it).len() > 2).take(5);
    for number in some {
        let cda = world.dossier(number).documents[0].cda();
        let deposit = Deposit::new(cda.as_bytes()).opening();
        doctor.deposit(&deposit).unwrap();
    }
    let view = engine.shared().core.searched_view().unwrap();
    let at = engine.shared().core.now(&view);
    let panel = session(&engine, ("doctor", "medecin"), Purpose::Panel);
    let lens = panel.lens(at).unwrap();
    let counter = session(&engine, ("counter", "medecin"), Purpose::Population);
    let counts = counter.lens(at).unwrap();
    let panels = &engine.shared().core.panels;
    let fresh = |watch: Watch<'_>| {
        panels.forget();
        panel.with_panel(&view, &lens, watch, |_| Ok(()))
    };
    let population = |watch: Watch<'_>| counter.population(&view, &counts, watch).map(drop);
    for look in [&fresh as Look<'_>, &population] {
        let (asked, ended) = asks(u32::MAX, look);
        assert!(asked >= 5 && ended.is_none(), "{asked}");
        assert_eq!(asks(3, look), (4, Some(Code::Cancelled)));
    }
    assert_eq!(panels.len(), 0, "of a look that was ended nothing is kept");
    drop((doctor, panel, counter, view));
    engine.close().unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
}

type Look<'a> = &'a dyn Fn(Watch<'_>) -> crate::error::Result<()>;

#[test]
fn no_dossier_is_opened_for_what_contradicts_itself() {
    let (folder, engine) = store("contradicted");
    let panel = session(&engine, ("doctor", "medecin"), Purpose::Panel);
    let panels = &engine.shared().core.panels;
    let types = |code: &str| vec![code.to_owned()];
    let twice = SearchRequest::new("")
        .require(Field::Type, types("11502-2"))
        .require(Field::Type, types("11488-4"));
    for asked in [twice, SearchRequest::new("patient date:2015 date:2017")] {
        assert_eq!(panel.ask(&asked.clone().counted()).unwrap().total, Some(0));
        assert_eq!(panels.len(), 0);
    }
    // Whoever switches the pass off looks, and finds the same.
    let mut looked = SearchRequest::new("patient date:2015 date:2017").counted();
    looked.passes = Passes::ALL.without(Pass::Contradiction);
    assert_eq!(panel.ask(&looked).unwrap().total, Some(0));
    assert_eq!(panels.len(), 1);
    drop(panel);
    engine.close().unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn nothing_is_kept_of_a_search_once_a_root_is_destroyed() {
    let folder = std::env::temp_dir().join(format!("liasse-panels-{}", std::process::id()));
    std::fs::create_dir(&folder).unwrap();
    new_key_file(&folder.join("key")).unwrap();
    let key = RootKey::File(folder.join("key"));
    let engine = Engine::create(&folder.join("store"), key, Options::default()).unwrap();
    let session = |actor: &str, profession: &str, purpose, patient: Option<Matricule>| {
        let request = SessionRequest {
            actor: actor.to_owned(),
            profession: profession.to_owned(),
            speciality: None,
            structure: None,
            purpose,
            patient,
            secret: false,
        };
        engine.session(request).unwrap()
    };
    let world = specimen::World::new(7);
    let mut numbers = (0..).filter(|it| world.documents(*it).len() > 2);
    let dossier = world.dossier(numbers.next().unwrap());
    let doctor = session("doctor", "medecin", Purpose::Care, None);
    for document in &dossier.documents {
        let cda = document.cda();
        doctor
            .deposit(&Deposit::new(cda.as_bytes()).opening())
            .unwrap();
    }
    let panels = &engine.shared().core.panels;
    let panel = session("doctor", "medecin", Purpose::Panel, None);
    let asked = SearchRequest::new("").counted();
    assert!(panel.ask(&asked).unwrap().total > Some(0));
    assert_eq!(panels.len(), 1);
    // A search that is under way when all is forgotten keeps nothing.
    let id = panel.agent().session;
    let (round, kept) = panels.take(id);
    panels.forget();
    panels.keep(id, round, kept.unwrap());
    assert_eq!(panels.len(), 0);
    assert!(panel.ask(&asked).unwrap().total > Some(0));
    assert_eq!(panels.len(), 1);
    let patient: Matricule = dossier.patient.matricule.parse().unwrap();
    let own = session("holder", "patient", Purpose::Holder, Some(patient.clone()));
    own.erase(&patient).unwrap();
    assert_eq!(panels.len(), 0);
    assert_eq!(panel.ask(&asked).unwrap().total, Some(0));
    assert_eq!(panels.len(), 1);
    drop(panel);
    assert_eq!(panels.len(), 0, "a session that ended");
    drop((doctor, own));
    engine.close().unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
}
