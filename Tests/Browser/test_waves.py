"""A wave of forged filings where voiding takes two: proposed, sent back, confirmed and restored, by browser alone, without a script."""

import dataclasses

import pytest
import visits
from confirming import site
from operators import Operator
from people import People
from portal import UNLIMITED
from visits import WORDS, button

TEXTS = {
    "fr": {"waves": "Dépôts suspects", "alike": "20 demandes avec le même message", "propose": "Proposer de les annuler toutes…",
           "why": "Pourquoi", "send": "Proposer d’annuler ces demandes", "waiting": "En attente d’une autre personne",
           "back": "Renvoyer…", "note": "Votre note", "decline": "Renvoyer", "declined": "Rien n’a été annulé", "read": "J’ai lu",
           "confirm": "Confirmer : annuler ces demandes", "done": "Fait pour 20 sur 20",
           "voided": "Annulées ensemble", "restore": "Les rétablir…",
           "again": "Rétablir ces demandes", "restored": "Rétablies le"},
    "en": {"waves": "Suspicious filings", "alike": "20 requests with the same message", "propose": "Propose to void all of them…",
           "why": "Why", "send": "Propose to void these requests", "waiting": "It waits for another person",
           "back": "Send it back…", "note": "Your note", "decline": "Send back", "declined": "Nothing was voided", "read": "I have read it",
           "confirm": "Confirm: void these requests", "done": "Done for 20 of 20",
           "voided": "Voided together", "restore": "Restore them…",
           "again": "Restore these requests", "restored": "Restored on"},
}


@pytest.mark.parametrize("language, width, scheme", [("fr", 390, "light"), ("en", 1280, "dark")])
def test_a_wave_is_voided_by_two_and_restored(make_portal, make_browsers, tmp_path, language, width, scheme):
    words, texts = WORDS[language], TEXTS[language]
    portal = make_portal(environment=UNLIMITED | {"REGARD_RESOURCES": str(site(tmp_path))}).initialise().start()
    browsers = make_browsers(portal, "vague", language, width=width, scheme=scheme, sizes=[width])

    def look(page, name, *told):
        main = page.inner_text("main").replace("\u00a0", " ")
        for text in told:
            assert text in main, main
        browsers.picture(page, name)

    filed = [portal.file(dataclasses.replace(person, message="Une seule main.")) for person in People(count=20)]
    agent, supervisor = browsers.open(), browsers.open()
    visits.sign_in(agent, words, Operator(portal, f"camille-{language}", "agent"))
    visits.sign_in(supervisor, words, Operator(portal, f"dominique-{language}", "supervisor"))

    def propose():
        agent.get_by_role("link", name=texts["waves"], exact=True).click()
        agent.get_by_text(texts["propose"], exact=True).first.click()
        agent.get_by_label(texts["why"], exact=True).first.fill("Le même texte vingt fois.")
        button(agent, texts["send"]).first.click()

    agent.get_by_role("link", name=texts["waves"], exact=True).click()
    look(agent, "trouvee", texts["alike"])
    agent.get_by_text(texts["propose"], exact=True).first.click()
    button(agent, texts["send"]).first.click()
    look(agent, "sans-motif")
    assert agent.get_by_role("alert").get_by_role("link").count() == 1
    agent.goto(words.console)
    propose()
    look(agent, "proposee", texts["waiting"])

    supervisor.get_by_role("link", name=texts["waves"], exact=True).click()
    look(supervisor, "a-confirmer", "Le même texte vingt fois.")
    supervisor.get_by_text(texts["back"], exact=True).click()
    supervisor.get_by_label(texts["note"], exact=True).fill("Regardez la troisième.")
    button(supervisor, texts["decline"]).click()
    agent.goto(words.console)
    agent.get_by_role("link", name=texts["waves"], exact=True).click()
    look(agent, "renvoyee", texts["declined"], "Regardez la troisième.")
    button(agent, texts["read"]).click()
    agent.goto(words.console)
    propose()

    supervisor.goto(words.console)
    supervisor.get_by_role("link", name=texts["waves"], exact=True).click()
    button(supervisor, texts["confirm"]).click()
    look(supervisor, "annulee", texts["done"])
    assert {portal.follow(item)["outcome"] for item in filed} == {"voided"}
    supervisor.goto(words.console)
    supervisor.get_by_role("link", name=texts["waves"], exact=True).click()
    look(supervisor, "annulees", texts["voided"])
    supervisor.get_by_text(texts["restore"], exact=True).click()
    supervisor.get_by_label(texts["why"], exact=True).last.fill("C’était une association.")
    button(supervisor, texts["again"]).click()
    look(supervisor, "retablie", texts["done"])
    supervisor.goto(words.console)
    supervisor.get_by_role("link", name=texts["waves"], exact=True).click()
    look(supervisor, "retablies", texts["restored"])
    assert {portal.follow(item)["outcome"] for item in filed} == {None}
