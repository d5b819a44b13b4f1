//! Proves that C can say all that Rust can: every parameter of every verb, every grant with what
//! is stated of it, every value of every choice. What the facade learns and the header lacks
//! fails here.

use crate::facade::{VERBS, facade, sources, text_of};
use crate::header::{self, Parameter};
use crate::workshop::home;
use std::collections::BTreeMap;

/// What says the same in C, as the types of the parameters that go in.
const TYPES: &[(&str, &[&str])] = &[
    ("impl Into<Since<'a>>", &["const struct liasse_since *"]),
    ("&Deposit<'_>", &["const struct liasse_deposit *"]),
    ("&Matricule", &[TEXT]),
    ("&Options", &[OPTIONS]),
    ("&Path", &[TEXT]),
    // In the options.
    ("&RootKey", &[]),
    ("&RangeInclusive<Instant>", &["int64_t", "int64_t"]),
    ("&SearchRequest", &[SEARCH]),
    ("&Sources", &[TEXT, "const char *const *", "size_t"]),
    ("&Statement", &STATED),
    (
        "&[Deposit<'_>]",
        &["const struct liasse_deposit *", "size_t"],
    ),
    (
        "&[Erasure<'_>]",
        &["const struct liasse_erasure *", "size_t"],
    ),
    (
        "&mut dyn FnMut(Reindexed) -> ControlFlow<()>",
        &["liasse_progress_callback", "void *"],
    ),
    ("&str", &[TEXT]),
    ("Availability", &[CHOICE]),
    ("Consent", &[CHOICE]),
    ("Declaration", &["const struct liasse_declaration *"]),
    ("DocumentId", &["const struct liasse_id *"]),
    ("FlagChange", &[CHOICE, CHOICE]),
    ("Instant", &["int64_t"]),
    ("Masking", &[CHOICE]),
    ("Matter", &[CHOICE]),
    ("Option<&Matricule>", &[TEXT]),
    ("Option<&SearchRequest>", &[SEARCH]),
    ("Option<&str>", &[TEXT]),
    ("Options", &[OPTIONS]),
    ("Party", &[CHOICE, TEXT]),
    ("Reindex", &[CHOICE]),
    ("RootKey", &[]),
    ("SessionRequest", &["const struct liasse_session_options *"]),
    ("Statuses", &[CHOICE]),
    ("TraceClass", &[CHOICE]),
    ("impl Into<Stated>", &STATED),
    ("u16", &["uint32_t"]),
    ("u64", &["uint64_t"]),
    ("u8", &["uint32_t"]),
    ("usize", &["size_t"]),
];
const TEXT: &str = "const char *";
const CHOICE: &str = "uint32_t";
const OPTIONS: &str = "const struct liasse_open_options *";
const SEARCH: &str = "const struct liasse_search *";
/// Whether the patient agreed, and a motive.
const STATED: [&str; 2] = [CHOICE, TEXT];

/// What C asks for besides.
const BESIDES: &[(&str, &[&str])] = &[
    ("Engine::backup", &["liasse_progress_callback", "void *"]),
    // The motive's length.
    ("Session::break_glass", &["size_t"]),
];

/// The grants, each a function of its own.
const GRANTS: &[(&str, &str)] = &[
    ("Authorise", "liasse_session_authorise"),
    ("Block", "liasse_session_block"),
    ("Consent", "liasse_session_consent"),
    ("Revoke", "liasse_session_revoke"),
    ("SetAttending", "liasse_session_set_attending"),
    ("Unblock", "liasse_session_unblock"),
    ("UnsetAttending", "liasse_session_unset_attending"),
];
/// A structure is no attending physician, so that C does not ask which kind it is.
const OF_ACTORS: [&str; 2] = ["SetAttending", "UnsetAttending"];

/// Choices, where they are declared, and how the constants of C that name their values begin.
const CHOICES: &[(&str, &str, &str)] = &[
    ("liasse/src", "Absent", "LIASSE_ABSENT_"),
    ("liasse/src", "Changed", "LIASSE_CHANGE_"),
    ("liasse/src", "Class", "LIASSE_CLASS_"),
    ("liasse/src", "Declaration", "LIASSE_DECLARE_"),
    ("liasse/src", "Matter", "LIASSE_MATTER_"),
    ("liasse/src", "Outcome", "LIASSE_OUTCOME_"),
    ("liasse/src", "Party", "LIASSE_PARTY_"),
    ("liasse/src", "Recheck", "LIASSE_RECHECK_"),
    ("liasse/src", "Reindex", "LIASSE_REINDEX_"),
    ("liasse/src", "Statuses", "LIASSE_STATUSES_"),
    ("liasse/src", "TraceClass", "LIASSE_TRACES_"),
    ("index/src", "Damaged", "LIASSE_INDEX_"),
    ("index/src", "Said", "LIASSE_SAID_"),
    ("liasse/src", "PointKind", "LIASSE_POINT_"),
    ("store/src", "Masking", "LIASSE_MASKING_"),
    ("store/src", "RepresentativeRole", "LIASSE_ROLE_"),
    ("vault/src", "Forgetting", "LIASSE_FORGETTING_"),
    ("vault/src", "Ground", "LIASSE_GROUND_"),
];

#[test]
fn every_parameter_of_the_facade_is_in_the_header() {
    let (facade, header) = (facade(), prototypes());
    for (verb, function) in VERBS.iter().filter(|(verb, _)| *verb != "Session::grant") {
        let parameters = facade[*verb].iter().map(String::as_str);
        let expected: Vec<_> = parameters.flat_map(|it| in_c(verb, it)).collect();
        let besides = BESIDES.iter().find(|(name, _)| name == verb);
        let besides = besides.map_or(&[][..], |(_, types)| types);
        let expected: Vec<_> = expected.iter().chain(besides).copied().collect();
        assert_eq!(header[*function], expected, "{verb} as {function}");
    }
}

#[test]
fn every_grant_is_in_the_header_with_what_is_stated_of_it() {
    let header = prototypes();
    let ask = text_of("liasse/src/ask.rs");
    let variants = variants(&ask, "Grant");
    assert_eq!(variants.len(), GRANTS.len(), "{variants:?}");
    for (grant, function) in GRANTS {
        let mut expected = vec!["const struct liasse_session *", TEXT];
        for field in &variants[*grant] {
            match OF_ACTORS.contains(grant) {
                true => expected.push(TEXT),
                false => expected.extend(in_c("Grant", field)),
            }
        }
        expected.extend(STATED);
        assert_eq!(header[*function], expected, "{grant} as {function}");
    }
}

#[test]
fn every_value_of_a_choice_has_its_constant() {
    let header = std::fs::read_to_string(home().join("include/liasse.h")).unwrap();
    for (room, choice, begin) in CHOICES {
        let declared = format!("pub enum {choice} {{");
        let texts = sources(room);
        let text = texts.iter().find(|text| text.contains(&declared));
        let variants = variants(text.expect(choice), choice);
        let constants = header.lines().filter(|line| {
            let name = line.strip_prefix("#define ").unwrap_or_default();
            // What a later version may have to say.
            name.starts_with(begin) && !name.contains("_OTHER ")
        });
        assert_eq!(constants.count(), variants.len(), "{choice}: {variants:?}");
    }
}

/// The types that say in C what a type of the facade says.
fn in_c(verb: &str, parameter: &str) -> Vec<&'static str> {
    match (verb.split_once("::").map(|(of, _)| of), parameter) {
        (Some("Engine"), "&self") => vec!["const struct liasse_engine *"],
        (Some("Session"), "&self") => vec!["const struct liasse_session *"],
        // Passed without const, as what is filled is.
        (_, "self" | "&self" | "&mut self") => Vec::new(),
        _ => {
            let known = TYPES.iter().find(|(name, _)| *name == parameter);
            let (_, types) = known.unwrap_or_else(|| panic!("{verb}: {parameter} is new"));
            types.to_vec()
        }
    }
}

/// The functions of the header, with the types of what goes in.
fn prototypes() -> BTreeMap<String, Vec<String>> {
    let functions = header::prototypes().into_iter();
    let inward = functions.map(|(name, parameters)| {
        let inward = parameters.into_iter().filter(Parameter::is_inward);
        (name, inward.map(|it| it.kind).collect())
    });
    inward.collect()
}

/// The variants of an enum, with the types of what they hold.
fn variants(text: &str, name: &str) -> BTreeMap<String, Vec<String>> {
    let (_, rest) = text
        .split_once(&format!("pub enum {name} {{\n"))
        .expect(name);
    let (inside, _) = rest.split_once("\n}").expect("its end");
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut last = String::new();
    for line in inside.lines() {
        if let Some(field) = line
            .strip_prefix("        ")
            .filter(|it| !it.starts_with("//"))
        {
            let (_, kind) = field.trim_end_matches(',').split_once(": ").unwrap();
            found.get_mut(&last).unwrap().push(kind.to_owned());
        } else if line.trim_start().starts_with(char::is_uppercase) {
            let line = line.trim().trim_end_matches([',', '{', ' ']);
            let (variant, held) = line.split_once('(').unwrap_or((line, ""));
            variant.split(' ').next().unwrap().clone_into(&mut last);
            let held = held.trim_end_matches(')');
            let held = (!held.is_empty()).then(|| held.to_owned());
            found.insert(last.clone(), held.into_iter().collect());
        }
    }
    found
}
