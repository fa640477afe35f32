"""Custodians' receivers and folders, and the programs of `examples/`, against a portal that serves."""

import contextlib
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest
from custodians import EXAMPLES, example, make_certificate, trusting
from people import People
from portal import PROJECT, binary, free_port
from targets import SQLiteTarget
from test_full_disk import fill, small_disk
from waiting import wait_for

sys.path.insert(0, str(EXAMPLES))

from optouts import OptOuts, public_key  # noqa: E402
from receiver import Receiver, make_server  # noqa: E402


class Faulty(Receiver):
    """The example, which answers requests of one method wrongly and then applies nothing."""

    fault = None
    applied = None

    def answer(self, status, document=None):
        if status == 200 and self.command == "POST":
            self.applied.append(document["position"])
        super().answer(status, document)

    def serve(self, body):
        method, fault = type(self).fault or (None, None)
        if method != self.command:
            return super().serve(body)
        if method == "GET":
            optouts = OptOuts(self.list_path)
            truth = optouts.acknowledgement()
            optouts.close()
        else:
            header = json.loads(body.split(b"\n")[0])
            truth = {name: header[name] for name in ("database", "list", "incarnation")}
            truth |= {"format": "regard-acknowledgement-v1", "position": header["to"], "rejected": []}
        FAULTS[fault][0](self, truth)

    def say(self, truth, **members):
        Receiver.answer(self, 200, {**truth, **members})

    def say_bytes(self, body, length=None, every=0):
        self.send_response(200)
        self.send_header("Content-Length", str(length or len(body)))
        self.end_headers()
        with contextlib.suppress(OSError):
            for piece in [bytes([byte]) for byte in body] if every else [body]:
                self.wfile.write(piece)
                self.wfile.flush()
                time.sleep(every)
        self.close_connection = True

    def redirect(self):
        self.send_response(307)
        self.send_header("Location", self.address)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


# What is wrong, and what operators read.
FAULTS = {
    "an earlier position": (lambda self, truth: self.say(truth, position=truth["position"] - 1), "and not at"),
    "a replayed answer": (lambda self, truth: self.say(truth, position=1), "and not at"),
    "the future": (lambda self, truth: self.say(truth, position=truth["position"] + 1000), "and not at"),
    "another database": (lambda self, truth: self.say(truth, database="autre"), "another database"),
    "another list": (lambda self, truth: self.say(truth, list="0" * 32), "another key"),
    "another ledger": (lambda self, truth: self.say(truth, incarnation="0" * 32), "another ledger"),
    "a rejection of what was not sent": (
        lambda self, truth: self.say(truth, rejected=[{"position": 999, "reason": "?"}]), "not in the batch"),
    "half an answer": (lambda self, truth: self.say_bytes(json.dumps(truth).encode()[:80], 300), "breaks off"),
    "half a document": (lambda self, truth: self.say_bytes(json.dumps(truth).encode()[:80]), "no JSON"),
    "a page": (lambda self, truth: self.say_bytes(b"<html>OK"), "no JSON"),
    "an answer without an end": (lambda self, truth: self.say(truth, note="x" * (2 << 20)), "longer than"),
    "a byte a second": (lambda self, truth: self.say_bytes(json.dumps(truth).encode(), every=1), "in time"),
    "500": (lambda self, truth: Receiver.answer(self, 500), "answers 500"),
    "a redirect": (lambda self, truth: self.redirect(), "redirect (307)"),
}


class House:
    """A portal with one receiver of a custodian's, in this process, over TLS."""

    def __init__(self, make_portal, engine, folder):
        self.folder = folder
        self.trusted = make_certificate(folder, "trusted")
        self.portal = make_portal(engine, environment={
            **trusting(self.trusted[0]), "REGARD_CONNECTORS_SECONDS": "2"}).initialise().start()
        self.port = free_port()
        self.address = f"https://127.0.0.1:{self.port}/oppositions"
        self.list = SQLiteTarget(folder / "list.sqlite")
        self.handler = type("Handler", (Faulty,), {
            "database": "clinique", "address": self.address, "list_path": self.list.path, "applied": [],
            "key": public_key(self.portal.var / "keys" / "connector.pub")})
        self.server = None

    def serve(self, certificate=None):
        self.stop()
        self.server = make_server(self.handler, ("127.0.0.1", self.port), *(certificate or self.trusted))
        self.server.handle_error = lambda *_: None
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self):
        if self.server:
            self.server.shutdown()
            self.server.server_close()
            self.server = None

    def linked(self):
        return next(item for item in json.loads(self.portal.command("database", "list", "--json"))
                    if item["id"] == "clinique")


@pytest.fixture(params=["sqlite", "postgresql"])
def house(request, make_portal, tmp_path):
    house = House(make_portal, request.param, tmp_path)
    house.serve()
    yield house
    house.stop()


def test_what_a_receiver_answers_wrongly_confirms_nothing_and_mends_itself(house):
    said = house.portal.link("clinique", house.address)
    assert "connector.pub" in said
    people = People(count=30)
    filed = [house.portal.file(people[0])]
    wait_for("the first is confirmed", lambda: house.linked()["position"] == 1)

    @contextlib.contextmanager
    def answering(method, fault):
        house.handler.fault = method, fault
        yield
        house.handler.fault = None

    @contextlib.contextmanager
    def untrusted():
        house.serve(make_certificate(house.folder, "untrusted"))
        yield
        house.serve()

    @contextlib.contextmanager
    def away():
        house.stop()
        yield
        house.serve()

    @contextlib.contextmanager
    def another_key():
        key, house.handler.key = house.handler.key, public_key(house.portal.var / "keys" / "gate.pub")
        yield
        house.handler.key = key

    faults = [(f"{fault} to {method}", lambda method=method, fault=fault: answering(method, fault), FAULTS[fault][1])
              for method, some in [("POST", FAULTS), ("GET", ["the future", "half an answer", "a redirect", "500"])]
              for fault in some]
    faults += [("an untrusted certificate", untrusted, "certificate is not trusted"),
               ("nobody there", away, "can't be reached"), ("another key", another_key, "signature (401)")]
    for name, fault, words in faults:
        with fault():
            filed.append(house.portal.file(people[len(filed)]))
            failure = wait_for(f"{name} is said", lambda: house.linked().get("failure"))
            assert words in failure, f"{name}: {failure}"
            assert house.linked()["position"] == len(filed) - 1, name
        wait_for(f"{name} is over", lambda: house.linked()["position"] == len(filed))
        assert house.linked().get("failure") is None
    assert len(house.list.rows()) == len(filed)
    assert sorted(house.handler.applied) == sorted(set(house.handler.applied)), "a batch was applied twice"
    # Nobody else is listened to.
    import ssl
    import urllib.error
    import urllib.request
    context = ssl.create_default_context(cafile=str(house.trusted[0]))
    for body in (None, b"{}"):
        with pytest.raises(urllib.error.HTTPError, match="401"):
            urllib.request.urlopen(house.address, data=body, context=context, timeout=10)


def test_only_a_host_that_is_allowed_can_be_linked(make_portal):
    portal = make_portal("sqlite").initialise()
    for address in ("https://receiver.example/", "https://127.0.0.1/"):
        process = portal.run("database", "add", "clinique", "--connector", address)
        assert process.returncode == 2 and "connectors.allowedHosts" in process.stderr, process
    process = portal.run("database", "add", "clinique", "--connector", "http://receiver.example/")
    assert process.returncode == 2, process


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_a_full_folder_is_said_and_survived(make_portal, tmp_path, engine):
    portal = make_portal(engine).initialise().start()
    with small_disk(megabytes=1) as disk:
        portal.link("clinique", f"dir:{disk}")
        people = People(count=3)

        def linked():
            return json.loads(portal.command("database", "list", "--json"))[0]

        def take():
            process = example("folder.py", "--database", "clinique", "--folder", disk, "--key",
                              portal.var / "keys" / "connector.pub", "--list", tmp_path / "list.sqlite")
            assert process.returncode == 0, process.stderr

        portal.file(people[0])
        wait_for("the first batch is there", lambda: Path(disk, "batches", "1-1.manifest.json").exists())
        take()
        wait_for("it is confirmed", lambda: linked()["position"] == 1)
        fill(disk)
        portal.file(people[1])
        failure = wait_for("the full disk is said", lambda: linked().get("failure"))
        assert "No space left on device" in failure and "/batches/1-2.csv" in failure, failure
        assert sorted(os.listdir(Path(disk, "batches"))) == ["1-1.csv", "1-1.manifest.json"]
        os.remove(Path(disk, "ballast"))
        wait_for("the second batch is there", lambda: Path(disk, "batches", "1-2.manifest.json").exists())
        take()
        wait_for("it is confirmed", lambda: linked()["position"] == 2)
        assert linked().get("failure") is None
        assert len(SQLiteTarget(tmp_path / "list.sqlite").in_force()) == 2
        portal.kill()


def test_pseudonymisers_agree_with_regard_and_the_guide(server, tmp_path):
    key = tmp_path / "database-hospital.key"
    key.write_text("regard-key-v1 database-hospital symmetric AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n")
    key.chmod(0o600)
    vectors = {"1850578006084|19850515|1": "f220636d9cc33454e58efce640fb6d198a67f930958fb480b543b74736055bc7",
               "2690549588157|19690501|2": "d55098a17529c28679977ec4f9212490c460cb793e9000aceda7e390fd0cc705"}
    guide = (PROJECT / "docs" / "custodians.md").read_text()
    for identity, pseudonym in vectors.items():
        assert identity in guide and pseudonym in guide
    identities = [*vectors, *(person.canonical for person in People(count=200))]
    ours = subprocess.run([binary(), "pseudonymize", "--key", key], input="\n".join(identities) + "\n", text=True,
                          capture_output=True, check=True, timeout=60).stdout.split()
    assert ours[:2] == list(vectors.values())
    process = example("pseudonymise.py", key, stdin="\n".join(identities) + "\n")
    assert process.stdout.split() == ours, process.stderr
    assert len((EXAMPLES / "pseudonymise.py").read_text().splitlines()) <= 20
    assert len((EXAMPLES / "pseudonymise.sql").read_text().splitlines()) <= 20
    assert example("pseudonymise.py", key, stdin="1850578006084|19850515\n").returncode == 1
    database = server.create("pseudonyms")
    try:
        server.run(database, (EXAMPLES / "pseudonymise.sql").read_text())
        values = ", ".join("({}, '{}', '{}', {})".format(index, *identity.split("|"))
                           for index, identity in enumerate(identities))
        theirs = server.rows(database, f"""
            SELECT encode(regard_pseudonym(decode('{key.read_text().split()[3]}', 'base64'), nir, born::date, sex), 'hex')
            FROM (VALUES {values}) AS people (place, nir, born, sex) ORDER BY place""")
        assert [row[0] for row in theirs] == ours
    finally:
        server.drop(database)


def test_pseudonymisers_of_traits_agree_with_regard_and_the_guide(server, tmp_path):
    key = tmp_path / "database.key"
    key.write_text("regard-key-v1 database-registre symmetric AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n")
    key.chmod(0o600)
    vectors = {
        "Lœuvre d’Angély|Jean-Noël|19850515|1|75115": "c34328d513f3a7ecaf8b6b9ada8191872cc5879fa6e30d387d649a777ef55bf0",
        "O'Kervézec|Zoé|19690501|2|2A004": "0bef483243882741edc2d96f52df3cc07505c8fe1866d915e458562b97195e14"}
    guide = (PROJECT / "docs" / "custodians.md").read_text()
    for identity, pseudonym in vectors.items():
        assert identity in guide and pseudonym in guide
    spellings = [("Nuñez y Içar", "ÆGIDIUS"), ("WEISS", "weiß"), ("Ørsted-ﬁ", "ſaïd ı"), ("Le  Goff", "Noe\u0308l"),
                 ("d'Œuf K", "ŒDIPE æ")]
    places = ["75101", "75120", "75121", "69380", "69389", "13200", "13216", "2a004", "2B033", "99109"]
    identities = [*vectors, *(f"{name}|{given}|19850515|2|{place}" for name, given in spellings for place in places)]
    ours = subprocess.run([binary(), "pseudonymize", "--key", key], input="\n".join(identities) + "\n", text=True,
                          capture_output=True, check=True, timeout=60).stdout.split()
    assert ours[:2] == list(vectors.values())
    # In columns they are the same people.
    columns = "birthPlace;sex;birthDate;givenName;birthName\n" + "".join(
        ";".join(reversed(identity.split("|"))) + "\n" for identity in identities)
    assert subprocess.run([binary(), "pseudonymize", "--key", key], input=columns, text=True, capture_output=True,
                          check=True, timeout=60).stdout.split() == ours
    process = example("pseudonymise_traits.py", key, stdin="\n".join(identities) + "\n")
    assert process.stdout.split() == ours, process.stderr
    for name in ("pseudonymise_traits.py", "pseudonymise_traits.sql"):
        assert len((EXAMPLES / name).read_text().splitlines()) <= 20
    for unreadable in ("李|Zoé|19690501|2|2A004", "K|Zoé|19690501|2|", "K|Zoé|19690501|3|2A004"):
        assert example("pseudonymise_traits.py", key, stdin=unreadable + "\n").returncode == 1
        assert subprocess.run([binary(), "pseudonymize", "--key", key], input=unreadable + "\n", text=True,
                              capture_output=True, timeout=60).returncode == 3
    database = server.create("traits")
    try:
        for name in ("pseudonymise.sql", "pseudonymise_traits.sql"):
            server.run(database, (EXAMPLES / name).read_text())
        values = ", ".join("({}, '{}', '{}', '{}', {}, '{}')".format(
            index, *(part.replace("'", "''") for part in identity.split("|")))
            for index, identity in enumerate(identities))
        theirs = server.rows(database, f"""
            SELECT encode(regard_trait_pseudonym(
                decode('{key.read_text().split()[3]}', 'base64'), name, given, born::date, sex, birthplace), 'hex')
            FROM (VALUES {values}) AS people (place, name, given, born, sex, birthplace) ORDER BY place""")
        assert [row[0] for row in theirs] == ours
    finally:
        server.drop(database)


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_the_pull_client_applies_what_comes_once_whatever_cuts_it_off(make_portal, tmp_path, engine):
    portal = make_portal(engine).initialise().start()
    said = portal.link("clinique", "pull:")
    token = tmp_path / "token"
    token.write_text(re.search(r"\b[0-9a-f]{64}\b", said)[0] + "\n")
    kept = SQLiteTarget(tmp_path / "list.sqlite")
    arguments = ["--portal", portal.origin, "--database", "clinique", "--token-file", token, "--list", kept.path]
    people = People(count=8)

    def position():
        return json.loads(portal.command("database", "list", "--json"))[0]["position"]

    # It waits for what comes, and is cut off once it has applied, at every other objection.
    filed = []
    for person in map(people.__getitem__, range(6)):
        process = subprocess.Popen([sys.executable, str(EXAMPLES / "pull.py"), *map(str, arguments)],
                                   stderr=subprocess.DEVNULL)
        try:
            filed.append(portal.file(person))
            wait_for("it is applied", lambda: len(kept.in_force()) == len(filed))
            if len(filed) % 2:
                wait_for("it is confirmed", lambda: position() == len(filed))
        finally:
            process.kill()
            process.wait()
    portal.withdraw(filed[0])
    process = example("pull.py", *arguments, "--once")
    assert process.returncode == 0, process.stderr
    wait_for("the end of the first is applied", lambda: not example("pull.py", *arguments, "--once").returncode
             and len(kept.in_force()) == 5)
    assert position() == 7 and len(kept.rows()) == 6

    token.write_text("0" * 64 + "\n")
    process = example("pull.py", *arguments, "--once")
    assert process.returncode == 1 and "401" in process.stderr, process
