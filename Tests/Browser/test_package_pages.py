"""The answer to a request of access, in a real browser without a script: that it is being made, asking for a letter, a wrong
code, the code of the letter, a sign-in, and the file."""

import contextlib
import re
import zipfile

import identities
import pytest
import visits
from operators import Operator
from people import nir_key
from portal import Portal
from pypdf import PdfReader
from visitor import BACK
from visits import WORDS
from waiting import wait_for
from walk import Walk

ACCESS = {
    "right": "access", "scope": {"kind": "all"}, "capacity": "dataSubject",
    "contact": {"postal": "1 rue des Essais\n00000 Ville"},
    "subject": {"birthName": "Dubois", "givenNames": ["Angéla"], "birthDate": "1962-08-24", "sex": "F",
                "nir": "2620875107001" + nir_key("2620875107001")},
}
TEXTS = {
    "fr": {"open": "Ouvrir mon dossier", "title": "Mon dossier", "ask": "Recevoir un code par la poste",
           "asked": "La lettre avec le code va partir", "code": "Code de la lettre", "get": "Télécharger mon dossier",
           "wrong": "Cela n’ouvre pas le dossier.", "go": "M’identifier avec FranceConnect",
           "signed": "Vous êtes identifié avec FranceConnect", "again": "Demander une nouvelle lettre",
           "page": "/suivi/dossier", "ready": "Votre dossier est prêt.", "fetched": "Votre dossier a été téléchargé.",
           "gathering": "Vous serez prévenu dès qu’il est prêt.", "unable": "Impossible dans cette base",
           "impossible": "Noter que c’est impossible", "paper": "Ouvrir pour l’imprimer"},
    "en": {"open": "Open my package", "title": "My package", "ask": "Get a code by post",
           "asked": "The letter with the code will be sent", "code": "Code of the letter", "get": "Download my package",
           "wrong": "This does not open the package.", "go": "Sign in with FranceConnect",
           "signed": "You are signed in with FranceConnect", "again": "Ask for another letter",
           "page": "/en/follow/package", "ready": "Your package is ready.", "fetched": "Your package was downloaded.",
           "gathering": "You will be told once it is ready.", "unable": "Impossible in this database",
           "impossible": "Record that it is impossible", "paper": "Open it to print"},
}


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    """A portal that knows a provider and prints letters, with one database that nobody answers for."""
    letters = tmp_path_factory.mktemp("letters")
    letters.chmod(0o700)
    with contextlib.ExitStack() as stack:
        provider = stack.enter_context(identities.provider())
        portal = Portal("sqlite")
        portal.environment |= identities.environment(portal.folder, provider.issuer, portal.origin) | {
            "REGARD_LETTERS": str(letters)}
        provider.redirects.add(portal.origin + BACK)
        portal.initialise().start()
        portal.link("muette", "manual:", "--name", "Base muette", "--name-en", "Silent database")
        yield portal, letters
        print(portal.log_text()[-3000:])
        portal.remove()


def fetched(page, name):
    """The file that a button hands over."""
    with page.expect_download() as waiting:
        page.get_by_role("button", name=name, exact=True).last.click()
    file = waiting.value
    assert file.failure() is None and file.suggested_filename.endswith(".zip")
    with zipfile.ZipFile(file.path()) as package:
        assert package.testzip() is None
        return package.namelist()


@pytest.mark.parametrize("language, width", [("fr", 390), ("en", 1280)])
def test_a_package_is_opened_without_a_script(chromium, house, screenshots, language, width):
    (portal, letters), texts, words = house, TEXTS[language], WORDS[language]
    contexts = []

    def browser(width, scripts=False, **options):
        contexts.append(chromium.new_context(
            base_url=portal.origin, java_script_enabled=scripts, viewport={"width": width, "height": 900},
            locale={"fr": "fr-FR", "en": "en-GB"}[language], accept_downloads=True, **options))
        contexts[-1].set_default_timeout(20_000)
        return contexts[-1].new_page()

    try:
        page, judge, console = browser(width), browser(width, scripts=True), browser(1280)
        walk = Walk(page, "package", screenshots, language, judge, tabs=width == 390)
        filed = portal.post("/api/v1/requests", ACCESS | {"language": language}).json
        agent = Operator(portal, f"agent-{width}", "agent")
        agent.act(filed["reference"], "identityVerified")
        agent.act(filed["reference"], "granted", text="Voici vos données.")
        visits.follow(page, words, filed["reference"], filed["secret"])
        assert texts["gathering"] in page.inner_text("main")

        # The operator declares what is impossible, by browser.
        visits.sign_in(console, words, agent)
        console.goto({"fr": "/operateur/demandes/", "en": "/en/operator/requests/"}[language] + filed["reference"])
        console.get_by_text(re.compile("^(Impossible dans une base…|Impossible in a database…)$")).click()
        console.locator("#impossible-database").select_option("muette")
        console.locator("#impossible-reasons").fill("Personne n’en répond plus.")
        console.get_by_role("button", name=texts["impossible"]).click()
        assert "Personne n’en répond plus." in console.inner_text("main")
        wait_for("the package is ready", lambda: portal.follow(filed)["package"]["state"] == "ready")

        page.reload()
        assert texts["ready"] in page.inner_text("main") and texts["unable"] in page.inner_text("main")
        page.screenshot(path=screenshots / f"dossier-suivi-{width}.png", full_page=True)
        walk.follows(texts["open"])
        title = f"{texts['title']} {filed['reference']}"
        walk.look(title, [texts["go"], texts["ask"]])
        before = set(letters.glob("*.pdf"))
        walk.presses(texts["ask"])
        walk.look(title, [texts["code"], texts["again"]], [texts["asked"]])
        letter = wait_for("the letter is printed", lambda: set(letters.glob("*.pdf")) - before).pop()
        code = re.search(r"\b[0-9A-Z]{5}-[0-9A-Z]{5}\b", "\n".join(
            sheet.extract_text() for sheet in PdfReader(letter).pages))[0]

        walk.says(texts["code"], "AAAAA-AAAAA")
        walk.presses(texts["get"])
        walk.look(title, [texts["code"]], [texts["wrong"]])
        walk.says(texts["code"], code.lower())
        names = fetched(page, texts["get"])
        assert {"fr": "dossier.html", "en": "package.html"}[language] in names

        page.goto(texts["page"])
        walk.follows(texts["go"])
        page.wait_for_url(re.compile(re.escape(texts["page"]) + "$"))
        walk.look(title, [texts["get"]], [texts["signed"], "DUBOIS"])
        with page.expect_download() as waiting:
            page.get_by_role("button", name=texts["get"], exact=True).first.click()
        with zipfile.ZipFile(waiting.value.path()) as package:
            document = package.read(names[0]).decode()
        assert "Personne n’en répond plus." in document
        page.goto(words.follow)
        assert page.inner_text("main").count(texts["fetched"]) == 2

        # What is read without this site, at both widths and without a script.
        reader = browser(width, scripts=False)
        reader.set_content(document)
        assert reader.evaluate("document.documentElement.scrollWidth") <= width
        reader.screenshot(path=screenshots / f"dossier-lu-{width}.png", full_page=True)
        console.reload()
        assert console.get_by_role("button", name=texts["paper"]).count() == 1
        console.screenshot(path=screenshots / f"dossier-operateur-{width}.png", full_page=True)
        assert [event["data"].get("by") for event in portal.follow(filed)["timeline"]
                if event["type"] == "packageDownloaded"] == ["code", "signIn"]
    finally:
        for context in contexts:
            context.close()
