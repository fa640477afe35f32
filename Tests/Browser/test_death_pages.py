"""A death is recorded by browser alone, without a script: what the operator sees, what whoever has the code reads, and how it is
taken back."""

import pytest
import visits
from operators import Operator
from people import People
from visits import WORDS, button
from waiting import wait_for

TEXTS = {
    "fr": {"open": "Enregistrer un décès…", "source": "D’où vous le savez", "certificate": "un acte ou un certificat de décès",
           "day": "Date du décès", "record": "Enregistrer le décès", "other": "l’autre demande de la même personne",
           "wrong": "Écrivez l’année, le mois et le jour", "title": "Décès le 2 janvier 2026",
           "told": "Un décès est enregistré", "undo": "Ce décès est une erreur…", "why": "Ce qui le montre",
           "take": "Annuler ce décès", "back": "Décès annulé", "withheld": "Retenu",
           "look": "elle est arrivée après un décès enregistré", "check": "Décès à vérifier"},
    "en": {"open": "Record a death…", "source": "From where you know it", "certificate": "a death certificate",
           "day": "Date of the death", "record": "Record the death", "other": "the other request of the same person",
           "wrong": "Write the year, the month and the day", "title": "Died on 2 January 2026",
           "told": "A death is recorded", "undo": "This death is a mistake…", "why": "What shows it",
           "take": "Take this death back", "back": "Death taken back", "withheld": "Withheld",
           "look": "it came after a death was recorded", "check": "Death to be checked"},
}


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_death_is_recorded_and_taken_back(make_portal, make_browsers, language):
    words, texts = WORDS[language], TEXTS[language]
    portal = make_portal().initialise().start()
    browsers = make_browsers(portal, "deces", language, width=390)
    picture = browsers.picture
    citizen, console = browsers.open(), browsers.open()
    person = People(count=1)[0]
    filed = portal.file(person)
    second = portal.post("/api/v1/requests", person.filing(right="access")).json
    visits.sign_in(console, words, Operator(portal, f"odile-{language}", "agent"))
    visits.open_case(console, filed["reference"])
    wait_for("the other is known", lambda: console.reload() and second["reference"] in console.inner_text("main"))

    def fill(day):
        if not console.get_by_label(texts["source"]).is_visible():
            console.get_by_text(texts["open"], exact=True).click()
        console.get_by_label(texts["source"]).select_option(label=texts["certificate"])
        visits.field(console, texts["day"]).fill(day)
        button(console, texts["record"]).click()

    fill("hier")
    assert texts["wrong"] in console.get_by_role("alert").inner_text()
    assert visits.field(console, texts["day"]).input_value() == "hier"
    assert console.get_by_role("checkbox", name=texts["other"]).is_checked()
    picture(console, "erreur")
    fill("2026-01-02")
    main = console.inner_text("main").replace("\u00a0", " ")
    assert texts["title"] in main and texts["withheld"] in main
    picture(console, "console")

    # Whoever has the code of the other request reads it too, and not the day.
    visits.follow(citizen, words, second["reference"], second["secret"])
    main = citizen.inner_text("main").replace("\u00a0", " ")
    assert texts["told"] in main and "2026-01-02" not in main and texts["title"] not in main
    picture(citizen, "suivi")

    # What arrives later is told to nobody, and an operator has to look at which is wrong.
    later = portal.file(person)
    console.goto({"fr": "/operateur/demandes/", "en": "/en/operator/requests/"}[language] + later["reference"])
    wait_for("the death is known there", lambda: console.reload() and texts["look"] in console.inner_text("main"))
    picture(console, "apres")
    console.goto(words.console)
    assert texts["check"] in console.inner_text("main"), console.inner_text("main")
    picture(console, "file")
    visits.open_case(console, filed["reference"])

    console.get_by_text(texts["undo"], exact=True).click()
    visits.field(console, texts["why"]).fill("Elle a appelé.")
    button(console, texts["take"]).click()
    assert texts["back"] in console.inner_text("main") and texts["withheld"] not in console.inner_text("main")
    picture(console, "annule")
    citizen.reload()
    assert texts["told"] not in citizen.inner_text("main")
