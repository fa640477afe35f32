"""The ways through the form and back to a request, as citizens take them: what they choose, what they read, how many steps
it takes."""

import re
from dataclasses import dataclass, replace
from datetime import date

import visits
from people import People
from visits import WORDS, field

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


REFUSAL = {"grounds": "identityNotEstablished", "reasons": "Les pièces ne concordent pas.",
           "complaint": "CNIL, 3 place de Fontenoy", "judicialRemedy": "Le tribunal administratif."}
