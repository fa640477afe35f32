"""The desk by HTTP: many requests at once, colleagues, and people found by their identity, on each engine."""

from operators import Operator
from people import People
from waiting import wait_for


def many(operator, references, **act):
    answer = operator.post("/api/v1/operator/requests/events",
                           {"requests": [{"reference": reference} for reference in references], "act": act})
    assert answer.status == 200, answer
    return answer.json


def test_many_requests_are_handled_together(portal):
    people = People(count=12)
    references = [portal.post("/api/v1/requests", person.filing()).json["reference"] for person in people]
    odile, simone = Operator(portal, "odile", "agent"), Operator(portal, "simone", "supervisor")
    noor, eve = Operator(portal, "noor", "agent"), Operator(portal, "eve", "auditor")

    assert many(odile, references, type="identityVerified")["done"] == 12
    odile.act(references[3], "granted")
    answer = many(odile, references + ["R-2026-000000"], type="granted")
    assert answer["done"] == 11
    assert [(result["reference"], result["code"]) for result in answer["results"] if not result["done"]] == [
        (references[3], "alreadyDecided"), ("R-2026-000000", "notFound")]
    assert all("/" in result["detail"] for result in answer["results"] if not result["done"])

    # Whoever may not is refused before anything is done, and the audit says so.
    refused = eve.post("/api/v1/operator/requests/events",
                       {"requests": [{"reference": references[0]}], "act": {"type": "noted", "note": "x"}})
    assert (refused.status, refused.json["code"]) == (403, "forbidden")
    # What is wrong with the act is named where it stands.
    wrong = odile.post("/api/v1/operator/requests/events",
                       {"requests": [{"reference": references[0], "color": 1}], "act": {"type": "message"}})
    assert wrong.status == 422
    assert {error["pointer"] for error in wrong.json["errors"]} == {"/requests/0/color", "/act/text"}

    waiting = [portal.post("/api/v1/requests", person.filing(right="access")).json["reference"] for person in people]
    seen = odile.case(waiting[0])["timeline"][-1]["n"]
    odile.act(waiting[0], "noted", note="vue")
    late = odile.post("/api/v1/operator/requests/events",
                      {"requests": [{"reference": waiting[0], "after": seen}], "act": {"type": "assigned"}})
    assert late.json["results"][0]["code"] == "outdated"
    assert many(odile, waiting, type="assigned")["done"] == 12

    # An absence, and everything handed over.
    away = noor.put("/api/v1/operator/colleagues/odile/absence", {"from": "2099-01-01", "until": "2099-01-05"})
    assert away.status == 403
    assert odile.put("/api/v1/operator/colleagues/odile/absence",
                         {"from": "2099-01-01", "until": "2099-01-05", "deputy": "noor"}).status == 204
    colleagues = {item["name"]: item for item in simone.get("/api/v1/operator/colleagues").json["items"]}
    assert set(colleagues) == {"odile", "simone", "noor"} and colleagues["odile"]["openRequests"] == 12
    assert colleagues["odile"]["absence"] == {"from": "2099-01-01", "until": "2099-01-05", "deputy": "noor"}
    given = simone.post("/api/v1/operator/handovers", {"from": "odile", "to": "noor", "note": "À rappeler."})
    assert given.json["done"] == 12
    case = noor.case(waiting[5])
    assert case["assignee"] == "noor"
    assert any((event.get("words") or {}).get("note") == "À rappeler." for event in case["timeline"])

    # The person is found by who they are, and their other request without anybody opening it.
    person = people[7]
    theirs = {references[7]: True, waiting[7]: True}
    wait_for("both are indexed", lambda: odile.finds(person) == theirs)
    assert [item["reference"] for item in odile.case(waiting[7])["alike"]] == [references[7]]
    assert eve.seek(person).status == 403
