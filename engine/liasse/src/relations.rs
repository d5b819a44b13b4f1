//! Which dossiers an actor or a structure has to do with: candidates, not rights.
//!
//! For: looking across dossiers, whose rules then decide each. Not for: knowing in what way;
//! the dossier says. Invariant: every dossier that names a party is among the party's.

use crate::core::View;
use crate::error::Result;
use crate::facts;
use crate::group::Group;
use base::{Cursor, DossierNumber, DossierSet};
use std::collections::BTreeSet;
use store::{DossierView, EntryView, PartyKind, UnitKind};

/// The dossiers that name any of these parties.
pub(crate) fn candidates(view: &View, parties: &[Vec<u8>]) -> Result<DossierSet> {
    let mut numbers = Vec::new();
    for party in parties {
        let mut chunk = 0;
        while let Some(value) = view.units.lookup(view.rows(), KIND, &key(party, chunk))? {
            numbers.extend(parse(&value));
            chunk += 1;
        }
    }
    Ok(numbers.into_iter().collect())
}

/// Says that a dossier names a party, which it did not name before.
pub(crate) fn relate(group: &mut Group<'_>, party: &[u8], number: DossierNumber) -> Result<()> {
    let last = last_chunk(group, party)?;
    let (mut chunk, mut numbers) = last.unwrap_or_default();
    if numbers.contains(&number) {
        return Ok(());
    }
    if numbers.len() >= CHUNK_DOSSIERS_MAX {
        (chunk, numbers) = (chunk + 1, Vec::new());
    }
    numbers.push(number);
    group.set_item(KIND, key(party, chunk), Some(write(&numbers)));
    Ok(())
}

/// The last chunk of a party: each has all those before it.
fn last_chunk(group: &Group<'_>, party: &[u8]) -> Result<Option<(u32, Vec<DossierNumber>)>> {
    let held = |chunk| group.item(KIND, &key(party, chunk));
    let Some(first) = held(0)? else {
        return Ok(None);
    };
    let (mut low, mut last) = (0, first);
    let mut high = 1;
    while let Some(value) = held(high)? {
        (low, last) = (high, value);
        high *= 2;
    }
    while high - low > 1 {
        let middle = low.midpoint(high);
        match held(middle)? {
            Some(value) => (low, last) = (middle, value),
            None => high = middle,
        }
    }
    Ok(Some((low, parse(&last))))
}

/// Those of these parties that a dossier does not name yet.
pub(crate) fn unnamed(
    group: &mut Group<'_>,
    number: DossierNumber,
    mut parties: Vec<Vec<u8>>,
) -> Result<Vec<Vec<u8>>> {
    let left = group.with_head(number, |head, rows, seal| {
        let stated: Vec<_> = of_dossier(head.dossier()?).collect();
        parties.retain(|party| !stated.contains(party));
        head.find(rows, seal, &mut |entry| {
            parties.retain(|party| !names(entry, party));
            parties.is_empty()
        })?;
        Ok(parties)
    })?;
    left.ok_or_else(|| base::Bug::new("a dossier written to is there").into())
}

/// Says that a dossier does not name a party any more.
pub(crate) fn part(group: &mut Group<'_>, party: &[u8], number: DossierNumber) -> Result<()> {
    let mut chunk = 0;
    while let Some(value) = group.item(KIND, &key(party, chunk))? {
        let mut numbers = parse(&value);
        if numbers.contains(&number) {
            numbers.retain(|held| *held != number);
            // The last item of a party goes when it is empty; one before it would hide the rest.
            let last = group.item(KIND, &key(party, chunk + 1))?.is_none();
            let left = (!numbers.is_empty() || !last).then(|| write(&numbers));
            group.set_item(KIND, key(party, chunk), left);
            return Ok(());
        }
        chunk += 1;
    }
    Ok(())
}

/// The parties that a dossier and all its entries name, as the group leaves them, in the form
/// of [`actor`] and [`structure`].
pub(crate) fn parties(group: &mut Group<'_>, number: DossierNumber) -> Result<BTreeSet<Vec<u8>>> {
    let found = group.with_head(number, |head, rows, seal| {
        let mut parties = BTreeSet::new();
        head.find(rows, seal, &mut |entry| {
            parties.extend(of_entry(entry));
            false
        })?;
        parties.extend(of_dossier(head.dossier()?));
        Ok(parties)
    })?;
    Ok(found.unwrap_or_default())
}

fn of_dossier(dossier: DossierView<'_>) -> impl Iterator<Item = Vec<u8>> {
    let mut parties = Vec::new();
    let held = dossier
        .authorisations()
        .map(|it| it.party())
        .chain(dossier.attending().map(|it| it.party()))
        .chain(dossier.team().map(|it| it.party()));
    for party in held {
        parties.push(match party.kind() {
            PartyKind::Professional => actor(party.id()),
            PartyKind::Structure => structure(party.id()),
        });
    }
    parties.into_iter().filter(|party| party.len() > 1)
}

fn of_entry(entry: EntryView<'_>) -> impl Iterator<Item = Vec<u8>> {
    let named = named(entry).into_iter().flatten();
    named
        .filter(|(_, id)| !id.is_empty())
        .map(|(prefix, id)| [&[prefix], id.as_bytes()].concat())
}

/// Whether an entry names a party.
fn names(entry: EntryView<'_>, party: &[u8]) -> bool {
    let named = named(entry).into_iter().flatten();
    party.split_first().is_some_and(|(kind, party)| {
        { named }.any(|(prefix, id)| prefix == *kind && id.as_bytes() == party)
    })
}

/// The actor and the structure of an entry's depositor and of its first author.
fn named(entry: EntryView<'_>) -> [Option<(u8, &str)>; 4] {
    let (depositor, author) = (entry.depositor(), entry.authors().next());
    [
        Some((ACTOR, depositor.actor())),
        Some((STRUCTURE, depositor.structure())),
        author.map(|author| (ACTOR, facts::professional(author.id()))),
        author.map(|author| (STRUCTURE, facts::establishment(author.structure_id()))),
    ]
}

/// A professional as a party.
pub(crate) fn actor(id: &str) -> Vec<u8> {
    [&[ACTOR], id.as_bytes()].concat()
}

/// A structure as a party.
pub(crate) fn structure(id: &str) -> Vec<u8> {
    [&[STRUCTURE], id.as_bytes()].concat()
}

fn key(party: &[u8], chunk: u32) -> Vec<u8> {
    [party, &[0], &chunk.to_be_bytes()].concat()
}

fn parse(value: &[u8]) -> Vec<DossierNumber> {
    let mut cursor = Cursor::new(value);
    std::iter::from_fn(|| cursor.u64().ok())
        .filter_map(|number| DossierNumber::new(number).ok())
        .collect()
}

fn write(numbers: &[DossierNumber]) -> Vec<u8> {
    numbers
        .iter()
        .flat_map(|number| number.number().to_le_bytes())
        .collect()
}

const KIND: UnitKind = UnitKind::Relation;
const ACTOR: u8 = b'a';
const STRUCTURE: u8 = b's';
/// Dossiers in one item.
const CHUNK_DOSSIERS_MAX: usize = 256;
