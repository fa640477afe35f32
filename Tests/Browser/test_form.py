"""The citizen's form in a real browser, step by step: what assistive technology reads, where the keyboard leads, how it
looks; without a script but where the test itself needs one."""

import pytest
import visits
from accessibility import faults
from people import People
from visits import WORDS, button, field

WIDTHS = (390, 1280)
# What each step asks, by heading and by the controls that the keyboard meets in its main part, in order. A group of radio
# buttons is one stop.
STEPS = (
    ("Que voulez-vous faire ?", "Étape 1 sur 6", ["right", "Continuer", "Imprimez le formulaire"]),
    ("Pour qui ?", "Étape 2 sur 6", ["Retour", "capacity", "Continuer"]),
    ("À quoi vous opposez-vous ?", "Étape 3 sur 6", ["Retour", "Lesquelles ?", "scope", "Continuer"]),
    ("Qui êtes-vous ?", "Étape 4 sur 6",
     ["Retour", "En savoir plus", "birthName", "usageName", "givenNames", "birthDay", "birthMonth", "birthYear", "sex",
      "nir", "Où le trouver ?", "birthPlace", "Continuer", "Ajouter un autre numéro"]),
    ("Comment vous joindre ?", "Étape 5 sur 6", ["Retour", "email", "postal", "message", "Continuer"]),
    ("Relisez avant de déposer", "Étape 6 sur 6", None),
)
KEPT = ["Les garder 30 minutes de plus", "Effacer mes réponses"]


def heading(page):
    return page.get_by_role("heading", level=1).inner_text().replace("\u00a0", " ")


def stops(page):
    """What the Tab key meets from the start of the main part to its end, by name or by its words."""
    page.locator("#main").focus()
    found = []
    for _ in range(60):
        page.keyboard.press("Tab")
        where = page.evaluate("""() => {
            const here = document.activeElement;
            if (!document.querySelector("main").contains(here)) return null;
            return here.name && here.name !== "act" ? here.name : here.textContent.trim();
        }""")
        if where is None:
            break
        found.append(where.replace("\u00a0", " "))
    return found


@pytest.mark.parametrize("width", WIDTHS)
def test_each_step_by_keyboard_without_a_script(browse, screenshots, width):
    words, page, person = WORDS["fr"], browse(scripts=False, width=width), People()[0]
    year, month, day = person.birth_date.split("-")
    texts = {"birthName": person.birth_name, "givenNames": ", ".join(person.given_names), "birthDay": day,
             "birthMonth": month, "birthYear": year, "nir": person.nir, "email": person.email}
    page.goto(words.form)
    for number, (asked, progress, controls) in enumerate(STEPS, 1):
        assert heading(page) == asked
        assert progress in page.inner_text("main"), progress
        assert f"étape {number} sur 6" in page.title()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.screenshot(path=screenshots / f"etape-{number}-{width}.png", full_page=True)
        # Every control has a name that is read aloud; every group of them too.
        tree = page.locator("main").aria_snapshot()
        for role in ("textbox", "radio", "group", "button", "link"):
            assert f"- {role}\n" not in tree and f"- {role}:\n" not in tree, f"a {role} without a name in\n{tree}"
        met = stops(page)
        if controls:
            assert met == controls + (KEPT if number > 1 else [])
        else:
            assert met[-3:] == ["Déposer mon opposition", *KEPT]
            assert sum(stop.startswith("Modifier") for stop in met) >= 10
        page.locator("#main").focus()
        for stop in met:
            page.keyboard.press("Tab")
            if stop in texts:
                page.keyboard.type(texts[stop])
            elif stop in ("right", "capacity", "scope", "sex"):
                page.keyboard.press("Space")
            elif stop in ("Continuer", "Déposer mon opposition"):
                with page.expect_navigation():
                    page.keyboard.press("Enter")
                break
    assert page.get_by_role("heading", level=1).inner_text() == words.filed
    page.screenshot(path=screenshots / f"etape-7-{width}.png", full_page=True)


@pytest.mark.parametrize("language", WORDS)
@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_nothing_in_any_step(browse, language, width):
    words, page, person = WORDS[language], browse(scripts=True, language=language, width=width), People()[0]
    found = {}

    def look(name):
        found[name] = faults(page)

    page.goto("/droits" if language == "fr" else "/en/rights")
    look("the rights")
    page.goto(words.form)
    look("right, unanswered")
    button(page, words.go_on).click()
    assert page.evaluate("document.activeElement.id") == "errors", "the reader starts at what is wrong"
    look("right, refused")
    visits.choose(page, words, words.object)
    look("capacity")
    visits.choose(page, words, words.myself)
    look("scope")
    visits.choose(page, words, words.everything)
    page.locator("[value=addNumber]").click()
    assert page.evaluate("document.activeElement.id") == "otherNir0", "the new field has the focus"
    field(page, words.birth_name).fill(person.birth_name)
    button(page, words.go_on).click()
    look("person, refused")
    visits.fill_in(page, words, person)
    field(page, words.nir).fill(person.nir)
    button(page, words.go_on).click()
    look("contact")
    button(page, words.go_on).click()
    look("check")
    assert {name: lines for name, lines in found.items() if lines} == {}


def test_back_and_change_keep_what_was_said(browse):
    words, page, person = WORDS["fr"], browse(scripts=False), People()[0]
    visits.reach_the_check(page, words, person)
    page.go_back()
    assert heading(page) == "Comment vous joindre ?" and field(page, words.email).input_value() == person.email
    page.go_back()
    assert field(page, words.nir).input_value() == person.nir, "no warning that a form is sent again, and nothing lost"
    page.goto("/droits/exercer/verification")
    page.locator("a[href$='#birthPlace'], a[href$='#nir']").first.click()
    assert page.url.endswith("/droits/exercer/personne#nir")
    assert page.evaluate("document.activeElement.id") == "nir"
    field(page, words.birth_name).fill("Autrement")
    button(page, words.go_on).click()
    assert page.url.endswith("/droits/exercer/verification"), "back to the check, without the other steps"
    assert "Autrement" in page.inner_text("main")


def test_each_error_leads_to_its_field_without_a_script(browse, screenshots):
    words, page = WORDS["fr"], browse(scripts=False, width=390)
    visits.meet_the_errors(page, words, People()[0])
    assert page.url.endswith("#errors") and page.title().startswith("Erreur")
    assert page.evaluate("document.activeElement.id") == "errors", "without a script too"
    page.screenshot(path=screenshots / "etape-4-erreur-390.png", full_page=True)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "nir"
    assert field(page, words.nir).get_attribute("aria-invalid") == "true"


@pytest.mark.parametrize("width", WIDTHS)
def test_the_label_of_a_field_stays_in_sight_where_the_summary_leads(browse, width):
    words, page = WORDS["fr"], browse(scripts=False, width=width)
    # What is left of a telephone's screen under the browser's bars.
    page.set_viewport_size({"width": width, "height": 620})
    visits.reach_the_person(page, words)
    button(page, words.go_on).click()
    links = page.locator("#errors a")
    assert links.count() >= 4
    for place in range(links.count()):
        links.nth(place).click()
        where = page.evaluate("""() => {
            const block = document.activeElement.closest(".field");
            const label = block.querySelector(":scope > label, :scope > legend");
            return {id: document.activeElement.id, label: label.getBoundingClientRect().top,
                    field: document.activeElement.getBoundingClientRect().bottom, height: innerHeight};
        }""")
        assert where["label"] >= 0 and where["field"] <= where["height"], where


@pytest.mark.parametrize("width", WIDTHS)
def test_answers_are_kept_longer_and_erased(browse, screenshots, width):
    words, page, person = WORDS["fr"], browse(scripts=False, width=width), People()[0]
    visits.reach_the_person(page, words)
    field(page, words.birth_name).fill(person.birth_name)
    button(page, KEPT[0]).click()
    assert "Vos réponses sont gardées jusqu’à" in page.get_by_role("status").inner_text()
    assert field(page, words.birth_name).input_value() == person.birth_name
    assert page.get_by_role("alert").count() == 0
    button(page, KEPT[1]).click()
    assert "Vos réponses sont effacées" in page.get_by_role("status").inner_text()
    page.goto("/droits/exercer/personne")
    assert heading(page) == "Commencez ici"
    page.screenshot(path=screenshots / f"etape-effacee-{width}.png", full_page=True)
    page.get_by_role("link", name="Commencer ma demande").click()
    assert heading(page) == STEPS[0][0]


def test_another_person_is_begun_with_the_same_requester(browse):
    words, page, person = WORDS["fr"], browse(scripts=False), People()[0]
    visits.file(page, words, person)
    button(page, "Commencer pour une autre personne").click()
    assert heading(page) == "Pour qui ?"
    visits.choose(page, words, "Pour mon enfant de moins de 15 ans")
    assert heading(page) == "Qui est votre enfant ?", "right and scope stay"
    assert field(page, words.birth_name).input_value() == ""
    child = People()[0]
    visits.fill_in(page, words, child)
    field(page, words.year).fill("2019")
    field(page, words.nir).fill("")
    button(page, words.go_on).click()
    assert person.birth_name in field(page, "Votre prénom et votre nom").input_value()
    assert field(page, words.email).input_value() == person.email
