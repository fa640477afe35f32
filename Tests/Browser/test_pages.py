"""The site in a real browser: without a script, by keyboard, for assistive technology, and how it looks."""

import re

import pytest
import visits
from accessibility import faults
from operators import Operator
from people import People
from visits import WORDS, button, field
from waiting import wait_for

WIDTHS = (390, 1280)


def settle(page):
    """The marks that each page must have: language, title, one heading, and a twin that answers."""
    language = page.locator("html").get_attribute("lang")
    assert language in ("fr", "en")
    assert page.title().strip(), page.url
    assert page.get_by_role("heading", level=1).count() == 1, page.url
    twins = page.locator("link[rel=alternate][hreflang]")
    found = {twins.nth(index).get_attribute("hreflang"): twins.nth(index).get_attribute("href")
             for index in range(twins.count())}
    assert set(found) == {"fr", "en"}, page.url
    return found


def take(page, screenshots, name):
    """A picture at both widths; at neither may the page be wider than the window."""
    before = page.viewport_size
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        page.screenshot(path=screenshots / f"{name}-{width}.png", full_page=True)
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, f"{name} is {wide} px wide in a window of {width}"
    page.set_viewport_size(before)


def first_project(demonstration):
    return demonstration.get("/api/v1/projects?limit=1").json["items"][0]["reference"]


def public_pages(demonstration):
    project = first_project(demonstration)
    dataset = demonstration.get("/api/v1/datasets?limit=1").json["items"][0]["reference"]
    return {
        "accueil": ("/", "/en/"), "projets": ("/projets", "/en/projects"),
        "recherche": ("/projets?q=zzzzzz", "/en/projects?q=zzzzzz"),
        "projet": (f"/projets/{project}", f"/en/projects/{project}"),
        "bases": ("/bases", "/en/databases"), "base": (f"/bases/{dataset}", f"/en/databases/{dataset}"),
        "projet-version": (f"/projets/{project}/version/1", f"/en/projects/{project}/version/1"),
        "droits": ("/droits", "/en/rights"), "glossaire": ("/glossaire", "/en/glossary"),
        "facile": ("/droits/facile-a-lire", "/en/rights/easy-to-read"),
        "formulaire": ("/droits/exercer", "/en/rights/request"), "suivi": ("/suivi", "/en/follow"),
        "operateur": ("/operateur", "/en/operator"), "accessibilite": ("/accessibilite", "/en/accessibility"),
        "donnees": ("/donnees-personnelles", "/en/personal-data"),
        "mentions": ("/mentions-legales", "/en/legal-notice"),
        "absente": ("/nulle-part", "/en/nowhere"),
    }


def test_the_whole_journey_without_a_script(browse, demonstration, screenshots):
    words = WORDS["fr"]
    operator = Operator(demonstration, "beatrice", "agent")
    citizen, console = browse(scripts=False), browse(scripts=False)
    person = People()[0]

    visits.meet_the_errors(citizen, words, person)
    assert field(citizen, words.nir).get_attribute("aria-invalid") == "true"
    line = citizen.get_by_role("alert").get_by_role("link").first
    assert line.get_attribute("href") == "#nir"
    take(citizen, screenshots, "formulaire-erreurs")
    citizen.context.clear_cookies()
    reference, secret = visits.file(citizen, words, person)
    assert re.fullmatch(r"R-\d{4}-[0-9A-Z]{6}", reference)
    assert re.fullmatch(r"([0-9A-Z]{4} ){6}[0-9A-Z]{4}", secret)
    take(citizen, screenshots, "confirmation")
    assert secret.replace(" ", "") not in citizen.url and reference not in citizen.url

    visits.sign_in(console, words, operator)
    settle(console)
    take(console, screenshots, "operateur-demandes")
    visits.open_case(console, reference)
    assert person.birth_name not in console.inner_text("main"), "an identity is sealed until it is opened"
    console.get_by_label(words.motive).select_option(index=1)
    button(console, words.open_identity).click()
    assert person.birth_name in console.inner_text("main")
    take(console, screenshots, "operateur-dossier-identite")
    button(console, words.verified).click()
    button(console, words.grant).click()
    settle(console)
    take(console, screenshots, "operateur-dossier")

    visits.follow(citizen, words, reference, secret.lower().replace(" ", "-"))

    def is_closed():
        citizen.goto(words.follow)
        confirmed = citizen.locator(".base .yes").count() >= 3
        return confirmed and "la demande est close" in citizen.inner_text("main").lower()

    wait_for("the citizen sees three confirmations and the end", is_closed, seconds=60, every=0.5)
    assert "identité" in citizen.inner_text("main").lower(), "that the identity was opened is shown"
    settle(citizen)
    take(citizen, screenshots, "suivi-dossier")
    assert reference in citizen.inner_text("main"), "the page stays open without the secret in its address"
    assert secret.replace(" ", "").lower() not in citizen.url.lower() and reference not in citizen.url

    citizen.get_by_text(words.withdraw, exact=True).first.click()
    citizen.get_by_label(words.confirm).check()
    button(citizen, words.withdraw).click()
    assert reference in citizen.inner_text("main")
    assert citizen.get_by_label(words.confirm).count() == 0, "an objection ends once"


def test_a_wrong_code_is_said_and_shows_nothing(browse, demonstration):
    words = WORDS["fr"]
    filed = demonstration.file(People()[0])
    other = demonstration.file(People()[0])
    page = browse(scripts=False)
    page.goto(words.follow)
    field(page, words.reference).fill(filed["reference"])
    field(page, words.secret).fill(other["secret"])
    button(page, words.see).click()
    assert page.get_by_role("alert").count() == 1
    assert page.locator(".base").count() == 0


def test_each_public_page_has_its_marks_and_its_twin(browse, demonstration, screenshots):
    page = browse(scripts=False)
    for name, addresses in public_pages(demonstration).items():
        for address, language in zip(addresses, ("fr", "en")):
            status = page.goto(address).status
            assert status == (404 if name == "absente" else 200), address
            assert page.locator("html").get_attribute("lang") == language, address
            twins = settle(page)
            other = {"fr": "en", "en": "fr"}[language]
            if name != "absente":
                assert demonstration.get(twins[other], {"Accept": "text/html"}).status == 200, twins[other]
                assert demonstration.get(twins[language], {"Accept": "text/html"}).status == 200
            take(page, screenshots, name if language == "fr" else f"{name}-en")


def test_every_link_of_the_public_pages_leads_somewhere(browse, demonstration):
    page = browse(scripts=False)
    links = set()
    for addresses in public_pages(demonstration).values():
        for address in addresses:
            page.goto(address)
            links |= set(page.eval_on_selector_all(
                "a[href], link[href], script[src], img[src]",
                "found => found.map(each => each.getAttribute('href') || each.getAttribute('src'))"))
    ours = {link.split("#")[0] for link in links if link.startswith("/")} - {"/nulle-part", "/en/nowhere"}
    assert len(ours) > 20
    dead = {link: status for link in ours
            if (status := demonstration.get(link, {"Accept": "text/html"}).status) != 200
            and not link.endswith(("/nulle-part", "/nowhere"))}
    assert dead == {}


@pytest.mark.parametrize("language", WORDS)
def test_axe_finds_nothing(browse, demonstration, language):
    words = WORDS[language]
    page = browse(scripts=True, language=language)
    found = {}

    def look(name):
        found[name] = faults(page)
        before = page.viewport_size
        page.set_viewport_size({"width": 390, "height": 900})
        found[name] += [line for line in faults(page) if line not in found[name]]
        page.set_viewport_size(before)

    for name, addresses in public_pages(demonstration).items():
        page.goto(addresses[list(WORDS).index(language)])
        look(name)
    person = People()[0]
    visits.meet_the_errors(page, words, person)
    look("form with errors")
    field(page, words.nir).fill(person.nir)
    button(page, words.go_on).click()
    look("contact")
    button(page, words.go_on).click()
    look("check")
    button(page, words.file).click()
    look("confirmation")
    reference, secret = visits.file(page, words, People()[0])
    visits.follow(page, words, reference, secret)
    look("follow")
    operator = Operator(demonstration, f"carole-{language}", "supervisor")
    visits.sign_in(page, words, operator)
    look("queue")
    visits.open_case(page, reference)
    page.get_by_label(words.motive).select_option(index=1)
    button(page, words.open_identity).click()
    look("case with identity")
    button(page, words.verified).click()
    look("case to decide")
    assert {name: lines for name, lines in found.items() if lines} == {}


def test_axe_finds_nothing_in_the_dark(chromium, demonstration):
    context = chromium.new_context(base_url=demonstration.origin, color_scheme="dark")
    page = context.new_page()
    found = {}
    for name, (address, _) in public_pages(demonstration).items():
        page.goto(address)
        found[name] = faults(page)
    context.close()
    assert {name: lines for name, lines in found.items() if lines} == {}


def focused(page):
    return page.evaluate("document.activeElement.textContent.trim() || document.activeElement.id")


def test_the_first_key_reaches_the_way_past_the_menu(browse):
    words = WORDS["fr"]
    page = browse(scripts=True)
    page.goto(words.form)
    page.keyboard.press("Tab")
    assert focused(page) == words.skip
    box = page.get_by_role("link", name=words.skip).bounding_box()
    assert box and box["x"] >= 0 and box["y"] >= 0 and box["height"] >= 20, "it can be seen while it has the focus"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_in_the_error_summary_each_line_leads_to_its_field(browse):
    words = WORDS["fr"]
    page = browse(scripts=True)
    visits.meet_the_errors(page, words, People()[0])
    page.get_by_role("alert").get_by_role("link").first.click()
    assert page.evaluate("document.activeElement.id") == "nir"
