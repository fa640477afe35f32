"""A database's key is changed while its hub is killed at random moments: nobody is missing for a moment under the key that the
custodian matches with, and the old key ends with its rows."""

import json
import os
import random
import time

import pytest
import signed_list
from people import People
from targets import PostgreSQLTarget, SQLiteTarget
from test_backfill import fill, identity
from waiting import wait_for

ENTRIES = int(os.environ.get("REGARD_REKEY", "9000"))
KILLS = int(os.environ.get("REGARD_REKEY_KILLS", "8"))


def key_words(portal, id):
    """What `database list` says of its key."""
    line = next(line for line in portal.command("database", "list").splitlines() if line.startswith(f"{id}\t"))
    return next((part for part in line.split("\t") if part.startswith("key ")), "")


def nobody_is_missing(targets, people):
    for id, target in targets.items():
        assert people[id] <= target.in_force(), f"{id} lost somebody under the key that it matches with"


@pytest.mark.parametrize("portal", ["sqlite"], indirect=True)
def test_a_key_is_changed_under_kills_at_random_moments(portal, server, tmp_path):
    seed = int(os.environ.get("REGARD_SEED", random.randrange(1 << 30)))
    print(f"REGARD_SEED={seed}")
    chance = random.Random(seed)
    portal.stop()
    fill(portal, ENTRIES)
    targets = {
        "registre": PostgreSQLTarget(server, server.create("rekey")),
        "urgences": SQLiteTarget(tmp_path / "urgences.sqlite"),
    }
    for id, target in targets.items():
        portal.link(id, target)
    portal.start()
    wait_for("every database has taken everything",
             lambda: {target.position() for target in targets.values()} == {ENTRIES}, seconds=300)

    def pseudonyms(id, generation):
        name = f"database-{id}" + (f".{generation}" if generation > 1 else "")
        return {signed_list.pseudonym(portal.var / f"keys/{name}.key", identity(number)) for number in range(ENTRIES)}

    old = {id: pseudonyms(id, 1) for id in targets}
    for id in targets:
        assert portal.run("database", "rekey", id, "--confirm", "0" * 64).returncode == 1
        begun = portal.run("database", "rekey", id)
        assert begun.returncode == 0 and f"database-{id}.2.key" in begun.stderr, begun
        assert portal.run("database", "rekey", id).returncode == 1
    new = {id: pseudonyms(id, 2) for id in targets}

    for _ in range(KILLS):
        # Chance decides at which moment it is killed: there is no fact to wait for.
        time.sleep(chance.uniform(0, 0.15))
        # A file whose writer was killed can't be read before it is opened to be written again.
        nobody_is_missing(targets, old)
        portal.kill()
        nobody_is_missing({"registre": targets["registre"]}, old)
        portal.start()
    person = People(count=1)[0]
    portal.file(person)
    for id in targets:
        wait_for("the new key is whole", lambda: key_words(portal, id) == "key 2 comes: confirmed", seconds=120)
        assert old[id] | new[id] <= targets[id].in_force()

    for id in targets:
        mistaken = portal.run("database", "rekey", id, "--confirm", *["0" * 64] * 3)
        assert mistaken.returncode == 3 and "control identity 1, 2, 3" in mistaken.stderr, mistaken
        control = "150019999999955|18500101|1\n250029999999822|18500202|2\n150039999999789|18500303|1\n"
        made = portal.run("pseudonymize", "--key", str(portal.var / f"keys/database-{id}.2.key"), stdin=control)
        portal.command("database", "rekey", id, "--confirm", *made.stdout.split())
    for _ in range(KILLS):
        time.sleep(chance.uniform(0, 0.15))
        nobody_is_missing(targets, new)
        portal.kill()
        nobody_is_missing({"registre": targets["registre"]}, new)
        portal.start()
    for id, target in targets.items():
        wait_for("the old key is gone", lambda: not (portal.var / f"keys/database-{id}.key").exists(), seconds=120)
        in_force = target.in_force()
        assert len(in_force) == ENTRIES + 1 and new[id] <= in_force and not old[id] & in_force
        assert key_words(portal, id) == ""
        states = json.loads(portal.command("database", "list", "--json"))
        keys = next(item["keys"] for item in states if item["id"] == id)
        assert [key["state"] for key in keys] == ["retired", "active"]
        assert portal.run("database", "reconcile", id).returncode == 0


@pytest.mark.parametrize("portal", ["sqlite"], indirect=True)
def test_a_change_is_called_off_and_the_old_key_stays(portal, tmp_path):
    target = SQLiteTarget(tmp_path / "urgences.sqlite")
    portal.stop()
    fill(portal, 60)
    portal.link("urgences", target)
    portal.start()
    wait_for("the database has taken everything", lambda: target.position() == 60, seconds=120)
    before = target.in_force()
    nothing = portal.run("database", "rekey", "urgences", "--call-off")
    assert nothing.returncode == 3 and "No change of its key is under way" in nothing.stderr, nothing
    assert portal.run("database", "rekey", "urgences", "--call-off", "--confirm", "0" * 64).returncode == 2
    portal.command("database", "rekey", "urgences")
    new = portal.var / "keys/database-urgences.2.key"
    wait_for("the new key is whole", lambda: key_words(portal, "urgences") == "key 2 comes: confirmed", seconds=120)
    assert len(target.in_force()) == 2 * len(before)
    portal.command("database", "rekey", "urgences", "--call-off")
    wait_for("the new key is gone", lambda: not new.exists(), seconds=120)
    assert target.in_force() == before and (portal.var / "keys/database-urgences.key").exists()
    assert key_words(portal, "urgences") == ""
    assert portal.run("database", "reconcile", "urgences").returncode == 0
    again = portal.run("database", "rekey", "urgences", "--call-off")
    assert again.returncode == 3, again
