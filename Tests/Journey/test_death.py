"""After a recorded death nothing more arrives in the person's box; where it was a mistake, all of it does."""

import pytest
from mail_server import mail_server
from operators import Operator
from people import People
from waiting import wait_for


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_nothing_is_written_to_the_dead(engine, make_portal, tmp_path):
    with mail_server(tmp_path) as mail:
        portal = make_portal(engine)
        portal.environment |= mail.environment(tmp_path) | {
            "REGARD_PORTAL": "https://regard.example", "REGARD_NOTICES_SECONDS": "1"}
        portal.initialise().start()
        agent, auditor = Operator(portal, "agnes", "agent"), Operator(portal, "edith", "auditor")
        dead, living = People(count=2)[0], People(count=1)[0]
        filed, second, other = (
            portal.file(dead), portal.post("/api/v1/requests", dead.filing(right="access")).json, portal.file(living))
        wait_for("both are told of what they filed", lambda: len(mail.to(dead.email)) == 2 and mail.to(living.email))

        def alike():
            found = agent.case(filed["reference"])["alike"]
            return [item for item in found if item["isCertain"]] if found else None

        # The index has it within seconds, and no identity was opened.
        assert [item["reference"] for item in wait_for("it is known as the same person's", alike)] == [
            second["reference"]]
        body = {"type": "deathRecorded", "source": "certificate", "diedOn": "2026-01-02", "samePerson": True}
        path = f"/api/v1/operator/requests/{filed['reference']}/events"
        assert auditor.post(path, body).status == 403
        wrong = agent.post(path, body | {"source": "rumour"})
        assert (wrong.status, wrong.json["errors"][0]["pointer"]) == (422, "/source")
        agent.act(filed["reference"], **body)
        assert agent.post(path, body).status == 409
        for request in (filed, second):
            assert agent.case(request["reference"])["death"]["diedOn"] == "2026-01-02"
            seen = portal.follow(request)
            assert seen["deathRecordedAt"] and "death" not in seen
            assert not any(event["type"].startswith("death") for event in seen["timeline"])
            agent.act(request["reference"], "message", text="Bonjour.")
        assert portal.follow(filed)["inForce"] is True
        agent.act(other["reference"], "message", text="Bonjour.")
        wait_for("the living are told", lambda: len(mail.to(living.email)) == 2)
        assert len(mail.to(dead.email)) == 2
        assert [notice["state"] for notice in agent.case(filed["reference"])["notices"]][-1] == "withheld"
        page = portal.get(f"/operateur/demandes/{filed['reference']}", agent._headers()).text.replace("\u00a0", " ")
        assert "2 janvier 2026" in page and "Ce décès est une erreur" in page

        agent.act(filed["reference"], "deathUnrecorded", reasons="La personne a appelé.", samePerson=True)
        wait_for("she is told after all", lambda: len(mail.to(dead.email)) == 4)
        assert portal.follow(second)["deathRecordedAt"] is None
