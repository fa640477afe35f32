"""The operators' desk in a browser: a day of routine requests by the keyboard alone, and each page without a script."""

import time

import pytest
import visits
from accessibility import faults
from operators import Operator
from people import People
from portal import Portal
from visits import WORDS, button
from waiting import wait_for
from walk import Walk, plain

WAITING = 400
ROUTINE = 40


@pytest.fixture(scope="module")
def house():
    """A portal with four hundred requests that wait for an operator."""
    portal = Portal("sqlite").initialise().start()
    people = People(count=WAITING)
    for person in people:
        portal.file(person)
    yield portal, people
    print(portal.log_text()[-4000:])
    portal.remove()


@pytest.fixture
def open_page(make_browsers, house):
    return make_browsers(house[0]).open


def test_forty_routine_requests_are_decided_by_the_keyboard_alone(house, open_page):
    portal, _ = house
    operator = Operator(portal, "odile", "agent")
    page = open_page(scripts=True)
    visits.sign_in(page, WORDS["fr"], operator)
    began = time.monotonic()

    def press(*keys):
        """What leads to another page is waited for."""
        with page.expect_navigation():
            for key in keys:
                page.keyboard.press(key)

    page.keyboard.press("j")
    press("Enter")
    for number in range(ROUTINE):
        press("a")
        press("v", "Enter")
        press("g", "Enter")
        assert "C’est fait" in page.inner_text("main"), page.inner_text("main")
        press("n")
    took = time.monotonic() - began
    print(f"{ROUTINE} requests in {took:.0f} s")
    assert took < 600
    granted = operator.get("/api/v1/operator/requests?assignee=odile&limit=1").json["total"]
    assert granted == ROUTINE
    # The shortcuts are turned off by whoever is disturbed by them, and stay off.
    button(page, "Désactiver les raccourcis").click()
    here = page.url
    page.keyboard.press("u")
    page.reload()
    assert page.url == here and page.get_by_role("button", name="Activer les raccourcis").is_visible()


TEXTS = {
    "fr": {"queue": "Demandes", "keep": "Garder ce filtre…", "name": "Son nom", "share": "Le montrer à l’équipe",
           "kept": "Le filtre est gardé", "act": "Acte", "note": "Y ajouter une note", "two": "2 demandes", "go": "Continuer",
           "words": "La note", "do": "Le faire pour", "done": "Fait pour 2 sur 2", "none": "Cochez au moins une demande",
           "all": "Toutes celles de ce filtre", "team": "Équipe", "until": "Dernier jour", "absence": "Noter l’absence",
           "backwards": "Le dernier jour vient après le premier.", "noted": "L’absence est notée",
           "search": "Chercher une personne", "find": "Chercher", "missing": "Donnez le nom de naissance",
           "alike": "Autres demandes de la personne", "viewing": "a ce dossier ouvert", "next": "Demande suivante",
           "open": "Ouvrir l’identité", "again": "La rouvrir", "give": "Confier à…", "others": "1 demande"},
    "en": {"queue": "Requests", "keep": "Keep this filter…", "name": "Its name", "share": "Show it to the team",
           "kept": "The filter is kept", "act": "Act", "note": "Add a note to them", "two": "2 requests", "go": "Continue",
           "words": "The note", "do": "Do it for", "done": "Done for 2 of 2", "none": "Tick at least one request",
           "all": "All of this filter", "team": "Team", "until": "Last day", "absence": "Note the absence",
           "backwards": "The last day comes after the first one.", "noted": "The absence is noted",
           "search": "Find a person", "find": "Find", "missing": "Give the birth name",
           "alike": "Other requests of the person", "viewing": "has this case open", "next": "Next request",
           "open": "Open the identity", "again": "Open it again", "give": "Give to…", "others": "1 request"},
}


@pytest.mark.parametrize("language, width", [("fr", 390), ("en", 1280)])
def test_each_page_of_the_desk_without_a_script(house, open_page, screenshots, language, width):
    portal, people = house
    words, texts = WORDS[language], TEXTS[language]
    prefix = {"fr": "/operateur", "en": "/en/operator"}[language]
    name = f"simone-{language}"
    operator = Operator(portal, name, "supervisor")
    Operator(portal, f"noor-{language}", "agent")
    page = open_page(False, width, language)
    judge = open_page(True, width, language, scheme="light" if width == 390 else "dark")
    walk = Walk(page, f"desk-{language}", screenshots, language, judge, tabs=width == 390)
    visits.sign_in(page, words, operator)

    # Two are ticked and noted; without any, it says so and nothing is lost.
    page.get_by_label(texts["act"], exact=True).select_option(label=texts["note"])
    walk.presses(texts["go"])
    walk.look(texts["queue"], says=[texts["none"]])
    boxes = page.locator("input[name=case]")
    ticked = [boxes.nth(place).get_attribute("value").split("@")[0] for place in (0, 1)]
    for place in (0, 1):
        boxes.nth(place).check()
    page.get_by_label(texts["act"], exact=True).select_option(label=texts["note"])
    walk.presses(texts["go"])
    walk.look(f"{texts['note']} ({texts['two']})", [texts["words"]])
    page.get_by_role("button", name=texts["do"]).click()
    walk.look(f"{texts['note']} ({texts['two']})", [texts["words"]], says=[{"fr": "Écrivez la note.", "en": "Write the note."}[language]])
    walk.says(texts["words"], "Vu en réunion.")
    page.get_by_role("button", name=texts["do"]).click()
    walk.look(texts["done"], says=ticked)

    # A filter is kept, and the next request is looked for within it.
    page.goto(f"{prefix}/{'demandes' if language == 'fr' else 'requests'}?right=objection&assignee=nobody")
    page.get_by_text(texts["keep"]).click()
    walk.says(texts["name"], "Sans agent")
    page.get_by_label(texts["share"]).check()
    walk.presses({"fr": "Garder", "en": "Keep"}[language])
    walk.look(texts["queue"], says=[texts["kept"], "Sans agent"])
    page.locator("[data-row] a").first.click()
    first = walk.heading
    walk.follows(texts["next"])
    assert walk.heading != first and "assignee=nobody" in page.url

    # Who else has it open, and what it takes to open the identity: a reason once, and then none.
    colleague = open_page(False, width, language)
    visits.sign_in(colleague, words, Operator(portal, f"eva-{language}", "agent"))
    colleague.goto(page.url)
    page.reload()
    assert f"eva-{language} {texts['viewing']}" in plain(page.inner_text("main"))
    page.locator("#motive").select_option("answer")
    button(page, texts["open"]).click()
    page.goto(page.url.replace("/identite", "").replace("/identity", ""))
    button(page, texts["again"]).click()
    assert people.root.lower() in page.inner_text("main").lower()
    walk.look(walk.heading)

    # The team: an absence that runs backwards is refused with what was typed, and then noted.
    page.goto(f"{prefix}/{'equipe' if language == 'fr' else 'team'}")
    walk.look(texts["team"], [texts["until"]])
    page.locator("#from").fill("2099-02-01")
    page.locator("#until").fill("2099-01-01")
    page.locator("#deputy").select_option(f"noor-{language}")
    walk.presses(texts["absence"])
    walk.look(texts["team"], says=[texts["backwards"]])
    assert page.locator("#deputy").input_value() == f"noor-{language}"
    page.locator("#until").fill("2099-02-03")
    walk.presses(texts["absence"])
    walk.look(texts["team"], says=[texts["noted"], f"noor-{language}"])

    # A person: by an exact identity alone.
    page.goto(f"{prefix}/{'recherche' if language == 'fr' else 'search'}")
    walk.look(texts["search"])
    person = people[ROUTINE + 5]
    page.locator("#birthDate").fill(person.birth_date)
    page.locator("#sex").select_option(person.sex)
    page.locator("#motive").select_option("dispute")
    walk.presses(texts["find"])
    walk.look(texts["search"], says=[texts["missing"]])
    page.locator("#nir").fill(person.nir)

    def found():
        button(page, texts["find"]).click()
        return texts["others"] in plain(page.inner_text("main"))

    wait_for("it is indexed", found, seconds=60)
    walk.look(texts["search"], says=[texts["others"]])
    assert person.nir not in page.url
    assert faults(page, judge) == []
