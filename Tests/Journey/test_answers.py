"""What goes before an answer, over HTTP: a second person, templates, drafts, and a moment to recall that outlives the server."""

import re
from urllib.parse import urlencode

import pytest
from confirming import site
from operators import Operator
from people import People
from waiting import wait_for

REFUSAL = {"type": "refused", "grounds": "identityNotEstablished", "reasons": "Les pièces ne concordent pas.",
           "complaint": "La CNIL vous lira.", "judicialRemedy": "Le tribunal vous entendra."}
TEMPLATE = {"id": "merci", "purpose": "message", "title": {"fr": "Merci", "en": "Thanks"},
            "text": {"fr": "Votre demande {{reference}} est lue.", "en": "Your request {{reference}} is read."}}


@pytest.fixture(params=["sqlite", "postgresql"])
def house(request, make_portal, tmp_path):
    portal = make_portal(request.param, environment={
        "REGARD_RESOURCES": str(site(tmp_path)), "REGARD_RECALL_SECONDS": "5"})
    return portal.initialise().start()


def words(portal, filed):
    """What the citizen has been told in words."""
    return [event["words"].get("text") for event in portal.follow(filed)["timeline"] if event["type"] == "message"]


def test_what_goes_before_an_answer(house):
    portal = house
    agent, supervisor = Operator(portal, "camille", "agent"), Operator(portal, "dominique", "supervisor")
    people = People(count=2)
    filed, other = portal.file(people[0]), portal.file(people[1])
    page = f"/operateur/demandes/{filed['reference']}"

    def send(operator, path, **fields):
        return portal.post_form(path, urlencode(fields), operator._headers())

    # A broken template is not saved, and says where; whoever may not write any is told so.
    broken = supervisor.post("/api/v1/operator/templates",
                             TEMPLATE | {"text": {"fr": "Bonjour {{nom}}", "en": "{{reference"}})
    assert broken.status == 422
    assert [(error["pointer"], error["code"]) for error in broken.json["errors"]] == [
        ("/text/fr", "template.unknownField"), ("/text/en", "template.unclosed")]
    assert "{{nom}}" in broken.json["errors"][0]["detail"]
    assert agent.post("/api/v1/operator/templates", TEMPLATE).status == 403
    assert agent.get("/api/v1/operator/templates").json["total"] == 0
    assert supervisor.post("/api/v1/operator/templates", TEMPLATE).status == 201
    assert agent.get("/api/v1/operator/templates/merci").json["versions"][0]["version"] == 1

    # It fills the agent's form alone.
    assert send(agent, f"{page}/actes", text="Bonjour,", pick="merci", do="fill:message").status == 303
    text = f"Bonjour,\n\nVotre demande {filed['reference']} est lue."
    assert f"{text}</textarea>" in agent.get(page).text
    assert f"Votre demande {filed['reference']} est lue." not in supervisor.get(page).text

    # What is sent waits, is recalled, is sent again, and goes although the server was killed meanwhile.
    assert send(agent, f"{page}/actes", type="message", text=text, template="merci", templateVersion=1).status == 303
    held = re.search(r'/rappel"><input type="hidden" name="id" value="([0-9a-f]{32})"', agent.get(page).text)[1]
    assert agent.case(filed["reference"])["held"]["type"] == "message"
    assert words(portal, filed) == []
    assert send(supervisor, f"{page}/rappel", id=held).status == 403
    assert send(agent, f"{page}/rappel", id=held).status == 303
    assert agent.case(filed["reference"])["held"] is None
    assert f"{text}</textarea>" in agent.get(page).text
    assert send(agent, f"{page}/actes", type="message", text=text, template="merci", templateVersion=1).status == 303
    portal.kill("serve")
    portal.start()
    wait_for("it has gone", lambda: words(portal, filed) == [text])
    # From which template it was begun, operators see, and the citizen does not.
    assert portal.follow(filed)["timeline"][-1]["data"] == {}
    assert agent.case(filed["reference"])["timeline"][-1]["data"] == {"template": {"id": "merci", "version": 1}}
    # By API it goes at once.
    agent.act(filed["reference"], "message", text="Sans attendre.")
    assert words(portal, filed) == [text, "Sans attendre."]

    # A refusal takes two, and is the citizen's to read only then.
    agent.act(other["reference"], "assigned")
    case = f"/api/v1/operator/requests/{other['reference']}"
    direct = supervisor.post(f"{case}/events", REFUSAL)
    assert (direct.status, direct.json["errors"][0]["code"]) == (422, "refusal.confirmed")
    incomplete = agent.post(f"{case}/proposals", REFUSAL | {"complaint": ""})
    assert (incomplete.status, incomplete.json["errors"][0]["pointer"]) == (422, "/complaint")
    assert agent.post(f"{case}/proposals", REFUSAL).status == 201
    seen = portal.follow(other)
    assert seen["outcome"] is None and [event["type"] for event in seen["timeline"]] == ["filed", "assigned"]
    waiting = supervisor.get("/api/v1/operator/requests?awaits=confirmation").json
    assert [item["reference"] for item in waiting["items"]] == [other["reference"]]
    proposal = supervisor.case(other["reference"])["proposal"]
    assert proposal["act"]["reasons"] == REFUSAL["reasons"]
    confirmation = f"{case}/proposals/{proposal['id']}/confirmation"
    assert agent.post(confirmation, {}).status == 403
    agent.act(other["reference"], "message", text="Encore un mot.")
    late = supervisor.post(confirmation, {})
    assert late.status == 409 and "“Message”, by camille" in late.json["detail"], "something was said meanwhile"
    assert supervisor.post(f"{case}/proposals/{proposal['id']}/return", {"note": "Relisez."}).status == 200
    again = agent.post(f"{case}/proposals", REFUSAL).json["proposal"]["id"]
    assert supervisor.post(f"{case}/proposals/{again}/confirmation", {}).status == 201
    assert portal.follow(other)["outcome"] == "refused"

    # Voiding many takes two as well; what a person has written meanwhile spares their request.
    forged = [portal.file(person) for person in People(count=3)]
    chosen = [{"reference": item["reference"]} for item in forged]
    voided = {"type": "voided", "reasons": "Une seule main."}
    alone = supervisor.post("/api/v1/operator/requests/events", {"requests": chosen, "act": voided})
    assert (alone.status, alone.json["errors"][0]["code"]) == (422, "voiding.confirmed")
    [made] = agent.post("/api/v1/operator/voidings", {"requests": chosen, "reasons": voided["reasons"]}).json["items"]
    assert (made["count"], made["kind"], made["declined"]) == (3, "chosen", None)
    confirmation = f"/api/v1/operator/voidings/{made['id']}/confirmation"
    assert agent.post(confirmation, {}).status == 403
    agent.act(forged[0]["reference"], "message", text="Est-ce vous ?")
    done = supervisor.post(confirmation, {}).json
    assert [result["done"] for result in done["results"]].count(True) == done["done"] == 2
    [spared] = [result for result in done["results"] if not result["done"]]
    assert spared["reference"] == forged[0]["reference"] and "by camille" in spared["detail"]
    assert [portal.follow(item)["outcome"] for item in forged] == [None, "voided", "voided"]
    assert supervisor.post(confirmation, {}).status == 409
