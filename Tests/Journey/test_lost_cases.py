"""What a restore without its cases lost is counted, and gets an end."""

import json

import pytest
from operators import Operator
from people import People
from portal import UNLIMITED
from waiting import wait_for


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_lost_cases_are_counted_and_closed(engine, make_portal, tmp_path):
    portal = make_portal(engine, environment=UNLIMITED).initialise().start()
    supervisor, agent = Operator(portal, "dominique", "supervisor"), Operator(portal, "agnes", "agent")
    people = list(People(4))
    objection = portal.file(people[0])
    asked = [portal.post("/api/v1/requests", person.filing(right="access")).json for person in people[1:3]]
    closing = {"type": "unreadable", "reason": "keysGone"}

    def path(filed):
        return f"/api/v1/operator/requests/{filed['reference']}/events"

    readable = supervisor.post(path(asked[0]), closing)
    assert (readable.status, readable.json["errors"][0]["code"]) == (422, "case.readable")
    assert json.loads(portal.run("doctor", "--json").stdout)["lost"] == {"cases": 0, "open": 0}

    backup = tmp_path / "before"
    portal.stop()
    if engine == "sqlite":
        portal.command("backup", str(backup))
    else:
        portal.server.backup(portal.database, backup)
    portal.command("keys", "rotate")
    if engine == "sqlite":
        assert portal.run("restore", str(backup)).returncode == 3
        restored = portal.run("restore", str(backup), "--without-cases")
    else:
        portal.server.restore(portal.database, backup)
        restored = portal.run("restore", "--declare", "--without-cases")
    assert restored.returncode == 0, restored.stderr
    assert "3 cases are lost by it" in restored.stdout, restored.stdout
    portal.start()
    doctor = json.loads(portal.run("doctor", "--json").stdout)
    assert doctor["lost"]["cases"] == 3
    assert "cases: 3 can’t be read any more" in portal.run("doctor").stdout

    waiting = agent.get("/api/v1/operator/requests?awaits=closing").json
    assert {item["reference"] for item in waiting["items"]} >= {filed["reference"] for filed in asked}
    assert agent.post(path(asked[0]), closing).status == 403
    assert supervisor.post(path(asked[0]), {"type": "unreadable", "reason": "because"}).status == 422
    supervisor.act(asked[0]["reference"], **closing)
    many = supervisor.post("/api/v1/operator/requests/events", {
        "requests": [{"reference": filed["reference"]} for filed in (*asked, objection)],
        "act": {"type": "unreadable", "reason": "filedAgain"}})
    assert many.status == 200, many
    for filed in (*asked, objection):
        seen = portal.follow(filed)
        assert (seen["state"], seen["outcome"], seen["lostKeys"]) == ("closed", "unreadable", "case")
    assert portal.follow(asked[0])["timeline"][-1]["data"] == {"reason": "keysGone"}
    assert portal.follow(objection)["inForce"] is True
    assert agent.get("/api/v1/operator/requests?awaits=closing").json["items"] == []
    assert json.loads(portal.run("doctor", "--json").stdout)["lost"]["open"] == 0
    # What is filed now is as ever.
    new = portal.file(people[3])
    wait_for("it is in force", lambda: portal.follow(new)["inForce"])
