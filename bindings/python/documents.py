"""The documents that the programs here deposit."""

import json

PATIENT = "299999999999945@1.2.250.1.213.1.4.10"


def document(number: str, title: str, text: str) -> bytes:
    matricule, oid = PATIENT.split("@")
    return json.dumps({
        "liasse_document": 1,
        "unique_id": f"1.2.250.1.213.1.1.9999^{number}",
        "type": {"code": "11488-4"},
        "title": title,
        "creation_time": f"2026-01-0{number}T12:00:00Z",
        "text": text,
        "authors": [{"id": "1.2.250.1.71.4.2.1^899900000001", "person": {"family": "SPECIMEN"}}],
        "patient": {"ins": {"matricule": matricule, "oid": oid}},
    }).encode()


def laboratory() -> bytes:
    """A CDA document with coded values."""
    matricule, oid = PATIENT.split("@")
    def observation(code: str, value: str, more: str = "") -> str:
        return (f'<entry><observation moodCode="EVN" {more}><code code="{code}"/>'
                f'{value}</observation></entry>')
    return f"""<ClinicalDocument xmlns="urn:hl7-org:v3">
<id root="1.2.250.1.999.7.1" extension="LAB-1"/>
<code code="11502-2" codeSystem="2.16.840.1.113883.6.1"/><title>Biologie</title>
<effectiveTime value="20260114"/><confidentialityCode code="N"/><languageCode code="fr-FR"/>
<recordTarget><patientRole><id root="{oid}" extension="{matricule}"/></patientRole></recordTarget>
<author><time value="20260114"/><assignedAuthor>
<id root="1.2.250.1.71.4.2.1" extension="899900000001"/></assignedAuthor></author>
<component><structuredBody><component><section><title>Bilan</title><text>HbA1c 6,5 %</text>
{observation("4548-4", '<effectiveTime value="20260113"/><value value="6.5" unit="%"/>')}
{observation("48765-2", '<value code="91936005"/>', 'negationInd="true"')}
</section></component></structuredBody></component></ClinicalDocument>""".encode()
