"""`/suis-je-concerne` without a script: what is ticked, what is found and why, and that nothing of it goes on."""

import pytest

WORDS = {
    "fr": {
        "address": "/suis-je-concerne", "heading": "Suis-je concerné ?", "hospital": "À l’hôpital",
        "medicines": "Des médicaments, en pharmacie", "where": "Où ?", "from": "Depuis", "age": "Votre âge aujourd’hui",
        "go": "Voir les bases", "probably": "Probablement", "because": "Parce que", "rights": "Exercer mes droits",
        "tick": "Cochez au moins un soin.", "silent": "Les projets qui utilisent ces bases", "fields": "Quels soins ?",
        "form": "/droits/exercer", "again": "Changer mes réponses",
    },
    "en": {
        "address": "/en/am-i-concerned", "heading": "Am I concerned?", "hospital": "In hospital",
        "medicines": "Medicines from a pharmacy", "where": "Where?", "from": "From", "age": "Your age today",
        "go": "See the databases", "probably": "Probably", "because": "Because", "rights": "Exercise my rights",
        "tick": "Tick at least one kind of care.", "silent": "The projects that use these databases",
        "fields": "What care?", "form": "/en/rights/request", "again": "Change my answers",
    },
}


@pytest.mark.parametrize("language", WORDS)
def test_a_citizen_finds_the_databases_that_know_them(walks, language):
    words = WORDS[language]
    walk = walks(f"concerne-{language}", language)
    page = walk.page
    page.goto(words["address"])
    walk.look(words["heading"], fields=(words["hospital"], words["where"], words["from"], words["age"], words["go"]))

    # Nothing ticked, and an age that is none.
    page.get_by_label(words["age"]).fill("cent")
    walk.presses(words["go"])
    walk.look(words["heading"], says=(words["tick"],))
    assert page.get_by_label(words["age"]).input_value() == "cent", "what was typed is kept"

    page.get_by_label(words["hospital"], exact=True).check()
    page.get_by_label(words["medicines"], exact=True).check()
    page.get_by_label(words["where"]).select_option("Aubelande")
    page.get_by_label(words["from"], exact=True).fill("2016")
    page.get_by_label(words["age"]).fill("42")
    walk.presses(words["go"])
    walk.look(words["heading"], says=(words["probably"], words["because"], words["silent"], words["again"]))
    assert page.url.endswith(words["address"]), "the answers are in no address"
    assert page.context.cookies() == []
    titles = page.locator(".found-base h3").all_inner_texts()
    assert 2 <= len(titles) < 12, titles
    for absent in ("certainement", "certainly"):
        main = page.inner_text("main").lower().replace("jamais certainement", "").replace("never certainly", "")
        assert absent not in main

    link = page.locator("main").get_by_role("link", name=words["rights"], exact=True)
    assert link.get_attribute("href") == words["form"]
    link.click()
    assert page.url.endswith(words["form"]), "the form is told nothing of it"


def test_it_is_done_by_keyboard_alone(browse):
    page = browse(scripts=False)
    page.goto("/suis-je-concerne")
    page.locator("#care").focus()
    page.keyboard.press("Space")
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.tagName === 'BUTTON' && document.activeElement.closest('#form') !== null"):
            break
    page.keyboard.press("Enter")
    page.wait_for_selector("#found")
    assert "probablement" in page.inner_text("#found")


def test_what_is_pressed_is_large_enough(browse):
    page = browse(scripts=False, width=390)
    page.goto("/suis-je-concerne")
    for selector in (".choice", "select", "#from", "#age", "#form button"):
        for box in page.locator(selector).all():
            assert box.bounding_box()["height"] >= 44, selector
