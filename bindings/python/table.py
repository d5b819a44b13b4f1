"""A dossier and its data points as pyarrow.Tables. usage: table.py EMPTY-FOLDER"""

import sys

import liasse
from documents import PATIENT, document, laboratory


def main(folder: str) -> None:
    key = f"{folder}/root.key"
    liasse.key_file_create(key)
    with liasse.Engine.create(f"{folder}/store", key) as engine:
        with engine.session("899900000001", "medecin", liasse.PURPOSE_CARE) as session:
            session.deposit(document("1", "Consultation", "Toux depuis trois jours."),
                            liasse.ABSENT_OPEN)
            session.deposit(document("2", "Suivi", "La fi\u00e8vre a baiss\u00e9."))
            table = session.entries_table(PATIENT)
            session.deposit(laboratory())
            points = session.points_table(PATIENT)
    print(f"{table.num_rows} rows of {table.num_columns} columns")
    table.validate(full=True)
    for row in table.to_pylist():
        print(f"{row['title']}, {row['size']} bytes, {row['creation_time']}")
    print(f"{points.num_rows} data points, {points.column('at').null_count} without a time")
    points.validate(full=True)
    for row in points.to_pylist():
        told = "not " if row["negated"] else ""
        print(f"{row['code']}: {told}{row['value']}{row['unit']}, {row['at']}")


main(sys.argv[1])
