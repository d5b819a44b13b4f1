//! Cedar's answer to one question.

use super::world::{Asker, text, uid};
use crate::facts::Secrecy;
use crate::predicate::Circumstance;
use crate::schema::{ActionName, ResourceKind};
use base::Instant;
use cedar_policy::{
    Authorizer, Context, Decision, Entities, PolicySet, Request, RestrictedExpression,
};
use std::collections::BTreeSet;

/// Allowed or not, the rules that decided, and whether Cedar met an error.
pub(super) struct Verdict {
    pub(super) allowed: bool,
    pub(super) rules: BTreeSet<String>,
    pub(super) failed: bool,
}

pub(super) fn judge(
    policies: &PolicySet,
    entities: &Entities,
    asker: &Asker,
    now: Instant,
    action: ActionName,
    resource: usize,
) -> Verdict {
    let kind = if asker.session.is_person() {
        "Person"
    } else {
        "Actor"
    };
    let kind_of_resource = match action.resource() {
        ResourceKind::Dossier => "Dossier",
        ResourceKind::Document => "Document",
    };
    let request = Request::new(
        uid(kind, &asker.session.actor),
        uid("Action", action.code()),
        uid(kind_of_resource, &resource.to_string()),
        context(asker, now),
        None,
    )
    .expect("no schema, nothing to contradict");
    let response = Authorizer::new().is_authorized(&request, policies, entities);
    let failed = response.diagnostics().errors().next().is_some();
    let rules = response
        .diagnostics()
        .reason()
        .map(ToString::to_string)
        .collect();
    let allowed = response.decision() == Decision::Allow && !failed;
    Verdict {
        allowed,
        rules,
        failed,
    }
}

fn context(asker: &Asker, now: Instant) -> Context {
    let truth = RestrictedExpression::new_bool;
    let mut pairs = vec![
        ("purpose".to_owned(), text(asker.session.purpose.code())),
        (
            "now".to_owned(),
            RestrictedExpression::new_long(now.millis()),
        ),
        (
            "secret".to_owned(),
            truth(asker.session.secrecy == Secrecy::Secret),
        ),
    ];
    for one in Circumstance::ALL {
        pairs.push((
            one.code().to_owned(),
            truth(asker.circumstances & one.bit() != 0),
        ));
    }
    Context::from_pairs(pairs).expect("distinct keys")
}
