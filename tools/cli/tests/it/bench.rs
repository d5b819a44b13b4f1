//! A scratch directory with a store in it, and the command to run on it.

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicU32, Ordering};

/// A scratch directory, removed at the end.
pub(crate) struct Bench {
    root: PathBuf,
}

impl Bench {
    /// An empty directory with a key file and the actor files.
    pub(crate) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::SeqCst);
        let name = format!("liasse-cli-{}-{number}", std::process::id());
        let bench = Self {
            root: std::env::temp_dir().join(name),
        };
        std::fs::create_dir(&bench.root).unwrap();
        bench.actor("care", "medecin", "care", "");
        bench.actor("panel", "medecin", "panel", "");
        bench.ok(&["key", "new", "KEY"]);
        bench
    }

    /// The same, with a store.
    pub(crate) fn with_store() -> Self {
        let bench = Self::new();
        bench.ok(&["create", "STORE", "--key-file", "KEY"]);
        bench
    }

    /// Writes an actor file; `more` holds further JSON members.
    pub(crate) fn actor(&self, name: &str, profession: &str, purpose: &str, more: &str) {
        let text = format!(
            "{{\"actor\":\"A-1\",\"profession\":\"{profession}\",\"structure\":\"S-1\",\
             \"purpose\":\"{purpose}\"{more}}}"
        );
        std::fs::write(self.path(&format!("{name}.json")), text).unwrap();
    }

    /// Writes the actor files of this patient and of an insurer.
    pub(crate) fn holder(&self, patient: &str) {
        for (name, profession, purpose) in [
            ("holder", "patient", "holder"),
            ("stranger", "assureur", "care"),
        ] {
            let text = format!(
                "{{\"actor\":\"{name}\",\"profession\":\"{profession}\",\
                 \"purpose\":\"{purpose}\",\"patient\":\"{patient}\"}}"
            );
            std::fs::write(self.path(&format!("{name}.json")), text).unwrap();
        }
    }

    /// The matricule of a patient among the generated documents.
    pub(crate) fn matricule(&self) -> String {
        let text = std::fs::read_to_string(self.path("docs/000001-0000.xml")).unwrap();
        let mut runs = text.split(|c: char| !c.is_ascii_digit());
        runs.find(|run| run.len() == 15).unwrap().to_owned()
    }

    /// A path in the directory.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// The command with these arguments, in this directory.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_liasse"));
        command
            .args(arguments)
            .current_dir(&self.root)
            .env("NO_COLOR", "1");
        command
    }

    /// Runs the command.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Runs the command, which must succeed; its standard output.
    pub(crate) fn ok(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{arguments:?}: {complaint}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Runs the command, which must exit with `code`; its standard error.
    pub(crate) fn fails(&self, code: i32, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(
            output.status.code(),
            Some(code),
            "{arguments:?}: {complaint}"
        );
        complaint
    }

    /// Imports a file or folder as the care actor; one JSON object per file.
    pub(crate) fn import(&self, path: &Path) -> Vec<Value> {
        let path = path.display().to_string();
        let output = self.run(&[
            "import",
            "STORE",
            &path,
            "--key-file",
            "KEY",
            "--as",
            "care.json",
            "--json",
        ]);
        lines(&String::from_utf8(output.stdout).unwrap())
    }

    /// Checks that the store is clean.
    pub(crate) fn verify(&self) {
        let report = self.ok(&["verify", "STORE", "--key-file", "KEY"]);
        assert!(report.starts_with("clean"), "{report}");
    }

    /// Writes the generated documents of these patients into the folder `docs`.
    pub(crate) fn specimen(&self, patients: u32) -> PathBuf {
        self.ok(&["specimen", "docs", "--patients", &patients.to_string()]);
        self.path("docs")
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.root);
    }
}

/// One JSON value per line.
pub(crate) fn lines(text: &str) -> Vec<Value> {
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// The folder of real data, or `None`, said loudly.
pub(crate) fn real_data(folder: &str) -> Option<PathBuf> {
    match std::env::var_os("LIASSE_REAL_DATA") {
        Some(root) => Some(PathBuf::from(root).join(folder)),
        None => {
            println!("SKIPPED: LIASSE_REAL_DATA is not set, no real document is read");
            None
        }
    }
}

/// All files below a folder.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}
