"""Each bad input gets its own clear answer, tells nothing of the inside, and changes nothing."""

import json
from urllib.parse import parse_qs, urlsplit

import pytest
from bad_input import SCENARIOS
from filing_form import FilingForm
from operators import Operator
from people import People, idempotency_key
from portal import Portal
from targets import SQLiteTarget
from waiting import wait_for

SECURITY_HEADERS = {
    "content-security-policy": "default-src 'none'",
    "x-content-type-options": "nosniff",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=()",
}
# Words of the inside that no answer to the outside may hold.
INSIDE = ("SELECT", "INSERT", "sqlite", "postgres", ".swift", "Fatal", "FieldError",
          "SQLError", "/var/", "regard.sqlite")


def require_security_headers(answer):
    for name, value in SECURITY_HEADERS.items():
        assert answer.headers.get(name, "").startswith(value), name
    # A page with a form tells its own site where it was sent from, and nobody else.
    allowed = ("no-referrer", "same-origin") if "html" in answer.headers["content-type"] else ("no-referrer",)
    assert answer.headers.get("referrer-policy") in allowed


class House:
    """A portal with requests at different points, operators of each role, and three projects."""

    def __init__(self, engine, server, folder):
        self.portal = Portal(engine, server).initialise()
        self.operators = {}
        for name, role in {"agent": "agent", "supervisor": "supervisor", "auditor": "auditor"}.items():
            self.operators[name] = Operator(self.portal, f"op-{name}", role)
        projects = folder / "projects.jsonl"
        projects.write_text("".join(
            json.dumps({"reference": name, "title": {"fr": f"Projet {name}"}, "summary": {"fr": "Résumé."},
                        "status": "active", "controllers": [{"name": "Institut"}]}) + "\n"
            for name in ("UN", "DEUX", "TROIS")))
        self.portal.command("import", "projects", str(projects))
        # Nothing closes without a linked database to confirm it.
        self.portal.link("cohorte", SQLiteTarget(folder / "cohorte.sqlite"))
        self.portal.start()
        people, key = People(count=4), idempotency_key()
        first, other, granted, taken = (
            self.portal.file(people[0], key), *(self.portal.file(people[index]) for index in (1, 2, 3)))
        agent = self.operators["agent"]
        for event in ("identityVerified", "granted"):
            agent.act(granted["reference"], event)
        agent.act(taken["reference"], "assigned")
        wait_for("the granted one is closed", lambda: self.portal.follow(granted)["state"] == "closed")
        page = wait_for("the register is shown", lambda: (
            answer := self.portal.get("/api/v1/projects?limit=1").json)["total"] == 3 and answer)
        secret = first["secret"]
        self.names = {
            "reference": first["reference"], "secret": secret, "other_secret": other["secret"], "key": key,
            "mistyped_secret": ("A" if secret[0] != "A" else "B") + secret[1:],
            "granted_reference": granted["reference"], "taken_reference": taken["reference"],
            "cursor": parse_qs(urlsplit(page["next"]).query)["cursor"][0],
        }

    def filled(self, text):
        for name, value in self.names.items():
            text = text.replace("{" + name + "}", value)
        return text

    def send(self, scenario):
        headers = {name: value and self.filled(value) for name, value in scenario.headers.items()}
        if scenario.signed:
            headers.update(self.operators[scenario.signed]._headers())
        return self.portal.send(scenario.method, self.filled(scenario.target), headers, scenario.body)

    def state(self):
        """What must not move: how many requests there are, and all that happened to each."""
        agent = self.operators["agent"]
        items = agent.get("/api/v1/operator/requests?limit=1000").json["items"]
        return {item["reference"]: (item["state"], item["outcome"], len(agent.case(item["reference"])["timeline"]))
                for item in items}


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def house(request, server, tmp_path_factory):
    house = House(request.param, server, tmp_path_factory.mktemp("house"))
    yield house
    print(house.portal.log_text()[-4000:])
    house.portal.remove()


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_bad_input_is_answered_and_changes_nothing(house, scenario):
    before = house.state()
    answer = house.send(scenario)
    assert answer.status == scenario.status, answer
    require_security_headers(answer)
    if scenario.page:
        assert answer.headers["content-type"] == "text/html; charset=utf-8" and "<h1" in answer.text
    else:
        assert answer.headers["content-type"] == "application/problem+json"
        problem = answer.json
        assert problem["status"] == scenario.status and problem["code"] == scenario.code, problem
        assert problem["title"] and problem["type"] and " / " in problem["detail"], "words in both languages"
    for name, value in scenario.carries.items():
        assert answer.headers.get(name) == value, answer.headers
    if scenario.status == 405:
        assert scenario.method not in answer.headers["allow"].split(", ")
    if scenario.fields is not None:
        assert {error["pointer"]: error["code"] for error in problem["errors"]} == scenario.fields
        for error in problem["errors"]:
            assert "Vérifiez cette réponse" not in error["detail"], f"no words of its own: {error}"
    for text in scenario.has:
        assert house.filled(text) in answer.text
    for text in (*INSIDE, *scenario.lacks):
        assert house.filled(text) not in answer.text, text
    assert house.state() == before, "something was written"


def test_an_unknown_reference_and_a_wrong_secret_are_told_apart_by_nothing(house):
    def ask(reference):
        answer = house.portal.get(f"/api/v1/requests/{reference}",
                                  {"Authorization": f"Bearer {house.names['other_secret']}"})
        problem = answer.json
        own = problem.pop("requestId", None)
        headers = {name: value for name, value in answer.headers.items()
                   if name != "date" and not (own and own in value)}
        return answer.status, problem, headers, len(answer.body)

    assert ask(house.names["reference"]) == ask("R-2026-ZZZZZ9")


def test_the_same_filing_under_the_same_key_is_one_filing(house):
    person, key = People()[0], idempotency_key()
    before = house.operators["agent"].count()
    assert house.portal.file(person, key) == house.portal.file(person, key)
    assert house.operators["agent"].count() == before + 1


def test_failures_to_sign_in_are_slowed_down(house):
    body = {"name": "op-nobody", "password": "not the password", "otp": "123456"}
    answers = [house.portal.post("/api/v1/operator/session", body) for _ in range(6)]
    assert {answer.status for answer in answers} == {401, 429}
    slowed = next(answer for answer in answers if answer.status == 429)
    assert slowed.json["code"] == "tooManyFailures" and int(slowed.headers["retry-after"]) >= 1
    assert not any(answer.cookies for answer in answers)


def test_a_one_time_code_works_once(house):
    operator = Operator(house.portal, "op-twice", "agent")
    body = {"name": operator.name, "password": operator.password, "otp": operator.code()}
    assert house.portal.post("/api/v1/operator/session", body).status == 201
    assert house.portal.post("/api/v1/operator/session", body).status == 401


def test_signing_out_ends_the_session(house):
    operator = Operator(house.portal, "op-leaver", "agent").sign_in()
    assert operator.get("/api/v1/operator/requests").status == 200
    answer = house.portal.send("DELETE", "/api/v1/operator/session", operator._headers())
    assert answer.status == 204 and "cookies" in answer.headers["clear-site-data"]
    assert operator.get("/api/v1/operator/requests").status == 401


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_page_says_what_the_api_says_of_each_field(house, language):
    before = house.state()
    form = FilingForm(house.portal, language)
    form.begin()
    page = form.answer("/personne", {
        "birthName": "", "givenNames": "", "birthDay": "30", "birthMonth": "2", "birthYear": "2023", "sex": "",
        "nir": "185057800608492"})
    assert page.status == 200 and page.headers["content-type"].startswith("text/html"), page
    assert "no-store" in page.headers["cache-control"]
    api = house.portal.post("/api/v1/requests", {
        "right": "objection", "scope": {"kind": "all"}, "capacity": "dataSubject", "language": "fr",
        "subject": {"birthName": "", "givenNames": [], "birthDate": "2023-02-30", "nir": "185057800608492"}})
    assert api.status == 422 and len(api.json["errors"]) == 5, api
    for error in api.json["errors"]:
        words = error["detail"].split(" / ")[["fr", "en"].index(language)]
        assert page.text.replace("&#39;", "'").count(words) >= 2, f"not in the summary and at the field: {words}"
    assert house.state() == before


@pytest.mark.parametrize("path, status", [("/nulle-part", 404), ("/projets/NULLE-PART", 404), ("/en/nowhere", 404)])
def test_a_browser_gets_its_errors_as_pages(house, path, status):
    page = house.portal.get(path, {"Accept": "text/html,application/xhtml+xml"})
    assert page.status == status and page.headers["content-type"] == "text/html; charset=utf-8"
    assert f'lang="{"en" if path.startswith("/en") else "fr"}"' in page.text and "<h1" in page.text
    require_security_headers(page)
