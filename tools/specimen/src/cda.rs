//! A document as CDA R2, by the header of CI-SIS.
//!
//! Visibility flags are not written: in the DMP they live in the registry's metadata.

use crate::calendar::hl7;
use crate::document::{Block, Document, Level, Section};
use crate::people::{Patient, Practitioner, Structure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::fmt::{self, Write};

impl Document {
    /// The document as CDA R2.
    #[must_use]
    pub fn cda(&self) -> String {
        let mut out = String::with_capacity(6000);
        self.write_cda(&mut out).unwrap_or_default();
        out
    }

    fn write_cda(&self, out: &mut String) -> fmt::Result {
        out.push_str(HEAD);
        let template = match self.level {
            Level::Structured => "1.2.250.1.213.1.1.1.29",
            Level::EmbeddedText => "1.3.6.1.4.1.19376.1.2.20",
        };
        let [root, unique, set] = [Self::ROOT, &self.unique_id, &self.set_id].map(Escaped);
        writeln!(out, "  <templateId root=\"{template}\"/>")?;
        writeln!(out, "  <id root=\"{root}\" extension=\"{unique}\"/>")?;
        writeln!(
            out,
            "  <code code=\"{}\" codeSystem=\"2.16.840.1.113883.6.1\" displayName=\"{}\"/>",
            self.type_code,
            Escaped(self.type_label)
        )?;
        writeln!(out, "  <title>{}</title>", Escaped(&self.title))?;
        writeln!(out, "  <effectiveTime value=\"{}\"/>", hl7(self.creation))?;
        out.push_str(CONFIDENTIALITY);
        writeln!(out, "  <setId root=\"{root}\" extension=\"{set}\"/>")?;
        writeln!(out, "  <versionNumber value=\"{}\"/>", self.version)?;
        write_patient(&self.patient, out)?;
        self.write_people(out)?;
        if let Some(replaced) = &self.replaces {
            let replaced = Escaped(replaced);
            writeln!(
                out,
                "  <relatedDocument typeCode=\"RPLC\"><parentDocument>\
                 <id root=\"{root}\" extension=\"{replaced}\"/></parentDocument></relatedDocument>"
            )?;
        }
        self.write_encounter(out)?;
        match self.level {
            Level::Structured => write_sections(&self.sections, out)?,
            Level::EmbeddedText => write_embedded(&self.text(), out)?,
        }
        out.push_str("</ClinicalDocument>\n");
        Ok(())
    }

    fn write_people(&self, out: &mut String) -> fmt::Result {
        let time = hl7(self.creation);
        writeln!(out, "  <author>\n    <time value=\"{time}\"/>")?;
        writeln!(out, "    <assignedAuthor>")?;
        write_assigned(&self.author, out)?;
        writeln!(out, "    </assignedAuthor>\n  </author>")?;
        write_custodian(&self.author.structure, out)?;
        writeln!(out, "  <legalAuthenticator>\n    <time value=\"{time}\"/>")?;
        writeln!(out, "    <signatureCode code=\"S\"/>\n    <assignedEntity>")?;
        write_assigned(&self.author, out)?;
        writeln!(out, "    </assignedEntity>\n  </legalAuthenticator>")
    }

    fn write_encounter(&self, out: &mut String) -> fmt::Result {
        let structure = &self.author.structure;
        let [start, stop] = [self.service_start, self.service_stop].map(hl7);
        writeln!(out, "  <documentationOf>\n    <serviceEvent>")?;
        writeln!(
            out,
            "      <effectiveTime><low value=\"{start}\"/><high value=\"{stop}\"/></effectiveTime>"
        )?;
        writeln!(
            out,
            "      <performer typeCode=\"PRF\">\n        <assignedEntity>"
        )?;
        write_assigned(&self.author, out)?;
        writeln!(out, "        </assignedEntity>\n      </performer>")?;
        writeln!(out, "    </serviceEvent>\n  </documentationOf>")?;
        writeln!(out, "  <componentOf>\n    <encompassingEncounter>")?;
        writeln!(
            out,
            "      <effectiveTime><low value=\"{start}\"/></effectiveTime>"
        )?;
        let [code, label] = structure.sector;
        writeln!(
            out,
            "      <location><healthCareFacility><code code=\"{code}\" codeSystem=\"{}\" \
             displayName=\"{label}\"/></healthCareFacility></location>",
            Structure::SECTOR_SYSTEM
        )?;
        writeln!(out, "    </encompassingEncounter>\n  </componentOf>")
    }
}

fn write_patient(patient: &Patient, out: &mut String) -> fmt::Result {
    writeln!(out, "  <recordTarget>\n    <patientRole>")?;
    for (root, extension) in [
        (Patient::INS_ROOT, &patient.matricule),
        (Patient::LOCAL_ROOT, &patient.local_id),
    ] {
        writeln!(out, "      <id root=\"{root}\" extension=\"{extension}\"/>")?;
    }
    writeln!(out, "      <patient>\n        <name>")?;
    for (element, name) in [
        ("family qualifier=\"BR\"", &patient.birth_family),
        ("given", &patient.birth_given),
        ("given qualifier=\"BR\"", &patient.first_given),
        ("family qualifier=\"CL\"", &patient.used_family),
        ("given qualifier=\"CL\"", &patient.first_given),
    ] {
        let close = element.split(' ').next().unwrap_or(element);
        writeln!(out, "          <{element}>{}</{close}>", Escaped(name))?;
    }
    writeln!(out, "        </name>")?;
    writeln!(
        out,
        "        <administrativeGenderCode code=\"{}\" codeSystem=\"2.16.840.1.113883.5.1\"/>",
        patient.sex.code()
    )?;
    writeln!(
        out,
        "        <birthTime value=\"{}\"/>",
        patient.birth.hl7()
    )?;
    writeln!(
        out,
        "        <birthplace><place><addr><county>{}</county></addr></place></birthplace>",
        patient.birth_place
    )?;
    writeln!(
        out,
        "      </patient>\n    </patientRole>\n  </recordTarget>"
    )
}

fn write_assigned(who: &Practitioner, out: &mut String) -> fmt::Result {
    writeln!(
        out,
        "      <id root=\"{}\" extension=\"{}\"/>",
        Practitioner::ROOT,
        who.id
    )?;
    writeln!(
        out,
        "      <code code=\"{}\" codeSystem=\"{}\" displayName=\"{}\"/>",
        who.speciality,
        Practitioner::SPECIALITY_SYSTEM,
        Escaped(&who.speciality_label)
    )?;
    writeln!(
        out,
        "      <assignedPerson><name><prefix>DR</prefix><given>{}</given><family>{}</family>\
         </name></assignedPerson>",
        Escaped(&who.given),
        Escaped(&who.family)
    )?;
    let structure = &who.structure;
    writeln!(out, "      <representedOrganization>")?;
    write_structure(structure, out)?;
    let [code, label] = structure.practice;
    writeln!(
        out,
        "        <standardIndustryClassCode code=\"{code}\" codeSystem=\"{}\" \
         displayName=\"{label}\"/>",
        Structure::PRACTICE_SYSTEM
    )?;
    writeln!(out, "      </representedOrganization>")
}

fn write_structure(structure: &Structure, out: &mut String) -> fmt::Result {
    let Structure { id, name, .. } = structure;
    writeln!(
        out,
        "        <id root=\"{}\" extension=\"{id}\"/>",
        Structure::ROOT
    )?;
    writeln!(out, "        <name>{}</name>", Escaped(name))
}

fn write_custodian(structure: &Structure, out: &mut String) -> fmt::Result {
    writeln!(out, "  <custodian>\n    <assignedCustodian>")?;
    writeln!(out, "      <representedCustodianOrganization>")?;
    write_structure(structure, out)?;
    writeln!(out, "      </representedCustodianOrganization>")?;
    writeln!(out, "    </assignedCustodian>\n  </custodian>")
}

fn write_sections(sections: &[Section], out: &mut String) -> fmt::Result {
    writeln!(out, "  <component>\n    <structuredBody>")?;
    for section in sections {
        writeln!(out, "      <component>\n        <section>")?;
        writeln!(
            out,
            "          <code code=\"{}\" codeSystem=\"2.16.840.1.113883.6.1\"/>",
            section.code
        )?;
        writeln!(out, "          <title>{}</title>", Escaped(section.title))?;
        writeln!(out, "          <text>")?;
        for block in &section.blocks {
            write_block(block, out)?;
        }
        writeln!(
            out,
            "          </text>\n        </section>\n      </component>"
        )?;
    }
    writeln!(out, "    </structuredBody>\n  </component>")
}

fn write_block(block: &Block, out: &mut String) -> fmt::Result {
    match block {
        Block::Paragraph(words) => {
            writeln!(out, "            <paragraph>{}</paragraph>", Escaped(words))
        }
        Block::List(items) => {
            writeln!(out, "            <list>")?;
            for item in items {
                writeln!(out, "              <item>{}</item>", Escaped(item))?;
            }
            writeln!(out, "            </list>")
        }
        Block::Table(rows) => {
            writeln!(out, "            <table><tbody>")?;
            for (at, row) in rows.iter().enumerate() {
                let cell = if at == 0 { "th" } else { "td" };
                out.push_str("              <tr>");
                for words in row {
                    write!(out, "<{cell}>{}</{cell}>", Escaped(words))?;
                }
                out.push_str("</tr>\n");
            }
            writeln!(out, "            </tbody></table>")
        }
    }
}

fn write_embedded(text: &str, out: &mut String) -> fmt::Result {
    writeln!(out, "  <component>\n    <nonXMLBody>")?;
    writeln!(
        out,
        "      <text mediaType=\"text/plain\" representation=\"B64\">{}</text>",
        STANDARD.encode(text)
    )?;
    writeln!(out, "    </nonXMLBody>\n  </component>")
}

/// Text with the five characters of XML escaped.
#[derive(Clone, Copy)]
struct Escaped<'a>(&'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0;
        while let Some(at) = rest.find(['&', '<', '>', '"', '\'']) {
            let (before, after) = rest.split_at(at);
            f.write_str(before)?;
            f.write_str(match after.as_bytes()[0] {
                b'&' => "&amp;",
                b'<' => "&lt;",
                b'>' => "&gt;",
                b'"' => "&quot;",
                _ => "&apos;",
            })?;
            rest = &after[1..];
        }
        f.write_str(rest)
    }
}

const HEAD: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<ClinicalDocument xmlns="urn:hl7-org:v3">
  <realmCode code="FR"/>
  <typeId root="2.16.840.1.113883.1.3" extension="POCD_HD000040"/>
  <templateId root="2.16.840.1.113883.2.8.2.1"/>
  <templateId root="1.2.250.1.213.1.1.1.1"/>
"#;

const CONFIDENTIALITY: &str = concat!(
    "  <confidentialityCode code=\"N\" codeSystem=\"2.16.840.1.113883.5.25\" ",
    "displayName=\"Normal\"/>\n  <languageCode code=\"fr-FR\"/>\n"
);

#[cfg(test)]
mod tests;
