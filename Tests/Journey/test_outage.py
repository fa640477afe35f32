"""A linked database that goes away is caught up when it comes back, and nobody has to do anything."""

import contextlib
import os
import sqlite3
import tempfile
import time
from pathlib import Path

import pytest
from operators import Operator
from people import People
from postgres import StoppableServer
from targets import PostgreSQLTarget, SQLiteTarget
from waiting import wait_for

# How long it stays away; “make test” keeps it short.
OUTAGE = float(os.environ.get("REGARD_OUTAGE_SECONDS", "6"))


@contextlib.contextmanager
def stopped_server():
    """A PostgreSQL server, stopped at once and started again."""
    server = StoppableServer()
    try:
        target = PostgreSQLTarget(server, server.create("linked"))
        yield target, server.stop, server.start
    finally:
        server.remove()


@contextlib.contextmanager
def locked_file():
    """An SQLite file whose custodian holds it exclusively."""
    with tempfile.TemporaryDirectory(prefix="regard-linked.") as folder:
        target = SQLiteTarget(Path(folder, "linked.sqlite"))
        holders = []

        def hold():
            connection = sqlite3.connect(target.path, isolation_level=None, timeout=30)
            connection.execute("BEGIN EXCLUSIVE")
            holders.append(connection)

        yield target, hold, lambda: holders.pop().close()


@contextlib.contextmanager
def moved_file():
    """An SQLite file that is moved away, as when a disk is not mounted, and comes back as it was."""
    with tempfile.TemporaryDirectory(prefix="regard-linked.") as folder:
        target = SQLiteTarget(Path(folder, "linked.sqlite"))
        away = target.path + ".away"
        yield target, lambda: os.rename(target.path, away), lambda: os.replace(away, target.path)


OUTAGES = {"stopped PostgreSQL": stopped_server, "locked SQLite file": locked_file, "missing SQLite file": moved_file}


@pytest.mark.parametrize("outage", OUTAGES)
def test_a_database_that_was_away_is_caught_up(portal, outage, tmp_path):
    people = People(count=12)
    administrator = Operator(portal, "adele", "administrator").sign_in()
    steady = SQLiteTarget(tmp_path / "steady.sqlite")
    with OUTAGES[outage]() as (target, leave, come_back):
        portal.link("fidele", steady)
        portal.link("absente", target)
        filed = [portal.file(people[index]) for index in range(4)]
        wait_for("both have the first ones", lambda: len(target.active()) == len(steady.active()) == 4, seconds=120)

        leave()
        filed += [portal.file(people[index]) for index in range(4, 12)]
        portal.withdraw(filed[0])
        begun = time.monotonic()
        wait_for("the other one goes on meanwhile", lambda: len(steady.active()) == 11)
        failing = wait_for("the failure is told", lambda: (
            found := administrator.databases()["absente"])["failingSince"] and found)
        assert failing["failure"] and failing["lag"] > 0
        assert people.root not in failing["failure"] and people.nir_root not in failing["failure"]
        assert administrator.databases()["fidele"]["failingSince"] is None
        # What can't be reached is awaited; a file that is gone has lost its list, for all that can be told.
        awaited = "exception" if outage == "missing SQLite file" else "pending"
        seen = portal.follow(filed[5])
        assert {item["database"]: item["state"] for item in seen["propagation"]} == {
            "fidele": "listed", "absente": awaited}
        # The outage itself is a stretch of time: there is no fact to wait for.
        time.sleep(max(0.0, OUTAGE - (time.monotonic() - begun)))
        come_back()

        # Pauses between attempts grow to 15 s at most.
        wait_for("it is caught up", lambda: administrator.databases()["absente"]["lag"] == 0, seconds=90)
        assert len(target.active()) == 11 and len(target.rows()) == 12
        assert len(target.in_force()) == 11
        assert target.position() == steady.position() == 13
        mended = administrator.databases()["absente"]
        assert mended["failingSince"] is None and mended["failure"] is None and mended["state"] == "active"
        seen = portal.follow(filed[5])
        assert {item["state"] for item in seen["propagation"]} == {"listed"}
        portal.kill()


def test_a_list_of_another_ledger_is_left_alone_and_told(portal, targets):
    people = People(count=3)
    administrator = Operator(portal, "aline", "administrator").sign_in()
    portal.file(people[0])
    wait_for("both have the first one",
             lambda: all(len(target.active()) == 1 for target in targets.values()), seconds=120)
    file = sqlite3.connect(targets["urgences"].path)
    (own,) = file.execute("SELECT incarnation FROM regard_position").fetchone()
    file.execute("UPDATE regard_position SET incarnation = 'another'")
    file.commit()

    portal.file(people[1])
    wait_for("the other one goes on", lambda: len(targets["registre"].active()) == 2, seconds=60)
    told = wait_for("it is told", lambda: administrator.databases()["urgences"]["failure"], seconds=60)
    assert "resynchronised" in told
    assert len(targets["urgences"].rows()) == 1, "nothing is written to a list that is not ours"

    file.execute("UPDATE regard_position SET incarnation = ?", (own,))
    file.commit()
    file.close()
    wait_for("it is caught up", lambda: len(targets["urgences"].active()) == 2, seconds=60)
