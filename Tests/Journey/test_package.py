"""An access request across databases that are reached in five ways ends in one package, which opens with both proofs and
with neither alone."""

import contextlib
import io
import json
import re
import sqlite3
import subprocess
import sys
import zipfile

import html5lib
import identities
import pytest
from custodians import example, make_certificate, program, trusting
from files import multipart, pdf
from operators import Custodian, Operator
from people import People, nir_key
from portal import PROJECT, free_port
from pypdf import PdfReader
from targets import PostgreSQLTarget
from traces import Traces
from visitor import BACK, SESSION, Visitor
from waiting import wait_for

ACCESS = {
    "right": "access", "scope": {"kind": "all"}, "capacity": "dataSubject", "language": "fr",
    "contact": {"postal": "1 rue des Essais\n00000 Ville"},
    "subject": {"birthName": "Dubois", "givenNames": ["Angéla"], "birthDate": "1962-08-24", "sex": "F",
                "nir": "2620875107001" + nir_key("2620875107001")},
}
STAYS = "année;séjours\n2019;canari-des-séjours\n"


def written(path, *statements):
    """What a custodian types where the examples keep tasks."""
    connection = sqlite3.connect(path)
    try:
        with connection:
            for statement, *values in statements:
                connection.execute(statement, values)
    finally:
        connection.close()


def task_of(path):
    connection = sqlite3.connect(path)
    try:
        return connection.execute("SELECT id FROM regard_task WHERE answer IS NULL").fetchone()
    except sqlite3.OperationalError:
        return None
    finally:
        connection.close()


@pytest.fixture
def house(make_portal, server, tmp_path):
    """A portal that knows a provider and prints letters, with databases of every kind."""
    with contextlib.ExitStack() as stack:
        def make(engine):
            provider = stack.enter_context(identities.provider())
            portal = make_portal(engine)
            for name in ("letters", "shared"):
                (tmp_path / name).mkdir(mode=0o700)
            certificate, key = make_certificate(tmp_path, "receiver")
            portal.environment |= identities.environment(portal.folder, provider.issuer, portal.origin) | {
                "REGARD_LETTERS": str(tmp_path / "letters"), **trusting(certificate)}
            provider.redirects.add(portal.origin + BACK)
            portal.initialise().start()
            address = f"https://127.0.0.1:{free_port()}/oppositions"
            portal.link("urgences", address)
            stack.enter_context(program(
                "receiver.py", "--database", "urgences", "--address", address, "--key",
                portal.var / "keys" / "connector.pub", "--list", tmp_path / "pushed.sqlite", "--certificate", certificate,
                "--certificate-key", key))
            linked = server.create("linked")
            stack.callback(server.drop, linked)
            portal.link("registre", PostgreSQLTarget(server, linked), "--name", "Registre des essais")
            said = portal.link("clinique", "pull:")
            (tmp_path / "token").write_text(re.search(r"\b[0-9a-f]{64}\b", said)[0] + "\n")
            portal.link("cohorte", f"dir:{tmp_path / 'shared'}")
            portal.link("archive", "manual:")
            portal.link("muette", "manual:")
            return portal, linked

        yield make


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_an_access_ends_in_one_package_that_two_proofs_open(house, server, tmp_path, engine):
    portal, linked = house(engine)
    agent, custodian = Operator(portal, "camille", "agent"), Custodian(portal, "gilles", "archive")
    filed, other = portal.post("/api/v1/requests", ACCESS).json, portal.post(
        "/api/v1/requests", People(count=1)[0].filing(right="access")).json
    reference, path = filed["reference"], f"/api/v1/requests/{filed['reference']}/package"
    agent.act(reference, "identityVerified")
    agent.act(reference, "taskSent", databases=["archive", "clinique", "cohorte", "registre", "urgences"])
    agent.act(reference, "impossible", database="muette", reasons="Sa clé a été détruite.")
    agent.act(other["reference"], "identityVerified")
    agent.act(other["reference"], "taskSent", databases=["cohorte"])

    # By its own tables: words alone.
    wait_for("the database is asked", lambda: server.rows(linked, "SELECT id FROM regard_task") if server.rows(
        linked, "SELECT 1 WHERE to_regclass('regard_task') IS NOT NULL") else None)
    server.run(linked, "UPDATE regard_task SET answer = 'nothingHeld'")

    # By a program that comes: words and a file.
    pulled = tmp_path / "pulled.sqlite"

    def pull():
        process = subprocess.run(
            [sys.executable, str(PROJECT / "examples" / "pull.py"), "--portal", portal.origin, "--database", "clinique",
             "--token-file", str(tmp_path / "token"), "--list", str(pulled), "--once"], capture_output=True, text=True)
        assert process.returncode == 0, process
        return process

    [clinics] = wait_for("the clinic is asked", lambda: (pull(), task_of(pulled))[1])
    # What is not what it is called is refused, and may be answered again.
    written(pulled, ("INSERT INTO regard_task_file VALUES (?, 'a.pdf', 'application/pdf', ?)", clinics, b"no document"),
            ("UPDATE regard_task SET answer = 'done', words = 'Deux lignes.'",))
    assert "422" in pull().stderr
    assert "/files/0" in next(task for task in agent.case(reference)["tasks"] if task["database"] == "clinique")["problem"]
    written(pulled, ("DELETE FROM regard_task_file",),
            ("INSERT INTO regard_task_file VALUES (?, 'séjours.csv', 'text/csv', ?)", clinics, STAYS.encode()))

    # By a folder: of two people.
    ours, shared, kept = portal.var / "keys" / "connector.pub", tmp_path / "shared", tmp_path / "folder.sqlite"

    def exchange():
        process = example("folder.py", "--database", "cohorte", "--folder", shared, "--key", ours, "--list", kept)
        assert process.returncode == 0, process

    asked = wait_for("two tasks lie there", lambda: len(list(shared.glob("tasks/*.json"))) == 2 and list(
        shared.glob("tasks/*.json")))
    exchange()

    # An answer of a database for another case is refused: of another database's task, and under another's id.
    token = {"Authorization": f"Bearer {(tmp_path / 'token').read_text().strip()}"}
    answer = {"format": "regard-task-answer-v1", "database": "clinique", "answer": "done", "words": "À un autre."}
    for file in asked:
        refused = portal.post(f"/api/v1/feeds/clinique/tasks/{file.stem}", {**answer, "id": file.stem}, token)
        assert (refused.status, refused.json["code"]) == (404, "taskUnknown"), refused
        refused = portal.post(f"/api/v1/feeds/clinique/tasks/{clinics}", {**answer, "id": file.stem}, token)
        assert refused.status == 422, refused
    assert "taskCompleted" not in [event["type"] for event in portal.follow(other)["timeline"]]
    pull()
    # Which of the two is whose, the custodian can't tell: each answer goes to the case that its task is of.
    for place, file in enumerate(asked):
        written(kept, ("INSERT INTO regard_task_file VALUES (?, 'r.json', 'application/json', ?)", file.stem,
                       json.dumps({"task": file.stem}).encode()),
                ("UPDATE regard_task SET answer = 'done', words = ? WHERE id = ?", f"Réponse {place}.", file.stem))
    exchange()

    # By a receiver that is pushed to.
    [pushed] = wait_for("the receiver is asked", lambda: task_of(tmp_path / "pushed.sqlite"))
    written(tmp_path / "pushed.sqlite",
            ("INSERT INTO regard_task_file VALUES (?, 'passages.txt', 'text/plain', ?)", pushed, b"Un passage."),
            ("UPDATE regard_task SET answer = 'done' WHERE id = ?", pushed))

    # By hand: a form with a file.
    page = wait_for("the page asks", lambda: (
        lambda text: text if "/operateur/bases/archive/taches/" in text else None)(
            custodian.get("/operateur/bases/archive").text))
    action = re.search(r'action="(/operateur/bases/archive/taches/[0-9a-f]+)"', page)[1]
    body, kind = multipart(("answer", "partly"), ("words", "Une table est fermée."), ("files", "scan.pdf", pdf(2000)))
    sent = portal.send("POST", action, {**custodian._headers(), "Content-Type": kind, "Sec-Fetch-Site": "same-origin",
                                        "Accept": "text/html"}, body)
    assert sent.status == 303 and sent.headers["location"].endswith("notice=answered"), sent

    # Whoever is asked once more is looked at at once, and not only each minute.
    third = portal.post("/api/v1/requests", People(count=1)[0].filing(right="access")).json
    agent.act(third["reference"], "identityVerified")
    agent.act(third["reference"], "taskSent", databases=["cohorte", "registre", "urgences"])
    agent.act(reference, "granted", text="Voici vos données.")
    wait_for("all have answered", lambda: [task["state"] for task in agent.case(reference)["tasks"]] == [
        "answered"] * 5 + ["impossible"])
    wait_for("the package is ready", lambda: portal.follow(filed)["package"]["state"] == "ready")
    wait_for("the request closes by itself", lambda: portal.follow(filed)["state"] == "closed")
    closed = next(event for event in portal.follow(filed)["timeline"] if event["type"] == "closed")
    assert closed["data"] == {"notApplied": ["muette"]}
    assert portal.follow(other)["package"] is None
    held = agent.case(reference)["package"]["names"]
    assert {"dossier.html", "dossier.txt", "dossier.json", "fichiers/clinique-1.csv", "fichiers/archive-1.pdf"} < set(held)

    # One proof alone, or either of them another's: always the same answer.
    bearer, theirs = ({"Authorization": f"Bearer {one['secret']}"} for one in (filed, other))
    visitor = Visitor(portal)
    visitor.arrive("package")
    signed = {"Cookie": f"{SESSION}={visitor.jar[SESSION]}"}
    asking = portal.post(f"{path}/code", {}, bearer)
    assert asking.status == 202 and portal.post(f"{path}/code", {}, theirs).status == 404, asking
    letter = wait_for("the letter is printed", lambda: list((tmp_path / "letters").glob("*.pdf")))[0]
    text = "\n".join(page.extract_text() for page in PdfReader(letter).pages)
    code = {"Package-Code": re.search(r"\b[0-9A-Z]{5}-[0-9A-Z]{5}\b", text)[0]}
    assert "Dubois" in text and "accès" not in text
    refused = [portal.get(path, headers) for headers in (
        bearer, bearer | {"Package-Code": "AAAAA-AAAAA"}, bearer | {"Package-Code": ""}, theirs | code, theirs | signed,
        theirs, bearer | {"Cookie": f"{SESSION}=x"})]
    assert {answer.status for answer in refused} == {404}, refused
    # The same bytes but for the name of each asking.
    assert len({re.sub(rb'"requestId":"[0-9a-f]+"', b"", answer.body) for answer in refused}) == 1, refused
    assert portal.get(path, signed | code).status == 401, "without the secret there is nothing to ask"
    assert portal.follow(filed)["package"]["code"]["triesLeft"] == 4

    # Both, either way.
    for proof, way in ((code, "code"), (signed, "signIn")):
        answer = portal.get(path, bearer | proof)
        assert answer.status == 200 and answer.headers["content-type"] == "application/zip", answer
        assert int(answer.headers["content-length"]) == len(answer.body)
        assert portal.follow(filed)["timeline"][-1]["data"] == {"by": way}
    with zipfile.ZipFile(io.BytesIO(answer.body)) as package:
        assert package.testzip() is None and package.namelist() == held
        said = json.loads(package.read("dossier.json"))
        page, plain = package.read("dossier.html").decode(), package.read("dossier.txt").decode()
        assert package.read("fichiers/clinique-1.csv").decode() == STAYS
        assert package.read("fichiers/archive-1.pdf") == pdf(2000)
        assert package.read("fichiers/urgences-1.txt") == b"Un passage."
        found = {base["id"]: base for base in said["databases"]}
        # The cohort's file is of this very case.
        mine = next(place for place, file in enumerate(asked)
                    if file.stem == json.loads(package.read("fichiers/cohorte-1.json"))["task"])
        assert found["cohorte"]["words"] == f"Réponse {mine}." and f"Réponse {1 - mine}." not in page
    assert [(base, found[base].get("answer")) for base in sorted(found)] == [
        ("archive", "partly"), ("clinique", "done"), ("cohorte", "done"), ("muette", None), ("registre", "nothingHeld"),
        ("urgences", "done")]
    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    parser.parse(page)
    assert parser.errors == [] and "<script" not in page and "http:" not in page.replace(portal.origin, "")
    for words in ("Deux lignes.", "Une table est fermée.", "Sa clé a été détruite.", "Voici vos données.",
                  "Registre des essais", "séjours.csv"):
        assert words in page and words in plain, words
    assert "rien trouvé à votre sujet" in page and "Réponse à votre demande d’accès" in plain

    # Nothing of it lies in the clear.
    portal.kill()
    search = Traces().of_word("the clinic's file", "canari-des-séjours").of_word("the code", code["Package-Code"])
    assert portal.traces(search) == []
