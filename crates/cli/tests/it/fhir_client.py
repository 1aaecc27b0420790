# What a program written with fhirpy does: create, search, update, notice a conflict, history, transaction.
import sys
from fhirpy import SyncFHIRClient
from fhirpy.base.exceptions import MultipleResourcesFound, ResourceNotFound

base, token = sys.argv[1:3]
client = SyncFHIRClient(base, authorization=f"Bearer {token}")

patient = client.resource(
    "Patient", name=[{"use": "official", "family": "Zwingelstein", "given": ["Ombeline"]}],
    birthDate="1957-03-28", gender="female", identifier=[{"system": "urn:oid:1.2.3", "value": "7"}])
patient.save()
assert patient.id and patient["meta"]["versionId"] == "1"

found = client.resources("Patient").search(name="zwing", birthdate="1957-03-28").fetch_all()
assert [p.id for p in found] == [patient.id]
assert client.resources("Patient").search(identifier="urn:oid:1.2.3|7").count() == 1

patient["gender"] = "other"
patient.save()
read = client.reference("Patient", patient.id).to_resource()
assert read["gender"] == "other" and read["meta"]["versionId"] == "2"

# A program that read an older version is told so.
try:
    client._do_request("put", f"Patient/{patient.id}", data=read.serialize(), extra_headers={"If-Match": 'W/"1"'})
    raise SystemExit("the conflict went unseen")
except MultipleResourcesFound as told:  # its word for every 412
    assert '"code":"conflict"' in str(told), told
history = client.execute(f"Patient/{patient.id}/_history", method="get")
assert [e["resource"]["meta"]["versionId"] for e in history["entry"]] == ["2", "1"]

subject = "urn:uuid:11111111-1111-4111-8111-111111111111"
answer = client.execute("", method="post", data={
    "resourceType": "Bundle", "type": "transaction", "entry": [
        {"fullUrl": subject, "request": {"method": "POST", "url": "Patient"},
         "resource": {"resourceType": "Patient", "name": [{"family": "Autre"}]}},
        *({"request": {"method": "POST", "url": "Observation"},
           "resource": {"resourceType": "Observation", "status": "final", "subject": {"reference": subject},
                        "code": {"coding": [{"system": "http://loinc.org", "code": "8302-2"}]},
                        "effectiveDateTime": f"2020-01-{day:02}",
                        "valueQuantity": {"value": 160 + day, "unit": "cm"}}} for day in range(1, 8)),
    ]})
assert all(e["response"]["status"].startswith("201") for e in answer["entry"])
other = answer["entry"][0]["response"]["location"].split("/")[1]
heights = client.resources("Observation").search(
    patient=other, code="http://loinc.org|8302-2", date__ge="2020-01-03").sort("-date").limit(2)
values = [o["valueQuantity"]["value"] for o in heights.fetch_all()]
assert values == [167, 166, 165, 164, 163], values
first = heights.first()
first.delete()
try:
    client.reference("Observation", first.id).to_resource()
    raise SystemExit("what was deleted is still there")
except ResourceNotFound:
    pass
everything = client.execute(f"Patient/{other}/$everything", method="get")
assert everything["total"] == 7, everything["total"]
print("fhirpy: all done")
