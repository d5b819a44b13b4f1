//! Runs every fuzz body over true bytes that were damaged by a seeded stream.

use super::*;
use crate::testing::{self, Bench};
use base::SeededEntropy;
use base::disk::{Disk, OpenMode};

struct Stream(u64);

impl Stream {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 11).unwrap() % bound
    }

    /// A copy with some bytes changed, doubled, cut off or put in.
    fn damaged(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut out = bytes.to_vec();
        for _ in 0..=self.below(4) {
            if out.is_empty() {
                break;
            }
            let at = self.below(out.len());
            match self.below(5) {
                0 => out.truncate(at),
                1 => out.insert(at, u8::try_from(self.below(256)).unwrap()),
                2 => out[at] = 0xff,
                3 => out[at] ^= 1 << self.below(8),
                _ => {
                    let piece = out[at..].to_vec();
                    out.extend_from_slice(&piece);
                }
            }
        }
        out
    }
}

fn drive(seed: u64, seeds: &[Vec<u8>], body: fn(&[u8])) {
    let mut stream = Stream(seed);
    for _ in 0..4000 {
        let from = &seeds[stream.below(seeds.len())];
        body(&stream.damaged(from));
    }
}

#[test]
fn no_bytes_make_a_parser_panic() {
    let entropy = SeededEntropy::new(1);
    let mut sheaf = Sheaf::live(&testing::dossier(1, &entropy));
    sheaf.push(&testing::entry("title", &entropy));
    let closed = sheaf.split_off_oldest(1);
    let live = sheaf.to_plain().as_slice().to_vec();
    let records = [live, closed.to_plain().as_slice().to_vec()];
    for seed in &records {
        record(seed);
    }
    drive(1, &records, record);

    let mut plain = vec![1, 0, 2, 0];
    plain.extend_from_slice(&[0xff; 16]);
    plain.extend_from_slice(&[1, 0, 1, 0, b'a', 1, 1, 0, 0, 0, b'b']);
    assert!(units::parse_unit(&plain).is_ok());
    drive(2, &[plain], unit);

    let (packed_bytes, _) = codec::pack(&records[0]);
    let words = "les mots du compte rendu, ".repeat(20);
    let document = codec::pack_document(words.as_bytes(), words.as_bytes());
    let joined = [document.text.as_slice(), &document.body].concat();
    drive(3, &[packed_bytes, document.text, joined], packed);
}

#[test]
fn no_clear_bytes_of_a_store_make_a_parser_panic() {
    let bench = Bench::new(2);
    bench.begin().commit().unwrap();
    let file = bench.disk.open("FORMAT", OpenMode::Read).unwrap();
    let mut text = vec![0; usize::try_from(file.length().unwrap()).unwrap()];
    file.read_at(0, &mut text).unwrap();
    drive(4, &[text], format);

    let counters = bench.catalog.snapshot().unwrap().counters().to_bytes();
    let header = RowHeader {
        kind: crate::head::RowKind::Live,
        codec: Codec::RAW,
        slot: 1,
        version: 2,
        closed: vec![base::Digest::ZERO],
        keys: vec![base::Digest::ZERO; 2],
    };
    drive(5, &[counters, header.to_bytes()], clear_rows);

    let ordinal = base::Ordinal::from_value(1);
    let packing = crate::Packing::default();
    let built = frame::FrameHeader::build(ordinal, packing, b"body", b"text").unwrap();
    let mut bytes = built.0.to_bytes().to_vec();
    bytes.extend_from_slice(b"bodytext");
    drive(6, &[bytes, vec![0; 24]], frames);
}

#[test]
fn no_bytes_of_a_catalog_file_make_its_parser_panic() {
    let tip = crate::Tip {
        commit: base::CommitSeq::new(3),
        binding: base::Digest::ZERO,
    };
    let header = crate::RollHeader {
        store: testing::STORE,
        created: testing::NOW,
        format: 1,
        epoch: 1,
        before: None,
        after: tip,
    };
    let mut layer = crate::layer::Layer::default();
    layer.set(base::Table::new("table"), b"key", Some(b"value"));
    layer.set(base::Table::new("table"), b"gone", None);
    let items = crate::Items::of_layer(&layer);
    let (mut writer, mut file) = crate::RollWriter::begin(header);
    let chunk = writer.chunk(&items[0]).unwrap();
    file.extend_from_slice(&chunk);
    let key = vault::SigningKey::random(&SeededEntropy::new(1)).unwrap();
    file.extend(writer.end(&key));
    let bare = chunk[4..chunk.len() - 32].to_vec();
    drive(7, &[file, bare], rolls);
}
