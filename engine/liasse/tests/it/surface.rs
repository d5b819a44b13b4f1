//! Proves that no public function gives content out but what was released from `Cleared`: a scan
//! of every public signature of the crate, which a planted function must not pass.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use syn::visit::{self, Visit};

/// What a signature may give out without being released: it says nothing of a dossier that the
/// caller did not say herself. Whatever is not named here is content.
const HARMLESS: &[&str] = &[
    // Shapes.
    "Result",
    "Option",
    "Vec",
    "Self",
    "bool",
    "T",
    "std",
    "crate",
    "static",
    // The engine, sessions, requests, errors.
    "Engine",
    "Session",
    "SessionRequest",
    "SearchRequest",
    "Deposit",
    "Matricule",
    "Error",
    "Code",
    "Class",
    "Ticket",
    // What the caller's own write did.
    "Deposited",
    "DossierId",
    "Flags",
    "Receipt",
    // The rules, and how often they were asked.
    "PackInForce",
    "Rechecks",
    // Backups: sealed bytes, counts, random ids.
    "Backup",
    "BackupReport",
    "DirectorySink",
    "Progress",
    "Refreshed",
    "Restored",
    "Sources",
    // Audits: open stores, keys and notebooks, checkpoints that were noted.
    "Auditor",
    "Notebook",
    "Witness",
    "FileAnchor",
    "TraceClass",
    "Certificate",
    "Depth",
    "Verdict",
];

/// Functions for operators, none of whose answers names or describes a dossier.
const OPERATORS: &[(&str, &str)] = &[
    ("Engine::stats", "sums over the whole store"),
    ("Session::explain_plan", "passes and coarse times"),
    ("Work::lines", "the same"),
    ("Work::json", "the same"),
    ("Grant::stating", "what the caller gave"),
    ("Engine::receipts", "receipts, which name nobody"),
    ("Engine::finish_erasures", "receipts, which name nobody"),
    ("Engine::check", "places of damage"),
    ("Engine::reindex", "how much of the index was renewed"),
    ("Engine::verify", "places of damage"),
    ("Engine::checkpoint", "size and root of the log"),
    ("Engine::checkpoint_key", "a public key"),
    ("Engine::signer_keys", "public keys"),
    (
        "Engine::record_cosignature",
        "how much of the log a witness saw, and when she signed",
    ),
    ("Engine::retain", "how many months of keys went"),
    ("TraceClass::code", "names of classes"),
    (
        "Auditor::audit",
        "places of damage, counts, who broke the glass",
    ),
    (
        "Auditor::prove",
        "the sealed entry, and who acted, for auditors",
    ),
    ("Auditor::checkpoint", "size and root of the log"),
    ("Auditor::contradictions", "names of pages"),
    ("Sample::seed", "a random number"),
    ("Sample::dossiers", "a count"),
    ("Auditor::unsigned_checkpoint", "size and root of the log"),
    ("Auditor::export", "how many sealed entries were written"),
    ("Auditor::witness_request", "size, root and a proof"),
    ("AuditReport::checked", "counts"),
    ("AuditReport::last_commit", "a commit's number and instant"),
    ("AuditReport::again", "whether an invariant is known"),
    (
        "Certificate::text",
        "steps of an erasure, by a random handle",
    ),
    (
        "Certificate::check",
        "steps of an erasure, by a random handle",
    ),
    ("Notebook::open", "names of pages"),
    ("Notebook::open_with_key", "names of pages"),
    ("Notebook::add", "names of pages"),
    ("Witness::verifier_key", "a public key"),
    ("Witness::answer", "signature lines"),
    ("check_proof", "the clear head of an entry"),
    ("with_cosignatures", "a checkpoint and who signed it"),
    ("Engine::compact", "segments and bytes given back"),
    ("Engine::shrink", "bytes before and after"),
    ("Engine::upgrade", "format numbers before and after"),
    ("Engine::rotate_root", "the number of the new root key"),
    (
        "Engine::purge_due",
        "ids, random, of dossiers that are no more",
    ),
];

/// Types that tell of themselves: names of codes, messages.
const TELLING: &[&str] = &[
    "Error",
    "Code",
    "Class",
    "Outcome",
    "NotAnId",
    "UnknownCode",
];

/// Traits by which an exported type gives out nothing it holds, or which only programs use that
/// hold the value already.
const TRAITS: &[&str] = &[
    "Debug",
    "Display",
    "Error",
    "Default",
    "Clone",
    "From",
    "FromStr",
    "Drop",
    "PartialEq",
    "Eq",
    // Keeps size and root of the log.
    "Anchor",
    // Signs size and root of the log.
    "NoteSigner",
    // Gives out files that are sealed.
    "Sink",
];

/// A public function, and what it does with content.
struct Function {
    name: String,
    gives: BTreeSet<String>,
    releases: bool,
}

fn sources(of: &Path) -> Vec<(PathBuf, syn::File)> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|it| it == "rs") && !path.ends_with("tests.rs") {
                found.push(path);
            }
        }
    }
    let mut paths = Vec::new();
    walk(of, &mut paths);
    paths.sort();
    let parse = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).unwrap();
        let file = syn::parse_file(&text).unwrap();
        (path, file)
    };
    paths.into_iter().map(parse).collect()
}

/// What a room may lend the facade: a key store, how large caches are, what questions are made
/// of, and the form of the numbers and marks in an answer and in an operator's EXPLAIN.
const LENT: &[&str] = &[
    "vault::Ground",
    "index::Damaged",
    "index::Said",
    "vault::Kms",
    // What a host says that keeps the root key itself.
    "vault::Destruction",
    "vault::Epoch",
    "vault::Forgetting",
    "vault::KmsError",
    "vault::KmsState",
    "vault::Named",
    "vault::NamedSecrets",
    "vault::Secret",
    "vault::Staging",
    "vault::Use",
    "vault::Writer",
    "store::Options",
    "query::Boosts",
    "query::Counts",
    "query::Facet",
    "query::Field",
    "query::Comparison",
    "query::Grouping",
    "query::Order",
    "query::Pass",
    "query::Passes",
    "query::Recency",
    "query::Question",
    "query::Span",
    "query::Step",
    "query::Token",
    "query::Wanted",
    // What the holder says of her dossier, and the host of who acts for her.
    "store::Masking",
    "store::RepresentativeRole",
    // What an actor says of her agreement.
    "policy::Agreement",
];

/// The name under which something is exported; it is no room's own type that holds content.
fn of_ours(path: &str, name: &syn::Ident, exported: &syn::Ident) -> String {
    let rooms = [
        "vault", "policy", "store", "index", "intake", "journal", "query",
    ];
    let room = path.split("::").next().unwrap_or_default();
    let whole = format!("{path}{name}");
    assert!(
        !rooms.contains(&room) || LENT.contains(&whole.as_str()),
        "{whole}: a room's own type would leave the facade"
    );
    exported.to_string()
}

/// The names `lib.rs` exports; what is exported comes from this crate, from `base`, or is lent.
fn exported(root: &syn::File) -> BTreeSet<String> {
    fn leaves(tree: &syn::UseTree, path: &str, names: &mut BTreeSet<String>) {
        let _ = match tree {
            syn::UseTree::Path(inner) => {
                leaves(&inner.tree, &format!("{path}{}::", inner.ident), names);
                true
            }
            syn::UseTree::Group(group) => {
                group
                    .items
                    .iter()
                    .for_each(|tree| leaves(tree, path, names));
                true
            }
            syn::UseTree::Name(name) => names.insert(of_ours(path, &name.ident, &name.ident)),
            syn::UseTree::Rename(name) => names.insert(of_ours(path, &name.ident, &name.rename)),
            syn::UseTree::Glob(_) => panic!("{path}: name what is exported"),
        };
    }
    let mut names = BTreeSet::new();
    for item in &root.items {
        if let syn::Item::Use(item) = item
            && is_public(&item.vis)
        {
            leaves(&item.tree, "", &mut names);
        }
        if let syn::Item::Mod(item) = item {
            assert!(!is_public(&item.vis), "a public module");
        }
    }
    names
}

const fn is_public(visibility: &syn::Visibility) -> bool {
    matches!(visibility, syn::Visibility::Public(_))
}

#[derive(Default)]
struct Words(BTreeSet<String>);

impl<'a> Visit<'a> for Words {
    fn visit_path_segment(&mut self, segment: &'a syn::PathSegment) {
        self.0.insert(segment.ident.to_string());
        visit::visit_path_segment(self, segment);
    }
}

/// Whether what a body gives comes out of `.release(proof)`: the call itself, or a name bound to
/// what it gave.
#[derive(Default)]
struct Released {
    names: BTreeSet<String>,
    found: bool,
}

impl<'a> Visit<'a> for Released {
    fn visit_expr_method_call(&mut self, call: &'a syn::ExprMethodCall) {
        self.found |= call.method == "release" && call.args.len() == 1;
        visit::visit_expr_method_call(self, call);
    }

    fn visit_expr_path(&mut self, path: &'a syn::ExprPath) {
        let name = path.path.get_ident().map(ToString::to_string);
        self.found |= name.is_some_and(|name| self.names.contains(&name));
    }
}

impl Released {
    fn is_in(&mut self, expression: &syn::Expr) -> bool {
        self.found = false;
        self.visit_expr(expression);
        self.found
    }

    /// Whether the block's last expression is made of what was released.
    fn give(mut self, body: &syn::Block) -> bool {
        for statement in &body.stmts {
            if let syn::Stmt::Local(local) = statement
                && let Some(init) = &local.init
                && self.is_in(&init.expr)
            {
                let mut bound = Bound::default();
                bound.visit_pat(&local.pat);
                self.names.extend(bound.0);
            }
        }
        match body.stmts.last() {
            Some(syn::Stmt::Expr(given, _)) => self.is_in(given),
            _ => false,
        }
    }
}

/// The names a pattern binds; `_` binds none.
#[derive(Default)]
struct Bound(Vec<String>);

impl<'a> Visit<'a> for Bound {
    fn visit_pat_ident(&mut self, pattern: &'a syn::PatIdent) {
        self.0.push(pattern.ident.to_string());
    }
}

fn function(owner: &str, signature: &syn::Signature, body: &syn::Block) -> Function {
    let mut gives = Words::default();
    gives.visit_return_type(&signature.output);
    Function {
        name: format!("{owner}{}", signature.ident),
        gives: gives.0,
        releases: Released::default().give(body),
    }
}

/// The public functions of a file that hosts can reach.
fn functions(file: &syn::File, exported: &BTreeSet<String>) -> Vec<Function> {
    let mut found = Vec::new();
    for item in &file.items {
        if let syn::Item::Fn(item) = item
            && is_public(&item.vis)
        {
            found.push(function("", &item.sig, &item.block));
        }
        if let syn::Item::Impl(item) = item {
            found.extend(methods(item, exported));
        }
    }
    found
}

/// The public functions of an exported type.
fn methods(item: &syn::ItemImpl, exported: &BTreeSet<String>) -> Vec<Function> {
    let mut of = Words::default();
    of.visit_type(&item.self_ty);
    let Some(owner) = of.0.iter().find(|name| exported.contains(*name)) else {
        return Vec::new();
    };
    if let Some((_, path, _)) = &item.trait_ {
        let name = path.segments.last().unwrap().ident.to_string();
        assert!(
            TRAITS.contains(&name.as_str()),
            "{owner}: {name} may give content out"
        );
        return Vec::new();
    }
    let mut found = Vec::new();
    for inner in &item.items {
        if let syn::ImplItem::Fn(inner) = inner
            && is_public(&inner.vis)
        {
            found.push(function(&format!("{owner}::"), &inner.sig, &inner.block));
        }
    }
    found
}

/// What gives content out without having released it.
fn breaches(functions: &[Function]) -> Vec<String> {
    let is_content = |function: &&Function| {
        let told = |(name, _): &(&str, &str)| *name == function.name;
        let owner = function.name.split("::").next().unwrap_or_default();
        let mut gives = function.gives.iter();
        !OPERATORS.iter().any(told)
            && !TELLING.contains(&owner)
            && gives.any(|it| !HARMLESS.contains(&it.as_str()))
    };
    let unreleased = functions
        .iter()
        .filter(is_content)
        .filter(|it| !it.releases);
    unreleased
        .map(|it| format!("{} gives {:?} and releases nothing", it.name, it.gives))
        .collect()
}

fn every_function() -> Vec<Function> {
    let sources = sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    let root = sources
        .iter()
        .find(|(path, _)| path.ends_with("src/lib.rs"))
        .unwrap();
    let exported = exported(&root.1);
    let each = sources
        .iter()
        .flat_map(|(_, file)| functions(file, &exported));
    each.collect()
}

#[test]
fn no_public_function_gives_content_that_was_not_released() {
    let functions = every_function();
    let breaches = breaches(&functions);
    assert!(
        breaches.is_empty(),
        "{breaches:#?}\nrelease it from a `Cleared` in the function itself, or, when it is no \
         content, say why in tests/it/surface.rs"
    );
}

#[test]
fn the_scan_sees_every_verb_that_reads() {
    let functions = every_function();
    for verb in [
        "entries",
        "fetch",
        "ask",
        "search",
        "count",
        "changes",
        "my_dossiers",
        "history",
        "history_during",
        "audit_events",
        "audit_events_during",
        "explain",
        "complete",
        "did_you_mean",
    ] {
        let name = format!("Session::{verb}");
        let found = functions.iter().find(|it| it.name == name);
        assert!(found.is_some_and(|it| it.releases), "{name}");
    }
    for (name, _) in OPERATORS {
        assert!(
            functions.iter().any(|it| it.name == *name),
            "{name} is gone"
        );
    }
}

#[test]
fn a_planted_function_is_found() {
    let exported = ["Session", "Engine"].map(str::to_owned).into();
    for planted in [
        "impl Session { pub fn peek(&self) -> Result<Vec<DocumentEntry>> { self.list() } }",
        "impl Session { pub fn body(&self) -> Option<Vec<u8>> { self.read() } }",
        "impl Session { pub fn size(&self) -> Result<u64> { self.measure() } }",
        "impl Engine { pub fn view(&self) -> Arc<View> { self.core.view() } }",
        "impl<'a> Session { pub fn titles(&self) -> impl Iterator<Item = String> { self.all() } }",
        "pub fn read(engine: &Engine) -> String { engine.text() }",
        "impl Session { pub fn both(&self) -> Result<Vec<u8>> { \
         let _ = self.entries.release(&self.proof())?; Ok(self.read()) } }",
        "impl Session { pub fn other(&self) -> Result<Vec<u8>> { \
         let count = self.entries.release(&self.proof())?; let all = self.read(); Ok(all) } }",
    ] {
        let file = syn::parse_file(planted).unwrap();
        assert_eq!(breaches(&functions(&file, &exported)).len(), 1, "{planted}");
    }
    let fine = "impl Session { pub fn entries(&self) -> Result<Vec<DocumentEntry>> { \
                let cleared = self.list(); Ok(cleared.release(&self.proof())?) } \
                fn private(&self) -> Vec<u8> { self.read() } }";
    let file = syn::parse_file(fine).unwrap();
    assert_eq!(breaches(&functions(&file, &exported)), Vec::<String>::new());
}

/// Whether a type is made of `()`: what gives it gives nothing.
#[derive(Default)]
struct Nothing(bool);

impl<'a> Visit<'a> for Nothing {
    fn visit_type_tuple(&mut self, tuple: &'a syn::TypeTuple) {
        self.0 |= tuple.elems.is_empty();
        visit::visit_type_tuple(self, tuple);
    }
}

/// What `.release(proof)` gives in this crate can only come out of `policy::Cleared`: no other type
/// of any room has a function of that name that gives anything.
#[test]
fn nothing_else_is_released_than_what_was_cleared() {
    struct Named(Vec<String>, String);
    impl<'a> Visit<'a> for Named {
        fn visit_signature(&mut self, signature: &'a syn::Signature) {
            let mut nothing = Nothing::default();
            nothing.visit_return_type(&signature.output);
            if signature.ident == "release" && !nothing.0 {
                self.0.push(self.1.clone());
            }
        }
        fn visit_item_impl(&mut self, item: &'a syn::ItemImpl) {
            let mut of = Words::default();
            of.visit_type(&item.self_ty);
            self.1 = of.0.into_iter().collect::<Vec<_>>().join(" ");
            visit::visit_item_impl(self, item);
        }
    }
    let mut named = Named(Vec::new(), String::new());
    let engine = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut rooms = 0;
    for room in std::fs::read_dir(engine).unwrap() {
        let room = room.unwrap().path();
        let before = named.0.len();
        for (_, file) in sources(&room.join("src")) {
            named.visit_file(&file);
        }
        rooms += 1;
        let own = room.ends_with("policy");
        assert_eq!(named.0.len() > before, own, "{}", room.display());
    }
    assert!(rooms >= 9);
    assert_eq!(named.0, ["Cleared T"]);
}
