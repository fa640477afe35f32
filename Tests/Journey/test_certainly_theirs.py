"""What somebody finds who proves who they are: every choice of theirs and nobody else's, and a new code for a lost one."""

import contextlib
import datetime
import json
import re
from urllib.parse import urlencode

import identities
import pytest
from operators import Operator
from people import nir_key
from traces import Traces
from visitor import BACK, Visitor
from waiting import wait_for

ANGELA = {"birthName": "Dubois", "givenNames": ["Angela", "Claire"], "birthDate": "1962-08-24", "sex": "F"}


def nir(thirteen):
    return thirteen + nir_key(thirteen)


@pytest.fixture
def house(make_portal):
    """Makes a portal that knows a provider."""
    with contextlib.ExitStack() as stack:
        def make(engine):
            provider = stack.enter_context(identities.provider())
            portal = make_portal(engine)
            portal.environment |= identities.environment(portal.folder, provider.issuer, portal.origin)
            provider.redirects.add(portal.origin + BACK)
            return portal.initialise().start(), provider

        yield make


def file(portal, subject, **changes):
    body = {"right": "objection", "scope": {"kind": "all"}, "subject": subject, "capacity": "dataSubject", **changes}
    answer = portal.post("/api/v1/requests", json.dumps(body).encode())
    assert answer.status == 201, answer
    return answer.json


def secret(page):
    return re.search(r'data-copy="([^"]+)"', page.text).group(1)


ENGINES = pytest.mark.parametrize("engine", ["sqlite", "postgresql"])


@ENGINES
def test_somebody_sees_what_is_theirs_and_ends_it(house, engine):
    portal, provider = house(engine)
    mine = file(portal, {**ANGELA, "birthPlace": "75107"})
    older = file(portal, {**ANGELA, "nir": nir("2620875107001")})
    homonym = file(portal, {**ANGELA, "birthPlace": "13055"})
    twin = file(portal, {**ANGELA, "givenNames": ["Carla"], "birthPlace": "75107"})
    access = file(portal, {**ANGELA, "birthPlace": "75107"}, right="access")

    visitor = Visitor(portal)
    page = visitor.get("/mes-choix")
    assert page.status == 200 and "Continuer avec FranceConnect" in page.text
    page = visitor.arrive("choices")
    page = wait_for("what was filed is indexed", lambda: (
        lambda page: page if mine["reference"] in page.text else None)(visitor.get("/mes-choix")))
    assert "no-store" in page.headers["cache-control"]
    for other in [older, homonym, twin, access]:
        assert other["reference"] not in page.text
    assert "En vigueur" in page.text

    # The number finds what was filed without a birth place, and stands in no address.
    for wrong, words in [("2620875107001", "15 caractères"), (nir("1620875107001"), "ne va pas avec")]:
        answer = visitor.post("/mes-choix/numero", {"for": "choices", "nir": wrong})
        assert answer.status == 422 and words in answer.text, answer
    answer = visitor.post("/mes-choix/numero", {"for": "choices", "nir": nir("2620875107001")})
    assert answer.headers["location"] == "/mes-choix"
    page = visitor.follow(answer)
    assert mine["reference"] in page.text and older["reference"] in page.text
    assert homonym["reference"] not in page.text and nir("2620875107001") not in page.text

    # Nobody else's opens, and it looks like none.
    for other in [homonym["reference"], "R-2026-000000"]:
        assert visitor.get(f"/mes-choix/opposition/{other}").status == 404
        assert visitor.post(f"/mes-choix/opposition/{other}", {"what": "all", "confirm": "yes"}).status == 404

    address = f"/mes-choix/opposition/{mine['reference']}"
    assert "Changer ce choix" in visitor.get(address).text
    assert visitor.post(address).status == 422
    asked = visitor.post(address, {"what": "all"})
    assert asked.status == 200 and "Oui, retirer" in asked.text
    assert portal.follow(mine)["outcome"] != "withdrawn", "nothing ends before it is confirmed"
    page = visitor.follow(visitor.post(address, {"what": "all", "confirm": "yes"}))
    assert "Terminée" in page.text and "En vigueur" in page.text
    followed = portal.follow(mine)
    assert followed["outcome"] == "withdrawn"
    # Where every database was quick, it is closed already.
    assert "withdrawn" in [event["type"] for event in followed["timeline"][-2:]]
    assert portal.follow(older)["outcome"] != "withdrawn"

    # Without the session nothing of it is there.
    stranger = Visitor(portal)
    for target in [address, "/mes-choix/attestation", "/mes-choix/attestation.txt"]:
        assert stranger.get(target).headers["location"] == "/mes-choix"
    provider.person = {**identities.ANGELA, "sub": "another", "given_name": "Carla"}
    other = Visitor(portal)
    other.jar["__Host-numero"] = visitor.jar["__Host-numero"]
    page = other.arrive("choices")
    assert twin["reference"] in page.text and mine["reference"] not in page.text and older["reference"] not in page.text


@ENGINES
def test_an_attestation_outlives_the_case(house, engine):
    portal, _ = house(engine)
    filed = file(portal, {**ANGELA, "birthPlace": "75107"})
    visitor = Visitor(portal)
    visitor.arrive("choices")
    wait_for("what was filed is indexed", lambda: filed["reference"] in visitor.get("/mes-choix").text)
    portal.stop()
    erase(portal)
    portal.start()

    page = visitor.get("/mes-choix/attestation")
    for text in ["Angela Claire Louise DUBOIS", filed["reference"], "toutes les réutilisations", "état au"]:
        assert text in page.text, page.text
    english = visitor.get("/en/my-choices/attestation")
    assert "Attestation of the choices in force" in english.text and "all reuse" in english.text
    text = visitor.get("/mes-choix/attestation.txt")
    assert text.headers["content-type"] == "text/plain; charset=utf-8"
    assert "attachment" in text.headers["content-disposition"]
    assert filed["reference"] in text.text and "Angela Claire Louise DUBOIS" in text.text

    visitor.post(f"/mes-choix/opposition/{filed['reference']}", {"what": "all", "confirm": "yes"})
    assert "Aucune opposition en vigueur" in visitor.get("/mes-choix/attestation").text
    assert "DUBOIS" not in portal.log_text().upper()


def erase(portal):
    """As the erasure of a case will: identity and wraps go, the objection stays."""
    statement = "UPDATE rights_request SET sealed_filing = NULL, operator_wrap = NULL, citizen_wrap = NULL"
    if portal.engine == "postgresql":
        portal.server.run(portal.database, statement)
    else:
        import sqlite3

        with sqlite3.connect(portal.var / "regard.sqlite") as connection:
            connection.execute(statement)


@ENGINES
def test_a_lost_code_is_replaced_and_the_old_one_is_dead(house, engine):
    portal, _ = house(engine)
    filed = file(portal, {**ANGELA, "birthPlace": "75107"}, message="Bonjour, une question.")
    other = file(portal, {**ANGELA, "birthPlace": "13055"})
    visitor = Visitor(portal)
    assert "Continuer avec FranceConnect" in visitor.get("/suivi/code-perdu").text
    page = visitor.arrive("lostCode")
    page = wait_for("what was filed is indexed", lambda: (
        lambda page: page if filed["reference"] in page.text else None)(visitor.get("/suivi/code-perdu")))
    assert other["reference"] not in page.text
    assert visitor.post("/suivi/code-perdu/nouveau").status == 422
    for stolen in [other["reference"], "R-2026-000000", "x"]:
        assert visitor.post("/suivi/code-perdu/nouveau", {"reference": stolen}).status == 404
    shown = visitor.post("/suivi/code-perdu/nouveau", {"reference": filed["reference"]})
    assert shown.headers["location"] == "/suivi/recepisse"
    page = visitor.follow(shown)
    new = secret(page)
    assert "Voici votre nouveau code" in page.text and new.replace(" ", "-") != filed["secret"]

    # The old one is told apart from nothing, in the API and on the page.
    def asked(reference, code):
        return portal.get(f"/api/v1/requests/{reference}", {"Authorization": f"Bearer {code}"})

    def told(answer):
        """All of it but the number of the request itself."""
        return {name: value for name, value in answer.json.items() if name != "requestId"}

    def typed(reference, code):
        answer = portal.post_form("/suivi", f"reference={reference}&secret={code}")
        return answer.status, answer.text.replace(reference, "R")

    old, unknown = asked(filed["reference"], filed["secret"]), asked("R-2026-000000", filed["secret"])
    assert old.status == unknown.status == 404
    assert told(old) == told(unknown)
    assert typed(filed["reference"], filed["secret"]) == typed("R-2026-000000", filed["secret"])

    followed = asked(filed["reference"], new).json
    assert followed["timeline"][-1]["type"] == "secretReissued"
    assert "un nouveau code" in visitor.get("/suivi").text.lower()
    portal.stop()
    search = Traces()
    search.of_secret(new)
    search.of_secret(filed["secret"])
    assert not portal.traces(search)
    assert "dubois" not in portal.log_text().lower()


def test_without_a_provider_the_pages_tell_of_the_other_ways(make_portal):
    portal = make_portal("sqlite").initialise().start()
    for target in ["/mes-choix", "/en/my-choices", "/suivi/code-perdu", "/en/follow/lost-code"]:
        page = portal.get(target, {"Accept": "text/html"})
        assert page.status == 200 and "01 99 00 00 00" in page.text and "FranceConnect" not in page.text
    assert portal.get("/mes-choix/attestation", {"Accept": "text/html"}).headers["location"] == "/mes-choix"


@ENGINES
def test_a_child_of_fifteen_finds_what_a_parent_filed(house, engine):
    portal, provider = house(engine)
    born = datetime.date.today().replace(day=1)
    child = {"birthName": "Dubois", "givenNames": ["Rose"], "sex": "F", "birthPlace": "75107"}
    # The day before fifteen, as it was then; in the case as it is kept, fifteen today.
    filed = file(
        portal, {**child, "birthDate": born.replace(year=born.year - 14).isoformat()},
        capacity="parentalAuthorityHolder", requester={"name": "Angela Dubois"})
    assert portal.get(f"/api/v1/requests/{filed['reference']}",
                      {"Authorization": f"Bearer {filed['secret']}"}).status == 200
    operator = Operator(portal, "superviseur", "supervisor")
    of_age = born.replace(year=born.year - 15).isoformat()
    operator.act(filed["reference"], "identityCorrected", subject={**child, "birthDate": of_age})

    answer = portal.get(f"/api/v1/requests/{filed['reference']}", {"Authorization": f"Bearer {filed['secret']}"})
    assert (answer.status, answer.json["code"]) == (403, "comeOfAge")
    page = portal.post_form("/suivi", urlencode({"reference": filed["reference"], "secret": filed["secret"]}))
    assert page.status == 403 and "Votre enfant a 15 ans" in page.text and "__Host-suivi" not in str(page.cookies)
    wrong = {"Authorization": f"Bearer {filed['secret'][::-1]}"}
    assert portal.get(f"/api/v1/requests/{filed['reference']}", wrong).status in (404, 422)

    provider.person = {**identities.ANGELA, "sub": "rose", "given_name": "Rose Marie", "birthdate": of_age}
    visitor = Visitor(portal)
    visitor.arrive("choices")
    wait_for("what was filed is indexed", lambda: filed["reference"] in visitor.get("/mes-choix").text)
    address = f"/mes-choix/opposition/{filed['reference']}"
    assert "Terminée" in visitor.follow(visitor.post(address, {"what": "all", "confirm": "yes"})).text


@ENGINES
def test_a_letter_is_asked_for_without_a_word_of_what_there_is(house, engine):
    portal, _ = house(engine)
    filed = file(portal, {**ANGELA, "birthName": "Zqlostcode"}, contact={"postal": "1 rue Zqlostroad\n00000 Ville"})
    fields = {"birthName": "Zqlostcode", "givenNames": "Angela", "birthDay": "24", "birthMonth": "8",
              "birthYear": "1962", "postal": "1 rue Zqlostroad\n00000 Ville"}
    known = portal.post_form("/suivi/code-perdu/courrier", urlencode(fields))
    unknown = portal.post_form("/suivi/code-perdu/courrier", urlencode({**fields, "birthName": "Zqlostnobody"}))
    assert (known.status, known.headers["location"], known.body) == (303, "/suivi/code-perdu/courrier/recu", b"")
    assert (known.status, known.headers["location"], known.body) == (
        unknown.status, unknown.headers["location"], unknown.body)
    refused = portal.post_form("/suivi/code-perdu/courrier", urlencode({**fields, "birthDay": "31", "postal": ""}))
    assert refused.status == 422 and "Zqlostcode" in refused.text and "Indiquez votre adresse" in refused.text
    assert portal.follow(filed)["reference"] == filed["reference"], "nothing has changed yet"
    for target in ["/operateur/codes-perdus", "/operateur/codes-perdus/x"]:
        assert portal.get(target, {"Accept": "text/html"}).status in (303, 404, 405)
    portal.stop()
    search = Traces().of_texts("Zqlostcode", "Zqlostroad", "Zqlostnobody")
    assert not portal.traces(search)
