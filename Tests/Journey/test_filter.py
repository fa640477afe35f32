"""The release gate: `list-export`, `pseudonymize`, `filter`, certificates. Real processes, beside a server and alone."""

import gzip
import hashlib
import json
import shutil
import subprocess
from datetime import datetime, timedelta, timezone

import pytest
import signed_list
from operators import Operator
from people import People
from targets import SQLiteTarget
from waiting import wait_for

PROJECT = {"reference": "P-COHORTE", "title": {"fr": "Cohorte"}, "summary": {"fr": "Une cohorte."}, "status": "active",
           "controllers": [{"name": "CHU de Brest"}], "datasets": ["sejours"]}
OTHER = {**PROJECT, "reference": "P-AUTRE"}
ELSEWHERE = {**PROJECT, "reference": "P-AILLEURS", "datasets": ["ailleurs"]}


@pytest.fixture(params=["sqlite", "postgresql"])
def gate(request, make_portal, tmp_path):
    """A portal that serves, with one linked database that two projects use."""
    engine = request.param
    return Gate(make_portal(engine).initialise().start(), tmp_path)


class Gate:
    def __init__(self, portal, folder):
        self.portal, self.folder = portal, folder
        portal.link("hopital", SQLiteTarget(folder / "hopital.sqlite"), "--datasets", "sejours", "--name", "Hôpital")
        lines = "".join(json.dumps(project) + "\n" for project in (PROJECT, OTHER, ELSEWHERE))
        assert portal.run("import", "projects", "-", stdin=lines).returncode == 0
        self.keys = portal.var / "keys"
        self.key = self.keys / "database-hopital.key"

    def pseudonym(self, person):
        return signed_list.pseudonym(self.key, person.canonical)

    def file(self, person, scope=None):
        answer = self.portal.post("/api/v1/requests", person.filing(scope=scope or {"kind": "all"}))
        assert answer.status == 201, answer
        return answer.json

    def filter(self, cohort, *arguments, project="P-COHORTE", **options):
        """Runs the gate on bytes; the process with what it wrote as bytes."""
        chosen = ["--project", project] if project else []
        return self.run("filter", "--database", "hopital", *chosen, *arguments, stdin=cohort, **options)

    def run(self, *arguments, stdin=b"", environment=None, folder=None):
        return subprocess.run(
            [self.portal.program, *map(str, arguments)], cwd=folder or self.folder, input=stdin, capture_output=True,
            env={**self.portal.environment, **(environment or {})}, timeout=300)

    def left(self):
        """What the gate has left in the folder."""
        return sorted(path.name for path in self.folder.iterdir() if "sqlite" not in path.name)


def rows(pseudonyms):
    return "".join(pseudonym + "\n" for pseudonym in pseudonyms).encode()


def test_an_extraction_passes_without_those_who_opted_out(gate):
    portal, people = gate.portal, People(count=30)
    everything = gate.file(people[0])
    gate.file(people[1], {"kind": "projects", "ids": ["P-COHORTE"]})
    gate.file(people[2], {"kind": "projects", "ids": ["P-AUTRE"]})
    gate.file(people[3], {"kind": "databases", "ids": ["hopital"]})
    back = gate.file(people[4])
    portal.withdraw(back)
    cohort = [gate.pseudonym(person) for person in people]
    assert gate.pseudonym(people[0]) in rows(cohort).decode()

    # At once: nothing waits for the hub, and the list waits for the sequencer.
    process = gate.filter(rows(cohort), "--output", "kept.txt")
    assert process.returncode == 0, process.stderr
    kept = [pseudonym for index, pseudonym in enumerate(cohort) if index not in (0, 1, 3)]
    assert (gate.folder / "kept.txt").read_bytes() == rows(kept)
    assert process.stdout == b""
    assert gate.left() == ["kept.txt", "kept.txt.auditor.json", "kept.txt.certificate.json"]

    # Another project, and none: whoever has opted out of anything that the database is told of.
    process = gate.filter(rows(cohort), project="P-AUTRE")
    assert process.stdout == rows(pseudonym for index, pseudonym in enumerate(cohort) if index not in (0, 2, 3))
    process = gate.filter(rows(cohort), project=None)
    assert process.stdout == rows(cohort[4:])
    assert b"certificate" in process.stderr

    # The certificates: signed, checked by others, and the public one without a count under eleven.
    gate_key = signed_list.key_bytes(gate.keys / "gate.pub")
    auditor = json.loads((gate.folder / "kept.txt.auditor.json").read_text())
    exact = signed_list.verify_certificate(auditor, gate_key)
    assert (exact["rowsIn"], exact["rowsOut"], exact["personsRemoved"]) == (30, 27, 3)
    assert exact["inputDigest"] == hashlib.sha256(rows(cohort)).hexdigest()
    public = json.loads((gate.folder / "kept.txt.certificate.json").read_text())
    shown = signed_list.verify_certificate(public, gate_key)
    assert (shown["rowsIn"], shown["personsRemoved"]) == (22, 0) and exact["public"] == public
    assert "rowsOut" not in shown and "inputDigest" not in shown and "salt" not in shown
    assert shown["outputDigest"] == hashlib.sha256(rows(kept)).hexdigest()
    commitment = hashlib.sha256((exact["salt"] + exact["inputDigest"]).encode()).hexdigest()
    assert shown["inputCommitment"] == commitment

    # Registered, and shown to the public on the project's page and in the API.
    listed = wait_for("the certificate is published", lambda: [
        item for item in portal.get("/api/v1/projects/P-COHORTE/releases").json["certificates"]])
    assert listed == [public]
    assert portal.get(f"/api/v1/certificates/{shown['id']}").json == public
    assert portal.get("/api/v1/certificates/unknown").status == 404
    page = portal.get("/projets/P-COHORTE", {"Accept": "text/html"}).text
    assert "Extractions contrôlées" in page and "Moins de 11 personnes" in page and shown["id"] in page
    assert "Checked extractions" in portal.get("/en/projects/P-COHORTE", {"Accept": "text/html"}).text

    # The exact counts are the auditors' alone, and each look is kept.
    address = f"/api/v1/operator/certificates/{shown['id']}"
    assert portal.get(address).status == 401
    assert Operator(portal, "ana", "agent").sign_in().get(address).status == 403
    reader = Operator(portal, "aude", "auditor").sign_in()
    assert reader.get(address).json == auditor
    assert reader.get("/api/v1/operator/certificates/unknown").status == 404

    # Checked by whoever has the public key, in a folder of their own.
    shutil.copy(gate.keys / "gate.pub", gate.folder / "gate.pub")
    for name in ("kept.txt.certificate.json", "kept.txt.auditor.json"):
        process = gate.run("verify", "certificate", name, "--key", "gate.pub", "--data", "kept.txt",
                           environment={"REGARD_KEYS": "nowhere"})
        assert process.returncode == 0, process.stderr
    (gate.folder / "kept.txt").write_bytes(rows(kept[1:]))
    process = gate.run("verify", "certificate", "kept.txt.certificate.json", "--key", "gate.pub", "--data", "kept.txt")
    assert process.returncode == 1 and b"is not what it certifies" in process.stderr
    altered = (gate.folder / "kept.txt.certificate.json").read_text().replace('"rowsIn":22', '"rowsIn":33')
    (gate.folder / "altered.json").write_text(altered)
    assert gate.run("verify", "certificate", "altered.json", "--key", "gate.pub").returncode == 1

    # A withdrawal counts from the next run on.
    portal.withdraw(everything)
    process = gate.filter(rows(cohort))
    assert process.stdout == rows(pseudonym for index, pseudonym in enumerate(cohort) if index not in (1, 3))
    portal.kill()
    looks = portal.stored("SELECT actor, subject FROM audit_event WHERE act = 'certificate.read'")
    assert [list(look) for look in looks] == [["aude", shown["id"]]]


def test_the_gate_works_offline_with_a_signed_list(gate):
    portal, people = gate.portal, People(count=40)
    for person in people:
        if int(person.nir13[-1]) % 2:
            gate.file(person)
    out = [person for person in people if int(person.nir13[-1]) % 2]
    portal.command("database", "list-export", "hopital", "--output", str(gate.folder / "list"))
    header, projects, records = signed_list.read(gate.folder / "list", signed_list.key_bytes(gate.keys / "lists.pub"))
    assert projects == ["P-AUTRE", "P-COHORTE"] and header["database"] == "hopital"
    assert records == sorted((gate.pseudonym(person), 0) for person in out)
    assert header["pseudonyms"] == header["records"] == len(out) == header["position"]

    # Elsewhere: a folder with the key that verifies lists and the one that signs certificates, and nothing else.
    alone = gate.folder / "alone"
    (alone / "keys").mkdir(parents=True, mode=0o700)
    for name in ("lists.pub", "gate.key"):
        shutil.copy(gate.keys / name, alone / "keys" / name)
    elsewhere = {"REGARD_DATABASE": str(alone / "none.sqlite"), "REGARD_KEYS": str(alone / "keys"),
                 "REGARD_RESOURCES": str(alone)}
    shutil.copy(gate.folder / "list", alone / "list")
    shutil.copy(gate.key, alone / "key")
    identities = "sexe;birthDate;nir;sex\n".encode() + b"".join(
        f"é;{person.birth_date};{person.nir};{person.sex}\n".encode() for person in people)
    process = gate.filter(gzip.compress(identities), "--list", "list", "--key", "key", "--output", "kept.csv.gz",
                          environment=elsewhere, folder=alone)
    assert process.returncode == 0, process.stderr
    assert b"regard import certificates" in process.stderr
    kept = gzip.decompress((alone / "kept.csv.gz").read_bytes())
    assert kept.splitlines() == [
        line for index, line in enumerate(identities.splitlines()) if index == 0 or people[index - 1] not in out]
    auditor = json.loads((alone / "kept.csv.gz.auditor.json").read_text())["certificate"]
    assert (auditor["rowsIn"], auditor["rowsOut"]) == (40, 20)
    assert auditor["outputDigest"] == hashlib.sha256(kept).hexdigest()

    # The same persons as pseudonyms.
    process = gate.run("pseudonymize", "--key", "key", stdin=identities, environment=elsewhere, folder=alone)
    assert process.returncode == 0, process.stderr
    assert process.stdout == rows(gate.pseudonym(person) for person in people)

    # Registered afterwards; what was altered, or signed by another, is not.
    certificate = alone / "kept.csv.gz.auditor.json"
    assert portal.get("/api/v1/projects/P-COHORTE/releases").json["certificates"] == []
    assert "1 added" in portal.command("import", "certificates", str(certificate))
    assert "1 known" in portal.command("import", "certificates", str(certificate))
    listed = wait_for("it is published",
                      lambda: portal.get("/api/v1/projects/P-COHORTE/releases").json["certificates"])
    assert [item["certificate"]["personsRemoved"] for item in listed] == [11]
    certificate.write_text(certificate.read_text().replace('"rowsOut":20', '"rowsOut":21'))
    process = portal.run("import", "certificates", str(certificate))
    assert process.returncode == 1 and "altered" in process.stderr


def test_nothing_passes_a_gate_that_can_not_be_sure(gate):
    people = People(count=3)
    gate.file(people[0])
    cohort = rows(gate.pseudonym(person) for person in people)
    gate.portal.command("database", "list-export", "hopital", "--output", str(gate.folder / "list"))
    whole = (gate.folder / "list").read_bytes()

    def refuses(*arguments, cohort=cohort, saying=b"", project="P-COHORTE", status=3, environment=None):
        for output in ([], ["--output", "kept"]):
            process = gate.filter(cohort, *arguments, *output, project=project, environment=environment)
            assert process.returncode == status, process
            assert saying in process.stderr, process.stderr
            assert (b"void" in process.stderr) == (not output), process.stderr
            assert people[0].nir13.encode() not in process.stderr
            assert gate.pseudonym(people[0]).encode() not in process.stderr
        assert [name for name in gate.left() if name not in ("list", "damaged")] == []

    # The list: of another key, altered, cut, too old, of another database; a project that it does not know.
    for damaged in (whole[:-1], whole + b"\0", whole[:5000] and whole[:-1] + bytes([whole[-1] ^ 1]),
                    whole.replace(b"hopital", b"hopitam", 1), b""):
        (gate.folder / "damaged").write_bytes(damaged)
        refuses("--list", "damaged", saying=b"The list can't be used" if damaged else b"cut short")
    refuses("--list", "list", project="P-AILLEURS", saying=b"it knows no project P-AILLEURS")
    refuses("--list", "none", saying=b"open failed", status=1)
    other = gate.run("filter", "--database", "autre", "--list", "list", stdin=cohort)
    assert other.returncode == 3 and b"list of hopital" in other.stderr
    unlinked = gate.run("filter", "--database", "autre", stdin=cohort)
    assert unlinked.returncode == 3, unlinked

    # The cohort.
    refuses(cohort=b"", saying=b"empty")
    refuses(cohort=cohort + b"\n", saying=b"Line 4")
    refuses(cohort=cohort + people[0].nir13.encode() + b"\n", saying=b"Line 4")
    refuses(cohort=cohort.replace(b"\n", b"\r\n", 1), saying=b"Line 2")
    refuses(cohort=cohort + b"\0\n", saying=b"NUL")
    refuses(cohort=cohort + b"f" * 10_000_000 + b"\n", saying=b"Line 4")
    refuses(cohort=cohort.decode().encode("utf-16"), saying=b"UTF-16")
    refuses("--column", "pseudonyme", cohort=b"a,b\n1,2\n", saying="none is named “pseudonyme”".encode())
    refuses("--column", "b", cohort=b"a,b\n1,\n", saying="Line 2, column 2 (“b”)".encode())
    refuses("--column", "3", cohort=b"a,b\n", saying=b"no column 3")
    refuses(cohort=gzip.compress(cohort * 1000)[:-20], saying=b"gzip")

    # The keys: another database's, or none to sign with.
    shutil.copy(gate.keys / "totp.key", gate.folder / "damaged")
    refuses("--key", "damaged", saying=b"is not the key that its name says")
    (gate.keys / "gate.key").rename(gate.keys / "gate.away")
    refuses("--list", "list", saying=b"gate.key is missing")
    (gate.keys / "gate.away").rename(gate.keys / "gate.key")

    # What was there before stays as it was, and no device is replaced.
    (gate.folder / "kept").write_bytes(b"before")
    assert gate.filter(cohort + b"x\n", "--output", "kept").returncode == 3
    assert (gate.folder / "kept").read_bytes() == b"before"
    assert gate.filter(cohort, "--output", "/dev/full").returncode == 1
    assert gate.filter(cohort, "--output", "kept").returncode == 0
    assert (gate.folder / "kept").read_bytes() == b"".join(cohort.splitlines(keepends=True)[1:])


def test_a_list_is_used_as_long_as_its_signer_allows(gate):
    people = People(count=2)
    gate.file(people[0])
    cohort = rows(gate.pseudonym(person) for person in people)
    gate.portal.command("database", "list-export", "hopital", "--output", str(gate.folder / "list"))
    header, _, _ = signed_list.read(gate.folder / "list", signed_list.key_bytes(gate.keys / "lists.pub"))
    assert header["maximumAge"] == 24 * 3600
    now = datetime.now(timezone.utc)
    assert now - timedelta(minutes=2) < datetime.fromisoformat(header["completeAsOf"]) <= now
    for hours, status in ((0, 0), (23.9, 0), (24.1, 3), (9000, 3), (-0.5, 3)):
        moment = (now - timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")
        signed_list.sign_again(gate.folder / "list", gate.keys / "lists.key", completeAsOf=moment)
        process = gate.filter(cohort, "--list", "list", "--output", "kept")
        assert process.returncode == status, process.stderr
        if status:
            assert b"old" in process.stderr or b"future" in process.stderr
    # Nor one that whoever signs certificates has signed.
    signed_list.sign_again(gate.folder / "list", gate.keys / "gate.key", completeAsOf=now.strftime("%Y-%m-%dT%H:%M:%SZ"))
    assert gate.filter(cohort, "--list", "list").returncode == 3
