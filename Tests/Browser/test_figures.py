"""`/chiffres` without a script: at both widths, by keyboard, for axe by day and by night, and what its files hold."""

import csv
import io
import re

import pytest

HEADINGS = {"fr": "Les chiffres", "en": "Figures"}
ADDRESSES = {"fr": "/chiffres", "en": "/en/figures"}
SAYS = {
    "fr": ("Avis du CESREES", "Qui utilise quelles bases", "arrondi vers le bas à un multiple de onze"),
    "en": ("CESREES opinion", "Who uses which databases", "rounded down to a multiple of eleven"),
}


@pytest.mark.parametrize("language", HEADINGS)
def test_the_figures_are_read_by_everybody(walks, language):
    walk = walks(f"chiffres-{language}", language)
    walk.page.goto(ADDRESSES[language])
    walk.look(HEADINGS[language], says=SAYS[language][1:])
    # The tables below the drawings, opened by keyboard.
    summaries = walk.page.locator(".chart summary")
    assert summaries.count() >= 8
    for place in range(summaries.count()):
        summaries.nth(place).focus()
        walk.page.keyboard.press("Enter")
    assert walk.page.locator(".chart table:visible").count() == summaries.count()
    walk.look(HEADINGS[language], says=SAYS[language])


def test_each_drawing_is_told_in_words_and_stays_legible(browse):
    for width in (390, 1280):
        page = browse(scripts=False, width=width)
        page.goto("/chiffres")
        drawings = page.locator("main svg[role=img]")
        assert drawings.count() >= 5
        for place in range(drawings.count()):
            name = drawings.nth(place).evaluate(
                "svg => svg.getAttribute('aria-labelledby').split(' ').map(id => document.getElementById(id).textContent)")
            assert all(len(words.strip()) > 3 for words in name), name
        sizes = page.locator("svg.strip text").evaluate_all(
            "texts => texts.map(text => text.getBoundingClientRect().height)")
        assert sizes and min(sizes) >= 11, min(sizes)
        wide = page.locator("svg.strip text").evaluate_all(
            "texts => texts.filter(text => text.getBoundingClientRect().right > innerWidth + 1).length")
        assert wide == 0


def test_every_table_is_had_as_a_file_with_the_rows_of_the_page(browse, demonstration):
    page = browse(scripts=False)
    page.goto("/chiffres")
    links = page.locator("a[download]").evaluate_all("links => links.map(link => link.getAttribute('href'))")
    assert len(set(links)) == 9
    tables = demonstration.get("/api/v1/statistics").json["tables"]
    for link in set(links):
        answer = demonstration.get(link)
        assert answer.status == 200
        rows = list(csv.DictReader(io.StringIO(answer.text)))
        table = tables[re.search(r"statistics/(.*)\.csv", link)[1]]
        assert rows == [{name: "" if cell is None else str(cell) for name, cell in row.items()} for row in table["rows"]]
    uses = {row["dataset"]: row["projects"] for row in tables["dataset-uses"]["rows"]}
    assert uses and sum(uses.values()) > 0


def test_both_pages_are_found_from_the_first_one(browse):
    page = browse(scripts=False)
    page.goto("/")
    page.get_by_role("link", name="Tous les chiffres").click()
    assert page.url.endswith("/chiffres")
    page.get_by_role("navigation", name="Menu principal").get_by_role("link", name="Suis-je concerné").click()
    assert page.url.endswith("/suis-je-concerne")
    page.get_by_role("navigation", name="Pied de page").get_by_role("link", name="Chiffres").click()
    assert page.url.endswith("/chiffres")
