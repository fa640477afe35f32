"""Files, proofs and the kept receipt in a real browser, without a script: a citizen and an operator, with real files."""

import pytest
import visits
from accessibility import faults
from files import JPEG, LIMIT, PDF, pdf, png
from operators import Operator
from people import People
from test_pages import settle, take
from visits import WORDS, button, field

LABELS = {
    "fr": {"attach": "Joindre des fichiers", "send": "Envoyer", "proof": "Choisir un ou plusieurs fichiers",
           "send_proof": "Envoyer le justificatif", "sent": "Votre message est parti", "proven": "Votre justificatif est parti",
           "too_large": "Ce fichier est trop lourd", "kept": "J’ai gardé le fichier du récépissé", "file": "Fichier du récépissé",
           "open": "Ouvrir avec ce fichier", "save": "Enregistrer un fichier", "ask": "Demander une preuve d’identité",
           "write": "Écrire à la personne", "open_proof": "Ouvrir le justificatif", "checked": "Justificatif vérifié le",
           "message": "Votre message", "reason": "vérifier l’identité", "tell": "Envoyer le message"},
    "en": {"attach": "Attach files", "send": "Send", "proof": "Choose one or more files", "send_proof": "Send the proof",
           "sent": "Your message is sent", "proven": "Your proof is sent", "too_large": "This file is too large",
           "kept": "I kept the receipt’s file", "file": "The receipt’s file", "open": "Open with this file",
           "save": "Save a file", "ask": "Ask for proof of identity", "write": "Write to the person",
           "open_proof": "Open the proof", "checked": "Proof checked on", "message": "Your message",
           "reason": "check the identity", "tell": "Send the message"},
}


@pytest.fixture(scope="module")
def operator(demonstration):
    return Operator(demonstration, "fabienne", "agent")


@pytest.fixture
def paper(tmp_path):
    """Real files, as a telephone and a scanner would leave them."""
    files = {"carte d'identité.jpg": JPEG, "ordonnance \"mars\".pdf": PDF, "vue.png": png(300, 200),
             "trop.pdf": pdf(LIMIT + 1), "virus.pdf": b"MZ" + b"\0" * 500}
    for name, content in files.items():
        tmp_path.joinpath(name).write_bytes(content)
    return lambda *names: [tmp_path / name for name in names]


@pytest.mark.parametrize("language, width", [("fr", 390), ("en", 1280)])
def test_files_and_a_proof_without_a_script(browse, demonstration, screenshots, operator, paper, language, width):
    words, labels = WORDS[language], LABELS[language]
    citizen, console = browse(False, width, language), browse(False, width, language)
    reference, secret = visits.file(citizen, words, People()[0])
    visits.follow(citizen, words, reference, secret)

    # One that is too large and one that is no picture: both are told, and the words are kept.
    field(citizen, labels["message"]).fill("Voici mes pièces.")
    field(citizen, labels["attach"]).set_input_files(paper("trop.pdf", "virus.pdf"))
    button(citizen, labels["send"]).click()
    settle(citizen)
    summary = citizen.get_by_role("alert")
    assert labels["too_large"] in summary.inner_text() and "virus.pdf" in summary.inner_text()
    assert summary.get_by_role("link").first.get_attribute("href") == "#message-files"
    assert field(citizen, labels["message"]).input_value() == "Voici mes pièces."
    assert field(citizen, labels["attach"]).get_attribute("aria-invalid") == "true"
    described = field(citizen, labels["attach"]).get_attribute("aria-describedby").split()
    assert labels["too_large"] in citizen.locator(f"#{described[-1]}").inner_text()
    take(citizen, screenshots, f"pieces-refusees-{language}")

    field(citizen, labels["attach"]).set_input_files(paper("ordonnance \"mars\".pdf", "vue.png"))
    button(citizen, labels["send"]).click()
    assert labels["sent"] in citizen.get_by_role("status").first.inner_text()
    with citizen.expect_download() as download:
        citizen.get_by_role("link", name="piece-1.pdf").click()
    assert download.value.suggested_filename == "piece-1.pdf" and download.value.path().read_bytes() == PDF
    assert "ordonnance \"mars\".pdf" in citizen.locator(".timeline").inner_text()

    # The operator reads it, answers with a file, and asks who this is.
    visits.sign_in(console, words, operator)
    visits.open_case(console, reference)
    with console.expect_download() as download:
        console.get_by_role("link", name="piece-2.png").click()
    assert download.value.path().read_bytes() == paper("vue.png")[0].read_bytes()
    field(console, labels["write"]).fill("Voici notre réponse.")
    field(console, labels["attach"]).last.set_input_files(paper("vue.png"))
    button(console, labels["tell"]).click()
    assert console.get_by_role("link", name="piece-3.png").count() == 1
    field(console, labels["write"]).fill("Le prénom ne va pas avec le numéro.")
    button(console, labels["ask"]).click()

    # The citizen proves it.
    citizen.goto(words.follow)
    settle(citizen)
    assert citizen.locator("#s-proof").count() == 1
    panel = citizen.locator("section", has=citizen.locator("#s-proof"))
    assert "Le prénom ne va pas avec le numéro." in panel.inner_text()
    take(citizen, screenshots, f"justificatif-{language}")
    field(citizen, labels["proof"]).set_input_files(paper("carte d'identité.jpg"))
    button(citizen, labels["send_proof"]).click()
    assert labels["proven"] in citizen.get_by_role("status").first.inner_text()
    assert citizen.locator("#s-proof").count() == 0, "nothing is asked for any more"

    # The operator opens it with a reason, and says that it is good.
    console.reload()
    console.locator("select[id^=proof-]").select_option(label=labels["reason"])
    take(console, screenshots, f"justificatif-operateur-{language}")
    with console.expect_download() as download:
        button(console, labels["open_proof"]).click()
    assert download.value.suggested_filename == "piece-4.jpg" and download.value.path().read_bytes() == JPEG
    console.reload()
    button(console, words.verified).click()
    assert button(console, labels["open_proof"]).count() == 0
    for page in (citizen, console):
        page.reload()
        assert labels["checked"] in page.locator(".timeline").inner_text()
        assert page.get_by_role("link", name="piece-4.jpg").count() == 0
    take(citizen, screenshots, f"justificatif-verifie-{language}")


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_forms_with_files_can_be_used_by_everybody(browse, demonstration, operator, paper, language):
    words, labels, page = WORDS[language], LABELS[language], browse(True, 390, language)
    reference, secret = visits.file(page, words, People()[0])
    operator.act(reference, "identityRequested", text="Qui êtes-vous ?")
    page.goto(words.follow)
    button(page, labels["send_proof"]).click()
    assert page.get_by_role("alert").is_visible() and page.locator("#proof-text-error").is_visible()
    assert page.title().startswith({"fr": "Erreur", "en": "Error"}[language])
    assert faults(page) == []
    field(page, labels["attach"]).set_input_files(paper("virus.pdf"))
    button(page, labels["send"]).click()
    assert page.locator("#message-files-error").is_visible()
    assert faults(page) == []


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_kept_receipt_opens_the_request_without_a_script(browse, screenshots, tmp_path, language):
    words, labels, page = WORDS[language], LABELS[language], browse(False, 390, language)
    reference, _ = visits.file(page, words, People()[0])
    with page.expect_download() as download:
        page.get_by_role("link", name=labels["save"]).click()
    kept = tmp_path / download.value.suggested_filename
    kept.write_text("Mes papiers\n" + download.value.path().read_text().replace("\r\n", "\n"))

    page.context.clear_cookies()
    page.goto(words.follow)
    page.get_by_text(labels["kept"]).click()
    take(page, screenshots, f"recepisse-rendu-{language}")
    tmp_path.joinpath("autre.txt").write_text("Rien ici.")
    field(page, labels["file"]).set_input_files(tmp_path / "autre.txt")
    button(page, labels["open"]).click()
    assert page.get_by_role("alert").get_by_role("link").get_attribute("href") == "#receipt"
    assert field(page, labels["file"]).is_visible(), "the form stays open where something is wrong"
    field(page, labels["file"]).set_input_files(kept)
    button(page, labels["open"]).click()
    assert reference in page.inner_text("main")


def test_a_telephone_can_keep_the_code_and_people_can_read_it(browse, screenshots):
    words, page = WORDS["fr"], browse(True, 390)
    reference, secret = visits.file(page, words, People()[0])
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    button(page, "Copier le code").click()
    assert page.get_by_text("Code copié").first.is_visible()
    assert page.evaluate("navigator.clipboard.readText()") == secret
    button(page, "Suivre ma demande").click()
    assert reference in page.inner_text("main"), "a form that a key chain offers to keep"

    page.context.clear_cookies()
    page.goto(words.follow)
    code = field(page, words.secret)
    assert field(page, words.reference).get_attribute("autocomplete") == "username"
    assert code.get_attribute("autocomplete") == "current-password" and code.get_attribute("type") == "password"
    button(page, "Voir le code").click()
    assert code.get_attribute("type") == "text"
    field(page, words.reference).fill(reference)
    wrong = secret[:-1] + ("0" if secret[-1] != "0" else "1")
    code.fill(wrong)
    button(page, words.see).click()
    assert code.get_attribute("type") == "text", "a mistake can be seen"
    assert code.input_value() == wrong and button(page, "Masquer le code").is_visible()
    take(page, screenshots, "suivi-code")
    code.fill(secret)
    button(page, words.see).click()
    assert reference in page.inner_text("main")
