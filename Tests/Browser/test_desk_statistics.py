"""`/operateur/statistiques`: at both widths, by keyboard, for axe by day and by night; the queue says what is due of one's own."""

import pytest
from operators import Operator
from people import People
from visits import WORDS, sign_in

HEADINGS = {"fr": "Statistiques", "en": "Statistics"}
ADDRESSES = {"fr": "/operateur/statistiques", "en": "/en/operator/statistics"}
SAYS = {
    "fr": ("demandes ouvertes", "Depuis combien de jours", "Les chiffres publics"),
    "en": ("open requests", "For how many days", "The public figures"),
}


@pytest.fixture(scope="module")
def supervisor(demonstration):
    operator = Operator(demonstration, "statisticienne", "supervisor")
    for person in People(count=3):
        reference = demonstration.post("/api/v1/requests", person.filing(right="access")).json["reference"]
        operator.act(reference, "assigned")
    return operator


def test_the_desks_figures_are_read_by_everybody_there(walks, supervisor):
    walk = walks("statistiques", "fr")
    sign_in(walk.page, WORDS["fr"], supervisor)
    for language, heading in HEADINGS.items():
        walk.page.goto(ADDRESSES[language])
        summaries = walk.page.locator(".chart summary")
        assert summaries.count() >= 10
        for place in range(summaries.count()):
            summaries.nth(place).focus()
            walk.page.keyboard.press("Enter")
        shown = walk.page.locator(".sheet-data > :is(table, .nothing):visible")
        assert shown.count() == summaries.count(), "each opens on a table, or on words that say there is none"
        walk.look(heading, says=SAYS[language])
        for drawing in walk.page.locator("main svg[role=img]").all():
            said = drawing.evaluate(
                "svg => svg.getAttribute('aria-labelledby').split(' ').map(id => document.getElementById(id).textContent)")
            assert all(len(words.strip()) > 3 for words in said), said
        wide = walk.page.locator("svg.strip text").evaluate_all(
            "texts => texts.filter(text => text.getBoundingClientRect().right > innerWidth + 1).length")
        assert wide == 0
    with walk.page.expect_download() as download:
        walk.page.locator("a[download]").first.click()
    assert download.value.suggested_filename == "open.csv"
