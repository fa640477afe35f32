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

        # What is filed in their name afterwards is not told either, and somebody has to look into it; an heir is told.
        later = portal.file(dead)
        heir = portal.post("/api/v1/requests", dead.filing(
            right="access", capacity="heir", requester={"name": "Ysé Essai"}, contact={"email": "heir@exemple.example"}))
        assert heir.status == 201, heir
        wait_for("the heir is told", lambda: mail.to("heir@exemple.example"))
        record = wait_for("it is found", lambda: agent.case(later["reference"])["death"])
        assert (record["from"], record["byItself"], record["isDoubted"]) == (filed["reference"], True, True)
        assert agent.case(heir.json["reference"])["death"] is None
        listed = agent.get(f"/api/v1/operator/requests?q={later['reference']}").json["items"]
        assert [item["deathDoubted"] for item in listed] == [True]
        page = portal.get(f"/operateur/demandes/{later['reference']}", agent._headers()).text
        assert "Déposée après un décès enregistré" in page and f"demandes/{filed['reference']}" in page
        assert "Décès à vérifier" in portal.get("/operateur/demandes", agent._headers()).text
        assert len(mail.to(dead.email)) == 2

        agent.act(filed["reference"], "deathUnrecorded", reasons="La personne a appelé.", samePerson=True)
        wait_for("she is told after all", lambda: len(mail.to(dead.email)) == 5)
        assert portal.follow(second)["deathRecordedAt"] is None
        assert agent.case(later["reference"])["death"] is None
