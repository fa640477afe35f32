"""Signing in with a provider on another site, in a real browser without a script: for itself, to fill the form, and to
answer the question of identity in a request."""

import json
import os
import re
import subprocess
import sys

import identities
import pytest
from accessibility import faults
from exchange import exchange
from operators import Operator
from people import nir_key
from portal import Portal, free_port
from visits import WORDS, button, field, follow, reach_the_person
from waiting import wait_for

NIR = "2620875107001" + nir_key("2620875107001")
OBJECTION = {
    "right": "objection", "scope": {"kind": "all"}, "capacity": "dataSubject", "message": "Bonjour.",
    "subject": {"birthName": "Dubois", "givenNames": ["Angéla"], "birthDate": "1962-08-24", "sex": "F", "nir": NIR},
}


@pytest.fixture(scope="module")
def provider(tmp_path_factory):
    """oidc-provider-mock, as a process of its own; its port."""
    port = free_port()
    angela = {**identities.ANGELA, "sub": "angela"}
    boris = {**angela, "sub": "boris", "given_name": "Boris", "family_name": "LENOIR", "gender": "male"}
    log = tmp_path_factory.mktemp("provider") / "log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "oidc_provider_mock", "--port", str(port), "--user-claims",
             json.dumps(angela), "--user-claims", json.dumps(boris)], stdout=out, stderr=subprocess.STDOUT,
            env={**os.environ, "AUTHLIB_INSECURE_TRANSPORT": "1"})
    try:
        wait_for("the provider is ready", lambda: exchange(
            "localhost", port, "GET", "/.well-known/openid-configuration").status == 200)
        yield port
    finally:
        process.terminate()
        process.wait()
        print(log.read_text()[-3000:])


@pytest.fixture(scope="module")
def house(provider):
    """A portal at 127.0.0.1 and its provider at localhost: to a browser, two sites."""
    portal = Portal("sqlite")
    portal.environment |= identities.environment(
        portal.folder, f"http://localhost:{provider}", portal.origin, REGARD_OIDC_SCOPES="openid profile",
        REGARD_OIDC_ACR_VALUES="")
    portal.initialise("--demo").start()
    yield portal
    print(portal.log_text()[-3000:])
    portal.remove()


@pytest.fixture
def visit(make_browsers, house):
    browsers = make_browsers(house)
    return lambda width=1280, language="fr", **more: browsers.open(width=width, language=language, **more)


@pytest.mark.parametrize("language, width", [("fr", 390), ("en", 1280)])
def test_somebody_signs_in_without_a_script_and_leaves(visit, house, screenshots, language, width):
    go, stay, out, gone = {
        "fr": ("Continuer avec FranceConnect", "Vous êtes identifié", "Ne plus être identifié", "Vous n’êtes plus identifié"),
        "en": ("Continue with FranceConnect", "You are signed in", "Sign out", "You are signed out"),
    }[language]
    page = visit(width, language)
    page.goto({"fr": "/identification", "en": "/en/sign-in"}[language])
    page.screenshot(path=screenshots / f"identification-{width}.png", full_page=True)
    home = page.url
    page.get_by_role("link", name=go).click()
    assert page.url.startswith("http://localhost:")
    page.get_by_role("button", name="angela").click()
    page.wait_for_url(home)
    main = page.inner_text("main")
    assert stay in main and "Angela Claire Louise DUBOIS" in main, "the strict cookie came along"
    page.screenshot(path=screenshots / f"identifie-{width}.png", full_page=True)
    kept = {cookie["name"]: cookie for cookie in page.context.cookies()}
    assert set(kept) == {"__Host-identite"}, "the attempt is over"
    assert "DUBOIS" not in kept["__Host-identite"]["value"]

    button(page, out).click()
    page.wait_for_url(re.compile("^http://localhost:"))
    assert "id_token_hint=" in page.url
    assert not page.context.cookies()
    page.get_by_role("button").first.click()
    page.wait_for_url(re.compile("^" + re.escape(home)))
    assert "DUBOIS" not in page.inner_text("main")
    assert "DUBOIS" not in house.log_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_of_sign_in_can_be_used_by_everybody(chromium, house, scheme):
    context = chromium.new_context(base_url=house.origin, color_scheme=scheme, viewport={"width": 390, "height": 900})
    try:
        page = context.new_page()
        for target in ["/identification", "/identification/retour?state=x", "/en/sign-in"]:
            page.goto(target)
            assert faults(page) == []
    finally:
        context.close()


def recognised_as(page, name, then):
    """At the provider, and on to where the portal leads."""
    page.wait_for_url(re.compile("^http://localhost:"))
    page.get_by_role("button", name=name).click()
    page.wait_for_url(then)


@pytest.mark.parametrize("language, width", [("fr", 390), ("en", 1280)])
def test_the_form_is_filled_by_the_provider_and_what_is_filed_is_verified(visit, house, screenshots, language, width):
    words = WORDS[language]
    fill, proven, verified = {
        "fr": ("Remplir avec FranceConnect", "Votre identité est prouvée avec FranceConnect",
               "Votre identité est vérifiée\N{NO-BREAK SPACE}: vous l’avez prouvée en ligne."),
        "en": ("Fill in with FranceConnect", "Your identity is proven with FranceConnect",
               "Your identity is verified: you proved it online."),
    }[language]
    page = visit(width, language)
    reach_the_person(page, words)
    field(page, words.nir).fill(NIR)
    page.screenshot(path=screenshots / f"remplir-{width}.png", full_page=True)
    button(page, fill).click()
    recognised_as(page, "angela", re.compile("fill=signIn$"))
    page.screenshot(path=screenshots / f"rempli-{width}.png", full_page=True)
    assert field(page, words.birth_name).input_value() == "DUBOIS"
    assert field(page, words.given_names).input_value() == "Angela, Claire, Louise"
    assert [field(page, label).first.input_value() for label in (words.day, words.month, words.year)] == [
        "24", "8", "1962"]
    assert page.get_by_role("radio", name=words.female).is_checked()
    assert field(page, words.nir).input_value() == NIR, "what was typed before is kept"
    # The key that sends a form goes on with it, and not to the provider.
    field(page, words.nir).press("Enter")
    field(page, words.message).fill("Bonjour.")
    button(page, words.go_on).click()
    assert proven in page.inner_text("main")
    page.screenshot(path=screenshots / f"prouve-{width}.png", full_page=True)
    button(page, words.file).click()
    codes = page.locator(".keep dd")
    reference, secret = codes.nth(0).inner_text().strip(), re.sub(r"\s+", " ", codes.nth(1).inner_text().strip())
    follow(page, words, reference, secret)
    assert verified in page.inner_text("main")
    page.screenshot(path=screenshots / f"verifie-{width}.png", full_page=True)


def test_enter_goes_on_with_the_form_where_one_may_sign_in(visit):
    page = visit()
    reach_the_person(page, WORDS["fr"])
    field(page, WORDS["fr"].birth_name).fill("Dubois")
    field(page, WORDS["fr"].birth_name).press("Enter")
    page.wait_for_url(re.compile("#errors$"))
    assert field(page, WORDS["fr"].birth_name).input_value() == "Dubois"
    # Nobody hears of the button that makes it so, or comes by it with the keyboard.
    assert page.get_by_role("button", name="Continuer", exact=True).count() == 1


def awaiting(house, name):
    answer = house.post("/api/v1/requests", OBJECTION)
    assert answer.status == 201, answer
    filed = answer.json
    Operator(house, name, "agent").act(filed["reference"], "identityRequested", text="Qui êtes-vous ?")
    return filed


@pytest.mark.parametrize("language, width", [("fr", 1280), ("en", 390)])
def test_a_request_that_waits_for_identity_is_answered_by_the_right_person_alone(
        visit, house, screenshots, language, width):
    words = WORDS[language]
    prove, confirm, another, leave, verified = {
        "fr": ("M’identifier avec FranceConnect", "Confirmer mon identité",
               "Cette identité n’est pas celle de la demande", "Ce n’est pas moi : ne plus être identifié",
               "Votre identité est vérifiée"),
        "en": ("Sign in with FranceConnect", "Confirm my identity", "This identity is not that of the request",
               "That is not me: sign out", "Your identity is verified"),
    }[language]
    filed = awaiting(house, f"agent-{width}")
    page = visit(width, language)
    follow(page, words, filed["reference"], filed["secret"])
    page.screenshot(path=screenshots / f"attente-{width}.png", full_page=True)
    page.get_by_role("link", name=prove).click()
    recognised_as(page, "boris", re.compile(re.escape(words.follow) + "#identity$"))
    assert "LENOIR" in page.inner_text("main")
    button(page, confirm).click()
    assert another in page.inner_text("main") and "ubois" not in page.inner_text("main")
    page.screenshot(path=screenshots / f"autre-identite-{width}.png", full_page=True)
    assert house.follow(filed)["timeline"][-1]["type"] == "identityRequested"

    button(page, leave).click()
    page.wait_for_url(re.compile("^http://localhost:"))
    page.goto(words.follow)
    page.get_by_role("link", name=prove).click()
    recognised_as(page, "angela", re.compile(re.escape(words.follow) + "#identity$"))
    page.screenshot(path=screenshots / f"confirmer-{width}.png", full_page=True)
    button(page, confirm).click()
    assert verified in page.inner_text("main") and prove not in page.inner_text("main")
    page.screenshot(path=screenshots / f"identite-verifiee-{width}.png", full_page=True)
    assert [event["type"] for event in house.follow(filed)["timeline"]][-2:] == ["identityProvided", "identityVerified"]
    # Nor does the machine's log know who it was.
    assert "DUBOIS" not in house.log_text() and "LENOIR" not in house.log_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_that_use_a_sign_in_can_be_used_by_everybody(chromium, house, scheme):
    context = chromium.new_context(base_url=house.origin, color_scheme=scheme, viewport={"width": 390, "height": 900})
    try:
        page = context.new_page()
        words = WORDS["fr"]
        filed = awaiting(house, f"agent-{scheme}")
        follow(page, words, filed["reference"], filed["secret"])
        assert faults(page) == []
        reach_the_person(page, words)
        assert faults(page) == []
        button(page, "Remplir avec FranceConnect").click()
        recognised_as(page, "angela", re.compile("fill=signIn$"))
        assert faults(page) == []
        field(page, words.birth_name).fill("Dubos")
        button(page, words.go_on).click()
        page.goto("/droits/exercer/personne")
        assert "Reprendre ce que dit FranceConnect" in page.inner_text("main")
        assert faults(page) == []
        page.goto("/droits/exercer/contact")
        button(page, words.go_on).click()
        assert faults(page) == []
        page.goto("/suivi")
        assert "Confirmer mon identité" in page.inner_text("main")
        assert faults(page) == []
    finally:
        context.close()
