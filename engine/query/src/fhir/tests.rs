//! Proves that the search strings of the national profile mean what its tables say.

use super::*;

#[test]
fn the_profiles_own_example_lists_a_dossier() {
    let text = "DocumentReference?patient.identifier=urn:oid:1.2.250.1.213.1.4.8|123456789012345\
                &status=current";
    let written = fhir(text).unwrap();
    assert_eq!(
        written.patient.as_deref(),
        Some("123456789012345@1.2.250.1.213.1.4.8")
    );
    assert_eq!(written.question.wanted.statuses, [Availability::Approved]);
}

#[test]
fn every_parameter_reaches_its_metadata() {
    let text = "type=http://loinc.org|11502-2,11490-0&category=1.2.250.1.213.1.1.4.1|10\
                &facility=SA07&setting=ETABLISSEMENT&format=x&security-label=N&event=a%7Cb\
                &identifier=urn:oid:1.2.3&author.identifier=urn:oid:1.2|8990&_count=7&_sort=date\
                &_total=accurate&_content=embolie&date=ge2024-03&date=lt2024-05&period=2024\
                &related=urn:oid:1.9|R,S&_id=x&_format=json";
    let written = fhir(text).unwrap();
    let question = written.question;
    let tokens = &question.wanted.tokens;
    let of = |field| {
        let found = tokens.iter().find(|(it, _)| *it == field);
        let found = found
            .map(|(_, tokens)| tokens.as_slice())
            .unwrap_or_default();
        let written = found.iter().map(|token| {
            let system = token.system.as_deref().map(|it| format!("{it}|"));
            system.unwrap_or_default() + token.code.as_deref().unwrap_or("*")
        });
        written.collect::<Vec<_>>()
    };
    assert_eq!(of(Field::Type), ["http://loinc.org|11502-2", "11490-0"]);
    assert_eq!(of(Field::Class), ["1.2.250.1.213.1.1.4.1|10"]);
    assert_eq!(of(Field::Facility), ["SA07"]);
    assert_eq!(of(Field::Practice), ["ETABLISSEMENT"]);
    assert_eq!(of(Field::Format), ["x"]);
    assert_eq!(of(Field::Confidentiality), ["N"]);
    assert_eq!(of(Field::Event), ["a|b"]);
    assert_eq!(of(Field::AuthorId), ["urn:oid:1.2|8990"]);
    assert_eq!(of(Field::Reference), ["urn:oid:1.9|R", "S"]);
    let fields = &question.wanted.fields;
    let plain: Vec<_> = fields
        .iter()
        .map(|(field, of)| (*field, of.join(" ")))
        .collect();
    let ids = [(Field::Identifier, "1.2.3"), (Field::EntryId, "x")];
    assert_eq!(plain, ids.map(|(field, id)| (field, id.to_owned())));
    assert_eq!((question.limit, question.total), (7, true));
    assert_eq!(
        (question.words.as_str(), question.order),
        ("embolie", Order::Oldest)
    );
    let at = |text| Instant::from_rfc3339(text).unwrap();
    assert_eq!(question.wanted.created.from, at("2024-03-01T00:00:00Z"));
    assert_eq!(question.wanted.created.to, at("2024-04-30T23:59:59.999Z"));
    let (from, to) = (at("2024-01-01T00:00:00Z"), at("2024-12-31T23:59:59.999Z"));
    let within = (Comparison::Within, Span { from, to });
    assert_eq!(question.wanted.acts, [within]);
}

#[test]
fn a_backslash_takes_a_commas_and_a_bars_meaning_away() {
    let written = fhir(r"event=a\,b,c\|d,e\\,f&_content=1\,5 OR 2").unwrap();
    let (_, tokens) = &written.question.wanted.tokens[0];
    let codes: Vec<_> = tokens.iter().filter_map(|it| it.code.as_deref()).collect();
    assert_eq!(codes, ["a,b", "c|d", r"e\", "f"]);
    assert!(tokens.iter().all(|token| token.system.is_none()));
    assert_eq!(written.question.words, "1,5 OR 2");
}

#[test]
fn a_count_of_nothing_is_a_number() {
    let total = |text| fhir(text).unwrap().question.total;
    assert!(total("_count=0"));
    assert!(!total("_count=0&_total=none") && !total("_count=1"));
}

#[test]
fn what_is_not_understood_is_refused_by_name() {
    for (text, name) in [
        ("colour=blue", "colour"),
        ("status=maybe", "status"),
        ("status=http://other|current", "status"),
        ("type=|", "type"),
        ("type=a,", "type"),
        ("_sort=", "_sort"),
        ("_sort=-date,_id", "_sort"),
        ("_lastUpdated=2024", "_lastUpdated"),
        ("period=ne2024", "period"),
        ("_content=toux) OR (fievre", "_content"),
        ("identifier=urn:oid:1.2|", "identifier"),
        ("author.family=Un", "author.family"),
        ("date=2024-13", "date"),
        ("date=xx2024", "date"),
        ("_count=many", "_count"),
        (
            "patient.identifier=a&patient.identifier=b",
            "patient.identifier",
        ),
        ("patient.identifier=http://x|1", "patient.identifier"),
        ("Patient?name=x", "DocumentReference"),
    ] {
        let told = fhir(text).err().map(|error| error.to_string());
        assert!(told.is_some_and(|told| told.contains(name)), "{text}");
    }
    for misplaced in ["patient.identifier:299999999999934", "299999999999934=x"] {
        let told = fhir(misplaced).err().unwrap().to_string();
        assert!(!told.contains("2999"), "{told}");
    }
}

#[test]
fn an_order_that_is_written_holds_wherever_it_stands() {
    let order = |text| fhir(text).unwrap().question.order;
    assert_eq!(order("_sort=-date&_content=toux"), Order::Newest);
    assert_eq!(order("_content=toux&_sort=date"), Order::Oldest);
    assert_eq!(order("_content=toux"), Order::Relevance);
    assert_eq!(order("type=a"), Order::Newest);
}

/// Each is read by itself, so that alternatives of one do not let the other pass, and words of two
/// do not become a term that neither asks for.
#[test]
fn words_given_twice_are_both_asked_for() {
    let words = |text| fhir(text).unwrap().question.words;
    assert_eq!(words("_content=a OR b"), "a OR b");
    assert_eq!(words("_content=a,b c"), "(a) OR (b c)");
    let both = words("_content=a OR b&_content=c");
    assert_eq!(both, "(context:any (a OR b)) (context:any (c))");
    assert_eq!(words("_content=quoi?"), "quoi?");
    assert_eq!(words("DocumentReference?_content=quoi?"), "quoi?");
    let node = syntax::parse(&words("_content=embolie&_content=pulmonaire")).unwrap();
    let syntax::Node::And(parts) = node else {
        panic!("both");
    };
    assert!(!parts.iter().any(|it| matches!(it, syntax::Node::Word(_))));
}

#[test]
fn what_may_stand_once_is_refused_twice() {
    for name in [
        "status=current",
        "_count=3",
        "_sort=date",
        "_total=none",
        "identifier=1.2",
    ] {
        let told = fhir(&format!("{name}&{name}")).err().unwrap().to_string();
        assert!(told.contains("once"), "{told}");
    }
    let told = fhir("patient.identifier=1&patient:identifier=2")
        .err()
        .unwrap();
    assert!(told.to_string().contains("once"), "{told}");
}

#[test]
fn an_identifier_is_read_as_it_is_held() {
    let ids = |text| fhir(text).unwrap().question.wanted.fields[0].1.clone();
    assert_eq!(ids("identifier=urn:oid:1.2|a"), ["1.2^a"]);
    assert_eq!(ids("identifier=1.2^a"), ["1.2^a"]);
    assert_eq!(ids("identifier=urn:ietf:rfc3986|urn:oid:1.2"), ["1.2"]);
    let uuid = "6f1f4a55-1b0e-4f6e-8f3a-0123456789ab";
    let held = ids(&format!("_id=urn:uuid:{uuid}"));
    assert!(held.contains(&uuid.replace('-', "")) && held.contains(&uuid.to_owned()));
}
