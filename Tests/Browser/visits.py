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
    check: str
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
        "Numéro de sécurité sociale", "Adresse électronique", "Quelque chose à ajouter", "Vérifier mes réponses", "Déposer mon opposition",
        "Votre opposition est déposée", "Référence", "Code de suivi", "Voir ma demande", "Retirer mon opposition",
        "Oui, je retire mon opposition", "Nom d’opérateur", "Mot de passe", "Code à six chiffres", "Se connecter",
        "Identité vérifiée", "Accepter la demande", "Motif", "Ouvrir l’identité", "Aller au contenu"),
    "en": Words(
        "/en/rights/request", "/en/follow", "/en/operator", "Birth name", "Given names", "Day", "Month", "Year",
        "Female", "French social security number", "E-mail address", "Anything to add", "Check my answers", "File my objection",
        "Your objection is filed", "Reference", "Tracking code", "See my request", "Withdraw my objection",
        "Yes, I withdraw my objection", "Operator name", "Password", "Six-digit code", "Sign in", "Identity verified",
        "Grant the request", "Reason", "Open the identity", "Skip to content"),
}


def field(page, label):
    """The input of a label, which may go on with “(optional)”."""
    return page.get_by_label(re.compile("^" + re.escape(label)))


def button(page, name):
    return page.get_by_role("button", name=name, exact=True)


def fill_in(page, words, person):
    field(page, words.birth_name).fill(person.birth_name)
    field(page, words.given_names).fill(", ".join(person.given_names))
    year, month, day = person.birth_date.split("-")
    field(page, words.day).fill(day.lstrip("0"))
    field(page, words.month).fill(month.lstrip("0"))
    field(page, words.year).fill(year)
    page.get_by_role("radio").first.check()
    # The key of this number is one too high, or starts again: a slip that must be noticed.
    slip = "01" if person.nir.endswith("97") else f"{int(person.nir[-2:]) + 1:02d}"
    field(page, words.nir).fill(person.nir13 + slip)
    field(page, words.email).fill(person.email)
    # What is to be answered leaves a doubt, so that an operator has something to do.
    field(page, words.message).fill(person.message)


def meet_the_errors(page, words, person):
    """Sends the form with a slip in the NIR, and stands before the page that says so."""
    page.goto(words.form)
    fill_in(page, words, person)
    button(page, words.check).click()
    assert page.get_by_role("alert").count() == 1


def file(page, words, person=None):
    """The whole form, a slip included: errors, check, confirmation. Returns reference and secret."""
    person = person or People()[0]
    meet_the_errors(page, words, person)
    assert field(page, words.birth_name).input_value() == person.birth_name, "what was typed is kept"
    field(page, words.nir).fill(person.nir)
    button(page, words.check).click()
    assert person.birth_name in page.inner_text("main")
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
