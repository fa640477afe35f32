"""After its retention nothing of a case opens: not in the live database, not in an old backup with the live keys. What lives goes on opening."""

import json
import sqlite3
import subprocess

import pytest
from operators import Operator
from people import People
from portal import UNLIMITED
from waiting import wait_for

SIX_YEARS = 6 * 365 * 86_400_000


def keep_copy(portal, path):
    if portal.engine == "sqlite":
        portal.command("backup", str(path))
    else:
        portal.server.backup(portal.database, path)


def bring_back(portal, path, *options):
    """The result of restoring what was kept."""
    if portal.engine == "sqlite":
        return portal.run("restore", str(path), *options)
    portal.server.restore(portal.database, path)
    return portal.run("restore", "--declare", *options)


def sealed(portal, reference):
    return portal.stored(
        f"SELECT count(*) FROM rights_request WHERE reference = '{reference}' AND (operator_wrap IS NOT NULL "
        "OR citizen_wrap IS NOT NULL OR sealed_filing IS NOT NULL)") != [["0"]]


def moved(portal):
    """How many cases are under a later key; none where that can't be asked now."""
    try:
        return int(portal.stored("SELECT count(*) FROM rights_request WHERE epoch > 1")[0][0])
    except (sqlite3.Error, subprocess.CalledProcessError):
        return 0


def killed_once(portal, is_so):
    """Changes the keys, and kills that once something is so, or lets it come to its end where it is faster."""
    process = subprocess.Popen([portal.program, "keys", "rotate"], cwd=portal.folder, env=portal.environment,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_for("the rotation is so far", lambda: is_so() or process.poll() is not None, seconds=60)
    process.kill()
    process.wait()


def bearer(filed):
    return {"Authorization": f"Bearer {filed['secret']}"}


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_what_is_erased_opens_nowhere_and_what_lives_goes_on(engine, make_portal, tmp_path):
    portal = make_portal(engine, environment=UNLIMITED).initialise().start()
    supervisor = Operator(portal, "dominique", "supervisor")
    people = list(People(302))

    def refused(person):
        answer = portal.post("/api/v1/requests", person.filing(right="access"))
        assert answer.status == 201, answer
        filed = answer.json
        supervisor.act(filed["reference"], "assigned")
        supervisor.act(filed["reference"], "refused", grounds="excessive", reasons="Déjà répondu.", complaint="CNIL",
                       judicialRemedy="Tribunal administratif")
        wait_for("it is closed", lambda: portal.follow(filed)["state"] == "closed", seconds=30)
        return filed

    old, live = refused(people[0]), refused(people[1])
    crowd = [portal.file(person) for person in people[2:]]
    reference = old["reference"]
    # No case is erased before it is in the index of persons; it is looked at when the server starts, and an hour later.
    wait_for("it is indexed", lambda: reference in supervisor.finds(people[0]))
    keep_copy(portal, tmp_path / "before")
    portal.stop()
    portal.change(
        f"UPDATE request_event SET at = at - {SIX_YEARS} WHERE reference = '{reference}'",
        f"UPDATE rights_request SET closed_at = closed_at - {SIX_YEARS}, received_at = received_at - {SIX_YEARS} "
        f"WHERE reference = '{reference}'")

    # Erased by the job of the process that opens cases.
    portal.start()
    wait_for("its retention is over",
             lambda: portal.get(f"/api/v1/requests/{reference}", bearer(old)).status == 404, seconds=30)
    # Noted beside the keys right after: from there it is erased again in an older database.
    wait_for("it is noted", lambda: f"\ndone {reference} " in (portal.var / "keys" / "erasures.log").read_text())
    case = supervisor.case(reference)
    assert case["erasedAt"] and case["outcome"] == "refused"
    assert [event["type"] for event in case["timeline"]][:2] == ["filed", "assigned"]
    assert not any("words" in event for event in case["timeline"])
    opened = supervisor.post(f"/api/v1/operator/requests/{reference}/identity", {"motive": "answer"})
    assert (opened.status, opened.json["code"]) == (410, "erased")
    noted = supervisor.post(f"/api/v1/operator/requests/{reference}/events", {"type": "noted", "note": "Rien."})
    assert (noted.status, noted.json["code"]) == (410, "erased")

    # A backup from before the erasure: erased again, although it is closed there since an hour ago.
    portal.stop()
    restored = bring_back(portal, tmp_path / "before")
    assert restored.returncode == 0, restored.stderr
    assert "1 case that had been erased since the backup was made is erased again" in restored.stdout
    assert not sealed(portal, reference)
    assert sealed(portal, live["reference"])

    # Killed once the new keys are made, then once a first part of the cases is moved; and run again.
    killed_once(portal, lambda: (portal.var / "keys" / "pepper-2.key").exists())
    killed_once(portal, lambda: moved(portal) > 0)
    said = portal.command("keys", "rotate")
    assert "older private keys are destroyed" in said, said
    keys = {path.name for path in (portal.var / "keys").iterdir()}
    assert "cases.key" not in keys and "pepper-1.key" not in keys
    assert portal.stored("SELECT count(*) FROM rights_request WHERE operator_wrap IS NOT NULL "
                         "AND (epoch = 1 OR citizen_epoch = 1)") == [["0"]]
    portal.start()
    assert portal.follow(live)["timeline"][-2]["words"]["reasons"] == "Déjà répondu."
    identity = supervisor.post(f"/api/v1/operator/requests/{live['reference']}/identity", {"motive": "answer"})
    assert identity.json["subject"]["birthName"] == people[1].birth_name
    for person, filed in list(zip(people[2:], crowd))[::25]:
        assert portal.follow(filed)["timeline"][0]["type"] == "filed"
        identity = supervisor.post(f"/api/v1/operator/requests/{filed['reference']}/identity", {"motive": "answer"})
        assert identity.json["subject"]["birthName"] == person.birth_name
    new = portal.file(next(iter(People(1))))
    assert portal.follow(new)["state"]
    doctor = json.loads(portal.run("doctor", "--json").stdout)
    assert doctor["keys"]["isRotating"] is False and doctor["keys"]["epoch"] >= 2

    # While a server has the embedded database open, with its keys in memory, nothing is changed.
    if engine == "sqlite":
        while_served = portal.run("keys", "rotate")
        assert while_served.returncode == 3 and "stop it" in while_served.stderr

    # The old backup with the live keys: it is refused, and what is in it opens for nobody.
    portal.stop()
    again = bring_back(portal, tmp_path / "before")
    assert again.returncode == 3 and "keys that were destroyed" in again.stderr
    taken = bring_back(portal, tmp_path / "before", "--without-cases")
    assert taken.returncode == 0, taken.stderr
    assert not sealed(portal, reference)
    portal.start()
    lost = crowd[0]
    for gone in [
        supervisor.post(f"/api/v1/operator/requests/{live['reference']}/identity", {"motive": "answer"}),
        supervisor.post(f"/api/v1/operator/requests/{live['reference']}/events", {"type": "noted", "note": "Rien."}),
        portal.post(f"/api/v1/requests/{lost['reference']}/messages", {"text": "Bonjour."}, bearer(lost)),
        # Nobody can tell any more that it is no parent's.
        portal.post(f"/api/v1/requests/{lost['reference']}/withdrawal", {}, bearer(lost)),
    ]:
        assert (gone.status, gone.json["code"]) == (410, "lost")
    # Its citizen is told, in place of an answer that can't come; what is in force stays so, until they ask for its end.
    assert portal.follow(live)["lostKeys"] == "case"
    assert portal.follow(lost)["lostKeys"] == "case" and portal.follow(lost)["inForce"]
    asked = portal.post("/api/v1/requests", people[2].filing(right="objectionWithdrawal", details="La seule."))
    assert asked.status == 201, asked
    supervisor.act(asked.json["reference"], "identityVerified")
    supervisor.act(asked.json["reference"], "granted", objection=lost["reference"])
    assert not portal.follow(lost)["inForce"]
    assert portal.follow(portal.file(people[5]))["lostKeys"] is None
    portal.stop()

    # The ledger's keys too: whoever objected is carried on, and a backup from before can't be restored at all.
    said = portal.command("keys", "rotate", "--ledger")
    assert "older private key is destroyed" in said, said
    assert not (portal.var / "keys" / "ledger.key").exists()
    assert portal.stored("SELECT count(*) FROM ledger_entry e JOIN ledger_segment s ON s.id = e.segment "
                         "WHERE s.epoch = 1 AND e.sealed IS NOT NULL") == [["0"]]
    portal.start()
    filed = portal.file(people[6])
    assert portal.follow(filed)["inForce"]
    portal.stop()
    refused_again = bring_back(portal, tmp_path / "before")
    assert refused_again.returncode == 3 and "rotate --ledger" in refused_again.stderr
