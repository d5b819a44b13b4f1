"""Passes every text that the wrapper takes with a NUL inside; each is refused.

usage: nuls.py EMPTY-FOLDER
"""

import sys

import liasse

NUL = "a\0b"
key, store = sys.argv[1] + "/key", sys.argv[1] + "/store"
liasse.key_file_create(key)
with liasse.Engine.create(store, key) as engine:
    with engine.session("899900000001", "medecin", liasse.PURPOSE_CARE) as session:
        tried = [
            lambda: liasse.key_file_create(NUL),
            lambda: liasse.Engine.create(NUL, key),
            lambda: liasse.Engine.create(store, NUL),
            lambda: liasse.Engine.open(NUL, key),
            lambda: engine.session(NUL, "medecin", liasse.PURPOSE_CARE),
            lambda: engine.session("899900000001", NUL, liasse.PURPOSE_CARE),
            lambda: session.entries(NUL),
            lambda: session.ask(NUL),
        ]
        refused = 0
        for call in tried:
            try:
                call()
            except ValueError:
                refused += 1
        print(refused, "texts with a NUL were refused")
