"""What databases are asked for a person, by browser alone and without a script: the operator asks, the custodian answers, the citizen
reads when."""

import pytest
import visits
from operators import Custodian, Operator
from people import People
from visits import WORDS, button
from waiting import wait_for

TEXTS = {
    "fr": {"ask": "Interroger ces bases", "hint": "Ce que chaque base doit savoir", "asked": "Sa réponse est attendue le",
           "answer": "Votre réponse", "partly": "C’est fait en partie", "words": "En vos mots", "send": "Répondre",
           "reasons": "Dites ce qui n’est pas fait, et pourquoi.", "recorded": "Votre réponse est enregistrée",
           "answered": "elle a répondu le", "said": "Une table est fermée."},
    "en": {"ask": "Ask these databases", "hint": "What each database has to know", "asked": "Its answer is awaited by",
           "answer": "Your answer", "partly": "Done in part", "words": "In your words", "send": "Answer",
           "reasons": "Say what is not done, and why.", "recorded": "Your answer is recorded",
           "answered": "it answered on", "said": "One table is closed."},
}


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_database_is_asked_and_answers_by_browser_alone(make_portal, make_browsers, language):
    words, texts = WORDS[language], TEXTS[language]
    portal = make_portal().initialise().start()
    portal.link("clinique", "manual:", "--name", "Clinique des Essais", "--name-en", "Test Clinic")
    browsers = make_browsers(portal, "interrogee", language, width=390)
    picture = browsers.picture
    citizen, console, custodian = browsers.open(), browsers.open(), browsers.open()
    filed = portal.post("/api/v1/requests", People(count=1)[0].filing(right="access")).json
    reference, secret = filed["reference"], filed["secret"]
    visits.sign_in(console, words, Operator(portal, f"odile-{language}", "agent"))
    visits.open_case(console, reference)
    assert texts["ask"] not in console.inner_text("main"), "not before the identity is verified"
    button(console, words.verified).click()
    console.get_by_role("checkbox", name="Clinique" if language == "fr" else "Test Clinic").uncheck()
    button(console, texts["ask"]).click()
    assert console.get_by_role("alert").count() == 1, "nobody was chosen"
    picture(console, "personne")
    console.get_by_role("checkbox", name="Clinique" if language == "fr" else "Test Clinic").check()
    visits.field(console, texts["hint"]).fill("Depuis 2019.")
    button(console, texts["ask"]).click()

    def sees(phrase):
        visits.follow(citizen, words, reference, secret)
        return phrase in citizen.inner_text("main")

    wait_for("it is asked", lambda: sees(texts["asked"]))
    picture(citizen, "suivi")
    visits.sign_in(custodian, words, Custodian(portal, f"gilles-{language}", "clinique"))
    assert "Depuis 2019." in custodian.inner_text("main")
    picture(custodian, "tache")
    custodian.get_by_label(texts["answer"], exact=True).select_option(label=texts["partly"])
    button(custodian, texts["send"]).click()
    assert texts["reasons"] in custodian.get_by_role("alert").inner_text()
    assert custodian.get_by_label(texts["answer"], exact=True).input_value() == "partly"
    picture(custodian, "erreur")
    custodian.get_by_label(texts["words"], exact=True).fill(texts["said"])
    button(custodian, texts["send"]).click()
    assert texts["recorded"] in custodian.inner_text("main")
    assert sees(texts["answered"]) and texts["said"] not in citizen.inner_text("main")
    picture(citizen, "repondu")
    console.reload()
    assert texts["said"] in console.inner_text("main") and texts["partly"] in console.inner_text("main")
    picture(console, "console")
