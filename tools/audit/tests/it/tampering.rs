//! Proves that an audit finds what was done to a store behind the engine's back: each kind by an
//! edit of a real store on disk, found without any key unless the table says what it takes.

use crate::bench::{Scene, noted, report};
use crate::raw::{Raw, copy_all};
use base::rows::MapRows;
use base::{DossierNumber, RowRead, RowWrite, Table};
use journal::{Class, Commit, Draft, ErasureStage, Fact, Log};
use liasse::Depth;
use std::collections::BTreeMap;
use std::fs;
use std::ops::ControlFlow;

/// What it takes to find a kind of tampering.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Takes {
    /// The store alone.
    Nothing,
    /// The log's verifier key, which is no secret.
    LogKey,
    /// A checkpoint that was noted earlier.
    Notebook,
}
use Takes::{LogKey, Notebook, Nothing};

/// A kind of tampering: what it takes, the invariants a finding may name, and the edit. `early`
/// and `late` are the store before; `other` is another store.
struct Kind {
    name: &'static str,
    takes: Takes,
    named: &'static [&'static str],
    edit: fn(&Raw, &Past),
}

struct Past {
    early: Raw,
    late: Raw,
    other: Raw,
}

const fn kind(
    name: &'static str,
    takes: Takes,
    named: &'static [&'static str],
    edit: fn(&Raw, &Past),
) -> Kind {
    Kind {
        name,
        takes,
        named,
        edit,
    }
}

fn index(number: u64) -> [u8; 8] {
    number.to_be_bytes()
}

fn size(raw: &Raw) -> u64 {
    raw.rows("journal_entry").len() as u64
}

/// The number of the first entry that has a sealed part.
fn sealed(raw: &Raw) -> u64 {
    let entries = raw.rows("journal_entry");
    let found = entries.iter().position(|(_, value)| value[3] & 2 != 0);
    found.unwrap() as u64
}

fn tile(level: u8, number: u64) -> Vec<u8> {
    [&[level][..], &number.to_be_bytes()].concat()
}

fn part(dossier: u8, part: u8) -> Vec<u8> {
    vec![0, 0, 0, 0, dossier, 0, part]
}

/// The rows of a unit kind that differ between two states, present in both.
fn older_units(raw: &Raw, then: &Raw) -> Vec<(Vec<u8>, Vec<u8>)> {
    let now: BTreeMap<_, _> = raw.rows("units").into_iter().collect();
    let rows = then.rows("units").into_iter();
    rows.filter(|(key, value)| now.get(key).is_some_and(|own| own != value))
        .collect()
}

/// A dossier's number whose rows are in one store and not in another.
fn erased(raw: &Raw, past: &Past) -> u8 {
    let now: Vec<_> = raw.rows("heads").into_iter().map(|(key, _)| key).collect();
    let then = past.early.rows("heads").into_iter();
    let gone = then.map(|(key, _)| key).find(|key| !now.contains(key));
    gone.unwrap()[4]
}

/// Brings the state tree up to date with the heads that are there, as its writer would.
fn mend_tree(raw: &Raw, gone: &[u8]) {
    let table = Table::new("state_tree");
    let mut rows = MapRows::new();
    for (key, value) in raw.rows("state_tree") {
        rows.put(table, &key, &value).unwrap();
    }
    let mut leaves = BTreeMap::new();
    for number in gone {
        let digest = raw
            .row("heads", &part(*number, 0))
            .map(|value| vault::digest("liasse row v1", &[b"heads", &part(*number, 0), &value]));
        leaves.insert(DossierNumber::new(u64::from(*number)).unwrap(), digest);
    }
    store::state_tree::update(&mut rows, &leaves).unwrap();
    for (key, _) in raw.rows("state_tree") {
        raw.remove("state_tree", &key);
    }
    rows.visit(table, &[], &[0xff; 6], &mut |key, value| {
        raw.put("state_tree", key, value);
        ControlFlow::Continue(())
    })
    .unwrap();
}

/// Two frames of one segment and of equal length, of different dossiers.
fn two_frames(raw: &Raw) -> (String, (usize, usize), (usize, usize)) {
    for name in raw.files("body") {
        let frames = raw.frames(&name);
        for (at, one) in frames.iter().enumerate() {
            if let Some(two) = frames[at + 1..].first() {
                return (name, *one, *two);
            }
        }
    }
    panic!("a segment holds two frames");
}

/// The log.
const LOG: &[Kind] = &[
    kind(
        "a sealed byte of an entry changed",
        Nothing,
        &["J6"],
        |raw, _| {
            raw.flip("journal_entry", &index(sealed(raw)), -1);
        },
    ),
    kind(
        "the kind of an entry changed",
        Nothing,
        &["J6"],
        |raw, _| {
            raw.flip("journal_entry", &index(sealed(raw)), 1);
        },
    ),
    kind(
        "the hour of an entry changed",
        Nothing,
        &["J6"],
        |raw, _| {
            raw.flip("journal_entry", &index(sealed(raw)), 4);
        },
    ),
    kind("an entry removed", Nothing, &["J6"], |raw, _| {
        raw.remove("journal_entry", &index(3));
    }),
    kind(
        "the newest entry removed",
        Nothing,
        &["J3", "J6"],
        |raw, _| {
            raw.remove("journal_entry", &index(size(raw) - 1));
        },
    ),
    kind("two entries reordered", Nothing, &["J6"], |raw, _| {
        raw.swap("journal_entry", &index(2), &index(sealed(raw) + 3));
    }),
    kind(
        "an entry repeated over another",
        Nothing,
        &["J6"],
        |raw, _| {
            let again = raw.row("journal_entry", &index(2)).unwrap();
            raw.put("journal_entry", &index(5), &again);
        },
    ),
    kind(
        "an entry added behind the end",
        Nothing,
        &["J3", "J6"],
        |raw, _| {
            let again = raw.row("journal_entry", &index(2)).unwrap();
            raw.put("journal_entry", &index(size(raw)), &again);
        },
    ),
    kind(
        "a hash of a tile changed",
        Nothing,
        &["J2", "J3", "J6"],
        |raw, _| {
            raw.flip("journal_tile", &tile(0, 0), 40);
        },
    ),
    kind("a tile removed", Nothing, &["J2", "J3"], |raw, _| {
        raw.remove("journal_tile", &tile(0, 0));
    }),
    kind("a tile added", Nothing, &["J2"], |raw, _| {
        raw.put("journal_tile", &tile(1, 7), &[9; 32]);
    }),
    kind("a peak of the head changed", Nothing, &["J3"], |raw, _| {
        raw.flip("journal_head", &[0], -1);
    }),
    kind(
        "the log cut back whole, with its tiles",
        Nothing,
        &["X1"],
        |raw, past| {
            for table in [
                "journal_head",
                "journal_entry",
                "journal_tile",
                "journal_chain",
            ] {
                assert!(raw.replay(&past.late, table, &|_| true) > 0, "{table}");
            }
        },
    ),
    kind("the log of another store", Nothing, &["X1"], |raw, past| {
        for table in [
            "journal_head",
            "journal_entry",
            "journal_tile",
            "journal_chain",
        ] {
            raw.replay(&past.other, table, &|_| true);
        }
    }),
    kind(
        "the log given the name of a later one",
        Nothing,
        &["J11"],
        |raw, _| {
            let mut head = raw.row("journal_head", &[0]).unwrap();
            let end = 17 + 1 + usize::from(head[17]);
            assert_eq!(head[end - 1], b'0');
            head[end - 1] = b'1';
            raw.put("journal_head", &[0], &head);
        },
    ),
    kind(
        "a chain that skips its newest entry",
        Nothing,
        &["J4"],
        |raw, past| {
            assert!(raw.replay(&past.late, "journal_chain", &|_| true) > 0);
        },
    ),
    kind("a chain removed", Nothing, &["J4"], |raw, _| {
        let (key, _) = raw.rows("journal_chain").remove(0);
        raw.remove("journal_chain", &key);
    }),
    kind(
        "the newest traces cut off, and the log built anew over the rest",
        LogKey,
        &["J12"],
        cut,
    ),
    kind(
        "the signature of the log replaced by an older one",
        LogKey,
        &["J12"],
        |raw, past| {
            assert_eq!(raw.replay(&past.late, "journal_head", &|key| key == [1]), 1);
        },
    ),
    kind(
        "the signature of the log taken away",
        Nothing,
        &["J12"],
        |raw, _| {
            raw.remove("journal_head", &[1]);
        },
    ),
    kind(
        "the head names an older commit",
        Nothing,
        &["J3", "X1"],
        |raw, _| {
            let mut head = raw.row("journal_head", &[0]).unwrap();
            let last = u64::from_le_bytes(head[9..17].try_into().unwrap());
            let entries = raw.rows("journal_entry");
            let before = entries[..usize::try_from(last).unwrap()].iter();
            let commit = before.rev().find(|(_, value)| value[1] == 14).unwrap();
            let older = u64::from_be_bytes(commit.0.clone().try_into().unwrap());
            head[9..17].copy_from_slice(&older.to_le_bytes());
            raw.put("journal_head", &[0], &head);
        },
    ),
];

/// The catalog.
const CATALOG: &[Kind] = &[
    kind("a byte of a head changed", Nothing, &["S5"], |raw, _| {
        raw.flip("heads", &part(0, 0), -1);
    }),
    kind(
        "a head replaced by an older one",
        Nothing,
        &["S5"],
        |raw, past| {
            assert!(raw.replay(&past.early, "heads", &|key| key == part(0, 0)) > 0);
        },
    ),
    kind("a head removed", Nothing, &["S5"], |raw, _| {
        raw.remove("heads", &part(0, 0));
    }),
    kind(
        "the heads of two patients swapped",
        Nothing,
        &["S5"],
        |raw, _| {
            raw.swap("heads", &part(0, 0), &part(1, 0));
        },
    ),
    kind("a head nobody names added", Nothing, &["S5"], |raw, _| {
        let head = raw.row("heads", &part(0, 0)).unwrap();
        raw.put("heads", &part(9, 0), &head);
    }),
    kind(
        "a key block replaced by an older one",
        Nothing,
        &["S5"],
        |raw, past| {
            assert!(raw.replay(&past.early, "body_keys", &|key| key == part(0, 0)) > 0);
        },
    ),
    kind("a key block removed", Nothing, &["S5"], |raw, _| {
        raw.remove("body_keys", &part(0, 0));
    }),
    kind(
        "a dossier put back whole, tree and all, as it was",
        Nothing,
        &["X1"],
        |raw, past| {
            let own = |key: &[u8]| key.starts_with(&part(0, 0)[..5]);
            assert!(raw.replay(&past.early, "heads", &own) > 0);
            assert!(raw.replay(&past.early, "body_keys", &own) > 0);
            mend_tree(raw, &[0]);
        },
    ),
    kind(
        "a dossier taken out, tree and all",
        Nothing,
        &["X1"],
        |raw, _| {
            for table in ["heads", "body_keys"] {
                for (key, _) in raw.rows(table) {
                    if key.starts_with(&part(1, 0)[..5]) {
                        raw.remove(table, &key);
                    }
                }
            }
            mend_tree(raw, &[1]);
        },
    ),
    kind(
        "a leaf of the state tree changed",
        Nothing,
        &["S5", "S6", "X1"],
        |raw, _| {
            raw.flip("state_tree", &[0; 6], 5);
        },
    ),
    kind(
        "a node of the state tree removed",
        Nothing,
        &["S6", "X1"],
        |raw, _| {
            raw.remove("state_tree", &[0; 6]);
        },
    ),
    kind(
        "a sealed unit replaced by an older one",
        Nothing,
        &["X1"],
        |raw, past| {
            let (key, value) = older_units(raw, &past.late).remove(0);
            raw.put("units", &key, &value);
        },
    ),
    kind("a sealed unit removed", Nothing, &["X1"], |raw, _| {
        let (key, _) = raw.rows("units").remove(0);
        raw.remove("units", &key);
    }),
    kind("two sealed units swapped", Nothing, &["X1"], |raw, _| {
        let units = raw.rows("units");
        raw.swap("units", &units[0].0, &units[1].0);
    }),
    kind(
        "a key node replayed from before an erasure",
        Nothing,
        &["X1"],
        |raw, past| {
            let nodes = raw.rows("key_nodes").len();
            assert!(nodes > 1);
            let node = raw.rows("key_nodes").pop().unwrap();
            let garbled: Vec<u8> = node.1.iter().rev().copied().collect();
            raw.put("key_nodes", &node.0, &garbled);
            assert!(past.early.rows("key_nodes").len() < nodes);
        },
    ),
    kind("a key node removed", Nothing, &["X1"], |raw, _| {
        let (key, _) = raw.rows("key_nodes").pop().unwrap();
        raw.remove("key_nodes", &key);
    }),
    kind(
        "the top of the key tree from before an erasure",
        Nothing,
        &["X1"],
        |raw, past| {
            assert!(raw.replay(&past.early, "key_nodes", &|key| key == [0]) > 0);
        },
    ),
    kind(
        "all keys from before an erasure",
        Nothing,
        &["X1"],
        |raw, past| {
            assert!(raw.replay(&past.early, "key_nodes", &|_| true) > 1);
        },
    ),
    kind(
        "the counters set back",
        Nothing,
        &["X1", "S13"],
        |raw, past| {
            assert!(raw.replay(&past.late, "meta", &|_| true) > 0);
        },
    ),
    kind(
        "the row of a segment replaced by an older one",
        Nothing,
        &["X1"],
        |raw, past| {
            assert!(raw.replay(&past.late, "segments", &|_| true) > 0);
        },
    ),
    kind(
        "the rules replaced by others",
        Nothing,
        &["X1"],
        |raw, _| {
            raw.put("engine", b"pack", b"dmp-2023");
        },
    ),
    kind(
        "a mark of an erasure made up",
        Nothing,
        &["X1"],
        |raw, _| {
            let mark = [&[1][..], &[7; 20]].concat();
            raw.put("erasures", &[0; 8], &mark);
        },
    ),
    kind(
        "the retention of a class set back",
        Nothing,
        &["X1"],
        |raw, _| {
            raw.put("journal_retention", &[1], &9999_u16.to_le_bytes());
        },
    ),
    kind(
        "keys of traces called destroyed of which the log does not tell",
        Nothing,
        &["J13"],
        |raw, _| {
            bind(raw, newest(raw), |transaction| {
                journal::retention::keep_from(transaction, Class::Reading, 9999).unwrap();
                Vec::new()
            });
        },
    ),
    kind(
        "keys of traces told as destroyed that the catalog keeps",
        Nothing,
        &["J13"],
        |raw, _| {
            let bound = newest(raw);
            let fact = Fact::Retained {
                at: bound.at,
                class: Class::Reading,
                month: bound.at.month(),
            };
            bind(raw, bound, |_| vec![Draft::fact(&fact, None).unwrap()]);
        },
    ),
    kind(
        "the end of an erasure told before its keys were destroyed",
        Nothing,
        &["V6"],
        |raw, _| {
            let bound = newest(raw);
            let step = |stage| {
                let (at, epoch, receipt) = (bound.at, bound.epoch, base::Digest::ZERO);
                let fact = Fact::Erasure {
                    at,
                    stage,
                    epoch,
                    receipt,
                };
                let handle = base::AuditHandle::from_bytes([7; 16]);
                vec![Draft::fact(&fact, Some(handle)).unwrap()]
            };
            let rewritten = [ErasureStage::Begun, ErasureStage::IndexRewritten];
            let order = [&rewritten[..], &[ErasureStage::KeysDestroyed]].concat();
            for stage in order {
                bind(raw, newest(raw), |_| step(stage));
            }
        },
    ),
    kind(
        "the sum of the rows taken away",
        Nothing,
        &["X1"],
        |raw, _| {
            raw.remove("row_sum", b"all");
        },
    ),
    kind(
        "a row that nothing binds, in the log's table of entries",
        Nothing,
        &["J6"],
        |raw, _| raw.put("journal_entry", &[0; 9], b"hidden"),
    ),
    kind(
        "a row that nothing binds, beside the head of the log",
        Nothing,
        &["J3"],
        |raw, _| raw.put("journal_head", &[7], b"hidden"),
    ),
    kind(
        "a row that nothing binds, in the index manifest",
        Nothing,
        &["X2"],
        |raw, _| raw.put("index_manifest", b"x", b"hidden"),
    ),
    kind(
        "a segment row that nothing binds, in the index manifest",
        Nothing,
        &["X2"],
        |raw, _| {
            let rows = raw.rows("index_manifest");
            let (_, value) = rows.iter().find(|(key, _)| key[0] == b's').unwrap();
            raw.put("index_manifest", &[b's', 0, 0, 9, 9], value);
        },
    ),
    kind(
        "a segment row of the index manifest changed",
        Nothing,
        &["X2"],
        |raw, _| {
            let rows = raw.rows("index_manifest");
            let (key, _) = rows.iter().find(|(key, _)| key[0] == b's').unwrap();
            raw.flip("index_manifest", key, 5);
        },
    ),
    kind(
        "a row that nothing binds, above the state tree",
        Nothing,
        &["S6"],
        |raw, _| raw.put("state_tree", &[200, 0, 0, 0, 0, 0], b"hidden"),
    ),
    kind(
        "a row that nothing binds, beside the sum of the rows",
        Nothing,
        &["X1"],
        |raw, _| raw.put("row_sum", b"other", b"hidden"),
    ),
    kind("a table that nobody knows", Nothing, &["X1"], |raw, _| {
        raw.put("notes", b"who", b"was here");
    }),
    kind(
        "an erased patient put back",
        Nothing,
        &["S5", "X1"],
        |raw, past| {
            let number = erased(raw, past);
            let own = |key: &[u8]| key.starts_with(&part(number, 0)[..5]);
            assert!(raw.replay(&past.early, "heads", &own) > 0);
            assert!(raw.replay(&past.early, "body_keys", &own) > 0);
        },
    ),
    kind(
        "an erased patient put back, tree and keys and all",
        Nothing,
        &["X1"],
        |raw, past| {
            let number = erased(raw, past);
            let own = |key: &[u8]| key.starts_with(&part(number, 0)[..5]);
            raw.replay(&past.early, "heads", &own);
            raw.replay(&past.early, "body_keys", &own);
            raw.replay(&past.early, "key_nodes", &|_| true);
            raw.replay(&past.early, "units", &|_| true);
            mend_tree(raw, &[number]);
        },
    ),
    kind(
        "the head of the index manifest from before",
        Nothing,
        &["X1", "X2"],
        |raw, past| {
            assert!(raw.replay(&past.early, "index_manifest", &|key| key == b"h") > 0);
        },
    ),
    kind(
        "a segment taken out of the index manifest",
        Nothing,
        &["S8", "X2"],
        |raw, _| {
            let rows = raw.rows("index_manifest");
            let (key, _) = rows.iter().find(|(key, _)| key[0] == b's').unwrap();
            raw.remove("index_manifest", key);
        },
    ),
    kind(
        "the whole index manifest from before",
        Nothing,
        &["X1"],
        |raw, past| {
            assert!(raw.replay(&past.early, "index_manifest", &|_| true) > 1);
        },
    ),
    kind(
        "the whole catalog from before",
        Nothing,
        &["S8", "S11"],
        |raw, past| {
            raw.write("catalog.redb", &past.early.bytes("catalog.redb"));
        },
    ),
];

/// The files.
const FILES: &[Kind] = &[
    kind("a byte of a body changed", Nothing, &["S11"], |raw, _| {
        let name = raw.files("body").remove(0);
        let mut bytes = raw.bytes(&name);
        let (at, length) = raw.frames(&name)[0];
        bytes[at + length - 1] ^= 1;
        raw.write(&name, &bytes);
    }),
    kind(
        "a body changed, and its checksum made anew",
        Nothing,
        &["S11"],
        |raw, _| {
            let name = raw.files("body").remove(0);
            let mut bytes = raw.bytes(&name);
            let (at, length) = raw.frames(&name)[0];
            bytes[at + length - 1] ^= 1;
            checksum(&mut bytes[at..at + length]);
            raw.write(&name, &bytes);
        },
    ),
    kind(
        "the bodies of two patients swapped",
        Nothing,
        &["S11"],
        |raw, _| {
            let (name, one, two) = two_frames(raw);
            let bytes = raw.bytes(&name);
            let [first, second] = [one, two].map(|(at, length)| bytes[at..at + length].to_vec());
            let mut swapped = bytes[..one.0].to_vec();
            swapped.extend(second);
            swapped.extend(first);
            swapped.extend(&bytes[two.0 + two.1..]);
            raw.write(&name, &swapped);
        },
    ),
    kind(
        "a body given to another patient",
        Nothing,
        &["S11"],
        |raw, _| {
            let (name, one, two) = two_frames(raw);
            let mut bytes = raw.bytes(&name);
            let ordinals = [one, two].map(|(at, _)| bytes[at + 12..at + 20].to_vec());
            bytes[one.0 + 12..one.0 + 20].copy_from_slice(&ordinals[1]);
            bytes[two.0 + 12..two.0 + 20].copy_from_slice(&ordinals[0]);
            checksum(&mut bytes[one.0..one.0 + one.1]);
            checksum(&mut bytes[two.0..two.0 + two.1]);
            raw.write(&name, &bytes);
        },
    ),
    kind("a body segment cut short", Nothing, &["S11"], |raw, _| {
        let name = raw.files("body").remove(0);
        let bytes = raw.bytes(&name);
        raw.write(&name, &bytes[..bytes.len() - 9]);
    }),
    kind("a body segment removed", Nothing, &["S11"], |raw, _| {
        fs::remove_file(raw.file(&raw.files("body")[0])).unwrap();
    }),
    kind(
        "bytes added behind a body segment",
        Nothing,
        &["S8"],
        |raw, _| {
            let name = raw.files("body").remove(0);
            let bytes = [raw.bytes(&name), b"hidden".to_vec()].concat();
            raw.write(&name, &bytes);
        },
    ),
    kind(
        "the key file in the store, under the name of a passphrase's file",
        Nothing,
        &["S8"],
        |raw, _| {
            let key = raw.folder.parent().unwrap().join("store.key");
            raw.write("passphrase", &fs::read(key).unwrap());
        },
    ),
    kind(
        "the key file in the store, under the name of its mark",
        Nothing,
        &["S8"],
        |raw, _| {
            let key = raw.folder.parent().unwrap().join("store.key");
            raw.write("OPEN", &fs::read(key).unwrap());
        },
    ),
    kind(
        "bytes added behind the catalog",
        Nothing,
        &["S19"],
        |raw, _| {
            let bytes = [raw.bytes("catalog.redb"), b"hidden".to_vec()].concat();
            raw.write("catalog.redb", &bytes);
        },
    ),
    kind(
        "a page of the catalog changed that holds no row",
        Nothing,
        &["S19"],
        |raw, _| {
            // The first page behind the header, in which redb keeps what is free.
            let mut bytes = raw.bytes("catalog.redb");
            bytes[4096 + 8] ^= 1;
            raw.write("catalog.redb", &bytes);
        },
    ),
    kind("a body segment nobody names", Nothing, &["S8"], |raw, _| {
        let bytes = raw.bytes(&raw.files("body")[0]);
        raw.write("body/00000099.seg", &bytes);
    }),
    kind(
        "a body segment nobody names, in a store that is marked as open",
        Nothing,
        &["S8"],
        |raw, _| {
            let bytes = raw.bytes(&raw.files("body")[0]);
            raw.write("body/00000099.seg", &bytes);
            raw.write("OPEN", b"");
        },
    ),
    kind(
        "an old catalog beside the catalog",
        Nothing,
        &["S8"],
        |raw, past| {
            raw.write("catalog.redb.bak", &past.early.bytes("catalog.redb"));
        },
    ),
    kind(
        "the body segments of another store",
        Nothing,
        &["S11"],
        |raw, past| {
            let name = raw.files("body").remove(0);
            raw.write(&name, &past.other.bytes(&name));
        },
    ),
    kind("an index file removed", Nothing, &["X2"], |raw, _| {
        fs::remove_file(raw.file(&raw.files("index")[0])).unwrap();
    }),
    kind(
        "an index file from before an erasure put back",
        Nothing,
        &["S8"],
        |raw, past| {
            let now = raw.files("index");
            let old = past.early.files("index").into_iter();
            let gone = old.into_iter().find(|name| !now.contains(name)).unwrap();
            raw.write(&gone, &past.early.bytes(&gone));
        },
    ),
    kind(
        "a byte of an index file changed",
        Nothing,
        &["X2"],
        |raw, _| {
            let name = raw.files("index").remove(0);
            let mut bytes = raw.bytes(&name);
            let at = bytes.len() / 2;
            bytes[at] ^= 1;
            raw.write(&name, &bytes);
        },
    ),
    kind(
        "an index file of another store",
        Nothing,
        &["X2"],
        |raw, past| {
            let name = raw.files("index").remove(0);
            let kind = name.rsplit('.').next().unwrap().to_owned();
            let others = past.other.files("index").into_iter();
            let theirs = others.into_iter().find(|it| it.ends_with(&kind)).unwrap();
            raw.write(&name, &past.other.bytes(&theirs));
        },
    ),
    kind(
        "the FORMAT of another store",
        Nothing,
        &["S11", "X1"],
        |raw, past| {
            raw.write("FORMAT", &past.other.bytes("FORMAT"));
        },
    ),
];

/// The store as a whole.
const WHOLE: &[Kind] = &[
    kind(
        "a body changed, and a commit forged that binds it",
        LogKey,
        &["J12"],
        |raw, _| forge(raw),
    ),
    kind(
        "all set back to an earlier state, whose signature is not at hand",
        LogKey,
        &["J12"],
        |raw, past| {
            let now = raw.row("journal_head", &[1]).unwrap();
            fs::remove_dir_all(&raw.folder).unwrap();
            copy_all(&past.late.folder, &raw.folder);
            raw.put("journal_head", &[1], &now);
        },
    ),
    kind(
        "the whole store rolled back",
        Notebook,
        &["J11"],
        |raw, past| {
            fs::remove_dir_all(&raw.folder).unwrap();
            copy_all(&past.late.folder, &raw.folder);
        },
    ),
    kind(
        "the log forked: rolled back and gone on with",
        Notebook,
        &["J11"],
        |raw, past| {
            fs::remove_dir_all(&raw.folder).unwrap();
            copy_all(&past.late.folder, &raw.folder);
            let key = liasse::RootKey::File(past.late.folder.with_file_name("late.key"));
            let engine = liasse::Engine::open(&raw.folder, key, crate::bench::options()).unwrap();
            let doctor = crate::bench::doctor(&engine);
            for name in ["E", "F", "G"] {
                crate::bench::deposit(&doctor, 2, name, "autre histoire");
            }
            drop(doctor);
            engine.close().unwrap();
        },
    ),
    kind(
        "another store in its place",
        Notebook,
        &["J11"],
        |raw, past| {
            fs::remove_dir_all(&raw.folder).unwrap();
            copy_all(&past.other.folder, &raw.folder);
        },
    ),
];

/// What whoever can write the store, and has no key, can make agree: a body is changed, with its
/// checksum and the chain of its segment, and a commit of the forger's own binds that. Only the
/// signature of the log, or the body's key, tells.
fn forge(raw: &Raw) {
    let name = raw.files("body").remove(0);
    let mut bytes = raw.bytes(&name);
    let frames = raw.frames(&name);
    let (at, length) = frames[0];
    bytes[at + length - 1] ^= 1;
    checksum(&mut bytes[at..at + length]);
    raw.write(&name, &bytes);
    let mut chain = base::Digest::ZERO;
    for (at, length) in frames {
        let digest = frame_digest(&bytes[at..at + length]);
        let parts: [&[u8]; 2] = [chain.as_bytes(), digest.as_bytes()];
        chain = vault::digest("liasse segment chain v1", &parts);
    }
    let number: u32 = name[5..13].parse().unwrap();
    let (table, key) = (Table::new("segments"), number.to_be_bytes());
    bind(raw, newest(raw), |transaction| {
        let mut row = transaction.row(table, &key).unwrap().unwrap();
        row[24..56].copy_from_slice(chain.as_bytes());
        let check = vault::digest("liasse meta v1", &[&key, &row[..56]]);
        row[56..64].copy_from_slice(&check.as_bytes()[..8]);
        transaction.put(table, &key, &row).unwrap();
        Vec::new()
    });
}

/// What whoever can write the store, and has no key, can make agree too: the log is what it was
/// before its newest traces, which anybody can compute from the entries that are left, and a
/// commit of the forger's own binds the store as it is.
fn cut(raw: &Raw, past: &Past) {
    let bound = newest(raw);
    for table in [
        "journal_head",
        "journal_entry",
        "journal_tile",
        "journal_chain",
    ] {
        assert!(raw.replay(&past.late, table, &|_| true) > 0, "{table}");
    }
    bind(raw, bound, |_| Vec::new());
}

/// What the newest commit binds.
pub(crate) fn newest(raw: &Raw) -> Commit {
    let catalog = store::Catalog::open(&raw.folder, crate::bench::options().store).unwrap();
    let rows = catalog.snapshot().unwrap();
    let log = Log::open(&*rows).unwrap();
    let (_, bound) = log.last_commit(&*rows).unwrap().unwrap();
    drop(rows);
    catalog.close().unwrap();
    bound
}

/// Makes a change, and appends its entries with a commit that binds the store as it is then, by
/// no key.
pub(crate) fn bind(
    raw: &Raw,
    bound: Commit,
    change: impl FnOnce(&mut store::Transaction) -> Vec<Draft>,
) {
    let catalog = store::Catalog::open(&raw.folder, crate::bench::options().store).unwrap();
    let now = base::Instant::from_millis(bound.at.millis() + 1_000);
    let mut transaction = catalog.begin(store::Spending::Ordinary, now).unwrap();
    let mut drafts = change(&mut transaction);
    let commit = Commit {
        seq: bound.seq.next(),
        at: now,
        rows: transaction.row_sum().unwrap(),
        ..bound
    };
    let mut log = Log::open(&transaction).unwrap();
    drafts.push(Draft::fact(&Fact::Commit(commit), None).unwrap());
    let appended = log.append(&mut transaction, drafts).unwrap();
    transaction.commit().unwrap();
    drop(appended);
    catalog.close().unwrap();
}

/// Makes the checksum of a frame anew, as anybody can.
fn checksum(frame: &mut [u8]) {
    let digest = frame_digest(frame);
    frame[24..32].copy_from_slice(&digest.as_bytes()[..8]);
}

fn frame_digest(frame: &[u8]) -> base::Digest {
    let length = |from: usize| {
        let field = frame[from..from + 4].try_into().unwrap();
        usize::try_from(u32::from_le_bytes(field)).unwrap()
    };
    let (body, text) = (length(4), length(8));
    let parts = [
        &frame[..24],
        &frame[32..32 + body],
        &frame[32 + body..32 + body + text],
    ];
    vault::digest("liasse frame v1", &parts)
}

fn check(kinds: &[Kind]) {
    let scene = Scene::shared();
    let past = Past {
        early: Raw::new(&scene.path("early")),
        late: Raw::new(&scene.path("late")),
        other: Raw::new(&scene.path("other")),
    };
    let mut wrong = Vec::new();
    for kind in kinds {
        // redb writes when it is opened: the past is looked at in copies.
        let (folder, raw) = scene.copy("store");
        let copies = ["early", "late", "other"].map(|name| {
            let to = folder.path(name);
            copy_all(&scene.path(name), &to);
            let _ = fs::copy(
                scene.path(&format!("{name}.key")),
                folder.path(&format!("{name}.key")),
            );
            Raw::new(&to)
        });
        let [early, late, other] = copies;
        let copied = Past { early, late, other };
        (kind.edit)(&raw, &copied);
        let told = |depth, notebook| {
            let report = noted(&folder, depth, notebook);
            let named: Vec<_> = report.findings.iter().map(|it| it.invariant).collect();
            named
        };
        let keyless = told(Depth::Keyless, None);
        let noted = told(Depth::Keyless, Some("notebook"));
        let found = |seen: &[&str]| kind.named.iter().any(|name| seen.contains(name));
        let (seen, hidden) = match kind.takes {
            Nothing => (found(&keyless), true),
            LogKey => {
                let seen = told(Depth::Keyless, Some("log-key"));
                let by_all = told(Depth::AuditKeys, None);
                (found(&seen) && found(&by_all), keyless.is_empty())
            }
            Notebook => (found(&noted), keyless.is_empty()),
        };
        if !seen || !hidden {
            wrong.push(format!(
                "{}: without keys {keyless:?}, with the notebook {noted:?}",
                kind.name
            ));
        }
    }
    drop(past);
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn tampering_with_the_log_is_found() {
    check(LOG);
}

#[test]
fn tampering_with_the_catalog_is_found() {
    check(CATALOG);
}

#[test]
fn tampering_with_files_is_found() {
    check(FILES);
}

#[test]
fn tampering_with_the_store_as_a_whole_is_found_by_the_notebook() {
    check(WHOLE);
}

/// Forty kinds at least; only what makes the whole log agree anew takes the key that verifies it.
#[test]
fn the_table_is_as_long_as_promised_and_says_what_needs_a_key() {
    let all = [LOG, CATALOG, FILES, WHOLE].concat_kinds();
    assert!(all.len() >= 40, "{}", all.len());
    let with_key = all.iter().filter(|kind| kind.takes == LogKey);
    let names: Vec<_> = with_key.map(|kind| kind.name).collect();
    let listed = [
        "the newest traces cut off, and the log built anew over the rest",
        "the signature of the log replaced by an older one",
        "a body changed, and a commit forged that binds it",
        "all set back to an earlier state, whose signature is not at hand",
    ];
    assert_eq!(names, listed);
}

/// What an auditor reads of the kinds is what is tested, row by row.
#[test]
fn the_page_for_auditors_lists_each_kind_with_what_finds_it() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/audit.md");
    let page = fs::read_to_string(page).unwrap();
    let (_, table) = page
        .split_once("| what was done | found by |\n|---|---|\n")
        .unwrap();
    let told = table.lines().take_while(|line| line.starts_with("| "));
    let told: Vec<_> = told.map(str::to_owned).collect();
    let all = [LOG, CATALOG, FILES, WHOLE].concat_kinds();
    let ours = all.iter().map(|kind| {
        let depth = match kind.takes {
            Nothing => "`--keyless`",
            LogKey => "`--keyless` with the log's key, or the store's key",
            Notebook => "`--keyless` with a notebook",
        };
        format!("| {} | {depth} |", kind.name)
    });
    assert_eq!(told, ours.collect::<Vec<_>>());
}

/// What the store's key did not sign is not gone on with, as if it had.
#[test]
fn a_log_that_the_key_did_not_sign_is_refused_at_open() {
    let scene = Scene::shared();
    let edits: [fn(&Raw, &Past); 3] = [
        |raw, _| raw.remove("journal_head", &[1]),
        |raw, _| raw.flip("journal_head", &[1], 9),
        cut,
    ];
    for edit in edits {
        let (folder, raw) = scene.copy("store");
        let late = folder.path("late");
        copy_all(&scene.path("late"), &late);
        let [early, other] = ["early", "other"].map(|name| Raw::new(&folder.path(name)));
        let late = Raw::new(&late);
        edit(&raw, &Past { early, late, other });
        let key = crate::bench::key(&folder, "store");
        let opened = liasse::Engine::open(&raw.folder, key, crate::bench::options());
        let error = opened.err().expect("it is refused");
        assert_eq!(error.class(), liasse::Class::Corrupt, "{error}");
        assert_eq!(error.place(), Some("catalog.redb, table journal_head"));
    }
}

/// A signing key that does not open leaves open who wrote the log, and is not passed over.
#[test]
fn a_signing_key_that_does_not_open_is_a_finding() {
    let (folder, raw) = Scene::shared().copy("store");
    raw.flip("engine", b"signing", -1);
    for depth in [Depth::AuditKeys, Depth::Full] {
        let told = noted(&folder, depth, None);
        let mut named = told
            .findings
            .iter()
            .map(|it| (it.invariant, it.place.as_str()));
        let place = ("J12", "catalog.redb, table engine");
        assert!(
            named.any(|it| it == place),
            "{depth:?}: {:?}",
            told.findings
        );
    }
}

trait Kinds {
    fn concat_kinds(&self) -> Vec<&'static Kind>;
}

impl Kinds for [&'static [Kind]; 4] {
    fn concat_kinds(&self) -> Vec<&'static Kind> {
        self.iter().flat_map(|kinds| kinds.iter()).collect()
    }
}

/// What was not tampered with is clean at every depth, and the counts are those of its history.
#[test]
fn an_untouched_store_is_clean_at_every_depth() {
    let scene = Scene::shared();
    let (folder, _) = scene.copy("store");
    for depth in [Depth::Keyless, Depth::AuditKeys, Depth::Full] {
        let report = report(&folder, depth, true);
        assert_eq!(
            report.verdict(),
            liasse::Verdict::Clean,
            "{:?}",
            report.findings
        );
        assert_eq!(report.depth, depth);
        assert_eq!(report.erased.len(), 1);
        let Some(accesses) = &report.accesses else {
            assert_eq!(depth, Depth::Keyless);
            continue;
        };
        assert_eq!(accesses.glass.len(), 1);
        assert_eq!(accesses.glass[0].actor, "rescuer");
        assert_eq!(accesses.kinds["erase"], 1);
        assert_eq!(accesses.kinds["write"], 13);
        assert!(accesses.purposes["care"] > 0);
    }
}
