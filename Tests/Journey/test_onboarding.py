"""A custodian joins: nothing is handed over before both sides have made the same pseudonyms, and then everything is."""

import json

import pytest
from people import People
from targets import SQLiteTarget
from waiting import wait_for


@pytest.mark.parametrize("portal", ["sqlite"], indirect=True)
def test_a_database_that_knows_people_by_either_proves_both(portal, tmp_path):
    added = portal.run("database", "add", "registre", "--connector", f"sqlite:{tmp_path / 'registre.sqlite'}",
                       "--match", "both")
    assert added.returncode == 0, added
    identities = [line.strip() for line in added.stderr.splitlines() if "|" in line]
    assert [line.count("|") for line in identities] == [2, 2, 2, 4, 4, 4]
    key = portal.var / "keys/database-registre.key"
    made = portal.run("pseudonymize", "--key", str(key), stdin="\n".join(identities) + "\n").stdout.split()
    # A custodian who forgot the accents' rule is told which of the six are not ours.
    assert portal.run("database", "confirm", "registre", *made[:3]).returncode == 2
    mistaken = portal.run("database", "confirm", "registre", *made[:3], made[4], made[3], made[5])
    assert mistaken.returncode == 3 and "control identity 4, 5" in mistaken.stderr, mistaken
    assert portal.command("database", "confirm", "registre", *made) == "registre is linked.\n"
    assert portal.get("/api/v1/databases").json["items"][0]["matchesOn"] == "both"
    refused = portal.run("database", "add", "autre", "--connector", "manual:", "--match", "names")
    assert refused.returncode == 2, refused


@pytest.mark.parametrize("portal", ["sqlite", "postgresql"], indirect=True)
def test_a_database_waits_for_its_custodian_and_then_gets_the_whole_ledger(portal, tmp_path):
    people = People(count=3)
    for person in people:
        assert portal.post("/api/v1/requests", person.filing()).status == 201
    target = SQLiteTarget(tmp_path / "clinique.sqlite")
    said = portal.run("database", "add", "clinique", "--connector", target.connector)
    assert said.returncode == 0 and said.stdout == "clinique waits for its custodian.\n", said
    identities = [line.strip() for line in said.stderr.splitlines() if "|" in line]
    assert len(identities) == 3
    # Nobody is told of it, and no extract passes for it.
    assert portal.get("/api/v1/databases").json["items"] == []
    listed = json.loads(portal.command("database", "list", "--json"))
    assert [(item["id"], item["state"]) for item in listed] == [("clinique", "pending")]
    assert portal.run("database", "list-export", "clinique", str(tmp_path / "list")).returncode != 0
    for act in ("pause", "resume"):
        assert portal.run("database", act, "clinique").returncode == 1

    # The custodian's own pseudonyms, by the key that they were given.
    key = portal.var / "keys/database-clinique.key"
    made = portal.run("pseudonymize", "--key", str(key), stdin="\n".join(identities) + "\n")
    assert made.returncode == 0, made
    pseudonyms = made.stdout.split()
    assert len(pseudonyms) == 3

    for wrong in ([], pseudonyms[:2], [*pseudonyms, pseudonyms[0]], [*pseudonyms, "--without-control", "why"]):
        assert portal.run("database", "confirm", "clinique", *wrong).returncode == 2
    mistaken = portal.run("database", "confirm", "clinique", pseudonyms[0], pseudonyms[2], pseudonyms[1])
    assert mistaken.returncode == 3 and "control identity 2, 3" in mistaken.stderr, mistaken
    assert not any(pseudonym in mistaken.stderr for pseudonym in pseudonyms)
    assert portal.get("/api/v1/databases").json["items"] == [] and target.rows() == []

    assert portal.command("database", "confirm", "clinique", *pseudonyms) == "clinique is linked.\n"
    wait_for("the whole ledger has arrived", lambda: len(target.active()) == len(people))
    assert portal.run("database", "confirm", "clinique", *pseudonyms).returncode == 1
