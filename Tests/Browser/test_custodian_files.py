"""A custodian answers with a file, by browser and without a script: a wrong one is refused, the operator sees the right one by its name,
and the citizen finds it in the package."""

import re
import zipfile

import pytest
import visits
from operators import Custodian, Operator
from people import nir_key
from pypdf import PdfReader
from visits import WORDS, button
from waiting import wait_for

ACCESS = {
    "right": "access", "scope": {"kind": "all"}, "capacity": "dataSubject",
    "contact": {"postal": "1 rue des Essais\n00000 Ville"},
    "subject": {"birthName": "Dubois", "givenNames": ["Angéla"], "birthDate": "1962-08-24", "sex": "F",
                "nir": "2620875107001" + nir_key("2620875107001")},
}
STAYS = "année;séjours\n2019;canari-des-séjours\n".encode()
TEXTS = {
    "fr": {"answer": "Votre réponse", "words": "En vos mots", "files": "Ce que votre base garde", "send": "Répondre",
           "recorded": "Votre réponse est enregistrée", "theirs": "Ses fichiers", "open": "Ouvrir mon dossier",
           "ask": "Recevoir un code par la poste", "code": "Code de la lettre", "get": "Télécharger mon dossier"},
    "en": {"answer": "Your answer", "words": "In your words", "files": "What your database keeps", "send": "Answer",
           "recorded": "Your answer is recorded", "theirs": "Its files", "open": "Open my package",
           "ask": "Get a code by post", "code": "Code of the letter", "get": "Download my package"},
}


@pytest.mark.parametrize("language, width", [("fr", 390), ("en", 1280)])
def test_a_custodians_file_reaches_the_citizen(make_portal, make_browsers, tmp_path, language, width):
    words, texts = WORDS[language], TEXTS[language]
    letters = tmp_path / "letters"
    letters.mkdir(mode=0o700)
    portal = make_portal(environment={"REGARD_LETTERS": str(letters)}).initialise().start()
    portal.link("clinique", "manual:", "--name", "Clinique des Essais", "--name-en", "Test Clinic")
    browsers = make_browsers(portal, "piece", language, width=width)
    picture = browsers.picture
    citizen, console, custodian = browsers.open(), browsers.open(), browsers.open()
    filed = portal.post("/api/v1/requests", ACCESS | {"language": language}).json
    reference = filed["reference"]
    agent = Operator(portal, f"odile-{language}", "agent")
    agent.act(reference, "identityVerified")
    agent.act(reference, "taskSent", databases=["clinique"])

    visits.sign_in(custodian, words, Custodian(portal, f"gilles-{language}", "clinique"))

    def answer(name, kind, content):
        custodian.get_by_label(texts["answer"], exact=True).select_option("done")
        custodian.get_by_label(texts["words"], exact=True).fill("Deux séjours.")
        visits.field(custodian, texts["files"]).set_input_files(
            {"name": name, "mimeType": kind, "buffer": content})
        button(custodian, texts["send"]).click()

    answer("séjours.pdf", "application/pdf", b"no document")
    assert custodian.get_by_role("alert").count() == 1
    assert custodian.get_by_label(texts["words"], exact=True).input_value() == "Deux séjours."
    picture(custodian, "refusee")
    answer("séjours.csv", "text/csv", STAYS)
    assert texts["recorded"] in custodian.inner_text("main")
    assert "canari" not in custodian.content()
    picture(custodian, "repondu")

    # The operator sees that it came and what it is called, and never what is in it.
    visits.sign_in(console, words, agent)
    visits.open_case(console, reference)
    main = console.inner_text("main")
    assert texts["theirs"] in main and "séjours.csv" in main and "Deux séjours." in main
    assert "canari" not in console.content()
    picture(console, "console")
    agent.act(reference, "granted", text="Voici vos données.")
    wait_for("the package is ready", lambda: portal.follow(filed)["package"]["state"] == "ready")

    visits.follow(citizen, words, reference, filed["secret"])
    citizen.get_by_role("link", name=texts["open"], exact=True).click()
    before = set(letters.glob("*.pdf"))
    button(citizen, texts["ask"]).click()
    letter = wait_for("the letter is printed", lambda: set(letters.glob("*.pdf")) - before).pop()
    code = re.search(r"\b[0-9A-Z]{5}-[0-9A-Z]{5}\b", "\n".join(
        sheet.extract_text() for sheet in PdfReader(letter).pages))[0]
    visits.field(citizen, texts["code"]).fill(code)
    picture(citizen, "code")
    with citizen.expect_download() as waiting:
        button(citizen, texts["get"]).click()
    assert waiting.value.failure() is None
    with zipfile.ZipFile(waiting.value.path()) as package:
        [theirs] = [name for name in package.namelist() if name.endswith(".csv")]
        assert package.read(theirs) == STAYS
        document = package.read({"fr": "dossier.html", "en": "package.html"}[language]).decode()
    assert "Deux séjours." in document and theirs in document
