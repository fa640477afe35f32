"""The citizen's half of each scenario, in a real browser without JavaScript, looked at wherever it stops; both languages in
turn. Filing takes a few steps, and following it two."""

import re
from dataclasses import dataclass, replace
from datetime import date

import pytest
import visits
from operators import Operator
from people import People, nir_key
from visits import WORDS, button, field
from waiting import wait_for
from walk import Walk

ORIGINALS = {"fr": 0, "en": 1}
SAID = {
    "what": ("Que voulez-vous faire ?", "What do you want to do?"),
    "whom": ("Pour qui ?", "For whom?"),
    "scope": ("À quoi vous opposez-vous ?", "What do you object to?"),
    "databases": ("Quelles bases ?", "Which databases?"),
    "projects": ("Quels projets ?", "Which projects?"),
    "objectionWithdrawal": ("Quelle opposition ?", "Which objection?"),
    "access": ("Que voulez-vous recevoir ?", "What would you like to receive?"),
    "rectification": ("Qu’est-ce qui est faux, et qu’est-ce qui est juste ?", "What is wrong, and what is right?"),
    "erasure": ("Que faut-il effacer ?", "What should be erased?"),
    "dataSubject": ("Qui êtes-vous ?", "Who are you?"),
    "parentalAuthorityHolder": ("Qui est votre enfant ?", "Who is your child?"),
    "guardian": ("Qui est cette personne ?", "Who is this person?"),
    "authorisedAgent": ("Qui est cette personne ?", "Who is this person?"),
    "heir": ("Qui était cette personne ?", "Who was this person?"),
    "age": ("À partir de 15 ans, c’est à elle ou à lui", "From 15, it is up to them"),
    "reach": ("Comment vous joindre ?", "How can we reach you?"),
    "requester": ("Et vous, qui êtes-vous ?", "And who are you?"),
    "check": ("Relisez avant de déposer", "Check before you file"),
    "objected": ("Votre opposition est déposée", "Your objection is filed"),
    "filed": ("Votre demande est déposée", "Your request is filed"),
    "holder": ("C’est celui du parent qui l’assure", "It is that of the parent who insures them"),
    "whose": ("À qui est ce numéro", "Whose is this number"),
    "name": ("Votre prénom et votre nom", "Your given name and family name"),
    "fileObjection": ("Déposer mon opposition", "File my objection"),
    "file": ("Déposer ma demande", "File my request"),
    "follow": ("Suivre ma demande", "Follow my request"),
    "minor": ("Commencer sa demande à elle ou lui", "Start their own request"),
    "another": ("Commencer pour une autre personne", "Begin for another person"),
    "write": ("Votre message", "Your message"),
    "send": ("Envoyer", "Send"),
    "sent": ("Votre message est parti", "Your message is sent"),
    "letters": ("Lettres prêtes à envoyer", "Letters ready to send"),
    "toLetters": ("Des lettres prêtes à envoyer, si la réponse ne vient pas ou ne convient pas",
                  "Letters ready to send, if the answer does not come or does not satisfy you"),
    "received": ("Nous avons reçu votre demande.", "We have received your request."),
    "granted": ("Votre demande est acceptée.", "Your request is granted."),
    "closed": ("Votre demande est acceptée et close.", "Your request is granted and closed."),
    "partly": ("Votre demande est acceptée en partie.", "Your request is granted in part."),
    "refused": ("Votre demande est refusée.", "Your request is refused."),
    "transferred": ("Votre demande est transmise à l’organisme compétent.",
                    "Your request has been passed to the competent body."),
    "awaited": ("Nous attendons que vous confirmiez votre identité.",
                "We are waiting for you to confirm your identity."),
    "withdrawn": ("Vous avez retiré votre opposition.", "You have withdrawn your objection."),
    "numberless": ("Il nous manque votre numéro de sécurité sociale", "Your social security number is missing"),
}


@dataclass(frozen=True)
class Way:
    """One way through the form."""

    name: str
    language: str
    right: str = "objection"
    capacity: str = "dataSubject"
    age: int = 0
    nir: str = "own"
    details: str = ""
    scope: str = "all"

    def say(self, key):
        return SAID[key][ORIGINALS[self.language]]

    @property
    def words(self):
        return WORDS[self.language]


def about(way):
    """Whom it is about: somebody of the age that the way wants."""
    person = People()[0]
    if not way.age:
        return person
    year = date.today().year - way.age
    if way.nir == "parent":
        return replace(person, birth_date=f"{year}-02-03")
    # A number of their own, which says their year and month.
    nir13 = f"2{year % 100:02d}01{person.nir13[5:]}"
    return replace(person, birth_date=f"{year}-01-03", nir13=nir13)


def begin(walk, way):
    """Up to the page about the person."""
    page, go_on = walk.page, way.words.go_on
    page.goto(way.words.form)
    walk.look(way.say("what"), [go_on])
    page.locator(f"input[name=right][value={way.right}]").check()
    walk.presses(go_on)
    walk.look(way.say("whom"), [go_on])
    page.locator(f"input[name=capacity][value={way.capacity}]").check()
    walk.presses(go_on)
    if way.right == "objection":
        walk.look(way.say("scope"), [go_on])
        page.locator(f"input[name=scope][value={way.scope}]").check()
    elif way.right in SAID:
        walk.look(way.say(way.right), [go_on])
    if way.details:
        page.locator("textarea[name=details]").fill(way.details)
    walk.presses(go_on)


def describe(walk, way, person):
    """The page about the person."""
    words = way.words
    names = [words.birth_name, words.given_names, words.day, words.month, words.year, words.female, words.nir]
    walk.look(way.say(way.capacity), names)
    visits.fill_in(walk.page, words, person)
    field(walk.page, words.nir).fill({"own": person.nir, "parent": person.nir, "none": ""}[way.nir])
    walk.presses(words.go_on)
    if way.nir == "parent":
        walk.look(way.say(way.capacity), [way.say("whose"), way.say("holder")])
        walk.chooses(way.say("holder"))
        walk.presses(words.go_on)


def send(walk, way, person):
    """From the page on how to be reached to the receipt; reference and secret."""
    page, words, for_another = walk.page, way.words, way.capacity != "dataSubject"
    walk.look(way.say("requester" if for_another else "reach"), [words.email] + ([way.say("name")] if for_another else []))
    if for_another:
        walk.says(way.say("name"), "Nour Essai")
    if way.nir == "own" and not way.age:
        walk.says(words.email, person.email)
    walk.presses(words.go_on)
    walk.look(way.say("check"), [way.say("fileObjection" if way.right == "objection" else "file")],
              says=[person.birth_name])
    walk.presses(way.say("fileObjection" if way.right == "objection" else "file"))
    walk.look(way.say("objected" if way.right == "objection" else "filed"), [way.say("follow"), way.say("another")])
    codes = page.locator(".keep dd")
    return codes.nth(0).inner_text().strip(), re.sub(r"\s+", " ", codes.nth(1).inner_text().strip())


def files(walk, way):
    """The whole form. It takes a step a page, and one more where something is asked back."""
    person = about(way)
    begin(walk, way)
    describe(walk, way, person)
    reference, secret = send(walk, way, person)
    assert walk.steps <= (7 if way.nir == "parent" else 6)
    return reference, secret


def comes_back(walk, way, reference, secret, heading, says=()):
    """On another day, with what was kept: from the first page, two steps."""
    walk.page.context.clear_cookies()
    walk.page.goto("/" if way.language == "fr" else "/en/")
    before = walk.steps
    walk.follows(way.say("follow"))
    walk.look(way.say("follow"), [way.words.reference, way.words.secret, way.words.see])
    walk.says(way.words.reference, reference)
    walk.says(way.words.secret, secret)
    walk.presses(way.words.see)
    walk.look(way.say(heading), [way.say("write"), way.say("send")], says=[reference, *says])
    assert walk.steps - before == 2


@pytest.fixture(scope="module")
def operator(demonstration):
    return Operator(demonstration, "sixtine", "supervisor").sign_in()


@pytest.fixture(params=[390, 1280])
def walks(request, browse, screenshots):
    """Makes walks at one width. On a telephone each page is tabbed through, and axe looks at it."""
    def make(name, language):
        page = browse(scripts=False, width=request.param, language=language)
        judge = browse(scripts=True, width=request.param, language=language) if request.param == 390 else None
        return Walk(page, name, screenshots, language, judge)

    return make


REFUSAL = {"grounds": "identityNotEstablished", "reasons": "Les pièces ne concordent pas.",
           "complaint": "CNIL, 3 place de Fontenoy", "judicialRemedy": "Le tribunal administratif."}


def test_an_objection_is_filed_followed_and_taken_back(walks, demonstration):
    way = Way("opposition", "fr")
    walk = walks(way.name, way.language)
    reference, secret = files(walk, way)
    filed = {"reference": reference, "secret": secret}
    wait_for("it is closed", lambda: demonstration.follow(filed)["state"] == "closed")
    comes_back(walk, way, reference, secret, "closed", ["Sur sa liste depuis le"])
    walk.page.get_by_text(way.words.withdraw).first.click()
    walk.presses(way.words.withdraw)
    walk.look(way.say("closed"), [way.words.confirm], says=["Cochez la case"])
    walk.page.get_by_label(way.words.confirm).check()
    walk.presses(way.words.withdraw)
    walk.look(way.say("withdrawn"), says=["Votre opposition est retirée"])
    walk.presses("Quitter cette page en sécurité")
    walk.look(way.say("follow"), says=["Rien n’en reste sur cet appareil."])


def test_an_objections_end_without_its_code_waits_for_a_proof(walks, operator):
    way = Way("retrait-sans-code", "en", right="objectionWithdrawal", details="That of last spring.")
    walk = walks(way.name, way.language)
    reference, secret = files(walk, way)
    operator.act(reference, "identityRequested", text="Who are you?")
    comes_back(walk, way, reference, secret, "awaited", ["Who are you?", "The clock is paused"])
    walk.presses(way.say("send"))
    walk.look(way.say("awaited"), [way.say("write")])
    walk.says(way.say("write"), "It is me: call me on Friday.")
    walk.presses(way.say("send"))
    walk.look(way.say("awaited"), says=[way.say("sent"), "call me on Friday"])


def test_an_heir_reads_the_answer_to_an_access_request(walks, operator):
    way = Way("acces-heritier", "fr", right="access", capacity="heir")
    walk = walks(way.name, way.language)
    reference, secret = files(walk, way)
    operator.act(reference, "identityVerified")
    operator.act(reference, "granted", text="Aucune base ne garde rien de cette personne.")
    comes_back(walk, way, reference, secret, "granted", ["Aucune base ne garde rien"])


def test_a_correction_says_what_is_wrong_and_takes_more_time(walks, operator):
    way = Way("rectification", "en", right="rectification")
    walk = walks(way.name, way.language)
    begin(walk, way)
    walk.look(way.say("rectification"), [way.say("rectification")])
    walk.page.locator("textarea[name=details]").fill("The stay of March was not mine.")
    walk.presses(way.words.go_on)
    person = about(way)
    describe(walk, way, person)
    reference, secret = send(walk, way, person)
    operator.act(reference, "extended", reasons="Four databases are to be asked.")
    comes_back(walk, way, reference, secret, "received", ["Four databases are to be asked."])


def test_a_mandate_is_answered_in_part_with_both_remedies(walks, operator):
    way = Way("effacement-mandat", "fr", right="erasure", capacity="authorisedAgent")
    walk = walks(way.name, way.language)
    reference, secret = files(walk, way)
    operator.act(reference, "identityVerified")
    operator.act(reference, "partiallyGranted", **REFUSAL)
    comes_back(walk, way, reference, secret, "partly", ["Les pièces ne concordent pas.", "CNIL", "tribunal"])


def test_a_guardian_is_asked_for_the_judgment(walks, operator):
    way = Way("limitation-tutelle", "en", right="restriction", capacity="guardian", details="Until it is corrected.")
    walk = walks(way.name, way.language)
    reference, secret = files(walk, way)
    operator.act(reference, "identityRequested", text="Please send the judgment.")
    comes_back(walk, way, reference, secret, "awaited", ["Please send the judgment."])


def test_a_parent_objects_for_twins(walks):
    way = Way("jumelles", "fr", capacity="parentalAuthorityHolder", age=6, nir="parent")
    walk = walks(way.name, way.language)
    files(walk, way)
    walk.presses(way.say("another"))
    twin = about(way)
    describe(walk, way, twin)
    # Who files is known already.
    assert field(walk.page, way.say("name")).input_value() == "Nour Essai"
    send(walk, way, twin)


def test_a_sixteen_year_old_is_handed_a_form_that_asks_for_no_address(walks):
    way = Way("mineure", "en", capacity="parentalAuthorityHolder", age=16)
    walk = walks(way.name, way.language)
    person = about(way)
    begin(walk, way)
    describe(walk, way, person)
    walk.look(way.say("age"), [way.say("minor")])
    walk.presses(way.say("minor"))
    own = replace(way, capacity="dataSubject")
    reference, secret = send(walk, own, person)
    comes_back(walk, own, reference, secret, "closed")


def test_without_a_number_an_agent_completes_it(walks):
    way = Way("sans-numero", "fr", nir="none")
    walk = walks(way.name, way.language)
    reference, secret = files(walk, way)
    comes_back(walk, way, reference, secret, "received", [way.say("numberless")])


def test_some_databases_are_chosen_by_name(walks):
    way = Way("quelques-bases", "en", scope="databases")
    walk = walks(way.name, way.language)
    begin(walk, way)
    walk.look(way.say("databases"), [way.words.go_on])
    walk.presses(way.words.go_on)
    walk.look(way.say("databases"))
    walk.page.get_by_role("checkbox").first.check()
    walk.presses(way.words.go_on)
    person = about(way)
    describe(walk, way, person)
    send(walk, way, person)


def test_a_project_is_looked_for_and_chosen(walks):
    way = Way("un-projet", "fr", scope="projects")
    walk = walks(way.name, way.language)
    begin(walk, way)
    walk.look(way.say("projects"))
    walk.says("Mots à chercher", "santé")
    walk.presses("Chercher")
    walk.look(way.say("projects"))
    walk.page.locator("button[name=add]").first.click()
    walk.look(way.say("projects"))
    walk.presses(way.words.go_on)
    person = about(way)
    describe(walk, way, person)
    send(walk, way, person)


def test_a_refusal_comes_with_letters_that_contest_it(walks, operator):
    way = Way("refus", "en", capacity="authorisedAgent")
    walk = walks(way.name, way.language)
    reference, secret = files(walk, way)
    operator.act(reference, "assigned")
    operator.act(reference, "refused", **REFUSAL)
    comes_back(walk, way, reference, secret, "refused", ["Les pièces ne concordent pas."])
    walk.follows(way.say("toLetters"))
    walk.look(way.say("letters"), says=[reference])


def test_what_is_another_bodys_is_passed_on(walks, operator):
    way = Way("transmission", "fr", right="access")
    walk = walks(way.name, way.language)
    reference, secret = files(walk, way)
    operator.act(reference, "assigned")
    operator.act(reference, "transferred", recipient="Caisse d’essai", text="Elle vous répondra d’ici un mois.")
    comes_back(walk, way, reference, secret, "transferred", ["Caisse d’essai", "Elle vous répondra"])


def test_answers_are_kept_erased_and_a_code_is_mistyped(walks):
    way = Way("effacer", "fr")
    walk = walks(way.name, way.language)
    begin(walk, way)
    walk.presses("Les garder 30 minutes de plus")
    walk.look(way.say("dataSubject"), says=["Vos réponses sont gardées jusqu’à"])
    walk.presses("Effacer mes réponses")
    walk.look(way.say("what"), says=["Vos réponses sont effacées"])
    walk.page.goto("/suivi")
    walk.says(way.words.reference, "R-2026-ABCDEF")
    walk.says(way.words.secret, "ABCD")
    walk.presses(way.words.see)
    walk.look(way.say("follow"), says=["28 caractères"])


@pytest.mark.parametrize("language, address, heading", [
    ("fr", "/suivi/code-perdu", "J’ai perdu mon code"), ("en", "/en/follow/lost-code", "I have lost my code")])
def test_a_lost_code_leads_somewhere(walks, language, address, heading):
    walk = walks("code-perdu", language)
    walk.page.goto(address)
    walk.look(heading)
