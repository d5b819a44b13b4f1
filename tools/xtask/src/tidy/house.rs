//! Floors and doors: which crate may depend on which.
//!
//! For: the tables in `[workspace.metadata]` of the root manifest, checked against every
//! manifest of the repository. Invariants: a crate depends on lower floors only, in its tests and
//! its build too; an outside crate with a door is named by the rooms of that door alone.

use super::Finding;
use super::tree::{File, Tree};
use std::collections::{BTreeMap, BTreeSet};
use toml::{Table, Value};

const ROOT: &str = "Cargo.toml";

/// Checks every manifest.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut manifests = Vec::new();
    for file in tree.files() {
        if file.name() != "Cargo.toml" || file.is_test_data() {
            continue;
        }
        match Manifest::read(file) {
            Ok(manifest) => manifests.push(manifest),
            Err(finding) => findings.push(finding),
        }
    }
    let Some(root) = manifests.iter().find(|manifest| manifest.file.path == ROOT) else {
        return findings;
    };
    let house = House::read(root, &manifests);
    house.check_members(root, &mut findings);
    for manifest in &manifests {
        house.check_dependencies(manifest, &mut findings);
        if house.members.contains(manifest.name()) {
            check_lints(manifest, &mut findings);
        }
    }
    findings
}

struct Manifest<'a> {
    file: &'a File,
    table: Table,
}

impl<'a> Manifest<'a> {
    fn read(file: &'a File) -> Result<Self, Finding> {
        let table = file.text.parse::<Table>().map_err(|error| {
            let before = error.span().map_or(0, |span| span.start);
            let line = file.text[..before].lines().count().max(1);
            Finding::new(&file.path, line, "manifest", error.message())
        })?;
        Ok(Self { file, table })
    }

    fn name(&self) -> &str {
        let name = lookup(&self.table, &["package", "name"]).and_then(Value::as_str);
        name.unwrap_or_default()
    }

    /// The line on which `word` opens an entry, or else on which it is first seen.
    fn line_of(&self, word: &str) -> usize {
        let lines = || self.file.text.lines().enumerate();
        let opens = |line: &str| {
            let rest = line.trim_start().strip_prefix(word);
            rest.is_some_and(|rest| rest.starts_with([' ', '.', '=']))
        };
        let found = lines().find(|(_, line)| opens(line));
        let found = found.or_else(|| lines().find(|(_, line)| line.contains(word)));
        found.map_or(1, |(index, _)| index + 1)
    }

    /// Every dependency: its kind, the name it has here, what is said of it.
    fn dependencies(&self) -> Vec<(Kind, &str, &Value)> {
        let mut places = vec![&self.table];
        if let Some(Value::Table(targets)) = self.table.get("target") {
            places.extend(targets.values().filter_map(Value::as_table));
        }
        let mut found = Vec::new();
        for place in places {
            for kind in [Kind::Normal, Kind::Test, Kind::Build] {
                let Some(Value::Table(entries)) = place.get(kind.section()) else {
                    continue;
                };
                found.extend(
                    entries
                        .iter()
                        .map(|(name, said)| (kind, name.as_str(), said)),
                );
            }
        }
        found
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Normal,
    Test,
    Build,
}

impl Kind {
    const fn section(self) -> &'static str {
        match self {
            Self::Normal => "dependencies",
            Self::Test => "dev-dependencies",
            Self::Build => "build-dependencies",
        }
    }
}

struct House {
    floors: BTreeMap<String, i64>,
    without_floor: BTreeSet<String>,
    doors: BTreeMap<String, BTreeSet<String>>,
    /// Packages of the workspace.
    members: BTreeSet<String>,
    /// Short names of `[workspace.dependencies]` and the packages they stand for.
    packages: BTreeMap<String, String>,
}

impl House {
    fn read(root: &Manifest<'_>, manifests: &[Manifest<'_>]) -> Self {
        let metadata = |name: &str| table_at(&root.table, &["workspace", "metadata", name]);
        let floors = metadata("floors").into_iter().flatten();
        let floors = floors.filter_map(|(name, floor)| Some((name.clone(), floor.as_integer()?)));
        let doors = metadata("doors").into_iter().flatten();
        let doors = doors.map(|(name, rooms)| (name.clone(), texts(Some(rooms)).collect()));
        let folders = lookup(&root.table, &["workspace", "members"]);
        let folders: BTreeSet<String> = texts(folders)
            .map(|folder| format!("{folder}/{ROOT}"))
            .collect();
        let members = manifests
            .iter()
            .filter(|one| folders.contains(&one.file.path));
        let shared = table_at(&root.table, &["workspace", "dependencies"]);
        let packages = shared.into_iter().flatten();
        let packages = packages.map(|(name, said)| (name.clone(), package(name, said).to_owned()));
        Self {
            floors: floors.collect(),
            without_floor: texts(metadata("house").and_then(|house| house.get("without-floor")))
                .collect(),
            doors: doors.collect(),
            members: members.map(|one| one.name().to_owned()).collect(),
            packages: packages.collect(),
        }
    }

    fn check_members(&self, root: &Manifest<'_>, findings: &mut Vec<Finding>) {
        let mut breach = |word: &str, advice: String| {
            findings.push(Finding::new(ROOT, root.line_of(word), "floors", advice));
        };
        for member in &self.members {
            match (
                self.floors.contains_key(member),
                self.without_floor.contains(member),
            ) {
                (false, false) => breach(
                    "members",
                    format!("give {member} a floor, or list it in without-floor"),
                ),
                (true, true) => breach(
                    "without-floor",
                    format!("{member} has a floor: take it out of without-floor"),
                ),
                (true, false) | (false, true) => {}
            }
        }
        for named in self.floors.keys().chain(&self.without_floor) {
            if !self.members.contains(named) {
                breach(
                    named,
                    format!("{named} is no member of the workspace: take it out"),
                );
            }
        }
        for room in self.doors.values().flatten() {
            if !self.members.contains(room) {
                breach(
                    room,
                    format!("{room} is no member of the workspace: give the door to a room"),
                );
            }
        }
    }

    fn check_dependencies(&self, manifest: &Manifest<'_>, findings: &mut Vec<Finding>) {
        let name = manifest.name();
        for (kind, alias, said) in manifest.dependencies() {
            let package = self.package_of(alias, said);
            let advice = if self.members.contains(package) {
                self.floor_breach(name, package, kind)
                    .map(|advice| ("floors", advice))
            } else {
                self.door_breach(name, package)
                    .map(|advice| ("doors", advice))
            };
            if let Some((rule, advice)) = advice {
                let line = manifest.line_of(alias);
                findings.push(Finding::new(&manifest.file.path, line, rule, advice));
            }
        }
    }

    fn package_of<'a>(&'a self, alias: &'a str, said: &'a Value) -> &'a str {
        let inherited = said.get("workspace").and_then(Value::as_bool) == Some(true);
        match self.packages.get(alias) {
            Some(package) if inherited => package,
            _ => package(alias, said),
        }
    }

    fn floor_breach(&self, from: &str, to: &str, kind: Kind) -> Option<String> {
        let top = self.floors.values().max().copied();
        match (self.floors.get(from), self.floors.get(to)) {
            (Some(above), Some(below)) if below >= above => Some(format!(
                "{from} (floor {above}) may not use {to} (floor {below}): lower floors only"
            )),
            (Some(floor), None) if kind != Kind::Test && Some(*floor) != top => Some(format!(
                "{from} may use {to}, which has no floor, in its tests only"
            )),
            (Some(_) | None, Some(_) | None) => None,
        }
    }

    fn door_breach(&self, from: &str, to: &str) -> Option<String> {
        let (_, rooms) = self.doors.iter().find(|(door, _)| same_crate(door, to))?;
        if rooms.contains(from) {
            return None;
        }
        let rooms: Vec<&str> = rooms.iter().map(String::as_str).collect();
        let rooms = rooms.join(", ");
        Some(format!(
            "{to} is behind the door of {rooms}: ask that room for what is needed"
        ))
    }
}

fn check_lints(manifest: &Manifest<'_>, findings: &mut Vec<Finding>) {
    let inherited = lookup(&manifest.table, &["lints", "workspace"]).and_then(Value::as_bool);
    if inherited != Some(true) {
        let line = manifest.line_of("[lints]");
        let advice = "lints are set once: write `[lints]` and `workspace = true`";
        findings.push(Finding::new(&manifest.file.path, line, "lints", advice));
    }
}

fn same_crate(one: &str, other: &str) -> bool {
    one.replace('_', "-") == other.replace('_', "-")
}

fn package<'a>(alias: &'a str, said: &'a Value) -> &'a str {
    said.get("package").and_then(Value::as_str).unwrap_or(alias)
}

fn lookup<'a>(table: &'a Table, path: &[&str]) -> Option<&'a Value> {
    let (first, rest) = path.split_first()?;
    let value = table.get(*first)?;
    rest.iter().try_fold(value, |value, part| value.get(*part))
}

fn table_at<'a>(table: &'a Table, path: &[&str]) -> Option<&'a Table> {
    lookup(table, path)?.as_table()
}

fn texts(list: Option<&Value>) -> impl Iterator<Item = String> {
    let list = list.and_then(Value::as_array);
    let texts = list.into_iter().flatten().filter_map(Value::as_str);
    texts.map(str::to_owned).collect::<Vec<_>>().into_iter()
}
