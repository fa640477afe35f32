"""The citizen's half of what needs a proof or another way in: paper, a document, a sign-in, a lost code, choices that are
ended and attested, a request that was set aside and is taken up again. In a real browser without JavaScript, looked at
wherever it stops."""

import datetime
import json
import re
import sqlite3

import identities
import pytest
from identities import ANGELA
from operators import Operator
from people import People, nir_key
from portal import Portal
from pypdf import PdfReader
from visits import button, sign_in
from waiting import wait_for
from ways import Way, comes_back, files

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001a5f645"
    "400000000049454e44ae426082")
DAY = 86_400_000
# As the provider knows her; the number is one that such a person has.
SUBJECT = {"birthName": "Dubois", "givenNames": ["Angela"], "birthDate": "1962-08-24", "sex": "F", "birthPlace": "75107"}
NIR = "2620875107001" + nir_key("2620875107001")


@pytest.fixture(scope="module")
def demonstration(tmp_path_factory):
    """A demonstration that knows a provider of identities and has a folder for letters with codes."""
    letters = tmp_path_factory.mktemp("courriers")
    letters.chmod(0o700)
    with identities.provider() as provider:
        portal = Portal("sqlite")
        portal.environment |= identities.environment(portal.folder, provider.issuer, portal.origin)
        portal.environment |= {"REGARD_LETTERS": str(letters), "REGARD_NOTICES_SECONDS": "1"}
        provider.redirects.add(portal.origin + "/identification/retour")
        portal.initialise("--demo").start()
        yield portal
        print(portal.log_text()[-3000:])
        portal.remove()


@pytest.fixture(scope="module")
def operator(demonstration):
    return Operator(demonstration, "simone", "supervisor").sign_in()


@pytest.fixture
def letter_of(demonstration):
    """The text of the letter that carries a request's code, once it is printed."""
    from pathlib import Path

    folder = Path(demonstration.environment["REGARD_LETTERS"])

    def text(reference, start):
        def printed():
            for file in folder.glob("*.pdf"):
                words = "\n".join(page.extract_text() for page in PdfReader(file).pages)
                if reference in words and start in words:
                    return words
            return None

        return wait_for("the letter is printed", printed)

    return text


@pytest.fixture
def picture(tmp_path):
    file = tmp_path / "carte.png"
    file.write_bytes(PNG)
    return file


def secret_in(text):
    return re.search(r"[0-9A-Z]{4}(-[0-9A-Z]{4}){6}", text).group(0)


def file(demonstration, **changes):
    body = {"right": "objection", "scope": {"kind": "all"}, "subject": SUBJECT, "capacity": "dataSubject", **changes}
    answer = demonstration.post("/api/v1/requests", json.dumps(body).encode())
    assert answer.status == 201, answer
    return answer.json


def reread(walk, path, *words):
    """The page, once it says so: what was filed is indexed a little later."""
    def shown():
        walk.page.goto(path)
        return all(word in walk.page.inner_text("main") for word in words)

    wait_for(f"{path} says {words}", shown)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_form_on_paper_is_found_and_what_came_of_it_is_followed(walks, operator, letter_of, language):
    way = Way("papier", language)
    walk = walks(f"papier-{language}", language)
    walk.page.goto({"fr": "/droits", "en": "/en/rights"}[language])
    print_it = {"fr": "Imprimez le formulaire", "en": "Print the form"}[language]
    walk.look({"fr": "Exercer mes droits", "en": "Exercise my rights"}[language], [print_it])
    walk.follows(print_it)
    walk.look(
        {"fr": "Le formulaire sur papier", "en": "The form on paper"}[language],
        [{"fr": "Remplir en ligne", "en": "Fill it in online"}[language]],
        says={"fr": ["joignez une copie du jugement", "qu’en cas de doute sérieux"],
              "en": ["enclose a copy of the judgment", "only in serious doubt"]}[language])
    # An operator enters what came by post, three days ago.
    person = People()[0]
    received = datetime.date.today() - datetime.timedelta(days=3)
    body = json.loads(person.filing(contact={"postal": person.postal}, language=language))
    entered = operator.post(
        "/api/v1/operator/requests", body | {"channel": "post", "receivedOn": received.isoformat()})
    assert entered.status == 201, entered
    reference = entered.json["reference"]
    letter = letter_of(reference, {"fr": "Gardez ce code", "en": "Keep this code"}[language])
    state = "closed" if entered.json["confirmed"] else "received"
    secret = secret_in(letter)
    if state == "closed":
        wait_for("it is closed", lambda: operator.case(reference)["state"] == "closed")
    comes_back(walk, way, reference, secret, state,
               [{"fr": "Nous avons reçu votre courrier.", "en": "We received your letter."}[language]])


@pytest.mark.parametrize("language", ["fr", "en"])
def test_who_one_is_is_proven_by_a_document(walks, operator, picture, language):
    way = Way("piece", language, right="access")
    walk = walks(f"piece-{language}", language)
    reference, secret = files(walk, way)
    operator.act(reference, "identityRequested", text="Deux personnes portent ce nom.")
    comes_back(walk, way, reference, secret, "awaited", {
        "fr": ["Deux personnes portent ce nom.", "Si vous répondez aujourd’hui", "chaque jour d’attente recule cette date"],
        "en": ["Deux personnes portent ce nom.", "If you answer today", "each day of waiting moves this date"]}[language])
    prove, choose, tick, sent, not_proof = {
        "fr": ("Envoyer le justificatif", "Choisir un ou plusieurs fichiers", "Ces fichiers sont le justificatif demandé",
               "Votre justificatif est parti", "ne compte pas comme justificatif"),
        "en": ("Send the proof", "Choose one or more files", "These files are the proof that was asked for",
               "Your proof is sent", "does not count as proof")}[language]
    walk.presses(prove)
    walk.look(way.say("awaited"), [prove, choose, tick])
    # A message is no proof, and says so.
    walk.says(way.say("write"), "Une question.")
    walk.presses(way.say("send"))
    walk.look(way.say("awaited"), [prove], says=[not_proof])
    if language == "fr":
        walk.page.get_by_label(choose).set_input_files(picture)
        walk.presses(prove)
    else:
        # Where its sender says that it is one, it is.
        walk.page.get_by_label("Attach files").set_input_files(picture)
        walk.page.get_by_label(tick).check()
        walk.presses(way.say("send"))
    examined = {"fr": "Nous examinons votre demande.", "en": "We are examining your request."}[language]
    walk.look(examined, [way.say("write")], says=[sent])
    assert operator.case(reference)["files"][0]["isProof"]
    operator.act(reference, "identityVerified")
    operator.act(reference, "granted", text="Aucune base ne garde rien.")
    walk.page.reload()
    walk.look(way.say("granted"), says=["Aucune base ne garde rien.",
                                       {"fr": "La demande reste ouverte", "en": "The request stays open"}[language]])


@pytest.mark.parametrize("language", ["fr", "en"])
def test_who_one_is_is_proven_by_signing_in(walks, demonstration, operator, language):
    way = Way("connexion", language)
    walk = walks(f"connexion-{language}", language)
    filed = file(demonstration, message="Bonjour.", language=language)
    operator.act(filed["reference"], "identityRequested", text="Qui êtes-vous ?")
    comes_back(walk, way, filed["reference"], filed["secret"], "awaited", [
        {"fr": "Vous avez écrit", "en": "You wrote"}[language], "Bonjour."])
    walk.follows({"fr": "M’identifier avec FranceConnect", "en": "Sign in with FranceConnect"}[language])
    walk.page.wait_for_url(re.compile(re.escape(way.words.follow) + "#identity$"))
    confirm = {"fr": "Confirmer mon identité", "en": "Confirm my identity"}[language]
    walk.look(way.say("awaited"), [confirm], says=["Angela Claire Louise DUBOIS"])
    walk.presses(confirm)
    walk.look({"fr": "Nous examinons votre demande.", "en": "We are examining your request."}[language],
              says=[{"fr": "Votre identité est vérifiée", "en": "Your identity is verified"}[language]])


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_browsers_own_way_back_leads_to_the_receipt(walks, language):
    way = Way("retour", language)
    walk = walks(f"retour-{language}", language)
    reference, secret = files(walk, way)
    again = {"fr": "Revoir le récépissé et le code", "en": "See the receipt and the code again"}[language]
    walk.page.go_back()
    walk.look(way.say("objected"), [again, way.say("another")], says=[reference])
    walk.presses(again)
    walk.look(way.say("objected"), says=[reference, secret.split()[0]])


CHOICES = {
    "fr": ("/mes-choix", "Voir tous mes choix", "Mes choix", "Continuer avec FranceConnect", "Changer ou terminer",
           "Changer ce choix", "Continuer", "Choisissez une réponse.", "En retirer une partie, choisie ci-dessous",
           "Confirmer", "Oui, retirer", "Sauf, à votre demande", "Une attestation de mes choix, à imprimer",
           "Attestation des choix en vigueur", "Retirer toute cette opposition", "Terminée", "Ne plus être identifié"),
    "en": ("/en/my-choices", "See all my choices", "My choices", "Continue with FranceConnect", "Change or end",
           "Change this choice", "Continue", "Choose an answer.", "Withdraw a part of it, chosen below",
           "Confirm", "Yes, withdraw", "Except, as you asked", "An attestation of my choices, to print",
           "Attestation of the choices in force", "Withdraw all of this objection", "Ended", "Sign out"),
}


@pytest.mark.parametrize("language", ["fr", "en"])
def test_choices_are_seen_changed_attested_and_ended_by_whoever_signs_in(walks, demonstration, language):
    (path, to_choices, title, go, change, changing, on, missing, part, confirming, yes, but, to_attest, attest, whole,
     ended, leave) = CHOICES[language]
    way = Way("choix", language)
    walk = walks(f"choix-{language}", language)
    reference = file(demonstration, subject={**SUBJECT, "nir": NIR}, language=language)["reference"]
    walk.page.goto(way.words.follow)
    walk.follows(to_choices)
    walk.look(title, [go, {"fr": "suivre ma demande", "en": "follow my request"}[language]])
    walk.follows(go)
    walk.page.wait_for_url(re.compile(re.escape(path) + "$"))
    number = {"fr": "Numéro de sécurité sociale", "en": "French social security number"}[language]
    # Found by her number: it is asked for where a provider does not tell it.
    walk.look(title, [number, leave], says=["Angela Claire Louise DUBOIS"])
    walk.says(number, NIR)
    walk.presses({"fr": "Chercher avec ce numéro", "en": "Search with this number"}[language])
    reread(walk, path, reference)
    walk.look(title, [f"{change} {reference}", to_attest])
    walk.follows(f"{change} {reference}")
    walk.look(changing, [on, whole, part])
    walk.presses(on)
    walk.look(changing, [on], says=[missing])
    walk.chooses(part)
    walk.page.get_by_role("checkbox").first.check()
    walk.presses(on)
    walk.look(confirming, [yes])
    walk.presses(yes)
    walk.look(title, says=[but])
    walk.follows(to_attest)
    walk.look(attest, says=["Angela Claire Louise DUBOIS", reference, but])
    walk.page.goto(path)
    walk.follows(f"{change} {reference}")
    walk.chooses(whole)
    walk.presses(on)
    walk.look(confirming, [yes])
    walk.presses(yes)
    walk.look(title, says=[ended])
    walk.presses(leave)
    assert "DUBOIS" not in walk.page.inner_text("body")


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_lost_code_is_replaced_by_signing_in(walks, demonstration, language):
    way = Way("code-connexion", language)
    walk = walks(f"code-connexion-{language}", language)
    filed = file(demonstration, language=language)
    lost, title, go, get, renewed, follow = {
        "fr": ("J’ai perdu mon code", "J’ai perdu mon code", "Continuer avec FranceConnect", "Obtenir un nouveau code",
               "Voici votre nouveau code", "Suivre ma demande"),
        "en": ("I have lost my code", "I have lost my code", "Continue with FranceConnect", "Get a new code",
               "This is your new code", "Follow my request")}[language]
    walk.page.goto(way.words.follow)
    walk.follows(lost)
    walk.look(title, [go, {"fr": "Demander un code par courrier", "en": "Ask for a code by post"}[language]])
    walk.follows(go)
    path = {"fr": "/suivi/code-perdu", "en": "/en/follow/lost-code"}[language]
    walk.page.wait_for_url(re.compile(re.escape(path) + "$"))
    reread(walk, path, filed["reference"])
    walk.presses(get)
    walk.look(title, [get], says=[{"fr": "Choisissez une demande.", "en": "Choose a request."}[language]])
    walk.page.get_by_role("radio", name=re.compile(filed["reference"])).check()
    walk.presses(get)
    walk.look(renewed, [follow], says=[filed["reference"]])
    secret = re.sub(r"\s+", " ", walk.page.locator(".keep dd").nth(1).inner_text().strip())
    assert secret.replace(" ", "-") != filed["secret"]
    comes_back(walk, way, filed["reference"], secret, "received", [
        {"fr": "Un nouveau code de suivi a été émis.", "en": "A new tracking code was issued."}[language]])


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_lost_code_is_replaced_by_letter(walks, demonstration, browse, letter_of, language):
    way = Way("code-lettre", language)
    walk = walks(f"code-lettre-{language}", language)
    name = f"Ker{language}{walk.width}"
    name = "Ker" + {"fr390": "lostun", "fr1280": "lostdeux", "en390": "lostone", "en1280": "losttwo"}[name[3:]]
    filed = file(demonstration, subject={**SUBJECT, "birthName": name}, language=language,
                 contact={"postal": "7 rue du Dossier\n00000 Ville"})
    walk.page.goto({"fr": "/suivi/code-perdu", "en": "/en/follow/lost-code"}[language])
    walk.follows({"fr": "Demander un code par courrier", "en": "Ask for a code by post"}[language])
    title, ask, address, received = {
        "fr": ("Un nouveau code par courrier", "Demander un nouveau code", "Adresse postale", "C’est reçu"),
        "en": ("A new code by post", "Ask for a new code", "Postal address", "It has arrived")}[language]
    words = way.words
    walk.look(title, [words.reference, words.birth_name, words.given_names, words.day, address, ask])
    walk.presses(ask)
    walk.look(title, [ask])
    for label, text in [(words.birth_name, name), (words.given_names, "Angela"), (words.day, "24"), (words.month, "8"),
                        (words.year, "1962"), (address, "7 rue du Dossier\n00000 Ville")]:
        walk.says(label, text)
    walk.presses(ask)
    walk.look(received)
    # An operator finds the request: it is the only one, so it is chosen already.
    console = browse(scripts=False)
    sign_in(console, Way("console", "fr").words, Operator(demonstration, f"odon{name.lower()}", "agent"))
    console.goto("/operateur/codes-perdus")
    console.get_by_role("button", name=re.compile("^Ouvrir")).first.click()
    assert console.get_by_role("radio", name=re.compile(filed["reference"])).is_checked()
    button(console, "Comparer avec le dossier").click()
    console.get_by_role("radio", name="À l’adresse du dossier").check()
    button(console, "Envoyer un nouveau code").click()
    console.wait_for_url(re.compile("notice=sent"))
    secret = secret_in(letter_of(
        filed["reference"], {"fr": "le nouveau code de suivi", "en": "the new tracking code"}[language]))
    assert secret != filed["secret"]
    comes_back(walk, way, filed["reference"], secret, "received")


def test_what_was_set_aside_is_taken_up_again_with_the_same_code(walks, demonstration, operator):
    way = Way("reprise", "fr")
    walk = walks(way.name, way.language)
    filed = file(demonstration, message="Bonjour.")
    reference, secret = filed["reference"], filed["secret"]
    operator.act(reference, "identityRequested", text="Qui êtes-vous ?")
    # Time passes: twice there is a reminder, then nobody has answered.
    for expected in ["reminded", "reminded", "abandoned"]:
        demonstration.stop()
        with sqlite3.connect(demonstration.var / "regard.sqlite") as database:
            database.execute("UPDATE request_event SET at = at - ? WHERE reference = ?", (31 * DAY, reference))
            database.execute(
                "UPDATE rights_request SET received_at = received_at - ? WHERE reference = ?", (31 * DAY, reference))
        demonstration.start()
        wait_for(f"it is {expected}", lambda: demonstration.follow(filed)["timeline"][-1]["type"] == expected)
    set_aside, again = "Votre demande est classée sans suite.", "Reprendre ma demande"
    walk.page.goto("/suivi")
    walk.says(way.words.reference, reference)
    walk.says(way.words.secret, secret)
    walk.presses(way.words.see)
    walk.look(set_aside, [again], says=["votre opposition ne s’applique plus", "Avec ce même code"])
    walk.presses(again)
    walk.look(way.say("awaited"), ["Envoyer le justificatif"],
              says=["Votre demande est reprise", "Votre opposition s’applique de nouveau", "Qui êtes-vous ?"])
