"""How a citizen and an operator walk through the site, by what they can read on it."""

import re
from dataclasses import dataclass

from people import People


@dataclass(frozen=True)
class Words:
    """The words of one language by which things are found."""

    form: str
    follow: str
    console: str
    birth_name: str
    given_names: str
    day: str
    month: str
    year: str
    female: str
    nir: str
    email: str
    message: str
    object: str
    myself: str
    heir: str
    everything: str
    go_on: str
    file: str
    filed: str
    reference: str
    secret: str
    see: str
    withdraw: str
    confirm: str
    name: str
    password: str
    code: str
    sign_in: str
    verified: str
    grant: str
    motive: str
    open_identity: str
    skip: str


WORDS = {
    "fr": Words(
        "/droits/exercer", "/suivi", "/operateur", "Nom de naissance", "Prénoms", "Jour", "Mois", "Année", "Féminin",
        "Numéro de sécurité sociale", "Adresse électronique", "Quelque chose à ajouter",
        "M’opposer à la réutilisation de mes données de santé", "Pour moi-même", "Pour une personne décédée dont j’hérite", "Toutes les réutilisations",
        "Continuer", "Déposer mon opposition",
        "Votre opposition est déposée", "Référence", "Code de suivi", "Voir ma demande", "Retirer mon opposition",
        "Oui, je retire mon opposition", "Nom d’opérateur", "Mot de passe", "Code à six chiffres", "Se connecter",
        "Identité vérifiée", "Accepter la demande", "Motif", "Ouvrir l’identité", "Aller au contenu"),
    "en": Words(
        "/en/rights/request", "/en/follow", "/en/operator", "Birth name", "Given names", "Day", "Month", "Year",
        "Female", "French social security number", "E-mail address", "Anything to add",
        "Object to the reuse of my health data", "For myself",
        "For a deceased person whose heir I am", "All reuse", "Continue",
        "File my objection",
        "Your objection is filed", "Reference", "Tracking code", "See my request", "Withdraw my objection",
        "Yes, I withdraw my objection", "Operator name", "Password", "Six-digit code", "Sign in", "Identity verified",
        "Grant the request", "Reason", "Open the identity", "Skip to content"),
}


def field(page, label):
    """The input of a label, which may go on with “(optional)”."""
    return page.get_by_label(re.compile("^" + re.escape(label)))


def button(page, name):
    return page.get_by_role("button", name=name, exact=True)


def choose(page, words, label):
    """One question answered, and on to the next."""
    page.get_by_role("radio", name=label, exact=True).check()
    button(page, words.go_on).click()


def reach_the_person(page, words):
    """From the first step to the page that asks who one is: an objection of one's own to everything."""
    # Where one was filed a moment ago, the bare address shows that it was sent.
    page.goto(f"{words.form}?new=yes")
    choose(page, words, words.object)
    choose(page, words, words.myself)
    choose(page, words, words.everything)


def fill_in(page, words, person):
    field(page, words.birth_name).fill(person.birth_name)
    field(page, words.given_names).fill(", ".join(person.given_names))
    year, month, day = person.birth_date.split("-")
    # The first of each: another number under which someone is known has a date and a sex of its own.
    field(page, words.day).first.fill(day.lstrip("0"))
    field(page, words.month).first.fill(month.lstrip("0"))
    field(page, words.year).first.fill(year)
    page.get_by_role("radio").first.check()
    # The key of this number is one too high, or starts again: a slip that must be noticed.
    slip = "01" if person.nir.endswith("97") else f"{int(person.nir[-2:]) + 1:02d}"
    field(page, words.nir).fill(person.nir13 + slip)


def meet_the_errors(page, words, person):
    """Sends the page about the person with a slip in the NIR, and stands before what is said of it."""
    reach_the_person(page, words)
    fill_in(page, words, person)
    button(page, words.go_on).click()
    assert page.get_by_role("alert").count() == 1


def reach_the_check(page, words, person):
    """The whole form, a slip included, up to its last button."""
    meet_the_errors(page, words, person)
    assert field(page, words.birth_name).input_value() == person.birth_name, "what was typed is kept"
    field(page, words.nir).fill(person.nir)
    button(page, words.go_on).click()
    field(page, words.email).fill(person.email)
    # What is to be answered leaves a doubt, so that an operator has something to do.
    field(page, words.message).fill(person.message)
    button(page, words.go_on).click()
    assert person.birth_name in page.inner_text("main")


def file(page, words, person=None):
    """The whole form, a slip included: errors, check, confirmation. Returns reference and secret."""
    reach_the_check(page, words, person or People()[0])
    button(page, words.file).click()
    assert page.get_by_role("heading", level=1).inner_text() == words.filed
    codes = page.locator(".keep dd")
    return codes.nth(0).inner_text().strip(), re.sub(r"\s+", " ", codes.nth(1).inner_text().strip())


def follow(page, words, reference, secret):
    """As somebody who comes back another day, with what was kept."""
    page.context.clear_cookies()
    page.goto(words.follow)
    field(page, words.reference).fill(reference)
    field(page, words.secret).fill(secret)
    button(page, words.see).click()
    assert reference in page.inner_text("main"), page.inner_text("main")


def sign_in(page, words, operator):
    page.goto(words.console)
    field(page, words.name).fill(operator.name)
    field(page, words.password).fill(operator.password)
    field(page, words.code).fill(operator.code())
    button(page, words.sign_in).click()
    assert operator.name in page.inner_text("header"), page.inner_text("body")


def open_case(page, reference):
    page.get_by_role("link", name=reference, exact=True).click()
    assert reference in page.get_by_role("heading", level=1).inner_text()
