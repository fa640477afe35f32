"""A case past its retention, by browser and without a script: its citizen's page says that it was erased, shows where the objection
stands that is still in force, and ends it; the operator's page offers nothing any more."""

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

FOUR_YEARS = 4 * 365 * 86_400_000
TEXTS = {
    "fr": {"erased": "Ce dossier a été effacé le", "stands": "Elle reste en vigueur", "listed": "Sur sa liste",
           "write": "Nous écrire", "ended": "Votre opposition a pris fin", "console": "Effacé le",
           "acts": "Agir", "identity": "Ouvrir l’identité"},
    "en": {"erased": "This case was erased on", "stands": "It stays in force", "listed": "On its list",
           "write": "Write to us", "ended": "Your objection has ended", "console": "Erased on",
           "acts": "Act", "identity": "Open the identity"},
}


@pytest.fixture(scope="module")
def house():
    """A portal that erased one case in each language, whose objections a linked database applies."""
    with Portal("sqlite") as portal, tempfile.TemporaryDirectory(prefix="regard-linked.") as folder:
        portal.initialise().start()
        target = SQLiteTarget(Path(folder, "clinique.sqlite"))
        portal.link("clinique", target, "--name", "Clinique des Essais", "--name-en", "Test Clinic")
        supervisor = Operator(portal, "dominique", "supervisor")
        people = People(count=2)
        filed = {language: portal.file(person) for language, person in zip(TEXTS, people)}
        for request in filed.values():
            supervisor.act(request["reference"], "identityVerified")
            supervisor.act(request["reference"], "granted")
        for request in filed.values():
            wait_for("it is closed", lambda: portal.follow(request)["state"] == "closed")
        # Each is in the index of persons before it may go.
        for request, person in zip(filed.values(), people):
            wait_for("it is indexed", lambda: request["reference"] in supervisor.finds(person))
        portal.stop()
        # Closed four years ago.
        portal.change(
            f"UPDATE request_event SET at = at - {FOUR_YEARS}",
            f"UPDATE rights_request SET closed_at = closed_at - {FOUR_YEARS}, received_at = received_at - {FOUR_YEARS}")
        portal.start()
        for request in filed.values():
            wait_for("it is erased", lambda: portal.follow(request)["erasedAt"])
        yield portal, supervisor, filed, people, target


@pytest.mark.parametrize("language, width", [("fr", 390), ("en", 1280)])
def test_an_erased_case_says_so_and_its_objection_can_be_ended(house, make_browsers, language, width):
    portal, supervisor, filed, people, target = house
    words, texts, request = WORDS[language], TEXTS[language], filed[language]
    person = people[list(TEXTS).index(language)]
    browsers = make_browsers(portal, "efface", language, width=width)
    picture = browsers.picture
    citizen, console = browsers.open(), browsers.open()
    visits.follow(citizen, words, request["reference"], request["secret"])
    main = citizen.inner_text("main")
    assert texts["erased"] in main and texts["stands"] in main and texts["listed"] in main, main
    assert citizen.get_by_role("heading", name=texts["write"]).count() == 0
    for told in (person.birth_name, person.email, person.message):
        assert told not in citizen.content()
    picture(citizen, "suivi")

    visits.sign_in(console, words, supervisor)
    console.goto({"fr": "/operateur/demandes/", "en": "/en/operator/requests/"}[language] + request["reference"])
    main = console.inner_text("main")
    assert texts["console"] in main
    assert console.get_by_role("heading", name=texts["acts"], exact=True).count() == 0
    assert button(console, texts["identity"]).count() == 0
    assert person.birth_name not in console.content() and person.message not in console.content()
    picture(console, "console")

    # Ended as on any other day, and told nowhere as done before it is.
    held = len(target.in_force())
    citizen.get_by_text(words.withdraw, exact=True).first.click()
    button(citizen, words.withdraw).click()
    assert citizen.get_by_role("alert").count() == 1, "not without the box"
    citizen.get_by_label(words.confirm).check()
    button(citizen, words.withdraw).click()
    assert texts["ended"] in citizen.inner_text("main"), citizen.inner_text("main")
    picture(citizen, "retire")
    wait_for("the database has let go of it", lambda: len(target.in_force()) == held - 1)
    console.reload()
    assert texts["console"] in console.inner_text("main")
