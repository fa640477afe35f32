"""The public register by the keyboard alone, without a script: searching, a project and its history, the log, the catalogue and its
variables, files. The form, the figures, "Suis-je concerné ?" and editing have walks of their own."""

import json

import pytest
from walk import FOCUS, plain


class Keyboard:
    """A person who has nothing else. Each place on the way must show that it has the focus."""

    def __init__(self, page):
        self.page = page

    def open(self, path):
        self.page.goto(path)
        return self

    def reach(self, name):
        """Tabs on to what is so named in the page's main part; from its start where the focus is nowhere yet."""
        for _ in range(250):
            self.page.keyboard.press("Tab")
            stop = self.page.evaluate(FOCUS)
            assert stop is not None, f"nothing is named {name!r} on {self.page.url}"
            assert stop["visible"] and stop["onScreen"], f"the focus does not show on {stop['name']!r}"
            if plain(stop["name"]).startswith(name) and self.page.evaluate("document.activeElement.closest('main') !== null"):
                return self
        raise AssertionError(f"{name!r} is out of reach on {self.page.url}")

    def type(self, text):
        self.page.keyboard.type(text)
        return self

    def enter(self):
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")
        return self

    def file(self):
        with self.page.expect_download() as download:
            self.page.keyboard.press("Enter")
        return download.value.path().read_text()

    @property
    def heading(self):
        return plain(self.page.get_by_role("heading", level=1).inner_text())

    def results(self):
        return self.page.locator(".results > li").count()


@pytest.fixture(params=[390, 1280])
def keyboard(request, browse):
    return Keyboard(browse(scripts=False, width=request.param))


def test_a_project_is_found_narrowed_down_and_read_back_to_its_first_version(keyboard, demonstration):
    keyboard.open("/projets").reach("Mots à chercher").type("cancer").enter()
    found = keyboard.results()
    assert found > 1
    if keyboard.page.viewport_size["width"] < 600:
        keyboard.reach("Affiner").page.keyboard.press("Enter")
    keyboard.reach("Statut").page.keyboard.press("Enter")
    keyboard.page.keyboard.press("Tab")
    keyboard.enter()
    assert "status=" in keyboard.page.url and 0 < keyboard.results() < found
    lines = keyboard.reach("JSON Lines").file().splitlines()
    assert [json.loads(line)["status"] for line in lines] == [json.loads(lines[0])["status"]] * keyboard.results()
    keyboard.open("/projets?q=DEMO-P-003").reach("Vivre après un cancer du sein").enter()
    assert keyboard.heading.startswith("Vivre après un cancer du sein")
    keyboard.reach("Voir tout ce qui a changé").enter()
    keyboard.reach("Voir tout ce qui a changé depuis la première").enter()
    assert keyboard.page.locator("ins, del").count() > 0
    keyboard.open("/projets/DEMO-P-003/historique").reach("Version 1").enter()
    assert "/historique/1" in keyboard.page.url


def test_the_log_is_narrowed_and_taken_away(keyboard):
    keyboard.open("/changements")
    all_of_it = keyboard.page.locator(".change-list > li").count()
    keyboard.reach("Projets").enter()
    keyboard.reach("Changement").enter()
    shown = keyboard.page.locator(".change-list > li").count()
    assert "act=changed" in keyboard.page.url and 0 < shown < all_of_it
    rows = keyboard.reach("CSV").file().splitlines()
    assert rows[0].startswith("change,kind,reference") and len(rows) > shown


def test_the_database_that_holds_something_is_found_and_its_table_read(keyboard):
    keyboard.open("/bases").reach("Quelle base contient cela").enter()
    keyboard.reach("Mots à chercher").type("date").enter()
    found = keyboard.results()
    keyboard.reach("Registre des cancers").enter()
    assert "dataset=" in keyboard.page.url and 0 < keyboard.results() < found
    rows = keyboard.reach("CSV").file().splitlines()
    assert len(rows) == keyboard.results() + 1
    keyboard.open("/variables?q=date").reach("date_diagnostic").enter()
    assert keyboard.page.get_by_role("table").count() > 0
