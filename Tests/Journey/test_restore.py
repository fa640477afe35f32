"""A backup at position 900, on to 1,000, restored, 100 more: none is lost at any target, and the fork is reported."""

import json

import pytest
from people import People
from portal import UNLIMITED
from targets import PostgreSQLTarget, SQLiteTarget
from waiting import wait_for

BEFORE, LOST, AFTER = 900, 100, 100


def at(targets, position):
    return lambda: all(target.position() == position for target in targets.values())


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_a_restore_loses_nobody_and_says_what_it_lost(engine, make_portal, server, tmp_path):
    portal = make_portal(engine, environment=UNLIMITED).initialise().start()
    database = server.create("linked")
    targets = {
        "registre": PostgreSQLTarget(server, database),
        "urgences": SQLiteTarget(tmp_path / "urgences.sqlite"),
    }
    try:
        for name, target in targets.items():
            portal.link(name, target)
        portal.link("clinique", "pull:")
        everyone = [*People(BEFORE), *People(LOST), *People(AFTER)]
        for person in everyone[:BEFORE]:
            portal.file(person)
        wait_for("both have the first", at(targets, BEFORE), seconds=60)
        backup = tmp_path / "backup"
        if engine == "sqlite":
            portal.command("backup", str(backup))
        else:
            server.backup(portal.database, backup)
        for person in everyone[BEFORE : BEFORE + LOST]:
            portal.file(person)
        wait_for("both have what will be lost", at(targets, BEFORE + LOST), seconds=60)
        held = {name: target.in_force() for name, target in targets.items()}
        assert all(len(pseudonyms) == BEFORE + LOST for pseudonyms in held.values())

        portal.stop()
        if engine == "sqlite":
            assert "new incarnation" in portal.command("restore", str(backup))
        else:
            server.restore(portal.database, backup)
            assert "new incarnation" in portal.command("restore", "--declare")
        portal.start()
        filed = [portal.file(person) for person in everyone[BEFORE + LOST :]]

        def stopped():
            listed = {item["id"]: item for item in json.loads(portal.command("database", "list", "--json"))}
            # The sequencer's lease was restored too, and runs out first: what is filed gets its numbers after that.
            # What was confirmed was confirmed of another ledger: all of this one waits.
            return listed["registre"]["lag"] == BEFORE + AFTER and all(
                f"regard database resync {name}" in (listed[name]["failure"] or "") for name in listed)

        wait_for("all three have stopped and say what to do", stopped, seconds=60)
        assert {name: target.in_force() for name, target in targets.items()} == held

        for name, target in targets.items():
            seen = json.loads(portal.command("database", "resync", name, "--json"))
            assert [seen["missing"], seen["stale"], seen["surplus"]] == [AFTER, 0, LOST]
            assert target.in_force() == held[name], "looking changes nothing"
            assert f"surplus   {LOST}" in portal.command("database", "resync", name, "--confirm")
            assert target.in_force() > held[name]
            assert len(target.in_force()) == BEFORE + LOST + AFTER
            assert len(portal.command("database", "strays", name).splitlines()) == LOST
            assert "agrees" in portal.command("database", "reconcile", name)
        assert "anew" in portal.command("database", "resync", "clinique", "--confirm")

        def listed_where_it_can_be_seen():
            states = {item["database"]: item["state"] for item in portal.follow(filed[-1])["propagation"]}
            return states["registre"] == states["urgences"] == "listed" and states["clinique"] == "pending"

        wait_for("the newest is listed", listed_where_it_can_be_seen, seconds=30)

        # Operators end what nobody can explain, and nothing else ends.
        portal.command("database", "strays", "registre", "--end", "all")
        assert len(targets["registre"].in_force()) == BEFORE + AFTER
        runs = json.loads(portal.command("database", "reconciliations", "registre", "--json"))
        assert [run["outcome"] for run in runs] == ["repaired", "agrees"]

        # One leaves: its list is withdrawn, and its keys are gone.
        assert "withdrawn" in portal.command("database", "remove", "registre")
        assert targets["registre"].in_force() == set()
        assert not (portal.var / "keys/database-registre.key").exists()
        assert len(targets["urgences"].in_force()) == BEFORE + LOST + AFTER
    finally:
        portal.kill()
        server.drop(database)
