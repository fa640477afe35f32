"""The form on paper, and how operators type what comes back: by keyboard alone, and fast."""

import re

import pytest
import visits
from accessibility import faults
from operators import Operator
from people import People
from visits import WORDS, button, field

PAPER = {"fr": ("/droits/formulaire", "/operateur/saisie", "par courrier"),
         "en": ("/en/rights/form", "/en/operator/entry", "by post")}


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_form_fits_two_sheets_and_needs_no_script(browse, screenshots, language):
    page = browse(scripts=False, width=390, language=language)
    page.goto(WORDS[language].form)
    page.get_by_role("link", name={"fr": "Imprimez le formulaire", "en": "Print the form"}[language]).click()
    assert page.url.endswith(PAPER[language][0])
    assert page.get_by_role("heading", level=1).count() == 1
    # Chromium writes each page of a PDF as one object, uncompressed.
    printed = page.pdf(path=screenshots / f"formulaire-{language}.pdf", prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 2
    boxes = re.findall(rb"/MediaBox\s*\[0 0 ([\d.]+) ([\d.]+)\]", printed)
    assert {(round(float(width)), round(float(height))) for width, height in boxes} == {(595, 842)}, "A4"
    page.emulate_media(media="print")
    shown = page.inner_text("body")
    for text in ("01 99 00 00 00", "1 place de l’Exemple", "CNIL"):
        assert text in shown, text
    assert not page.get_by_role("navigation").first.is_visible()


@pytest.mark.parametrize("language, width", [("fr", 1280), ("en", 390)])
def test_a_letter_is_typed_by_keyboard_alone(browse, demonstration, screenshots, language, width):
    words, (_, entry, by_post) = WORDS[language], PAPER[language]
    page = browse(scripts=True, width=width, language=language)
    visits.sign_in(page, words, Operator(demonstration, f"odile-{language}", "agent"))
    page.goto(entry)
    person = People()[0]
    year, month, day = person.birth_date.split("-")
    databases = page.locator("input[name=database]").count()
    assert page.evaluate("document.activeElement.id") == "channel", "one can begin at once"
    today = page.evaluate("new Date().toLocaleDateString('fr-FR', {timeZone: 'Europe/Paris'})")
    slip = "01" if person.nir.endswith("97") else f"{int(person.nir[-2:]) + 1:02d}"

    def typed(*answers):
        for answer in answers:
            page.keyboard.type(answer)
            page.keyboard.press("Tab")

    # In the order of the form: a list is chosen from by its first letter.
    first = {"fr": ("C", "O", "p", "T", "F"), "en": ("P", "O", "f", "A", "F")}[language]
    typed(first[0], today, first[1], first[2], first[3])
    typed(*[""] * databases, "", person.birth_name, "", ", ".join(person.given_names), day + month + year, first[4])
    page.keyboard.type(person.nir13 + slip)
    page.keyboard.press("Enter")
    assert page.get_by_role("alert").get_by_role("link").get_attribute("href") == "#nir"
    assert page.locator("#birthName").input_value() == person.birth_name
    assert page.locator("#nir").get_attribute("aria-invalid") == "true"
    page.screenshot(path=screenshots / f"saisie-{width}.png", full_page=True)
    assert faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width

    page.get_by_role("alert").get_by_role("link").press("Enter")
    page.locator("#nir").fill(person.nir)
    page.locator("#postal").fill(person.postal)
    page.locator("#nir").press("Enter")
    text = page.inner_text("main")
    reference = re.search(r"R-\d{4}-[0-9A-Z]{6}", text)[0]
    assert by_post in text and person.birth_name not in text
    assert page.evaluate("document.activeElement.tagName") == "A", "the next one is one key away"
    page.screenshot(path=screenshots / f"saisie-faite-{width}.png", full_page=True)
    assert faults(page) == []
    page.get_by_role("link", name={"fr": "Ouvrir le dossier", "en": "Open the case"}[language]).click()
    assert reference in page.get_by_role("heading", level=1).inner_text()
    page.go_back()
    page.locator("a:focus, a[autofocus]").first.click()
    assert page.locator("#channel").input_value() == "post"
    assert page.locator("#receivedOn").input_value() and page.locator("#birthName").input_value() == ""
