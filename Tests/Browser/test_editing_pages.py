"""An editor writes the register: without a script, on a telephone and on a desk, and by keyboard alone."""

import re

import pytest
import visits
from accessibility import faults
from operators import Operator
from visits import WORDS

TEXTS = {
    "fr": {"register": "Le répertoire", "begin": "Commencer", "reference": "Référence", "title": "Titre (français)",
           "title_en": "Titre (anglais)", "status": "Statut", "active": "En cours", "summary": "Résumé pour tous (français)",
           "add": "Ajouter : Responsable de traitement", "remove": "Retirer : Responsable de traitement 2",
           "group": "Responsable de traitement", "name": "Nom", "see": "Voir ce qui change", "publish": "Publier",
           "reason": "Motif", "done": "C’est publié", "public": "Voir la page publique", "import": "Importer un fichier",
           "file": "Fichier", "trial": "Lire à blanc", "take": "Importer", "taken": "Le fichier est importé",
           "retire": "Retirer du répertoire", "ask": "Demander le retrait", "draft": "Garder le brouillon"},
    "en": {"register": "The register", "begin": "Begin", "reference": "Reference", "title": "Title (French)",
           "title_en": "Title (English)", "status": "Status", "active": "Under way", "summary": "Summary for everybody (French)",
           "add": "Add: Controller", "remove": "Remove: Controller 2", "group": "Controller", "name": "Name",
           "see": "See what changes", "publish": "Publish", "reason": "Reason", "done": "It is published",
           "public": "See the public page", "import": "Import a file", "file": "File", "trial": "Read as a trial",
           "take": "Import", "taken": "The file is imported", "retire": "Remove from the register",
           "ask": "Ask for the removal", "draft": "Keep the draft"},
}


@pytest.mark.parametrize("language, width", [("fr", 390), ("en", 1280)])
def test_an_editor_writes_a_record_without_a_script(browse, demonstration, screenshots, language, width):
    words, texts = WORDS[language], TEXTS[language]
    page = browse(scripts=False, width=width, language=language)
    judge = browse(scripts=True, width=width, language=language, scheme="light" if language == "fr" else "dark")
    number = iter(range(1, 100))

    def look(heading):
        assert page.get_by_role("heading", level=1).inner_text().startswith(heading), page.inner_text("main")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, "something sticks out"
        page.screenshot(path=screenshots / f"editing-{next(number):02d}-{language}-{width}.png", full_page=True)
        assert faults(page, judge) == []

    visits.sign_in(page, words, Operator(demonstration, f"edith-{language}", "editor"))
    look(texts["register"])
    reference = f"ESSAI-{language}"
    page.locator("form[method=post] #reference").fill(reference)
    page.get_by_role("button", name=texts["begin"], exact=True).click()
    look({"fr": "Nouvelle fiche", "en": "New record"}[language])
    page.get_by_label(texts["title"], exact=True).fill("Essai d’écriture")
    page.get_by_label(texts["title_en"], exact=True).fill("A trial of writing")
    page.locator("select[name='/status']").select_option("active")
    page.get_by_label(texts["summary"], exact=True).fill("Une ligne.\nUne autre.")
    for _ in range(2):
        page.get_by_role("button", name=texts["add"], exact=True).click()
    assert page.get_by_label(texts["title"], exact=True).input_value() == "Essai d’écriture", "nothing typed is lost"
    page.locator("[name='/controllers/0/name']").fill("CHU d’essai")
    page.get_by_role("button", name=texts["remove"], exact=True).click()
    assert page.locator("[name='/controllers/1/name']").count() == 0
    page.get_by_role("button", name=re.compile("^" + {"fr": "Ajouter : Résultat", "en": "Add: Result"}[language] + "$")).click()
    page.locator("[name='/results/0/title/fr']").fill("Un article")
    page.locator("[name='/results/0/url']").fill("pas une adresse")
    page.get_by_role("button", name=texts["see"], exact=True).first.click()
    look({"fr": "Nouvelle fiche", "en": "New record"}[language])
    assert page.get_by_role("alert").get_by_role("link").get_attribute("href") == "#f-results-0-url"
    assert page.title().startswith(("Erreur", "Error"))
    page.locator("[name='/results/0/url']").fill("https://example.org/article")
    page.get_by_role("button", name=texts["see"], exact=True).first.click()
    look({"fr": "Ce qui change", "en": "What changes"}[language])
    assert "CHU d’essai" in page.inner_text(".difference-fields")
    page.get_by_label(re.compile("^" + texts["reason"])).fill("Un essai")
    page.get_by_role("button", name=texts["publish"], exact=True).click()
    look(reference)
    assert texts["done"] in page.inner_text("main")
    assert page.get_by_role("link", name=texts["public"], exact=True).count() == 1
    page.get_by_role("link", name=texts["retire"], exact=True).click()
    look({"fr": "Retirer", "en": "Remove"}[language])
    page.get_by_label(re.compile("^" + texts["reason"])).fill("La fin de l’essai")
    page.get_by_role("button", name=texts["ask"], exact=True).click()
    look({"fr": "Retirer", "en": "Remove"}[language])
    assert "La fin de l’essai" in page.inner_text("main")


def test_a_file_is_tried_and_taken_by_keyboard_alone(browse, demonstration, screenshots, tmp_path):
    words, texts = WORDS["fr"], TEXTS["fr"]
    page = browse(scripts=False, width=390)
    judge = browse(scripts=True, width=390)
    visits.sign_in(page, words, Operator(demonstration, "clavier", "editor"))
    file = tmp_path / "projets.csv"
    file.write_text("reference,titleFr,summaryFr,status,controllers,couleur\nCLAVIER-1,Étude,Résumé,active,CHU,bleu\nP 2,,,,,\n")

    def press(name, role="button"):
        # The page that is left is loaded too: what is waited for is the one that comes.
        page.get_by_role(role, name=name, exact=True).focus()
        with page.expect_navigation():
            page.keyboard.press("Enter")

    press(texts["import"], "link")
    page.get_by_label(texts["file"], exact=True).set_input_files(file)
    press(texts["trial"])
    main = page.inner_text("main")
    assert "CLAVIER-1" in main and "Ligne 3" in main and "couleur" in main, main
    page.screenshot(path=screenshots / "editing-import-390.png", full_page=True)
    assert faults(page, judge) == []
    page.locator("#reason").focus()
    page.keyboard.type("Une reprise")
    press(texts["take"])
    assert page.get_by_role("heading", level=1).inner_text() == texts["taken"]
    assert faults(page, judge) == []
    # In a form, Enter keeps what was typed: it publishes nothing.
    page.goto("/operateur/registre/projets/CLAVIER-1")
    page.locator("[name='/acronym']").focus()
    page.keyboard.type("CLAV")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert "Brouillon gardé" in page.inner_text("main")
    assert page.locator("[name='/acronym']").input_value() == "CLAV"
    page.screenshot(path=screenshots / "editing-draft-390.png", full_page=True)
