"""A hub that is killed at random moments while a large ledger is carried into databases: each ends up as the ledger says, once,
and nobody holds an identity beside a pseudonym."""

import os
import random
import subprocess
import time

import pytest
import signed_list
from targets import PostgreSQLTarget, SQLiteTarget
from traces import Traces
from waiting import wait_for

ENTRIES = int(os.environ.get("REGARD_BACKFILL", "20000"))
KILLS = int(os.environ.get("REGARD_KILLS", "25"))


def identity(number):
    """As the filling program makes them."""
    return f"{1_000_000_000_000 + number}|19700101|1"


def fill(portal, entries):
    """A ledger of so many registrations, written beside no server."""
    program = os.path.join(os.path.dirname(portal.program), "ledger-benchmark")
    subprocess.run([program, "fill", portal.var, str(entries)], check=True, timeout=600)


@pytest.mark.parametrize("portal", ["sqlite"], indirect=True)
def test_a_backfill_survives_kills_at_random_moments(portal, server, tmp_path):
    seed = int(os.environ.get("REGARD_SEED", random.randrange(1 << 30)))
    print(f"REGARD_SEED={seed}")
    chance = random.Random(seed)
    portal.stop()
    fill(portal, ENTRIES)
    database = server.create("backfill")
    targets = {
        "registre": PostgreSQLTarget(server, database),
        "urgences": SQLiteTarget(tmp_path / "urgences.sqlite"),
    }
    for id, target in targets.items():
        portal.link(id, target)

    kills = 0
    while kills < KILLS:
        portal.start()
        time.sleep(chance.uniform(0, 0.4))
        portal.kill()
        kills += 1
    portal.start()
    wait_for("every database has taken everything",
             lambda: {target.position() for target in targets.values()} == {ENTRIES}, seconds=300)

    pseudonyms = {}
    for id, target in targets.items():
        rows = target.rows()
        assert len(rows) == ENTRIES and all(row.active for row in rows)
        # Once each: a position is one entry, an entry one identifier.
        assert sorted(row.position for row in rows) == list(range(1, ENTRIES + 1))
        pseudonyms[id] = {row.pseudonym for row in rows}
        key = portal.var / f"keys/database-{id}.key"
        sample = chance.sample(range(ENTRIES), min(ENTRIES, 2000))
        assert {signed_list.pseudonym(key, identity(number)) for number in sample} <= pseudonyms[id]
    first, *others = pseudonyms.values()
    assert all(first.isdisjoint(other) for other in others)
    states = portal.databases()
    assert {item["lag"] for item in states.values()} == {0}

    # Ours hold no pseudonym and nobody's identity in the clear; theirs hold no identity.
    sample = chance.sample(range(ENTRIES), min(ENTRIES, 200))
    identities = Traces().of_texts(*(identity(number) for number in sample))
    ours = Traces()
    for number in sample:
        for id in targets:
            key = portal.var / f"keys/database-{id}.key"
            ours.of_bytes("a pseudonym", bytes.fromhex(signed_list.pseudonym(key, identity(number))))
    portal.kill()
    for traces, folder in ((ours, portal.folder), (identities, portal.folder), (identities, tmp_path)):
        found, read = traces.in_folder(folder)
        assert found == [] and read > ENTRIES * 100, (found, read)
