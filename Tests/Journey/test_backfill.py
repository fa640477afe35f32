"""A hub that is killed at random moments while a large ledger is carried into databases: each ends up as the ledger says, once,
and nobody holds an identity beside a pseudonym."""

import contextlib
import os
import random
import subprocess
import time

import signed_list
from custodians import KeptList, at_intervals, make_certificate, program, trusting
from portal import free_port
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


@contextlib.contextmanager
def linked(portal, server, folder, certificate, key):
    """One database by each way in which the hub carries: their custodians' lists by their names."""
    port = free_port()
    address = f"https://127.0.0.1:{port}/oppositions"
    shared = folder / "shared"
    shared.mkdir()
    targets = {
        "registre": PostgreSQLTarget(server, server.create("backfill")),
        "urgences": SQLiteTarget(folder / "urgences.sqlite"),
        "clinique": KeptList(folder / "clinique.sqlite"),
        "cohorte": KeptList(folder / "cohorte.sqlite"),
    }
    connectors = {"clinique": address, "cohorte": f"dir:{shared}"}
    for id, target in targets.items():
        portal.link(id, connectors.get(id, target))
    ours = portal.var / "keys" / "connector.pub"
    with (program("receiver.py", "--database", "clinique", "--address", address, "--key", ours,
                  "--list", targets["clinique"].path, "--certificate", certificate, "--certificate-key", key),
          at_intervals("folder.py", "--database", "cohorte", "--folder", shared, "--key", ours,
                       "--list", targets["cohorte"].path)):
        yield targets


def test_a_backfill_survives_kills_at_random_moments(make_portal, server, tmp_path):
    seed = int(os.environ.get("REGARD_SEED", random.randrange(1 << 30)))
    print(f"REGARD_SEED={seed}")
    chance = random.Random(seed)
    certificate, key = make_certificate(tmp_path, "receiver")
    portal = make_portal("sqlite", environment=trusting(certificate)).initialise()
    fill(portal, ENTRIES)
    with linked(portal, server, tmp_path, certificate, key) as targets:
        lists_equal_the_ledger_after_kills(portal, targets, chance)
        nobody_holds_an_identity_beside_a_pseudonym(portal, targets, chance, tmp_path)


def is_behind(targets):
    try:
        return min(target.position() for target in targets.values()) < ENTRIES
    except OSError:
        return True


def lists_equal_the_ledger_after_kills(portal, targets, chance):
    kills, carried = 0, 0
    while kills < KILLS:
        portal.start()
        time.sleep(chance.uniform(0, 0.4))
        # Asked while it runs: a list whose writer was killed can't be read before it is opened to be written again.
        carried += is_behind(targets)
        portal.kill()
        kills += 1
    print(f"{carried} of {kills} kills came before every database had taken everything")
    portal.start()
    wait_for("every database has taken everything",
             lambda: {target.position() for target in targets.values()} == {ENTRIES}, seconds=600)
    wait_for("every database has confirmed everything",
             lambda: {item["lag"] for item in portal.databases().values()} == {0})
    for target in targets.values():
        rows = target.rows()
        assert len(rows) == ENTRIES and all(row.active for row in rows)
        # Once each: a position is one entry, an entry one identifier.
        assert sorted(row.position for row in rows) == list(range(1, ENTRIES + 1))


def nobody_holds_an_identity_beside_a_pseudonym(portal, targets, chance, folder):
    pseudonyms = {}
    for id, target in targets.items():
        pseudonyms[id] = {row.pseudonym for row in target.rows()}
        key = portal.var / f"keys/database-{id}.key"
        sample = chance.sample(range(ENTRIES), min(ENTRIES, 2000))
        assert {signed_list.pseudonym(key, identity(number)) for number in sample} <= pseudonyms[id]
    # No two share one.
    assert len(set().union(*pseudonyms.values())) == len(targets) * ENTRIES

    # Ours hold no pseudonym and nobody's identity in the clear; theirs hold no identity.
    sample = chance.sample(range(ENTRIES), min(ENTRIES, 200))
    identities = Traces().of_texts(*(identity(number) for number in sample))
    ours = Traces()
    for number in sample:
        for id in targets:
            key = portal.var / f"keys/database-{id}.key"
            ours.of_bytes("a pseudonym", bytes.fromhex(signed_list.pseudonym(key, identity(number))))
    portal.kill()
    for traces, place in ((ours, portal.folder), (identities, portal.folder), (identities, folder)):
        found, read = traces.in_folder(place)
        assert found == [] and read > ENTRIES * 100, (found, read)
