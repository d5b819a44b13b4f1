#!/usr/bin/env python3
"""Known answers and adversarial vectors for the formats of engine/vault.

Independent of the Rust code: written from docs/format.md over the PyPI packages `cryptography`
(ChaCha20-Poly1305, Argon2id) and `blake3`. Deterministic: running it again changes nothing.

    pip install cryptography blake3 && python3 make_vectors.py

Writes known_answers.json and adversarial.json beside itself. All byte strings are hexadecimal.
"""
import json
import os
import struct

import blake3
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

HERE = os.path.dirname(os.path.abspath(__file__))
P1305 = 2**130 - 5


def pattern(label, count):
    """Bytes that anybody can make again: the BLAKE3 stream of a label."""
    return blake3.blake3(label.encode()).digest(length=count)


def framed(parts):
    return b"".join(struct.pack("<Q", len(part)) + part for part in parts)


def digest(domain, parts):
    return blake3.blake3(framed([domain.encode(), *parts])).digest()


def derive(key, label, parts, count=32):
    hasher = blake3.blake3(framed([label.encode(), *parts]), key=key)
    return hasher.digest(length=count)


def canonical(place, plain_bytes):
    table = place["table"].encode()
    row = bytes.fromhex(place["row"])
    return (
        b"liasse place v1"
        + bytes.fromhex(place["store"])
        + struct.pack("<H", len(table))
        + table
        + struct.pack("<H", len(row))
        + row
        + struct.pack("<QBB", place["version"], place["codec"], place["dictionary"])
        + struct.pack("<Q", plain_bytes)
    )


def message_key(key, label, nonce):
    stream = derive(key, label, [nonce], 48)
    return stream[:32], stream[32:]


def seal_raw(key, label, aad, plain, nonce):
    message, commitment = message_key(key, label, nonce)
    return nonce + commitment + ChaCha20Poly1305(message).encrypt(bytes(12), plain, aad)


def seal(key, place, plain, nonce):
    return seal_raw(key, "liasse seal v1", canonical(place, len(plain)), plain, nonce)


def seal_frames(key, place, plain, nonce):
    message, commitment = message_key(key, "liasse frames v1", nonce)
    frames = [plain[at : at + 65536] for at in range(0, len(plain), 65536)] or [b""]
    out = b"\x02" + nonce + commitment
    for number, frame in enumerate(frames):
        last = int(number + 1 == len(frames))
        frame_nonce = struct.pack("<IB", number, last) + bytes(7)
        out += ChaCha20Poly1305(message).encrypt(frame_nonce, frame, canonical(place, 0))
    return out


def node_row_key(level, grove, number):
    return struct.pack(">BBI", level, grove, number)


def node_seal(key, store, level, grove, number, plain):
    aad = b"liasse node v1" + store + node_row_key(level, grove, number)
    return ChaCha20Poly1305(key).encrypt(bytes(12), plain, aad)


def child(key, place):
    return derive(key, "liasse child v1", [bytes([place])])


def leaf_below(grove_key, slot):
    """The leaf key of a slot in a grove where nothing was ever forgotten."""
    key = grove_key
    for leaves in (128 * 128 * 64, 128 * 64, 64):
        key = child(key, slot // leaves % 128)
    return child(key, slot % 64)


def file_key(segment, name, salt):
    stream = derive(segment, "liasse file v1", [name.encode(), salt], 48)
    return stream[:32], stream[32:]


def page(key, number, last, plain):
    return ChaCha20Poly1305(key).encrypt(struct.pack("<QB", number, last) + bytes(3), plain, None)


def wrap(root, epoch, context, secret, nonce):
    return seal_raw(root, "liasse wrap v1", struct.pack("<Q", epoch) + context, secret, nonce)


def top_row(store, epoch, staging, root, top_key, grove_keys, nonces):
    place = {"store": store.hex(), "table": "key_nodes", "row": "00", "version": epoch,
             "codec": staging, "dictionary": 0}
    wrapped = wrap(root, epoch, b"liasse top v1" + store, top_key, nonces[0])
    plain = b"".join(b"\x00" + key for key in grove_keys)
    head = struct.pack("<BBQH", 1, staging, epoch, len(wrapped))
    return head + wrapped + seal(top_key, place, plain, nonces[1])


def place_of(**changes):
    place = {"store": pattern("store", 16).hex(), "table": "heads", "row": "0000000007",
             "version": 3, "codec": 1, "dictionary": 0}
    return {**place, **changes}


def records():
    cases = [
        ("empty", b"", place_of()),
        ("one_byte", b"x", place_of()),
        ("one_block", pattern("plain", 64), place_of()),
        ("a_page", pattern("plain", 4096), place_of(version=2**64 - 1)),
        ("no_row", b"text", place_of(row="", codec=255, dictionary=255)),
        ("long_row", b"text", place_of(table="key_nodes", row=pattern("row", 64).hex())),
    ]
    out = []
    for name, plain, place in cases:
        key, nonce = pattern("key " + name, 32), pattern("nonce " + name, 24)
        out.append({"name": name, "key": key.hex(), "place": place, "nonce": nonce.hex(),
                    "aad": canonical(place, len(plain)).hex(), "plain": plain.hex(),
                    "sealed": seal(key, place, plain, nonce).hex()})
    return out


def frames():
    out = []
    for count in (0, 1, 65535, 65536, 65537, 200_000):
        key, nonce = pattern(f"frames key {count}", 32), pattern(f"frames nonce {count}", 24)
        plain = pattern("frames plain", count)
        sealed = seal_frames(key, place_of(table="bodies"), plain, nonce)
        out.append({"key": key.hex(), "nonce": nonce.hex(), "place": place_of(table="bodies"),
                    "plain_bytes": count, "sealed_bytes": len(sealed),
                    "sealed_blake3": blake3.blake3(sealed).hexdigest()})
    return out


def tree():
    grove = pattern("grove", 32)
    slots = [0, 1, 63, 64, 8191, 8192, 1048576, 40_000_000, 134_217_727]
    store = pattern("store", 16)
    inner = b"".join(child(grove, place) for place in range(128)) + b"\x05" + bytes(15)
    lowest = b"".join(child(grove, place) for place in range(64))
    key = pattern("node key", 32)
    nonces = [pattern("top nonce 0", 24), pattern("top nonce 1", 24)]
    groves = [pattern(f"grove {at}", 32) for at in range(4)]
    return {
        "grove_key": grove.hex(),
        "leaves": [{"slot": slot, "key": leaf_below(grove, slot).hex()} for slot in slots],
        "store": store.hex(),
        "node_key": key.hex(),
        "inner": {"level": 1, "grove": 0, "number": 0, "kept": [0, 2],
                  "row": node_seal(key, store, 1, 0, 0, inner).hex()},
        "lowest": {"level": 4, "grove": 3, "number": 77,
                   "row": node_seal(key, store, 4, 3, 77, lowest).hex()},
        "top": {"epoch": 9, "root": pattern("root", 32).hex(),
                "row": top_row(store, 9, 0, pattern("root", 32), pattern("top key", 32), groves,
                               nonces).hex(),
                "dossier_leaf_5": leaf_below(groves[0], 5).hex(),
                "unit_leaf_5": leaf_below(groves[3], 5).hex()},
    }


def pages():
    segment, salt = pattern("segment", 32), pattern("salt", 24)
    key, commitment = file_key(segment, "0a1b.idx", salt)
    plain = pattern("page", 4096)
    return {"segment": segment.hex(), "name": "0a1b.idx", "header": (salt + commitment).hex(),
            "pages": [{"number": number, "last": bool(last), "plain_bytes": count,
                       "sealed": page(key, number, last, plain[:count]).hex()}
                      for number, last, count in ((0, 0, 4096), (1, 0, 4096), (2, 1, 100))]}


def key_material():
    stripes = pattern("stripes", 3999 * 32)
    mask = digest("liasse key file slot v1", [stripes])
    secret = pattern("slot secret", 32)
    last = bytes(a ^ b for a, b in zip(mask, secret))
    salt = pattern("salt", 16)
    stretched = Argon2id(salt=salt, length=32, iterations=2, lanes=2, memory_cost=256).derive(
        b"correct horse battery staple")
    half = pattern("half", 32)
    root = derive(stretched, "liasse passphrase root v1", [struct.pack("<Q", 7), half])
    wrapped = wrap(root, 7, b"context", pattern("wrapped", 32), pattern("wrap nonce", 24))
    return {
        "slot": {"last_stripe": last.hex(), "secret": secret.hex()},
        "passphrase": {"text": "correct horse battery staple", "salt": salt.hex(),
                       "memory_kib": 256, "passes": 2, "lanes": 2,
                       "stretched": stretched.hex(),
                       "commitment": derive(
                           stretched, "liasse passphrase commitment v1", []).hex(),
                       "epoch": 7, "half": half.hex(), "root": root.hex()},
        "wrap": {"root": root.hex(), "epoch": 7, "context": b"context".hex(),
                 "secret": pattern("wrapped", 32).hex(), "wrapped": wrapped.hex()},
    }


def digests():
    cases = [("liasse state leaf v1", []), ("d", [b""]), ("d", [b"ab", b"c"]), ("d", [b"abc"])]
    return [{"domain": domain, "parts": [part.hex() for part in parts],
             "digest": digest(domain, parts).hex()} for domain, parts in cases]


def clamp_r(block):
    value = int.from_bytes(block[:16], "little")
    return value & 0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF, int.from_bytes(block[16:], "little")


def stream(key, count):
    cipher = Cipher(algorithms.ChaCha20(key, struct.pack("<I", 0) + bytes(12)), mode=None)
    return cipher.encryptor().update(bytes(count))


def poly_blocks(aad, text):
    data = aad + bytes(-len(aad) % 16) + text + bytes(-len(text) % 16)
    data += struct.pack("<QQ", len(aad), len(text))
    return [data[at : at + 16] for at in range(0, len(data), 16)]


def collide(first, second, aad):
    """A ciphertext of two blocks and one tag that both message keys accept (RFC 8439)."""
    (r1, s1), (r2, s2) = (clamp_r(stream(key, 32)) for key in (first, second))
    for attempt in range(10_000):
        opening = pattern(f"collision {attempt}", 16)
        blocks = poly_blocks(aad, opening + bytes(16))
        free = len(blocks) - 2
        power = len(blocks) - free

        def partial(r):
            total = 0
            for at, block in enumerate(blocks):
                value = 0 if at == free else int.from_bytes(block + b"\x01", "little")
                total = (total + value) * r % P1305
            return total

        slope = (pow(r1, power, P1305) - pow(r2, power, P1305)) % P1305
        for carry in range(-4, 5):
            goal = (s2 - s1 + carry * 2**128 - partial(r1) + partial(r2)) % P1305
            value = goal * pow(slope, -1, P1305) % P1305
            if not 2**128 <= value < 2**129:
                continue
            text = opening + (value - 2**128).to_bytes(16, "little")
            blocks[free] = text[16:]
            tags = []
            for r, s in ((r1, s1), (r2, s2)):
                total = 0
                for block in blocks:
                    total = (total + int.from_bytes(block + b"\x01", "little")) * r % P1305
                tags.append((total + s) % 2**128)
            if tags[0] == tags[1]:
                tag = tags[0].to_bytes(16, "little")
                for key in (first, second):
                    ChaCha20Poly1305(key).decrypt(bytes(12), text + tag, aad)
                return text + tag
    raise SystemExit("no collision found")


def adversarial():
    key, nonce, plain = pattern("a key", 32), pattern("a nonce", 24), b"words of a patient"
    here = place_of()
    good = seal(key, here, plain, nonce)
    out = []

    def record(name, sealed, refused, place=here, with_key=key):
        out.append({"name": name, "kind": "record", "key": with_key.hex(), "place": place,
                    "sealed": sealed.hex(), "expect": refused})

    def flip(at, data=good):
        return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]

    record("control_opens", good, "opens")
    record("aad_swapped_patient", good, "tampered", place_of(row="0000000008"))
    record("aad_swapped_store", good, "tampered", place_of(store=pattern("other", 16).hex()))
    record("aad_swapped_table", good, "tampered", place_of(table="units"))
    record("aad_older_version_replayed", good, "tampered", place_of(version=4))
    record("aad_newer_version_presented", good, "tampered", place_of(version=2))
    record("aad_swapped_codec", good, "tampered", place_of(codec=0))
    record("aad_swapped_dictionary", good, "tampered", place_of(dictionary=1))
    record("aad_row_borrowed_from_table", good, "tampered",
           place_of(table="headsx", row="0000000007"))
    record("key_of_another_patient", good, "wrong_key", with_key=pattern("b key", 32))
    record("nonce_altered", flip(0), "wrong_key")
    record("commitment_altered", flip(24), "wrong_key")
    record("ciphertext_altered", flip(40), "tampered")
    record("tag_altered", flip(len(good) - 1), "tampered")
    record("tag_truncated", good[:-1], "tampered")
    record("tag_missing", good[:-16], "tampered")
    record("ciphertext_extended", good + b"\x00", "tampered")
    record("header_only", good[:40], "truncated")
    record("cut_inside_nonce", good[:10], "truncated")
    record("nothing", b"", "truncated")
    record("zeros", bytes(len(good)), "wrong_key")
    frames_label = seal_raw(key, "liasse frames v1", canonical(here, len(plain)), plain, nonce)
    record("sealed_for_another_purpose", frames_label, "wrong_key")
    future = seal_raw(key, "liasse seal v2", canonical(here, len(plain)), plain, nonce)
    record("record_version_from_the_future", future, "wrong_key")

    other = pattern("b key", 32)
    (first, commitment), (second, other_commitment) = (
        message_key(one, "liasse seal v1", nonce) for one in (key, other))
    both = collide(first, second, canonical(here, 32))
    record("one_ciphertext_for_two_keys_first", nonce + commitment + both, "opens")
    record("one_ciphertext_for_two_keys_second", nonce + commitment + both, "wrong_key",
           with_key=other)
    record("one_ciphertext_for_two_keys_other_commitment", nonce + other_commitment + both,
           "wrong_key")

    out += bodies(key, nonce) + nodes() + top_rows() + page_vectors()
    return out


def bodies(key, nonce):
    place = place_of(table="bodies")
    whole = b"\x01" + seal(key, place, b"a body", nonce)
    framed_body = seal_frames(key, place, b"a body", nonce)
    not_last = seal_raw(key, "liasse frames v1", canonical(place, 0), b"", nonce)[:40]
    message, _ = message_key(key, "liasse frames v1", nonce)
    not_last = b"\x02" + not_last + ChaCha20Poly1305(message).encrypt(
        bytes(12), b"a body", canonical(place, 0))
    cases = [
        ("body_control_opens", whole, "opens"),
        ("body_frames_control_opens", framed_body, "opens"),
        ("body_form_from_the_future", b"\x03" + whole[1:], "unknown_version"),
        ("body_form_swapped", b"\x02" + whole[1:], "wrong_key"),
        ("body_frames_as_whole", b"\x01" + framed_body[1:], "wrong_key"),
        ("body_last_frame_missing", framed_body[:41], "truncated"),
        ("body_last_frame_flag_missing", not_last, "tampered"),
        ("body_frames_tag_truncated", framed_body[:-1], "tampered"),
        ("body_nothing", b"", "truncated"),
    ]
    return [{"name": name, "kind": "body", "key": key.hex(), "place": place,
             "sealed": sealed.hex(), "expect": expect} for name, sealed, expect in cases]


def nodes():
    store, old, new = pattern("store", 16), pattern("old node", 32), pattern("new node", 32)
    lowest = pattern("leaf keys", 64 * 32)
    row = node_seal(old, store, 4, 0, 12, lowest)
    again = node_seal(new, store, 4, 0, 12, lowest)
    # What must never be: one key for two contents of a node. Both open, which is why a key is
    # drawn for each; but what a thief can piece together of the two does not.
    twice = node_seal(new, store, 4, 0, 12, pattern("leaf keys after", 64 * 32))
    xor = bytes(a ^ b for a, b in zip(again, twice))
    half = len(lowest) // 2
    under_one_key = [
        ("second_opens", twice, "opens"),
        ("tags_exchanged", again[:-16] + twice[-16:], "tampered"),
        ("spliced", again[:half] + twice[half:], "tampered"),
        ("spliced_with_the_first_tag", again[:half] + twice[half:-16] + again[-16:], "tampered"),
        ("difference", xor, "tampered"),
        ("tags_added", again[:-16] + xor[-16:], "tampered"),
    ]
    cases = [("node_sealed_twice_under_one_key_" + name, new, 12, sealed, expect)
             for name, sealed, expect in under_one_key]
    cases += [
        ("node_control_opens", new, 12, again, "opens"),
        ("key_node_replayed", new, 12, row, "tampered"),
        ("key_node_moved", new, 13, again, "tampered"),
        ("key_node_of_another_store", new, 12,
         node_seal(new, pattern("other", 16), 4, 0, 12, lowest), "tampered"),
        ("key_node_of_another_grove", new, 12, node_seal(new, store, 4, 1, 12, lowest),
         "tampered"),
        ("key_node_of_another_level", new, 12, node_seal(new, store, 3, 0, 12, lowest),
         "tampered"),
        ("key_node_cut", new, 12, again[:-1], "truncated"),
        ("key_node_too_long", new, 12, again + bytes(32), "truncated"),
        ("key_node_nothing", new, 12, b"", "truncated"),
    ]
    return [{"name": name, "kind": "node", "store": store.hex(), "key": key.hex(), "level": 4,
             "grove": 0, "number": number, "sealed": sealed.hex(), "expect": expect}
            for name, key, number, sealed, expect in cases]


def top_rows():
    store, root = pattern("store", 16), pattern("root", 32)
    nonces = [pattern("top nonce 0", 24), pattern("top nonce 1", 24)]
    groves = [pattern(f"grove {at}", 32) for at in range(4)]
    good = top_row(store, 9, 0, root, pattern("top key", 32), groves, nonces)
    found = top_row(store, 9, 1, root, pattern("top key", 32), groves, nonces)
    hidden = bytes([good[0], 1]) + good[2:]
    unflagged = bytes([found[0], 0]) + found[2:]
    cases = [
        ("top_control_opens", good, "opens"),
        ("top_version_from_the_future", b"\x02" + good[1:], "unknown_version"),
        ("top_staging_from_the_future", good[:1] + b"\x02" + good[2:], "unknown_version"),
        ("top_staging_flag_raised", hidden, "tampered"),
        ("top_staging_flag_cleared", unflagged, "tampered"),
        ("top_epoch_altered", good[:2] + struct.pack("<Q", 8) + good[10:], "not_wrapped_here"),
        ("top_wrap_altered", good[:12] + bytes([good[12] ^ 1]) + good[13:], "not_wrapped_here"),
        ("top_cut_in_wrap", good[:20], "truncated"),
        ("top_cut_in_record", good[:-1], "tampered"),
        ("top_of_another_store", top_row(pattern("other", 16), 9, 0, root,
                                         pattern("top key", 32), groves, nonces),
         "not_wrapped_here"),
    ]
    return [{"name": name, "kind": "top", "store": store.hex(), "root": root.hex(),
             "sealed": sealed.hex(), "expect": expect} for name, sealed, expect in cases]


def page_vectors():
    segment, salt = pattern("segment", 32), pattern("salt", 24)
    key, commitment = file_key(segment, "0a1b.idx", salt)
    header, plain = salt + commitment, pattern("page", 64)
    cases = [
        ("page_control_opens", "0a1b.idx", header, 3, 0, page(key, 3, 0, plain), "opens"),
        ("page_moved", "0a1b.idx", header, 4, 0, page(key, 3, 0, plain), "tampered"),
        ("page_cut_file_ends_early", "0a1b.idx", header, 3, 1, page(key, 3, 0, plain),
         "tampered"),
        ("page_of_another_file", "0a1c.idx", header, 3, 0, page(key, 3, 0, plain), "wrong_key"),
        ("page_salt_altered", "0a1b.idx", bytes(24) + commitment, 3, 0,
         page(key, 3, 0, plain), "wrong_key"),
        ("page_tag_altered", "0a1b.idx", header, 3, 0,
         page(key, 3, 0, plain)[:-1] + b"\x00", "tampered"),
    ]
    return [{"name": name, "kind": "page", "segment": segment.hex(), "file": file,
             "header": head.hex(), "number": number, "last": bool(last),
             "sealed": sealed.hex(), "expect": expect}
            for name, file, head, number, last, sealed, expect in cases]


def write(name, content):
    with open(os.path.join(HERE, name), "w", encoding="ascii") as out:
        json.dump(content, out, indent=1)
        out.write("\n")


write("known_answers.json", {
    "digests": digests(), "records": records(), "frames": frames(), "tree": tree(),
    "file": pages(), "key_material": key_material(),
})
write("adversarial.json", adversarial())
