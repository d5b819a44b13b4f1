//! The walk accepts well-formed XML only, stays inside its limits and says where it stopped.

use super::{Step, Walk, collapse};
use crate::reason::{Reason, Refusal};
use base::limit;

fn walk(text: &str) -> Result<String, Refusal> {
    let mut walk = Walk::new(text);
    let mut out = String::new();
    loop {
        match walk.step()? {
            Step::Open(element) => {
                out.push('<');
                out.push_str(element.name());
                if let Some(value) = element.attribute("a", "a")? {
                    out.push('=');
                    out.push_str(&value);
                }
                out.push('>');
            }
            Step::Close => out.push_str("</>"),
            Step::Text(text) => out.push_str(&text),
            Step::End => return Ok(out),
        }
    }
}

fn reason(text: &str) -> Reason {
    walk(text).expect_err("it is refused").reason
}

#[test]
fn the_five_entities_and_numeric_ones_are_read() {
    let text = "<x a='&lt;&#233;&quot;'>&amp;&#xE9;&apos;<![CDATA[&amp;]]></x>";
    assert_eq!(walk(text), Ok("<x=<é\">&é'&amp;</>".to_owned()));
}

#[test]
fn an_entity_of_the_document_is_refused_in_text_and_in_attributes() {
    assert_eq!(reason("<x>&eacute;</x>"), Reason::Entity);
    assert_eq!(reason("<x a='&eacute;'/>"), Reason::Entity);
    let at = walk("<x>ab&eacute;</x>").expect_err("it is refused").offset;
    assert_eq!(at, 5);
}

#[test]
fn a_doctype_is_refused_before_any_entity_of_it_is_read() {
    let bomb = "<!DOCTYPE x [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><x>&b;</x>";
    assert_eq!(reason(bomb), Reason::Doctype);
    assert_eq!(
        reason("<!DOCTYPE x SYSTEM \"http://example.org/x.dtd\"><x/>"),
        Reason::Doctype
    );
    assert_eq!(reason("<!DOCTYPE x [<!ENTITY a \"a"), Reason::Doctype);
}

#[test]
fn what_is_not_well_formed_is_refused() {
    for text in [
        "",
        "   ",
        "<x>",
        "<x></y>",
        "</x>",
        "<x/><x/>",
        "<x/>text",
        "text<x/>",
        "<x a='1' a='2'/>",
        "<x a=1/>",
        "<x a/>",
        "<p:x/>",
        "<x><!-- </x>",
        "<x><![CDATA[ </x>",
        "<x>&#0;</x>",
        "<x>&#xD800;</x>",
        "<x>&#1114112;</x>",
        "<x",
    ] {
        assert!(matches!(reason(text), Reason::NotXml { .. }), "{text:?}");
    }
    assert!(walk("\u{FEFF}<x/>\n<!-- after --><?instruction?>\n").is_ok());
}

#[test]
fn depth_is_bounded() {
    let nested = |depth: usize| format!("{}{}", "<x>".repeat(depth), "</x>".repeat(depth));
    assert!(walk(&nested(limit::XML_DEPTH_MAX)).is_ok());
    let refusal = walk(&nested(limit::XML_DEPTH_MAX + 1)).expect_err("it is refused");
    assert!(matches!(refusal.reason, Reason::TooDeep { .. }));
    assert_eq!(refusal.offset, 3 * limit::XML_DEPTH_MAX);
    assert!(matches!(
        reason(&"<x>".repeat(1_000_000)),
        Reason::TooDeep { .. }
    ));
}

#[test]
fn attributes_and_namespaces_of_one_element_are_counted_before_they_are_compared() {
    let many = |count: usize, name: &str| {
        let each: Vec<_> = (0..count).map(|at| format!("{name}{at}='v'")).collect();
        format!("<x {}/>", each.join(" "))
    };
    assert!(walk(&many(limit::XML_ATTRIBUTES_MAX, "a")).is_ok());
    let too_many = |text: &str| matches!(reason(text), Reason::TooMany { .. });
    assert!(too_many(&many(limit::XML_ATTRIBUTES_MAX + 1, "a")));
    assert!(too_many(&many(200_000, "a")), "and in linear time");
    assert!(too_many(&many(200, "xmlns:n")));
}

#[test]
fn a_long_attribute_is_refused_by_who_asks_for_it() {
    let long = "v".repeat(limit::FIELD_BYTES_MAX + 1);
    assert!(matches!(
        reason(&format!("<x a='{long}'/>")),
        Reason::FieldTooLong { .. }
    ));
    assert!(walk(&format!("<x b='{long}'/>")).is_ok());
}

#[test]
fn white_space_collapses() {
    assert_eq!(collapse(" a\u{a0}\n\tb\u{7}c "), "a b c");
    assert_eq!(collapse("\n"), "");
    for character in (0..=0x30ff).filter_map(char::from_u32) {
        let blank = character.is_whitespace() || character.is_control();
        let text = format!("a{character}b");
        let expected = if blank { "a b" } else { text.as_str() };
        assert_eq!(collapse(&text), expected, "U+{:04X}", u32::from(character));
    }
    for (text, expected) in [
        ("", ""),
        (" ", ""),
        ("a ", "a"),
        (" a", "a"),
        ("a  b", "a b"),
    ] {
        assert_eq!(collapse(text), expected);
    }
}
