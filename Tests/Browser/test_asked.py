"""What databases are asked for a person, by browser alone and without a script: the operator asks, the custodian answers, the citizen
reads when."""

import pytest
import visits
from accessibility import faults
from operators import Custodian, Operator
from people import People
from portal import Portal
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
def test_a_database_is_asked_and_answers_by_browser_alone(chromium, screenshots, language):
    words, texts = WORDS[language], TEXTS[language]
    portal = Portal("sqlite").initialise().start()
    portal.link("clinique", "manual:", "--name", "Clinique des Essais", "--name-en", "Test Clinic")
    contexts = []

    def open_page(scripts=False):
        context = chromium.new_context(base_url=portal.origin, java_script_enabled=scripts,
                                       viewport={"width": 390, "height": 900},
                                       locale={"fr": "fr-FR", "en": "en-GB"}[language])
        context.set_default_timeout(30_000)
        contexts.append(context)
        return context.new_page()

    judge = open_page(scripts=True)

    def picture(page, name):
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 900})
            page.screenshot(path=screenshots / f"interrogee-{name}-{language}-{width}.png", full_page=True)
            assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert faults(page, judge) == []

    try:
        citizen, console, custodian = open_page(), open_page(), open_page()
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
    finally:
        for context in contexts:
            context.close()
        print(portal.log_text()[-4000:])
        portal.remove()
