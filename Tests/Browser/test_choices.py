"""One's choices, an attestation and a new code for a lost one, in a real browser without a script."""

import json
import re

import identities
import pytest
from accessibility import faults
from operators import Operator
from portal import Portal
from visits import WORDS, button, field, sign_in
from waiting import wait_for

BACK = "/identification/retour"
ANGELA = {"birthName": "Dubois", "givenNames": ["Angela"], "birthDate": "1962-08-24", "sex": "F", "birthPlace": "75107"}


@pytest.fixture(scope="module")
def house():
    """A demonstration that knows a provider, on another port of the same machine."""
    with identities.provider() as provider:
        portal = Portal("sqlite")
        letters = portal.folder / "letters"
        letters.mkdir(mode=0o700)
        portal.environment |= identities.environment(portal.folder, provider.issuer, portal.origin) | {
            "REGARD_LETTERS": str(letters)}
        provider.redirects.add(portal.origin + BACK)
        portal.initialise("--demo").start()
        yield portal
        print(portal.log_text()[-3000:])
        portal.remove()


@pytest.fixture
def visit(make_browsers, house):
    browsers = make_browsers(house)
    return lambda width=1280, language="fr", **more: browsers.open(width=width, language=language, **more)


def file(house, **changes):
    body = {"right": "objection", "scope": {"kind": "all"}, "subject": ANGELA, "capacity": "dataSubject", **changes}
    answer = house.post("/api/v1/requests", json.dumps(body).encode())
    assert answer.status == 201, answer
    return answer.json


def see(page, target, reference):
    """The page, once what was filed is indexed."""
    def shown():
        page.goto(target)
        return reference in page.inner_text("main")

    wait_for("what was filed is indexed", shown)


@pytest.mark.parametrize("language, width", [("fr", 390), ("en", 1280)])
def test_somebody_ends_a_part_of_a_choice_and_prints_the_rest(visit, house, screenshots, language, width):
    say = {
        "fr": ("/mes-choix", "Continuer avec FranceConnect", "En vigueur", "En retirer une partie, choisie ci-dessous",
               "Continuer", "Oui, retirer", "Changer ou terminer", "Une attestation de mes choix, à imprimer",
               "Numéro de sécurité sociale", "Chercher avec ce numéro"),
        "en": ("/en/my-choices", "Continue with FranceConnect", "In force", "Withdraw a part of it, chosen below",
               "Continue", "Yes, withdraw", "Change or end", "An attestation of my choices, to print",
               "French social security number", "Search with this number"),
    }[language]
    target, go, force, part, on, yes, change, attest, number, search = say
    filed = file(house)
    page = visit(width, language)
    page.goto(target)
    page.screenshot(path=screenshots / f"choix-avant-{width}.png", full_page=True)
    page.get_by_role("link", name=go).click()
    page.wait_for_url(re.compile(re.escape(target) + "$"))
    see(page, target, filed["reference"])
    assert force in page.inner_text("main") and "Angela Claire Louise DUBOIS" in page.inner_text("main")
    page.screenshot(path=screenshots / f"choix-{width}.png", full_page=True)

    field(page, number).fill("262087510700")
    button(page, search).click()
    assert page.get_by_role("alert").count() == 1
    assert page.get_by_role("alert").get_by_role("link").get_attribute("href") == "#nir"
    assert "262087510700" not in page.url

    page.goto(target)
    page.get_by_role("link", name=f"{change} {filed['reference']}").click()
    assert page.get_by_role("heading", level=1).count() == 1
    button(page, on).click()
    assert page.get_by_role("alert").count() == 1, "nothing is chosen yet"
    page.get_by_role("radio", name=part).check()
    page.get_by_role("checkbox").first.check()
    page.screenshot(path=screenshots / f"choix-changer-{width}.png", full_page=True)
    button(page, on).click()
    page.screenshot(path=screenshots / f"choix-confirmer-{width}.png", full_page=True)
    button(page, yes).click()
    page.wait_for_url(re.compile("notice=ended"))
    main = page.inner_text("main")
    assert {"fr": "Sauf, à votre demande", "en": "Except, as you asked"}[language] in main and force in main

    page.get_by_role("link", name=attest).click()
    main = page.inner_text("main")
    assert "Angela Claire Louise DUBOIS" in main and filed["reference"] in main
    page.screenshot(path=screenshots / f"attestation-{width}.png", full_page=True)
    page.emulate_media(media="print")
    page.screenshot(path=screenshots / f"attestation-imprimee-{width}.png", full_page=True)
    assert not page.locator(".no-print").first.is_visible()


@pytest.mark.parametrize("language, width", [("fr", 390), ("en", 1280)])
def test_a_lost_code_is_replaced_at_once_by_signing_in(visit, house, screenshots, language, width):
    target, go, get, title = {
        "fr": ("/suivi/code-perdu", "Continuer avec FranceConnect", "Obtenir un nouveau code", "Voici votre nouveau code"),
        "en": ("/en/follow/lost-code", "Continue with FranceConnect", "Get a new code", "This is your new code"),
    }[language]
    filed = file(house)
    page = visit(width, language)
    page.goto({"fr": "/suivi", "en": "/en/follow"}[language])
    page.get_by_role("link", name={"fr": "J’ai perdu mon code", "en": "I have lost my code"}[language]).click()
    page.screenshot(path=screenshots / f"code-perdu-avant-{width}.png", full_page=True)
    page.get_by_role("link", name=go).click()
    page.wait_for_url(re.compile(re.escape(target) + "$"))
    see(page, target, filed["reference"])
    button(page, get).click()
    assert page.get_by_role("alert").count() == 1
    page.get_by_role("radio", name=re.compile(filed["reference"])).check()
    page.screenshot(path=screenshots / f"code-perdu-{width}.png", full_page=True)
    button(page, get).click()
    assert page.get_by_role("heading", level=1).inner_text() == title
    code = re.sub(r"\s+", " ", page.locator(".keep dd").nth(1).inner_text().strip())
    assert code.replace(" ", "-") != filed["secret"]
    page.screenshot(path=screenshots / f"code-nouveau-{width}.png", full_page=True)

    for secret, status in [(filed["secret"], 404), (code, 200)]:
        answer = house.get(f"/api/v1/requests/{filed['reference']}", {"Authorization": f"Bearer {secret}"})
        assert answer.status == status


@pytest.mark.parametrize("language, width", [("fr", 390), ("en", 1280)])
def test_a_lost_code_is_replaced_by_letter(visit, house, screenshots, language, width):
    words = WORDS[language]
    name = {"fr": "Kerlostcode", "en": "Kerlostkey"}[language]
    filed = file(
        house, subject={**ANGELA, "birthName": name}, contact={"postal": "7 rue du Dossier\n00000 Ville"})
    unknown = visit(width, language)
    asked = []
    for page, typed in [(visit(width, language), name), (unknown, "Personne")]:
        page.goto({"fr": "/suivi/code-perdu/courrier", "en": "/en/follow/lost-code/letter"}[language])
        ask = {"fr": "Demander un nouveau code", "en": "Ask for a new code"}[language]
        button(page, ask).click()
        assert page.get_by_role("alert").get_by_role("link").count() == 4
        field(page, words.birth_name).fill(typed)
        field(page, words.given_names).fill("Angela")
        field(page, words.day).fill("24")
        field(page, words.month).fill("8")
        field(page, words.year).fill("1962")
        field(page, {"fr": "Adresse postale", "en": "Postal address"}[language]).fill("7 rue du Dossier\n00000 Ville")
        page.screenshot(path=screenshots / f"code-courrier-{width}.png", full_page=True)
        button(page, ask).click()
        page.wait_for_url(re.compile("(recu|received)$"))
        asked.append(page.inner_text("main"))
    assert asked[0] == asked[1], "nothing tells whether there is a request"
    page.screenshot(path=screenshots / f"code-courrier-recu-{width}.png", full_page=True)

    operator = Operator(house, f"agent.{language}", "agent")
    console = visit(width, language)
    sign_in(console, words, operator)
    console.get_by_role("link", name={"fr": "Codes perdus", "en": "Lost codes"}[language]).click()
    console.screenshot(path=screenshots / f"operateur-codes-perdus-{width}.png", full_page=True)
    opening = re.compile({"fr": "^Ouvrir", "en": "^Open"}[language])
    console.get_by_role("button", name=opening).first.click()
    assert name in console.inner_text("main")
    console.get_by_role("radio", name=re.compile(filed["reference"])).check()
    button(console, {"fr": "Comparer avec le dossier", "en": "Compare with the case"}[language]).click()
    send = {"fr": "Envoyer un nouveau code", "en": "Send a new code"}[language]
    button(console, send).click()
    assert console.get_by_role("alert").count() == 1, "it must be said where the letter goes"
    console.get_by_role("radio").first.check()
    console.screenshot(path=screenshots / f"operateur-code-perdu-{width}.png", full_page=True)
    button(console, send).click()
    console.wait_for_url(re.compile("notice=sent"))
    answer = house.get(f"/api/v1/requests/{filed['reference']}", {"Authorization": f"Bearer {filed['secret']}"})
    assert answer.status == 404

    console.get_by_role("button", name=opening).first.click()
    button(console, {"fr": "Classer sans suite", "en": "Set aside"}[language]).click()
    assert console.get_by_role("button", name=opening).count() == 0
    assert name.lower() not in house.log_text().lower()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_can_be_used_by_everybody(visit, house, scheme):
    filed = file(house)
    page = visit(390, scripts=True, scheme=scheme)
    page.goto("/mes-choix")
    page.get_by_role("link", name="Continuer avec FranceConnect").click()
    page.wait_for_url(re.compile("/mes-choix$"))
    see(page, "/mes-choix", filed["reference"])
    targets = ["/mes-choix", f"/mes-choix/opposition/{filed['reference']}", "/mes-choix/attestation",
               "/suivi/code-perdu", "/suivi/code-perdu/courrier", "/suivi/code-perdu/courrier/recu",
               "/en/my-choices", "/en/follow/lost-code"]
    for target in targets:
        page.goto(target)
        assert faults(page) == [], target
