"""Templates, drafts, a moment to recall, and a refusal that takes two: by browser alone and without a script."""

import pytest
import visits
from confirming import site
from operators import Operator
from people import People
from visits import WORDS, button, field

TEXTS = {
    "fr": {"templates": "Modèles", "new": "Nouveau modèle", "id": "Nom court", "purpose": "À quoi il sert",
           "writing": "Écrire à la personne", "title": "Titre", "text": "Texte", "preview": "Voir l’aperçu",
           "save": "Enregistrer", "saved": "Modèle enregistré", "unknown": "n’existe pas", "queue": "Demandes",
           "pick": "Modèle", "insert": "Insérer le modèle", "write": "Écrire à la personne", "send": "Envoyer le message",
           "recall": "Rappeler", "recalled": "rien n’est parti", "take": "Prendre en charge", "refuse": "Proposer un refus…",
           "ground": "Fondement du refus", "reasons": "Raisons", "propose": "Proposer le refus",
           "proposed": "Refus proposé par", "confirm": "Confirmer le refus"},
    "en": {"templates": "Templates", "new": "New template", "id": "Short name", "purpose": "What it is for",
           "writing": "Writing to the person", "title": "Title", "text": "Text", "preview": "See the preview",
           "save": "Save", "saved": "Template saved", "unknown": "There is no field", "queue": "Requests",
           "pick": "Template", "insert": "Insert the template", "write": "Write to the person", "send": "Send the message",
           "recall": "Recall", "recalled": "nothing has gone", "take": "Take this case", "refuse": "Propose a refusal…",
           "ground": "Ground of the refusal", "reasons": "Reasons", "propose": "Propose the refusal",
           "proposed": "Refusal proposed by", "confirm": "Confirm the refusal"},
}


@pytest.mark.parametrize("language", ["fr", "en"])
def test_an_answer_is_begun_recalled_and_confirmed_by_browser_alone(make_portal, make_browsers, tmp_path, language):
    words, texts = WORDS[language], TEXTS[language]
    portal = make_portal(environment={
        "REGARD_RESOURCES": str(site(tmp_path)), "REGARD_RECALL_SECONDS": "600"}).initialise().start()
    browsers = make_browsers(portal, "reponse", language, width=390)
    picture = browsers.picture
    agent, supervisor = browsers.open(), browsers.open()
    filed = portal.post("/api/v1/requests", People(count=1)[0].filing(language=language)).json
    reference = filed["reference"]
    visits.sign_in(supervisor, words, Operator(portal, f"dominique-{language}", "supervisor"))
    supervisor.get_by_role("link", name=texts["templates"], exact=True).click()
    supervisor.get_by_role("link", name=texts["new"], exact=True).click()
    field(supervisor, texts["id"]).fill("merci")
    supervisor.get_by_label(texts["purpose"], exact=True).select_option(label=texts["writing"])
    for place, side in enumerate(("fr", "en")):
        supervisor.get_by_label(texts["title"], exact=True).nth(place).fill(f"Merci {side}")
        supervisor.get_by_label(texts["text"], exact=True).nth(place).fill(f"{side} : {{{{reference}}}}, {{{{nom}}}}")
    button(supervisor, texts["save"]).click()
    assert supervisor.get_by_role("alert").inner_text().count(texts["unknown"]) == 2
    picture(supervisor, "modele-faux")
    for place, side in enumerate(("fr", "en")):
        supervisor.get_by_label(texts["text"], exact=True).nth(place).fill(f"{side} : {{{{reference}}}}")
    button(supervisor, texts["preview"]).click()
    picture(supervisor, "modele")
    button(supervisor, texts["save"]).click()
    assert texts["saved"] in supervisor.inner_text("main")
    picture(supervisor, "modeles")

    visits.sign_in(agent, words, Operator(portal, f"camille-{language}", "agent"))
    visits.open_case(agent, reference)
    write = agent.locator("#form-message")
    write.get_by_label(texts["write"], exact=True).fill("…")
    write.get_by_label(texts["pick"]).select_option(label=f"Merci {language}")
    write.get_by_role("button", name=texts["insert"], exact=True).click()
    assert agent.get_by_label(texts["write"], exact=True).input_value() == f"…\n\n{language} : {reference}"
    picture(agent, "brouillon")
    button(agent, texts["send"]).click()
    box = agent.get_by_role("button", name=texts["recall"], exact=True).bounding_box()
    assert 0 <= box["y"] and box["y"] + box["height"] <= 900, "in sight on a telephone, without a script"
    picture(agent, "part")
    button(agent, texts["recall"]).click()
    assert texts["recalled"] in agent.inner_text("main")
    assert agent.get_by_label(texts["write"], exact=True).input_value() == f"…\n\n{language} : {reference}"
    picture(agent, "rappelee")
    agent.goto(agent.url.split("?")[0])
    assert texts["recalled"] not in agent.inner_text("main"), "told once"

    button(agent, texts["take"]).click()
    agent.get_by_text(texts["refuse"], exact=True).click()
    agent.get_by_label(texts["ground"], exact=True).select_option(index=1)
    agent.locator("#form-refusal").get_by_label(texts["reasons"], exact=True).fill("Un procès dure.")
    button(agent, texts["propose"]).click()
    assert texts["proposed"] in agent.inner_text("main")
    picture(agent, "proposee")
    supervisor.get_by_role("link", name=texts["queue"], exact=True).click()
    visits.open_case(supervisor, reference)
    assert "Un procès dure." in supervisor.inner_text("main")
    picture(supervisor, "a-confirmer")
    button(supervisor, texts["confirm"]).click()
    assert supervisor.get_by_role("button", name=texts["recall"], exact=True).count() == 1
    picture(supervisor, "confirmee")
