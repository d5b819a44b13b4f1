"""A tour in Python: prints the lines of the tour in C. usage: tour.py EMPTY-FOLDER"""

import json
import sys

import liasse
from documents import PATIENT, document


def deposit(session: liasse.Session, given: bytes) -> liasse.Id:
    made, outcome = session.deposit(given, liasse.ABSENT_OPEN)
    print("deposited:", "kept" if outcome == liasse.OUTCOME_KEPT else "already there")
    return made


def main(folder: str) -> None:
    print("liasse", liasse.version())
    key = f"{folder}/root.key"
    liasse.key_file_create(key)
    with liasse.Engine.create(f"{folder}/store", key) as engine:
        with engine.session("899900000001", "medecin", liasse.PURPOSE_CARE) as session:
            first = deposit(session, document("1", "Consultation", "Toux depuis trois jours."))
            deposit(session, document("2", "Suivi", "La fi\u00e8vre a baiss\u00e9."))
            deposit(session, document("1", "Consultation", "Toux depuis trois jours."))
            for entry in session.entries(PATIENT):
                print(f"{entry.title}, {entry.author}, {entry.size} bytes, {entry.creation_time}")
            question = {"query": "fievre", "patient": PATIENT, "facets": ["type"]}
            answer = session.ask(json.dumps(question), liasse.FORM_JSON)
            for hit in answer.hits:
                print(f"found: {hit.snippet}, at byte {hit.highlights[0][0]}")
            for facet, group, documents in answer.counts:
                print(f"{facet} {group}: {documents}")
            print("fetched:", session.fetch(first).decode())
        with engine.session("899900000002", "medecin", liasse.PURPOSE_CARE) as other:
            try:
                other.fetch(first)
            except liasse.Error as refused:
                print(f"another: {refused.code_name}, {refused}")
    print("closed")


sys.stdout.reconfigure(encoding="utf-8")
main(sys.argv[1])
