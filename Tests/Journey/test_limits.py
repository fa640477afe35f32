"""Limits that honest citizens never feel, on a server as it is installed: many behind one address, and a flood."""

import re
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

from filing_form import FilingForm, credentials
from people import People

CITIZENS = 500


def test_five_hundred_citizens_behind_one_address_file_and_follow(make_portal):
    portal = make_portal("sqlite").initialise().start()
    people = People(count=CITIZENS)

    def citizen(index):
        """One in five by the form, the others as a program; all of them from this one address."""
        if index % 5:
            filed = portal.file(people[index])
            return portal.follow(filed)["reference"]
        form = FilingForm(portal)
        stopped = form.fill(people[index])
        assert stopped is None, stopped
        sent = form.file()
        assert sent.status == 303, sent
        receipt = portal.get(sent.headers["location"], {"Cookie": f"__Host-suivi={sent.cookie('__Host-suivi')}"})
        reference, secret = credentials(receipt)
        opened = portal.post_form("/suivi", urlencode({"reference": reference, "secret": secret}))
        assert opened.status == 303, opened
        return reference

    with ThreadPoolExecutor(16) as crowd:
        references = list(crowd.map(citizen, range(CITIZENS)))
    assert len(set(references)) == CITIZENS


def test_beyond_a_tightened_limit_the_filled_form_comes_back_and_goes_through_later(make_portal):
    portal = make_portal("sqlite", environment={
        "REGARD_LIMITS_FILING_ADDRESS": "1, 1/s", "REGARD_PROXIES": "127.0.0.1",
    }).initialise().start()
    person = People(count=2)[1]
    form = FilingForm(portal)
    assert form.fill(person) is None
    flood = [portal.post("/api/v1/requests", b"{}").status for _ in range(20)]
    assert 429 in flood and set(flood) <= {422, 429}
    refused = form.file()
    while refused.status == 303:  # A second had passed.
        form = FilingForm(portal)
        assert form.fill(person) is None
        portal.post("/api/v1/requests", b"{}")
        refused = form.file()
    assert refused.status == 429
    assert int(refused.headers["retry-after"]) >= 1
    assert refused.headers["content-type"].startswith("text/html")
    for kept in (person.birth_name, person.email, person.message, "<button>"):
        assert kept in refused.text
    assert re.search(r"Vos réponses sont gardées jusqu’à \d+\s+h\s+\d+", refused.text)
    # Somebody else's address is somebody else's limit.
    other = portal.send("POST", "/api/v1/requests", {
        "Content-Type": "application/json", "X-Forwarded-For": "2001:db8:0:7::1"}, person.filing())
    assert other.status == 201, other
    problem = portal.post("/api/v1/requests", b"{}")
    while problem.status != 429:
        problem = portal.post("/api/v1/requests", b"{}")
    assert problem.headers["content-type"] == "application/problem+json"
    assert problem.json["code"] == "tooManyRequests"


def test_a_limit_that_cannot_be_read_stops_the_start(make_portal):
    portal = make_portal("sqlite", environment={"REGARD_LIMITS_SIGN_IN_TOTAL": "many"})
    said = portal.run("serve")
    assert said.returncode == 2
    assert "limits.signIn.total is “many”" in said.stderr
