"""Another right than an objection, for somebody else than oneself, without a script."""

import pytest
import visits
from accessibility import faults
from operators import Operator
from people import People
from visits import WORDS, button, field


def heading(page):
    return page.get_by_role("heading", level=1).inner_text().replace("\u00a0", " ")


def look(page, name, width, screenshots):
    """A picture for people to look at."""
    page.screenshot(path=screenshots / f"enfant-{name}-{width}.png", full_page=True)


@pytest.mark.parametrize("width", [390, 1280])
def test_a_parent_asks_for_a_childs_data(browse, demonstration, screenshots, width):
    words, page, person = WORDS["fr"], browse(scripts=False, width=width), People()[0]
    page.goto("/droits")
    page.get_by_role("link", name="Commencer : Demander une copie de mes données").click()
    assert heading(page) == "Pour qui ?"
    visits.choose(page, words, "Pour mon enfant de moins de 15 ans")
    look(page, "precisions", width, screenshots)
    button(page, "Continuer").click()
    assert heading(page) == "Qui est votre enfant ?"
    visits.fill_in(page, words, person)
    field(page, words.nir).fill(person.nir)
    button(page, "Continuer").click()
    # Somebody of age acts alone, and is handed their own form.
    assert heading(page) == "À partir de 15 ans, c’est à elle ou à lui"
    look(page, "age", width, screenshots)
    page.get_by_role("link", name="Corriger la date de naissance").click()
    assert field(page, words.birth_name).input_value() == person.birth_name, "what was typed is kept"

    field(page, words.year).fill("2019")
    assert page.get_by_role("group", name="À qui est ce numéro").count() == 0
    button(page, "Continuer").click()
    page.get_by_role("group", name="À qui est ce numéro").get_by_label("C’est celui du parent").check()
    look(page, "numero", width, screenshots)
    button(page, "Continuer").click()
    field(page, "Votre prénom et votre nom").fill("Nour Essai")
    button(page, "Continuer").click()
    check = page.inner_text("main")
    for said in ("Pour mon enfant", "Nour Essai", "C’est celui du parent", "Demander une copie"):
        assert said in check, said
    look(page, "relire", width, screenshots)
    button(page, "Déposer ma demande").click()
    assert heading(page) == "Votre demande est déposée"
    codes = page.locator(".keep dd")
    reference, secret = codes.nth(0).inner_text().strip(), codes.nth(1).inner_text().strip()

    visits.follow(page, words, reference, secret)
    field(page, "Votre message").fill("Est-ce bien reçu ?")
    button(page, "Envoyer").click()
    assert "Votre message est parti" in page.inner_text("main") and "Est-ce bien reçu ?" in page.inner_text("main")
    assert "Base par base" not in page.inner_text("main"), "nothing of an access request goes onto a list"

    operator = Operator(demonstration, f"denise-{width}", "supervisor")
    console = browse(scripts=False, width=width)
    visits.sign_in(console, words, operator)
    visits.open_case(console, reference)
    field(console, "Écrire à la personne").fill("Oui. Pouvez-vous prouver votre lien ?")
    button(console, "Demander une preuve d’identité").click()
    look(console, "dossier", width, screenshots)
    assert "Identité attendue" in console.inner_text("main") or "Identité demandée" in console.inner_text("main")
    page.goto("/suivi")
    assert "Pouvez-vous prouver votre lien" in page.inner_text("main")
    console.get_by_label(words.motive, exact=True).select_option(index=1)
    button(console, words.open_identity).click()
    console.get_by_text("Corriger l’identité…").click()
    assert field(console, "Prénoms, séparés").input_value() == ", ".join(person.given_names)
    field(console, "Nom d’usage").fill("Deuxième")
    look(console, "correction", width, screenshots)
    button(console, "Corriger l’identité").click()
    assert "C’est fait : Identité corrigée" in console.inner_text("main")
    button(console, words.verified).click()
    button(console, words.grant).click()
    assert "Écrivez le message" in console.inner_text("main"), "an access request is granted with its answer"
    field(console, "La réponse").fill("Aucune base ne vous connaît.")
    button(console, words.grant).click()
    page.goto("/suivi")
    look(page, "suivi", width, screenshots)
    assert "Aucune base ne vous connaît." in page.inner_text("main")
    assert "close" not in heading(page)


@pytest.mark.parametrize("language, right", [
    ("fr", "Faire effacer mes données"), ("en", "Have the use of my data limited"), ("fr", "Retirer une opposition")])
def test_axe_finds_nothing_in_the_other_forms(browse, language, right):
    words = WORDS[language]
    page = browse(scripts=True, language=language)
    page.goto(words.form)
    visits.choose(page, words, right)
    visits.choose(page, words, words.heir)
    assert faults(page) == []
