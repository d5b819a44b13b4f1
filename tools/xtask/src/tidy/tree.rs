//! The files of the repository as texts, read once.
//!
//! For: every rule. Invariant: paths are relative to the root and written with `/`.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

/// One text file.
pub(super) struct File {
    pub(super) path: String,
    pub(super) text: String,
}

impl File {
    /// Whether the file holds tests or what tests read.
    pub(super) fn is_test(&self) -> bool {
        let mut parts = self.path.split('/');
        parts.any(|part| matches!(part, "tests" | "testdata" | "tests.rs"))
    }

    /// Whether the file is data that tests read as it is.
    pub(super) fn is_test_data(&self) -> bool {
        self.path.split('/').any(|part| part == "testdata")
    }

    /// The file name without its folders.
    pub(super) fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// Whether the file name ends with `.` and this extension.
    pub(super) fn has_extension(&self, extension: &str) -> bool {
        let name = self.name().strip_suffix(extension);
        name.is_some_and(|stem| stem.ends_with('.'))
    }
}

/// All text files, and the paths of all files.
pub(super) struct Tree {
    files: Vec<File>,
    paths: BTreeSet<String>,
}

impl Tree {
    /// Reads what git tracks, and what it would track if it were added.
    pub(super) fn read(root: &Path) -> Result<Self, String> {
        let listed = Command::new("git")
            .args([
                "ls-files",
                "-z",
                "--cached",
                "--others",
                "--exclude-standard",
            ])
            .current_dir(root)
            .output();
        let listed = match listed {
            Ok(output) if output.status.success() => {
                let names = String::from_utf8_lossy(&output.stdout).into_owned();
                names.split_terminator('\0').map(str::to_owned).collect()
            }
            // A source archive has no git.
            _ => walk(root)?,
        };
        let mut pairs = Vec::new();
        let mut paths = BTreeSet::new();
        for path in listed {
            // A file removed but not yet committed is listed and cannot be read.
            let Ok(bytes) = std::fs::read(root.join(&path)) else {
                continue;
            };
            paths.insert(path.clone());
            if let Ok(text) = String::from_utf8(bytes)
                && !text.contains('\0')
            {
                pairs.push((path, text));
            }
        }
        let mut tree = Self::from_texts(pairs);
        tree.paths = paths;
        Ok(tree)
    }

    /// A tree of these paths and texts.
    pub(super) fn from_texts(pairs: Vec<(String, String)>) -> Self {
        let files = pairs.into_iter().map(|(path, text)| File { path, text });
        let files: Vec<File> = files.collect();
        let paths = files.iter().map(|file| file.path.clone()).collect();
        Self { files, paths }
    }

    /// All text files.
    pub(super) fn files(&self) -> &[File] {
        &self.files
    }

    /// The text of the file at `path`.
    pub(super) fn text(&self, path: &str) -> Option<&str> {
        let file = self.files.iter().find(|file| file.path == path);
        file.map(|file| file.text.as_str())
    }

    /// Whether a file or a folder of this path is there.
    pub(super) fn has(&self, path: &str) -> bool {
        let folder = format!("{path}/");
        path.is_empty()
            || self.paths.contains(path)
            || self
                .paths
                .range(folder.clone()..)
                .next()
                .is_some_and(|next| next.starts_with(&folder))
    }
}

fn walk(root: &Path) -> Result<Vec<String>, String> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let entries = std::fs::read_dir(&folder);
        let entries = entries.map_err(|error| format!("{}: {error}", folder.display()))?;
        for entry in entries.flatten() {
            let path = entry.path();
            if path.is_dir() {
                let name = entry.file_name();
                if name != "target" && name != ".git" {
                    folders.push(path);
                }
            } else if let Ok(inside) = path.strip_prefix(root) {
                found.push(inside.to_string_lossy().replace('\\', "/"));
            }
        }
    }
    found.sort();
    Ok(found)
}
