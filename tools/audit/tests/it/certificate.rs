//! Proves that a certificate of an erasure holds for the steps of that erasure, in their order,
//! under one checkpoint, and for nothing else.

use crate::bench::{Folder, Scene, audited, key, report};
use liasse::{
    AuditHandle, AuditReport, Auditor, Certificate, CertificateFacts, Code, Depth, RootKey,
};

/// The certificate of the erasure in a store, with all that it is compared with.
struct Certified {
    /// Keeps the copy of the store.
    _folder: Folder,
    auditor: Auditor,
    told: AuditReport,
    handle: AuditHandle,
    /// The entries of the three steps.
    steps: [u64; 3],
    certificate: Certificate,
    log_key: String,
}

impl Certified {
    fn of(scene: &Scene) -> Self {
        let (folder, _) = scene.copy("store");
        let root = key(&folder, "store");
        let auditor = audited(&folder.path("store"), Depth::AuditKeys, Some(&root));
        let told = report(&folder, Depth::AuditKeys, false);
        let (handle, erased) = told.erased.first_key_value().unwrap();
        let (handle, steps) = (*handle, erased[0].clone());
        let certificate = auditor.certificate(handle, None).unwrap();
        let (_, log_key) = auditor.checkpoint().unwrap();
        Self {
            _folder: folder,
            auditor,
            told,
            handle,
            steps: [steps.begun, steps.destroyed, steps.rewritten].map(Option::unwrap),
            certificate,
            log_key,
        }
    }

    fn lines(&self) -> Vec<String> {
        self.certificate.text().lines().map(str::to_owned).collect()
    }

    /// The same certificate with the proofs of these entries.
    fn with(&self, numbers: &[u64]) -> String {
        let mut text = self.lines();
        text.truncate(4);
        for number in numbers {
            let proved = self.auditor.prove(*number, None).unwrap();
            let (entry, proof) = (proved.entry, proved.proof);
            text.push(format!("entry {number} {}", journal::base64(&entry)));
            text.push(format!(
                "proof {number} {}",
                journal::base64(proof.as_bytes())
            ));
        }
        text.join("\n")
    }

    fn check(&self, text: &str) -> liasse::Result<CertificateFacts> {
        Certificate::check(text, &self.log_key)
    }

    /// Checks that a text certifies nothing, and says so.
    fn refuses(&self, text: &str, why: &str) {
        let refused = self.check(text).unwrap_err();
        assert_eq!(refused.code(), Code::Invalid);
        assert!(refused.message().contains(why), "{refused}, not {why}");
    }
}

/// A certificate tells the steps of one erasure in their order, each with the commit behind it,
/// the keys it bound, and the log before and behind it, all under one checkpoint.
#[test]
fn a_certificate_tells_the_steps_in_their_order() {
    let it = Certified::of(Scene::shared());
    let facts = it.check(it.certificate.text()).unwrap();
    let entries = it.steps;
    let names = ["begun", "keys_destroyed", "index_rewritten"];
    for ((entry, step, _), (wanted, name)) in facts.steps.iter().zip(entries.iter().zip(names)) {
        assert_eq!((entry, step.as_str()), (wanted, name));
    }
    assert_eq!(
        (facts.steps.len(), facts.handle),
        (3, it.handle.to_string())
    );
    assert_eq!(
        (facts.size, facts.root),
        (it.told.log.size, it.told.log.root)
    );
    let [before, begun, destroyed, rewritten] = facts.commits.as_slice() else {
        panic!("four commits");
    };
    assert!(before.entry < entries[0] && entries[0] < begun.entry);
    assert!(begun.entry < entries[1] && entries[1] < destroyed.entry);
    assert!(destroyed.entry < entries[2] && entries[2] < rewritten.entry);
    assert!(before.epoch < begun.epoch && begun.epoch < rewritten.epoch);
    assert!(before.keys != begun.keys && before.state != begun.state);
    let sizes: Vec<_> = facts.trees.iter().map(|(size, _)| *size).collect();
    assert_eq!(sizes, [before.entry + 1, rewritten.entry + 1]);
}

/// Of another handle, in another order, with less, under several checkpoints or of another log it
/// certifies nothing.
#[test]
fn a_certificate_holds_in_the_order_of_its_steps_alone() {
    let scene = Scene::shared();
    let it = Certified::of(scene);
    let facts = it.check(it.certificate.text()).unwrap();
    let commits: Vec<_> = facts.commits.iter().map(|commit| commit.entry).collect();
    let [before, begun, destroyed, rewritten] = *commits.as_array().expect("four commits");
    let [one, two, three] = it.steps;
    let order = [before, one, begun, two, destroyed, three, rewritten];
    assert!(it.check(&it.with(&order)).is_ok());
    assert_eq!(it.lines().len(), 4 + 14);
    let last = it.told.log.size - 1;
    for (entries, why) in [
        (
            [begun, one, before, two, destroyed, three, rewritten].as_slice(),
            "order of the log",
        ),
        (
            &[before, two, begun, one, destroyed, three, rewritten],
            "in their order",
        ),
        (
            &[before, one, two, destroyed, three, rewritten, last],
            "in their order",
        ),
        (
            &[one, begun, two, destroyed, three, rewritten, last],
            "in their order",
        ),
        (
            &[1, one, begun, two, destroyed, three, rewritten],
            "its commit ended",
        ),
        (&[before, one, begun, two, destroyed, three], "three steps"),
        (
            &[before, one, begun, two, destroyed, three, last],
            "its commit ended",
        ),
    ] {
        it.refuses(&it.with(entries), why);
    }
    let edited = |edit: fn(&mut Vec<String>)| {
        let mut lines = it.lines();
        edit(&mut lines);
        lines.join("\n")
    };
    it.refuses(&edited(|it| it.swap(2, 3)), "its commit ended");
    it.refuses(&edited(|it| drop(it.remove(2))), "before and behind");
    it.refuses(&edited(|it| it[2] = it[3].replacen(' ', " 1", 1)), "proof");
    let (text, handle) = (it.certificate.text(), it.handle.to_string());
    it.refuses(&text.replace(&handle, &"0".repeat(32)), "in their order");
    it.refuses(&text.to_uppercase(), "no certificate");
    let other = RootKey::File(scene.path("other.key"));
    let theirs = audited(&scene.path("other"), Depth::AuditKeys, Some(&other));
    let (_, their_key) = theirs.checkpoint().unwrap();
    assert!(Certificate::check(text, &their_key).is_err());
    let glass = it.told.accesses.as_ref().unwrap().glass[0].handle;
    let nobody = it.auditor.certificate(glass, None).err().unwrap();
    assert_eq!(nobody.code(), Code::Refused);
}

/// Under an earlier checkpoint a certificate holds too; under both it does not.
#[test]
fn a_certificate_is_under_one_checkpoint() {
    let scene = Scene::shared();
    let it = Certified::of(scene);
    let facts = it.check(it.certificate.text()).unwrap();
    let late = RootKey::File(scene.path("late.key"));
    let late = audited(&scene.path("late"), Depth::AuditKeys, Some(&late));
    let (checkpoint, _) = late.checkpoint().unwrap();
    let under = Some((checkpoint.as_str(), it.log_key.as_str()));
    let earlier = it.auditor.certificate(it.handle, under).unwrap();
    let held = it.check(earlier.text()).unwrap();
    assert!(held.size < facts.size && held.trees == facts.trees);
    let others: Vec<_> = earlier.text().lines().map(str::to_owned).collect();
    for at in [4, 16] {
        let mut mixed = it.lines();
        mixed[at..at + 2].clone_from_slice(&others[at..at + 2]);
        it.refuses(&mixed.join("\n"), "several checkpoints");
    }
}
