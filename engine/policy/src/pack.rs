//! A pack: the rules of one version of the law, loaded, validated and lowered.
//!
//! For: the two packs that are built in and those a host ships as a directory of four text
//! files. Invariants: a `Pack` exists only when every rule validated strictly and was lowered
//! for every profession and action; after that no rule can fail. It is immutable: a session
//! holds one whole pack or none.

mod faults;
mod scan;

pub use faults::{faults, faults_of, faults_of_all};

use crate::dictionary::{Dictionary, ProfessionOrdinal};
use crate::error::PackError;
use crate::facts::{PROFESSION_PATIENT, Window};
use crate::lower::Lowering;
use crate::manifest::Manifest;
use crate::matrix::{Effect, Matrix};
use crate::predicate::Predicate;
use crate::schema::{self, ActionName, PrincipalKind};
use base::limit;
use cedar_policy::{PolicyId, PolicySet, Schema, ValidationMode, Validator, pst};
use std::path::Path;

/// The text files of a pack.
#[derive(Clone, Copy)]
pub struct PackFiles<'a> {
    /// `pack.txt`: name, version, validity.
    pub manifest: &'a str,
    /// `schema.cedarschema`: the schema the rules were written for.
    pub schema: &'a str,
    /// `policies.cedar`: the rules.
    pub policies: &'a str,
    /// `matrix.tsv`: professions by document types.
    pub matrix: &'a str,
}

/// One version of the rules.
pub struct Pack {
    manifest: Manifest,
    matrix: Matrix,
    dictionary: Dictionary,
    rules: Vec<Rule>,
    /// By profession and action: the rules that can apply, and when.
    lowered: Vec<Vec<Conditioned>>,
    text: Canonical,
    rules_text: String,
}

/// A rule as its author wrote it.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Its id, from `@id`.
    pub id: String,
    /// What it permits or forbids.
    pub effect: Effect,
    /// What it says in words, from `@says`.
    pub says: String,
    /// Its line in `policies.cedar`, from 1.
    pub line: usize,
}

/// A rule's number in its pack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RuleNumber(pub(crate) u16);

/// A rule and the condition it comes down to.
#[derive(Clone, Debug)]
pub(crate) struct Conditioned {
    pub(crate) rule: RuleNumber,
    pub(crate) effect: Effect,
    pub(crate) condition: Predicate,
}

/// The pack's files again, as bytes: what a journal binds.
struct Canonical(Vec<u8>);

impl Pack {
    /// Loads a pack from its texts.
    ///
    /// # Errors
    /// [`PackError`], naming file, line, rule, expression and reason.
    pub fn parse(files: PackFiles<'_>) -> Result<Self, PackError> {
        scan::bounded(files)?;
        let manifest = Manifest::parse(files.manifest)?;
        if !schema::is_ours(files.schema) {
            return Err(PackError::Schema {
                expected: schema::VERSION,
            });
        }
        let matrix = Matrix::parse(files.matrix)?;
        let dictionary = dictionary(&manifest, &matrix)?;
        let policies = parse_rules(files.policies)?;
        let rules = policies.iter().map(|parsed| parsed.rule.clone()).collect();
        let lowered = lower_all(&policies, &dictionary, &matrix)?;
        let text = Canonical::new(files);
        let rules_text = files.policies.to_owned();
        Ok(Self {
            manifest,
            matrix,
            dictionary,
            rules,
            lowered,
            text,
            rules_text,
        })
    }

    /// Loads a pack from a directory that holds `pack.txt`, `schema.cedarschema`,
    /// `policies.cedar` and `matrix.tsv`.
    ///
    /// # Errors
    /// [`PackError`].
    pub fn open(directory: &Path) -> Result<Self, PackError> {
        let [manifest, schema, policies, matrix] = scan::read_all(directory)?;
        Self::parse(PackFiles {
            manifest: &manifest,
            schema: &schema,
            policies: &policies,
            matrix: &matrix,
        })
    }

    /// The pack of a canonical form, as [`Self::canonical`] gives it.
    pub(crate) fn from_canonical(bytes: &[u8]) -> Result<Self, PackError> {
        let mut cursor = base::Cursor::new(bytes);
        let mut text = || cursor.text().map_err(|_| PackError::NotCanonical);
        let (manifest, schema, policies, matrix) = (text()?, text()?, text()?, text()?);
        Self::parse(PackFiles {
            manifest,
            schema,
            policies,
            matrix,
        })
    }

    /// Loads a pack that is built in: `dmp-2011` or `dmp-2023`.
    ///
    /// # Errors
    /// [`PackError::Unknown`].
    pub fn builtin(name: &str) -> Result<Self, PackError> {
        Self::parse(builtin_files(name).ok_or(PackError::Unknown)?)
    }

    /// The pack's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.manifest.name
    }

    /// The pack's version.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.manifest.version
    }

    /// When the pack is in force.
    #[must_use]
    pub const fn validity(&self) -> Window {
        self.manifest.validity
    }

    /// The professions that its author means to see every type, or nearly.
    pub(crate) fn all_types(&self) -> &[String] {
        &self.manifest.all_types
    }

    /// The professions that its author means to see most types.
    pub(crate) fn most_types(&self) -> &[String] {
        &self.manifest.most_types
    }

    /// What the pack's author notes about it.
    #[must_use]
    pub fn note(&self) -> &str {
        &self.manifest.note
    }

    /// The codes the pack knows.
    #[must_use]
    pub const fn dictionary(&self) -> &Dictionary {
        &self.dictionary
    }

    /// The habilitation matrix.
    #[must_use]
    pub const fn matrix(&self) -> &Matrix {
        &self.matrix
    }

    /// The rules, in the order of the text.
    #[must_use]
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The rule with this number.
    #[must_use]
    pub fn rule(&self, number: RuleNumber) -> Option<&Rule> {
        self.rules.get(usize::from(number.0))
    }

    /// The pack's files in a canonical form, for the digest that the journal binds.
    #[must_use]
    pub fn canonical(&self) -> &[u8] {
        &self.text.0
    }

    /// The same pack with another text for one rule, or without it.
    #[cfg(test)]
    pub(crate) fn with_rule(&self, at: usize, text: Option<&str>) -> Result<Self, PackError> {
        let parsed = parse_rules(text.unwrap_or_default())?;
        let number = RuleNumber(u16::try_from(at).expect("few rules"));
        let changed = lower_all(&parsed, &self.dictionary, &self.matrix)?;
        let lowered = self.lowered.iter().zip(changed).map(|(all, changed)| {
            let mut all: Vec<_> = all.iter().filter(|it| it.rule != number).cloned().collect();
            all.extend(
                changed
                    .into_iter()
                    .map(|it| Conditioned { rule: number, ..it }),
            );
            all
        });
        Ok(Self {
            manifest: self.manifest.clone(),
            matrix: self.matrix.clone(),
            dictionary: self.dictionary.clone(),
            rules: self.rules.clone(),
            lowered: lowered.collect(),
            text: Canonical(self.text.0.clone()),
            rules_text: self.rules_text.clone(),
        })
    }

    /// The rules as they were written.
    pub(crate) fn rules_text(&self) -> &str {
        &self.rules_text
    }

    /// The rules that can apply to this profession and action; none for an unknown profession.
    pub(crate) fn lowered(
        &self,
        profession: ProfessionOrdinal,
        action: ActionName,
    ) -> &[Conditioned] {
        let at = usize::from(profession.0)
            .checked_sub(1)
            .map(|row| slot(row, action));
        at.and_then(|at| self.lowered.get(at))
            .map_or(&[], Vec::as_slice)
    }
}

impl Canonical {
    fn new(files: PackFiles<'_>) -> Self {
        let mut bytes = Vec::new();
        for text in [files.manifest, files.schema, files.policies, files.matrix] {
            base::bytes::put_bytes(&mut bytes, text.as_bytes());
        }
        Self(bytes)
    }
}

/// The texts of a pack that is built in.
#[must_use]
pub fn builtin_files(name: &str) -> Option<PackFiles<'static>> {
    match name {
        "dmp-2011" => Some(PackFiles {
            manifest: include_str!("../packs/dmp-2011/pack.txt"),
            schema: include_str!("../packs/dmp-2011/schema.cedarschema"),
            policies: include_str!("../packs/dmp-2011/policies.cedar"),
            matrix: include_str!("../packs/dmp-2011/matrix.tsv"),
        }),
        "dmp-2023" => Some(PackFiles {
            manifest: include_str!("../packs/dmp-2023/pack.txt"),
            schema: include_str!("../packs/dmp-2023/schema.cedarschema"),
            policies: include_str!("../packs/dmp-2023/policies.cedar"),
            matrix: include_str!("../packs/dmp-2023/matrix.tsv"),
        }),
        _ => None,
    }
}

/// The packs that are built in under a name, in the order of their validity: one, or for `dmp` the
/// launch's until the reform's begins. Alone each is in force without an end.
pub(crate) fn builtin_set(name: &str) -> Option<Vec<PackFiles<'static>>> {
    if name != SUCCESSION {
        return builtin_files(name).map(|files| vec![files]);
    }
    let launch = builtin_files("dmp-2011").map(|files| PackFiles {
        manifest: include_str!("../packs/dmp-2011/pack-until-2023.txt"),
        ..files
    });
    [launch, builtin_files("dmp-2023")].into_iter().collect()
}

/// The name under which the packs that are built in follow each other.
const SUCCESSION: &str = "dmp";

/// A rule that validated: as written, and in the form that is lowered.
pub(crate) struct ParsedRule {
    pub(crate) rule: Rule,
    pub(crate) policy: pst::Policy,
}

/// Parses and validates the rules against the schema.
pub(crate) fn parse_rules(text: &str) -> Result<Vec<ParsedRule>, PackError> {
    let policies = parse_set(text)?;
    if let Some(error) = invalid(text, &policies)?.into_iter().next() {
        return Err(error);
    }
    let mut parsed = Vec::new();
    for policy in policies.policies() {
        let id = policy.id().to_string();
        let line = scan::line_of(text, &id);
        let effect = match policy.effect() {
            cedar_policy::Effect::Permit => Effect::Permit,
            cedar_policy::Effect::Forbid => Effect::Deny,
        };
        let says = policy.annotation("says").unwrap_or_default().to_owned();
        let rule = Rule {
            id: id.clone(),
            effect,
            says,
            line,
        };
        let policy = policy.to_pst().map_err(|error| PackError::Invalid {
            line,
            rule: id,
            reason: error.to_string(),
        })?;
        parsed.push(ParsedRule { rule, policy });
    }
    parsed.sort_by(|one, other| {
        (one.rule.line, &one.rule.id).cmp(&(other.rule.line, &other.rule.id))
    });
    Ok(parsed)
}

/// Every error of Cedar's strict validation, in the order of the text.
fn invalid(text: &str, policies: &PolicySet) -> Result<Vec<PackError>, PackError> {
    let result = Validator::new(schema()?).validate(policies, ValidationMode::Strict);
    let mut found: Vec<_> = result
        .validation_errors()
        .map(|error| {
            let rule = error.policy_id().to_string();
            let reason = error.to_string();
            (scan::line_of(text, &rule), rule, reason)
        })
        .collect();
    found.sort_unstable();
    let invalid = |(line, rule, reason)| PackError::Invalid { line, rule, reason };
    Ok(found.into_iter().map(invalid).collect())
}

/// The rules as Cedar's own set, each under its `@id`.
pub(crate) fn parse_set(text: &str) -> Result<PolicySet, PackError> {
    let parsed: PolicySet = text.parse().map_err(|error| scan::syntax(text, &error))?;
    if parsed.templates().next().is_some() {
        let reason = "a template is no rule".to_owned();
        let line = scan::line_of_slot(text);
        return Err(PackError::Syntax { line, reason });
    }
    let found = parsed.policies().count();
    if found > limit::PACK_POLICIES_MAX {
        return Err(PackError::TooManyRules {
            found,
            limit: limit::PACK_POLICIES_MAX,
        });
    }
    let mut named = PolicySet::new();
    for policy in parsed.policies() {
        let Some(id) = policy
            .annotation("id")
            .filter(|id| crate::matrix::is_code(id))
        else {
            let reason = "every rule needs an @id that is a code".to_owned();
            let number = policy.id().to_string();
            let number = number.trim_start_matches("policy").parse();
            let line = scan::line_of_rule(text, number.unwrap_or_default());
            return Err(PackError::Syntax { line, reason });
        };
        let line = scan::line_of(text, id);
        let id = PolicyId::new(id);
        named
            .add(policy.new_id(id))
            .map_err(|_| PackError::Syntax {
                line,
                reason: "two rules have one @id".to_owned(),
            })?;
    }
    Ok(named)
}

/// The schema, parsed.
pub(crate) fn schema() -> Result<Schema, PackError> {
    let parsed = Schema::from_cedarschema_str(schema::TEXT);
    let parsed = parsed.map_err(|_| PackError::Schema {
        expected: schema::VERSION,
    })?;
    Ok(parsed.0)
}

fn dictionary(manifest: &Manifest, matrix: &Matrix) -> Result<Dictionary, PackError> {
    let others = manifest.professions.iter().map(String::as_str);
    let professions = matrix
        .professions()
        .chain(others)
        .chain([PROFESSION_PATIENT]);
    let dictionary = Dictionary::new(matrix.types(), professions);
    let too_many = dictionary.type_names().len() > TYPES_MAX
        || dictionary.class_names().len() > SMALL_CODES_MAX
        || dictionary.profession_names().len() > SMALL_CODES_MAX;
    if too_many {
        let reason = "more than 63 classes, 63 professions or 4095 types".to_owned();
        return Err(PackError::Line {
            file: "matrix.tsv",
            line: 1,
            reason,
        });
    }
    if matrix.professions().any(|code| code == PROFESSION_PATIENT) {
        let reason = "patients have no column: rules say what they see".to_owned();
        return Err(PackError::Line {
            file: "matrix.tsv",
            line: 1,
            reason,
        });
    }
    Ok(dictionary)
}

fn lower_all(
    policies: &[ParsedRule],
    dictionary: &Dictionary,
    matrix: &Matrix,
) -> Result<Vec<Vec<Conditioned>>, PackError> {
    let mut lowered = Vec::new();
    for profession in dictionary.professions() {
        for action in ActionName::ALL {
            let lowering = Lowering {
                dictionary,
                matrix,
                principal: principal_kind(profession),
                profession,
                action: *action,
                #[cfg(test)]
                mutant: None,
            };
            lowered.push(lower_rules(policies, &lowering)?);
        }
    }
    Ok(lowered)
}

/// The rules that can apply under one lowering.
pub(crate) fn lower_rules(
    policies: &[ParsedRule],
    lowering: &Lowering<'_>,
) -> Result<Vec<Conditioned>, PackError> {
    let mut lowered = Vec::new();
    for (number, parsed) in policies.iter().enumerate() {
        let lower = lowering.policy(parsed.policy.body());
        let condition = lower.map_err(|unsupported| PackError::NotPushable {
            line: parsed.rule.line,
            rule: parsed.rule.id.clone(),
            expression: unsupported.expression,
            reason: unsupported.reason,
        })?;
        if condition != Predicate::Never {
            let rule = RuleNumber(u16::try_from(number).unwrap_or(u16::MAX));
            lowered.push(Conditioned {
                rule,
                effect: parsed.rule.effect,
                condition,
            });
        }
    }
    Ok(lowered)
}

pub(crate) fn principal_kind(profession: &str) -> PrincipalKind {
    if profession == PROFESSION_PATIENT {
        PrincipalKind::Person
    } else {
        PrincipalKind::Actor
    }
}

fn slot(row: usize, action: ActionName) -> usize {
    row * ActionName::ALL.len() + action as usize
}

const TYPES_MAX: usize = 4096;
const SMALL_CODES_MAX: usize = 64;
const _: () = assert!(limit::PACK_POLICIES_MAX <= u16::MAX as usize);

#[cfg(test)]
mod tests;
