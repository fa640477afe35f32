"""The operators' pages of propagation, looked at without a script: where each database stands, drawn and in figures."""

import re
import sqlite3
import tempfile
from pathlib import Path

import pytest
import visits
from operators import Operator
from people import People
from portal import Portal
from targets import SQLiteTarget
from visits import WORDS, button
from waiting import wait_for
from walk import Walk, plain

TEXTS = {
    "fr": {"heading": "Bases liées", "page": "/operateur/bases", "current": "À jour", "never": "Rien de confirmé",
           "paused": "En pause", "figures": "Les dessins en chiffres", "ask": "Demander un rapprochement",
           "agrees": "Concorde", "excepted": "Des exceptions", "retry": "Renvoyer", "retried": "C’est noté",
           "repair": "Réparer", "confirm": "Oui, réparer cette liste", "differs": "Diffère", "repaired": "Réparée"},
    "en": {"heading": "Linked databases", "page": "/en/operator/databases", "current": "Up to date",
           "never": "Nothing confirmed", "paused": "Paused", "figures": "The drawings in figures",
           "ask": "Ask for a comparison", "agrees": "Agrees", "excepted": "Exceptions", "retry": "Send again",
           "retried": "Noted", "repair": "Repair", "confirm": "Yes, repair this list", "differs": "Differs",
           "repaired": "Repaired"},
}


def execute(target, statement):
    """What a database's own people do to it."""
    connection = sqlite3.connect(target.path, timeout=10)
    with connection:
        connection.execute(statement)
    connection.close()


@pytest.fixture(scope="module")
def house():
    """A portal with one database that keeps up, one that refuses some of what it is sent, one that can't be reached, one
    by hand and one that is paused."""
    with tempfile.TemporaryDirectory(prefix="regard-linked.") as folder:
        portal = Portal("sqlite").initialise().start()
        good, strict = SQLiteTarget(Path(folder, "good.sqlite")), SQLiteTarget(Path(folder, "strict.sqlite"))
        portal.link("sejours", good, "--name", "Séjours hospitaliers", "--name-en", "Hospital stays")
        portal.link("urgences", strict, "--name", "Urgences", "--name-en", "Emergencies")
        portal.link("registre", "postgres://127.0.0.1:1/nowhere", "--name", "Registre des cancers",
                    "--name-en", "Cancer registry")
        portal.link("archive", "manual:", "--name", "Archive des cohortes", "--name-en", "Cohort archive")
        portal.link("essais", f"sqlite:{folder}/essais.sqlite", "--name", "Essais cliniques", "--name-en", "Clinical trials")
        portal.command("database", "pause", "essais")
        people = People(count=6)
        portal.file(people[0])
        wait_for("it keeps up", lambda: portal.databases()["urgences"]["position"] == 1)
        execute(strict, "CREATE TRIGGER full BEFORE INSERT ON regard_optout "
                        "BEGIN SELECT RAISE(ABORT, 'the register is closed'); END")
        for number in range(1, 6):
            portal.file(people[number])
        wait_for("it confirms", lambda: portal.databases()["sejours"]["lag"] == 0)
        wait_for("it refuses", lambda: portal.databases()["urgences"]["lag"] == 0)
        yield portal, good, strict
        print(portal.log_text()[-4000:])
        portal.remove()


@pytest.fixture
def walk(make_browsers, house, screenshots):
    def make(language, width):
        is_narrow = width == 390
        browsers = make_browsers(house[0], language=language, width=width, scheme="light" if is_narrow else "dark")
        return Walk(browsers.open(), f"propagation-{language}", screenshots, language, browsers.open(scripts=True), tabs=is_narrow)

    return make


@pytest.mark.parametrize("language, width", [("fr", 390), ("fr", 1280), ("en", 390), ("en", 1280)])
def test_where_each_database_stands(house, walk, language, width):
    texts, portal = TEXTS[language], house[0]
    walk = walk(language, width)
    page = walk.page
    visits.sign_in(page, WORDS[language], Operator(portal, f"odile-{language}-{width}", "supervisor"))
    page.goto(texts["page"])
    walk.look(texts["heading"], says=[texts[name] for name in ("current", "never", "paused", "excepted")])
    # Each drawing says in words what it shows, and the table says it in figures.
    assert page.locator("main").get_by_role("img").count() == 5
    page.get_by_text(texts["figures"]).click()
    assert page.get_by_role("row").count() == 6
    page.screenshot(path=walk.screenshots / f"propagation-chiffres-{language}-{width}.png", full_page=True)
    for name in {"fr": ("Séjours hospitaliers", "Urgences", "Registre des cancers", "Archive des cohortes"),
                 "en": ("Hospital stays", "Emergencies", "Cancer registry", "Cohort archive")}[language]:
        page.goto(texts["page"])
        page.get_by_role("link", name=name, exact=True).click()
        walk.look(name)
        page.get_by_text(texts["figures"]).click()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.screenshot(path=walk.screenshots / f"propagation-base-chiffres-{language}-{width}.png", full_page=True)


def test_a_refused_objection_is_sent_again_and_a_list_is_repaired(house, walk):
    portal, good, strict = house
    texts, walk = TEXTS["fr"], walk("fr", 1280)
    page = walk.page
    visits.sign_in(page, WORDS["fr"], Operator(portal, "simone", "supervisor"))
    page.goto(texts["page"] + "/urgences")
    assert "the register is closed" in page.inner_text("main")
    execute(strict, "DROP TRIGGER full")
    page.get_by_role("button", name=re.compile("^Renvoyer toutes")).click()
    assert texts["retried"] in page.inner_text("main")
    wait_for("the exceptions end by themselves", lambda: page.goto(texts["page"] + "/urgences")
             and texts["current"] in page.inner_text("main"))

    page.goto(texts["page"] + "/sejours")
    button(page, texts["ask"]).click()
    here = portal.origin + texts["page"] + "/sejours"
    wait_for("it is compared", lambda: page.goto(here) and texts["agrees"] in page.inner_text("main"))
    execute(good, "DELETE FROM regard_optout WHERE token = (SELECT min(token) FROM regard_optout)")
    button(page, texts["ask"]).click()
    wait_for("it differs", lambda: page.goto(here) and texts["differs"] in page.inner_text("main"))
    walk.look("Séjours hospitaliers")
    page.get_by_label(texts["confirm"]).check()
    button(page, texts["repair"]).click()
    wait_for("it is repaired", lambda: page.goto(here) and texts["repaired"] in plain(page.inner_text("main")))
    assert len(good.active()) == 6


@pytest.mark.parametrize("language, width", [("fr", 390), ("en", 1280)])
def test_everybody_reads_where_the_linked_databases_stand(house, walk, language, width):
    walk = walk(language, width)
    page = walk.page
    page.goto({"fr": "/bases", "en": "/en/databases"}[language])
    walk.follows({"fr": "5 bases liées", "en": "5 linked databases"}[language])
    said = {"fr": ["Rien de confirmé", "sous 24 heures", "sous 30 jours", "trop peu de choix pour le dire"],
            "en": ["Nothing confirmed", "within 24 hours", "within 30 days", "too few choices to say"]}[language]
    walk.look({"fr": "Les bases liées", "en": "Linked databases"}[language], says=said)
    assert "127.0.0.1" not in page.content(), "how they are reached is told to nobody"
