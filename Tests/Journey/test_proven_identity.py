"""Signing in where it is of use: the form is filled and verified, and a request that waits to know who asks is answered."""

import contextlib
import json
import re

import identities
import pytest
from operators import Operator
from people import nir_key
from traces import Traces
from visitor import BACK, GO, PAGE, Visitor, leads_to

ENGINES = ["sqlite", "postgresql"]
FORM, PERSON, CONTACT, CHECK = (f"/droits/exercer{step}" for step in ("", "/personne", "/contact", "/verification"))
ANGELA = identities.ANGELA
NIR = "2620875107001" + nir_key("2620875107001")
# As she writes herself, which is not as the register does.
WRITTEN = {"birthName": "Dubois", "givenNames": "Angéla, Claire", "birthDay": "24", "birthMonth": "8",
           "birthYear": "1962", "sex": "F", "birthPlace": "75056", "nir": NIR}
SUBJECT = {"birthName": "Dubois", "givenNames": ["Angela"], "birthDate": "1962-08-24", "sex": "F", "nir": NIR}
BORIS = {**ANGELA, "sub": "boris", "given_name": "Boris", "family_name": "LENOIR", "gender": "male"}


@pytest.fixture(params=ENGINES)
def house(request, make_portal):
    """A portal, its provider of identities, and an operator."""
    portal = make_portal(request.param)
    with identities.provider() as provider:
        portal.environment |= identities.environment(portal.folder, provider.issuer, portal.origin)
        provider.redirects.add(portal.origin + BACK)
        portal.initialise().start()
        yield portal, provider


@contextlib.contextmanager
def nothing_recorded(portal, filed):
    before = portal.follow(filed)["timeline"]
    yield
    assert portal.follow(filed)["timeline"] == before


def begin(visitor, capacity="dataSubject"):
    """Up to the page about the person."""
    visitor.post(f"{FORM}/pour-qui", {"right": "objection", "capacity": capacity})
    sent = visitor.post(f"{FORM}/portee", {"scope": "all"})
    assert sent.headers["location"] == PERSON, sent


def shown(page):
    """What the fields of a page hold."""
    fields = dict(re.findall(r'<input id="[^"]+" name="([^"]+)"[^>]*? value="([^"]*)"', page.text))
    for name, value in re.findall(r'type="radio" id="[^"]+" name="([^"]+)" value="([^"]+)" checked', page.text):
        fields[name] = value
    return fields


def file(visitor, contact=()):
    """From the contact to the receipt; reference and secret."""
    assert visitor.post(CONTACT, contact).headers["location"] == CHECK
    assert visitor.post(CHECK).headers["location"] == "/suivi/recepisse"
    page = visitor.get("/suivi/recepisse")
    return {"reference": re.search(r'<dd class="code">(R-\d{4}-[0-9A-Z]{6})<', page.text).group(1),
            "secret": re.search(r'data-copy="([0-9A-Z ]+)"', page.text).group(1).replace(" ", "-")}


def events(portal, filed):
    return [(event["type"], event["actor"], event["data"]) for event in portal.follow(filed)["timeline"]]


# The form


def test_the_form_is_filled_and_what_is_filed_is_verified(house):
    portal, provider = house
    visitor = Visitor(portal)
    begin(visitor)
    page = visitor.get(PERSON)
    assert "Remplir avec FranceConnect" in page.text and "Ne plus être identifié" not in page.text
    # What was written so far is kept on the way.
    way = visitor.post(PERSON, {"act": "signIn", "birthName": "Dub", "nir": NIR})
    assert way.status == 200 and leads_to(way) == f"{GO}?for=request", way
    answer = visitor.sign_in("request")
    assert leads_to(answer) == f"{PERSON}?fill=signIn", answer
    page = visitor.get(leads_to(answer))
    filled = shown(page)
    assert filled == {
        "birthName": "DUBOIS", "usageName": "DUBOIS-MARTIN", "givenNames": "Angela, Claire, Louise",
        "birthDay": "24", "birthMonth": "8", "birthYear": "1962", "sex": "F", "birthPlace": "75107", "nir": NIR,
    }, filled
    assert "Vous êtes identifié" in page.text and "Ne plus être identifié" in page.text
    assert visitor.post(PERSON, filled).headers["location"] == CONTACT
    visitor.post(CONTACT, {"message": "Une question."})
    assert "Votre identité est prouvée avec FranceConnect" in visitor.get(CHECK).text

    filed = file(visitor, {"message": "Une question."})
    receipt = visitor.get("/suivi/recepisse").text
    assert "Votre identité est vérifiée. Un agent examine" in receipt and "vérifie votre identité" not in receipt
    assert events(portal, filed) == [
        ("filed", "citizen", {"message": True}), ("identityVerified", "system", {"by": "signIn"})]
    assert "vous l’avez prouvée en ligne" in visitor.get("/suivi").text
    # No operator has to verify it again.
    agent = Operator(portal, "camille", "agent")
    assert agent.case(filed["reference"])["identityVerified"]
    agent.act(filed["reference"], "granted")

    # Neither she nor what the provider calls her stands anywhere in the clear.
    portal.stop()
    assert portal.traces(Traces().of_texts(ANGELA["sub"], "DUBOIS-MARTIN", "Angela Claire", NIR)) == []


@pytest.mark.parametrize("nir, message, ends", [
    (NIR, "", "granted"), ("", "", None), (NIR, "Une question.", None)], ids=["whole", "no number", "a question"])
def test_what_a_proof_says_nothing_of_stays_doubtful(house, nir, message, ends):
    portal, _ = house
    visitor = Visitor(portal)
    begin(visitor)
    visitor.sign_in("request")
    visitor.post(PERSON, {**shown(visitor.get(PERSON)), "nir": nir})
    filed = file(visitor, {"message": message})
    asked = {"message": True} if message else {}
    verified = [("filed", "citizen", asked), ("identityVerified", "system", {"by": "signIn"})]
    assert events(portal, filed) == verified + ([("granted", "system", {})] if ends else [])
    assert portal.follow(filed)["outcome"] == ends


@pytest.mark.parametrize("change, still", [
    ({}, True), ({"usageName": "Martin"}, True), ({"birthPlace": ""}, True), ({"givenNames": "Angela"}, True),
    ({"birthName": "Dubos"}, False), ({"givenNames": "Claire, Angela"}, False), ({"birthDay": "25"}, False),
    ({"birthPlace": "13055"}, False),
])
def test_a_proven_trait_that_is_changed_ends_the_proof_and_the_page_says_so(house, change, still):
    portal, _ = house
    visitor = Visitor(portal)
    begin(visitor)
    visitor.sign_in("request")
    visitor.post(PERSON, {**WRITTEN, **change})
    visitor.post(CONTACT, {"message": "Bonjour."})
    check = visitor.get(CHECK).text
    assert ("Votre identité est prouvée avec FranceConnect" in check) == still
    assert ("Ce n’est plus l’identité que donne FranceConnect" in check) == (not still)
    person = visitor.get(PERSON).text
    assert ("Reprendre ce que dit FranceConnect" in person) == (not still)
    if not still:
        assert shown(visitor.get(f"{PERSON}?fill=signIn"))["birthName"] == "DUBOIS"
    filed = file(visitor, {"message": "Bonjour."})
    assert [type for type, _, _ in events(portal, filed)] == ["filed"] + (["identityVerified"] if still else [])


def test_for_somebody_else_the_name_of_who_asks_is_filled_and_nothing_is_verified(house):
    portal, _ = house
    visitor = Visitor(portal)
    begin(visitor, "parentalAuthorityHolder")
    assert "Remplir avec" not in visitor.get(PERSON).text
    sent = visitor.post(PERSON, {**WRITTEN, "birthYear": "2019", "nir": ""})
    assert sent.headers["location"] == CONTACT
    way = visitor.post(CONTACT, {"act": "signIn", "email": "a@exemple.example"})
    assert leads_to(way) == f"{GO}?for=requester"
    answer = visitor.sign_in("requester")
    filled = shown(visitor.get(leads_to(answer)))
    assert filled["requesterName"] == "Angela DUBOIS-MARTIN" and filled["email"] == "a@exemple.example"
    filed = file(visitor, filled)
    assert [type for type, _, _ in events(portal, filed)] == ["filed"]


@pytest.mark.parametrize("trouble, says", [
    ({"error": "access_denied"}, "C’est votre choix"),
    ({"person": lambda person: {**person, "family_name": ""}}, "n’a pas pu être vérifiée"),
    ({"claims": lambda claims: {**claims, "nonce": "A" * 43}}, "n’a pas pu être vérifiée"),
    ("down", "ne répond pas"),
], ids=["said no", "without a name", "not to be believed", "down"])
def test_whatever_goes_wrong_the_form_is_as_it_was(house, trouble, says):
    portal, provider = house
    visitor = Visitor(portal)
    begin(visitor)
    visitor.post(PERSON, {**WRITTEN, "act": "signIn"})
    if trouble == "down":
        provider.close()
        answer = visitor.get(f"{GO}?for=request")
    else:
        provider.twist = trouble
        answer = visitor.sign_in("request")
    assert says in answer.text and f'href="{PERSON}"' in answer.text and "Revenir à ma demande" in answer.text
    assert f'href="{GO}?for=request"' in answer.text
    page = visitor.get(PERSON)
    assert {name: shown(page)[name] for name in WRITTEN} == WRITTEN
    assert "Vous êtes identifié" not in page.text
    assert visitor.post(PERSON, WRITTEN).headers["location"] == CONTACT
    # Nothing of it stays doubtful: it is granted as from anybody, and nobody says that an identity was verified.
    assert events(portal, file(visitor))[0] == ("filed", "citizen", {"identity": "notNeeded"})


def test_whoever_leaves_takes_the_proof_along(house):
    portal, _ = house
    visitor = Visitor(portal)
    begin(visitor)
    visitor.sign_in("request")
    visitor.post(PERSON, WRITTEN)
    visitor.post(CONTACT)
    assert "Votre identité est prouvée" in visitor.get(CHECK).text
    visitor.post("/identification/quitter")
    assert "Votre identité est prouvée" not in visitor.get(CHECK).text
    page = visitor.get(PERSON)
    assert "Remplir avec FranceConnect" in page.text and shown(page)["birthName"] == "Dubois", "what was filled in stays"
    assert "identityVerified" not in [type for type, _, _ in events(portal, file(visitor))]


def test_another_request_of_the_same_browser_is_not_verified_by_it(house):
    portal, _ = house
    visitor = Visitor(portal)
    begin(visitor)
    visitor.sign_in("request")
    visitor.post(PERSON, WRITTEN)
    file(visitor)
    visitor.jar.pop("__Host-identite")
    other = visitor.post("/droits/exercer/autre-personne")
    assert other.status == 303
    visitor.post(f"{FORM}/pour-qui", {"right": "objection", "capacity": "dataSubject"})
    visitor.post(PERSON, WRITTEN)
    assert "identityVerified" not in [type for type, _, _ in events(portal, file(visitor))]


# In a case


def awaiting(portal, **changes):
    """A request that waits to know who asks, open in a browser."""
    body = {"right": "objection", "scope": {"kind": "all"}, "subject": SUBJECT, "capacity": "dataSubject",
            "message": "Bonjour.", **changes}
    answer = portal.post("/api/v1/requests", json.dumps(body).encode())
    assert answer.status == 201, answer
    filed = answer.json
    agent = Operator(portal, "camille", "agent")
    agent.act(filed["reference"], "identityRequested", text="Qui êtes-vous ?")
    visitor = Visitor(portal)
    opened = visitor.post("/suivi", {"reference": filed["reference"], "secret": filed["secret"]})
    assert opened.status == 303, opened
    return filed, agent, visitor


def test_identity_is_proven_in_the_request_that_waits_for_it(house):
    portal, _ = house
    filed, agent, visitor = awaiting(portal)
    page = visitor.get("/suivi").text
    assert "M’identifier avec FranceConnect" in page and "Confirmer mon identité" not in page
    answer = visitor.sign_in("prove")
    assert leads_to(answer) == "/suivi#identity"
    page = visitor.get("/suivi").text
    assert "Angela Claire Louise DUBOIS" in page and "Confirmer mon identité" in page
    assert [type for type, _, _ in events(portal, filed)][-1] == "identityRequested", "seeing a page records nothing"

    sent = visitor.post("/suivi/identite")
    assert sent.headers["location"] == "/suivi?notice=identity", sent
    assert events(portal, filed)[-2:] == [
        ("identityProvided", "citizen", {"by": "signIn"}), ("identityVerified", "system", {"by": "signIn"})]
    page = visitor.get(sent.headers["location"]).text
    assert "Votre identité est vérifiée" in page and "Confirmer mon identité" not in page
    # Twice is once.
    with nothing_recorded(portal, filed):
        assert visitor.post("/suivi/identite").headers["location"] == "/suivi"
    agent.act(filed["reference"], "granted")
    for text in ["DUBOIS", ANGELA["sub"]]:
        assert text not in portal.log_text()


@pytest.mark.parametrize("person, subject", [
    (BORIS, SUBJECT), (ANGELA, {**SUBJECT, "birthDate": "1962-08-23"}), (ANGELA, {**SUBJECT, "birthPlace": "13055"}),
    ({**ANGELA, "birthdate": "1962-00-00"}, SUBJECT),
], ids=["somebody else", "another date", "another place", "a date that nobody knows"])
def test_another_identity_is_told_so_kindly_and_nothing_is_recorded(house, person, subject):
    portal, provider = house
    filed, _, visitor = awaiting(portal, subject=subject)
    provider.person = dict(person)
    visitor.sign_in("prove")
    with nothing_recorded(portal, filed):
        answer = visitor.post("/suivi/identite")
    assert answer.status == 422, answer
    assert "Cette identité n’est pas celle de la demande" in answer.text
    assert "Confirmer mon identité" in answer.text, "it can be tried again"
    # Whoever is signed in learns nothing of whom the request is about.
    if person is BORIS:
        assert "ubois" not in answer.text and "DUBOIS" not in answer.text
    # The right person, next, is recognised.
    if person is BORIS:
        provider.person = dict(ANGELA)
        visitor.sign_in("prove")
        assert visitor.post("/suivi/identite").headers["location"] == "/suivi?notice=identity"


def test_a_mandate_is_not_proven_by_who_asks(house):
    portal, provider = house
    filed, agent, visitor = awaiting(
        portal, capacity="authorisedAgent", requester={"name": "Dubois-Martin Angela"},
        subject={**SUBJECT, "birthName": "Lenoir"})
    provider.person = dict(BORIS)
    visitor.sign_in("prove")
    with nothing_recorded(portal, filed):
        assert visitor.post("/suivi/identite").status == 422
    provider.person = dict(ANGELA)
    visitor.sign_in("prove")
    sent = visitor.post("/suivi/identite")
    assert "vous pouvez agir pour l’autre personne" in visitor.get(sent.headers["location"]).text
    assert events(portal, filed)[-1] == ("identityProvided", "citizen", {"by": "signIn"})
    assert portal.follow(filed)["state"] == "underReview"
    refused = agent.post(f"/api/v1/operator/requests/{filed['reference']}/events", {"type": "granted"})
    assert (refused.status, refused.json["code"]) == (422, "identityNotVerified"), refused
    agent.act(filed["reference"], "identityVerified")
    agent.act(filed["reference"], "granted")


def test_nothing_is_proven_where_nobody_asked_or_nobody_signed_in(house):
    portal, _ = house
    filed, _, visitor = awaiting(portal)
    with nothing_recorded(portal, filed):
        assert visitor.post("/suivi/identite").headers["location"] == "/suivi#identity"
        assert Visitor(portal).post("/suivi/identite").headers["location"] == "/suivi"
        # A sign-in alone opens no request.
        stranger = Visitor(portal)
        stranger.sign_in("prove")
        assert stranger.post("/suivi/identite").headers["location"] == "/suivi"
    other = Visitor(portal)
    answer = portal.post("/api/v1/requests", json.dumps({
        "right": "objection", "scope": {"kind": "all"}, "subject": SUBJECT, "capacity": "dataSubject",
        "message": "Bonjour."}).encode()).json
    other.post("/suivi", {"reference": answer["reference"], "secret": answer["secret"]})
    assert "M’identifier avec" not in other.get("/suivi").text
    other.sign_in("prove")
    with nothing_recorded(portal, answer):
        assert other.post("/suivi/identite").headers["location"] == "/suivi"


def test_without_a_provider_neither_form_nor_case_speaks_of_one(make_portal):
    portal = make_portal("sqlite").initialise().start()
    visitor = Visitor(portal)
    begin(visitor)
    assert "FranceConnect" not in visitor.get(PERSON).text
    # An act that the page does not offer is the form's own.
    assert visitor.post(PERSON, {**WRITTEN, "act": "signIn"}).headers["location"] == PERSON
    filed, _, visitor = awaiting(portal)
    assert "FranceConnect" not in visitor.get("/suivi").text
    assert visitor.post("/suivi/identite").status == 404


def test_after_leaving_the_way_leads_to_the_page_of_sign_in(house):
    portal, _ = house
    visitor = Visitor(portal)
    visitor.sign_in()
    left = visitor.post("/identification/quitter")
    assert "/session/end?" in leads_to(left)
    assert "Continuer avec FranceConnect" in visitor.get(PAGE).text
