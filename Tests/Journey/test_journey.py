"""An objection, from the form to both linked databases and back, over HTTP and the command line."""

import os

from operators import Operator
from people import People
from targets import PostgreSQLTarget
from traces import Traces
from waiting import wait_for


def carried(portal, targets, entries):
    """Waits until every linked database has confirmed the ledger's first `entries` entries, and there are no more."""
    def is_carried():
        databases = portal.databases()
        return set(databases) == set(targets) and all(
            item["position"] == entries and item["lag"] == 0 for item in databases.values())

    # A process that was killed may have left leases that must run out first.
    wait_for(f"{entries} entries are confirmed", is_carried, seconds=120)


def states(view):
    return {item["database"]: item["state"] for item in view["propagation"]}


def test_an_objection_reaches_both_databases_and_leaves_them_again(portal, targets):
    people = People(count=1)
    agent = Operator(portal, "agnes", "agent")
    filed = portal.file(people[0])
    portal.kill()  # At once: what was answered 201 is there for good.
    portal.start()

    carried(portal, targets, 1)
    rows = {name: target.rows() for name, target in targets.items()}
    assert all(len(found) == 1 and found[0].active for found in rows.values()), rows
    registre, urgences = rows["registre"][0], rows["urgences"][0]
    assert registre.pseudonym != urgences.pseudonym and registre.token != urgences.token
    assert len(registre.pseudonym) == len(urgences.pseudonym) == 64
    view = portal.follow(filed)
    assert view["state"] == "received" and view["inForce"] is True
    assert view["clock"]["due"] == filed["dueOn"]

    portal.kill()  # Between filing and decision.
    portal.start()
    reference = filed["reference"]
    early = agent.post(f"/api/v1/operator/requests/{reference}/events", {"type": "granted"})
    assert early.status in (409, 422) and agent.case(reference)["outcome"] is None

    identity = agent.post(f"/api/v1/operator/requests/{reference}/identity", {"motive": "identityCheck"})
    assert identity.status == 200, identity
    assert identity.json["subject"]["nir"] == people[0].nir
    assert identity.json["subject"]["birthName"] == people[0].birth_name
    agent.act(reference, "identityVerified")
    granted = agent.act(reference, "granted")
    assert granted["outcome"] == "granted" and granted["identityVerified"] is True

    view = wait_for("the request is closed",
                    lambda: (seen := portal.follow(filed))["state"] == "closed" and seen, seconds=120)
    assert states(view) == {"registre": "listed", "urgences": "listed"}
    assert all(item["listedSince"] for item in view["propagation"])
    assert view["outcome"] == "granted" and view["closedAt"]
    types = [event["type"] for event in view["timeline"]]
    assert types[0] == "filed" and "identityOpened" in types and types[-1] == "closed"
    assert types.count("closed") == 1

    portal.withdraw(filed)
    portal.kill()
    portal.start()
    view = wait_for("both have taken the person off",
                    lambda: set(states(seen := portal.follow(filed)).values()) == {"removed"} and seen, seconds=120)
    assert view["inForce"] is False and view["timeline"][-1]["type"] in ("withdrawn", "closed")
    for name, target in targets.items():
        assert [row.active for row in target.rows()] == [False], name
        assert target.in_force() == set(), name
    again = portal.withdraw(filed)
    assert [event["type"] for event in again["timeline"]].count("withdrawn") == 1

    portal.kill()  # The write-ahead log stays where it is.
    assert portal.traces(Traces().of_people(people).of_secret(filed["secret"])) == []


def test_refusing_a_forged_second_filing_leaves_the_first_one_in_force(portal, targets):
    people = People(count=1, corsican=True)
    supervisor = Operator(portal, "simone", "supervisor")
    genuine = portal.file(people[0])
    carried(portal, targets, 1)
    before = {name: target.rows() for name, target in targets.items()}

    forged = portal.file(people[0])
    carried(portal, targets, 2)
    for name, target in targets.items():
        assert len(target.active()) == 2, name
        assert len({row.pseudonym for row in target.rows()}) == 1, "one person, one pseudonym"
        assert len({row.token for row in target.rows()}) == 2

    supervisor.act(forged["reference"], "assigned")
    refused = supervisor.act(
        forged["reference"], "refused", grounds="identityNotEstablished",
        reasons="La personne n’a pas pu être identifiée.", complaint="Réclamation à la CNIL.",
        judicialRemedy="Recours devant le juge.")
    assert refused["outcome"] == "refused"
    wait_for("the forged one is closed", lambda: portal.follow(forged)["state"] == "closed", seconds=120)

    for name, target in targets.items():
        assert target.active() == before[name], "the first one's row stands as it was"
        assert len(target.in_force()) == 1
    seen = portal.follow(genuine)
    assert seen["inForce"] is True and seen["outcome"] is None and set(states(seen).values()) == {"listed"}
    seen = portal.follow(forged)
    assert seen["inForce"] is False and set(states(seen).values()) == {"removed"}
    words = [event["words"] for event in seen["timeline"] if event["type"] == "refused"]
    assert words and words[0]["reasons"].startswith("La personne")

    portal.kill()
    search = Traces().of_people(people).of_secret(genuine["secret"]).of_secret(forged["secret"])
    assert portal.traces(search) == []


def test_a_database_linked_later_gets_what_is_in_force(portal, targets, server):
    people = People(count=3)
    filed = [portal.file(person) for person in people]
    portal.withdraw(filed[1])
    carried(portal, targets, 4)
    database = server.create("linked")
    try:
        late = PostgreSQLTarget(server, database)
        portal.link("tardive", late)
        carried(portal, {**targets, "tardive": late}, 4)
        assert len(late.active()) == 2 and len(late.in_force()) == 2
        assert set(states(portal.follow(filed[0]))) == {"registre", "urgences", "tardive"}
    finally:
        portal.kill()
        server.drop(database)


def test_the_server_ends_in_order(portal):
    """SIGTERM ends it in order: no filing is cut off, and nothing is left running."""
    filed = portal.file(People()[0])
    portal.stop()
    status = {name: process.returncode for name, process in portal.processes.items()}
    assert set(status.values()) == {0}, f"{status}\n{portal.log_text()[-2000:]}"
    assert not os.path.exists(portal.var / "regard.sock")
    assert [[filed["reference"]]] == portal.stored("SELECT reference FROM rights_request")
