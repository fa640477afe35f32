"""The whole chain by browser alone: a citizen files, a custodian downloads and attests, an operator grants, the request
closes. Without a script."""

import csv
import re

import pytest
import visits
from accessibility import faults
from operators import Custodian, Operator
from people import People
from portal import Portal
from visits import WORDS, button, field
from waiting import wait_for


TEXTS = {
    "fr": {"ask": "Préparer la liste entière", "list": "Télécharger la liste entière",
           "changes": "Télécharger les changements", "number": "Numéro du fichier appliqué",
           "day": "Appliqué à l’extraction du", "attest": "Attester", "done": "Votre attestation est enregistrée",
           "wrong": "Aucun fichier téléchargé n’a ce numéro", "current": "À jour",
           "closed": "Votre demande est acceptée et close."},
    "en": {"ask": "Prepare the whole list", "list": "Download the whole list", "changes": "Download the changes",
           "number": "Number of the file applied", "day": "Applied at the extraction of", "attest": "Attest",
           "done": "Your attestation is recorded", "wrong": "No file that was downloaded has this number",
           "current": "Up to date", "closed": "Your request is granted and closed."},
}


@pytest.fixture(params=["fr", "en"])
def house(request, chromium):
    """A portal of its own, with one database that is applied by hand; and browsers that run no script."""
    language = request.param
    portal = Portal("sqlite").initialise().start()
    portal.link("clinique", "manual:", "--name", "Clinique des Essais", "--name-en", "Test Clinic")
    contexts = []

    def open_page(width, scripts=False):
        context = chromium.new_context(
            base_url=portal.origin, java_script_enabled=scripts, viewport={"width": width, "height": 900},
            locale={"fr": "fr-FR", "en": "en-GB"}[language], accept_downloads=True)
        context.set_default_timeout(30_000)
        contexts.append(context)
        return context.new_page()

    yield portal, language, open_page
    for context in contexts:
        context.close()
    print(portal.log_text()[-4000:])
    portal.remove()


def download(page, name):
    """A file and what stands in it, by the link that begins with `name`."""
    with page.expect_download() as waiting:
        page.get_by_role("link", name=re.compile("^" + name)).click()
    file = waiting.value
    assert file.failure() is None
    with open(file.path(), newline="", encoding="utf-8") as lines:
        return file.suggested_filename, list(csv.DictReader(lines))


def test_the_whole_chain_by_browser_alone(house, screenshots):
    portal, language, open_page = house
    words, texts = WORDS[language], TEXTS[language]
    citizen, console, custodian = open_page(390), open_page(1280), open_page(390)
    judge = open_page(390, scripts=True)
    person = People(count=1)[0]
    reference, secret = visits.file(citizen, words, person)
    visits.follow(citizen, words, reference, secret)

    visits.sign_in(custodian, words, Custodian(portal, f"gilles-{language}", "clinique"))
    wait_for("the change waits", lambda: custodian.reload() and texts["changes"] in custodian.inner_text("main"))

    def picture(name):
        for width in (390, 1280):
            custodian.set_viewport_size({"width": width, "height": 900})
            custodian.screenshot(path=screenshots / f"depositaire-{name}-{language}-{width}.png", full_page=True)
            assert custodian.evaluate("document.documentElement.scrollWidth") <= width
        assert faults(custodian, judge) == []

    picture("attend")
    name, changes = download(custodian, texts["changes"])
    number = re.search(r"-(\d+)\.csv$", name)[1]
    assert [row["scope"] for row in changes] == ["*"] and changes[0]["active"] == "1"

    button(custodian, texts["ask"]).click()
    name, whole = download(custodian, texts["list"])
    assert name.endswith(f"-{number}.csv") and whole == changes
    picture("liste")

    # A slip first: what was typed stays.
    today = custodian.evaluate("new Date().toLocaleDateString('sv-SE', {timeZone: 'Europe/Paris'})")
    field(custodian, texts["number"]).fill("77")
    field(custodian, texts["day"]).fill(today)
    button(custodian, texts["attest"]).click()
    assert texts["wrong"] in custodian.get_by_role("alert").inner_text()
    assert field(custodian, texts["number"]).input_value() == "77"
    assert field(custodian, texts["day"]).input_value() == today
    picture("erreur")
    field(custodian, texts["number"]).fill(number)
    button(custodian, texts["attest"]).click()
    assert texts["done"] in custodian.inner_text("main") and texts["current"] in custodian.inner_text("main")
    picture("atteste")
    # Nothing else of the console is theirs.
    for path in ("/operateur/demandes", f"/operateur/demandes/{reference}"):
        assert custodian.goto(path).status == 403
        assert person.birth_name not in custodian.content()

    visits.sign_in(console, words, Operator(portal, f"odile-{language}", "agent"))
    visits.open_case(console, reference)
    button(console, words.verified).click()
    button(console, words.grant).click()

    def closed():
        visits.follow(citizen, words, reference, secret)
        return texts["closed"] in citizen.inner_text("main")

    wait_for("the request is closed", closed, seconds=30)
    citizen.screenshot(path=screenshots / f"depositaire-suivi-{language}.png", full_page=True)
    listed = portal.command("database", "list")
    assert "clinique\tactive\tposition 1\tlag 0\n" in listed
