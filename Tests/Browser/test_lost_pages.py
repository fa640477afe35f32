"""Cases whose keys a restore lost, by browser and without a script: their citizens' pages say so, show where an objection in
force stands, and how it ends; the operator's page offers to open nothing."""

import re
import tempfile
from pathlib import Path

import identities
import pytest
import visits
from operators import Operator
from people import People, nir_key
from portal import Portal
from targets import SQLiteTarget
from visitor import BACK, Visitor
from visits import WORDS, button
from waiting import wait_for

# Whom the provider of identities knows.
ANGELA = {"birthName": "Dubois", "givenNames": ["Angela"], "birthDate": "1962-08-24", "sex": "F", "birthPlace": "75107",
          "nir": "2620875107001" + nir_key("2620875107001")}
TEXTS = {
    "fr": {"lost": "Dossier perdu", "half": "Code perdu", "stands": "Votre opposition reste en vigueur",
           "listed": "Sur sa liste", "here": "Vous pouvez la retirer ici", "file": "Déposer une demande de retrait",
           "again": "refaites votre demande", "write": "Nous écrire", "prove": "Envoyer un justificatif",
           "answer": "Nous attendons votre réponse",
           "ended": "Vous avez retiré votre opposition", "gone": "Les clés de ce dossier n’existent plus",
           "nobody": "plus personne ne peut l’ouvrir", "sealed": "votre rôle ne les ouvre pas",
           "take": "Prendre en charge", "taken": "Suivie par dominique", "case": "/operateur/demandes/",
           "choices": "/mes-choix", "go": "Continuer avec FranceConnect", "change": "Changer ou terminer",
           "all": "Retirer toute cette opposition", "on": "Continuer", "yes": "Oui, retirer",
           "code": "/suivi/code-perdu", "new": "Obtenir un nouveau code",
           "close": "Clore ce dossier illisible", "why": "Pourquoi ce dossier est clos", "reason": "Les clés de ce dossier n’existent plus.",
           "closed": "Close sans pouvoir être lue", "anew": "Refaire ma demande"},
    "en": {"lost": "Case lost", "half": "Code lost", "stands": "Your objection stays in force", "listed": "On its list",
           "here": "You can withdraw it here", "file": "File a withdrawal", "again": "make your request again",
           "write": "Write to us", "prove": "Send a proof", "answer": "We are waiting for your answer",
           "ended": "You have withdrawn your objection",
           "gone": "The keys of this case are gone", "nobody": "nobody can open it any more",
           "sealed": "your role does not open them", "take": "Take this case", "taken": "With dominique",
           "case": "/en/operator/requests/", "choices": "/en/my-choices", "go": "Continue with FranceConnect",
           "change": "Change or end", "all": "Withdraw all of this objection", "on": "Continue",
           "yes": "Yes, withdraw", "code": "/en/follow/lost-code", "new": "Get a new code",
           "close": "Close this unreadable case", "why": "Why this case is closed", "reason": "The keys of this case are gone.",
           "closed": "Closed unread", "anew": "Make my request again"},
}
WAYS = pytest.mark.parametrize("language, width", [("fr", 390), ("en", 1280)])


def by_sign_in(portal, filed):
    """What was filed, with the code that whoever signs in gets for it."""
    visitor = Visitor(portal)
    visitor.arrive("lostCode")
    page = visitor.follow(visitor.post("/suivi/code-perdu/nouveau", {"reference": filed["reference"]}))
    return filed | {"secret": re.search(r'data-copy="([0-9A-Z ]+)"', page.text).group(1).replace(" ", "-")}


@pytest.fixture(scope="module")
def house():
    """A portal that was restored from before a change of its keys, and what was filed there in each language:

    - objection: in force, with the code of its filing; access: a question of identity is open.
    - proven: Angela's, with a code that she got by signing in; signed: another of hers, to be ended by signing in.
    - half: Angela's, whose code alone is lost.
    """
    with (identities.provider() as provider, Portal("sqlite") as portal,
          tempfile.TemporaryDirectory(prefix="regard-linked.") as folder):
        portal.environment |= identities.environment(portal.folder, provider.issuer, portal.origin)
        provider.redirects.add(portal.origin + BACK)
        portal.initialise().start()
        target = SQLiteTarget(Path(folder, "clinique.sqlite"))
        portal.link("clinique", target, "--name", "Clinique des Essais", "--name-en", "Test Clinic")
        supervisor, people = Operator(portal, "dominique", "supervisor"), People(count=4)

        def angela(language):
            answer = portal.post("/api/v1/requests", {
                "right": "objection", "scope": {"kind": "all"}, "subject": ANGELA, "capacity": "dataSubject",
                "language": language})
            assert answer.status == 201, answer
            return answer.json

        filed = {language: {
            "objection": portal.post("/api/v1/requests", people[place].filing(language=language)).json,
            "access": portal.post("/api/v1/requests", people[2 + place].filing(right="access", language=language)).json,
            "proven": angela(language), "signed": angela(language)} for place, language in enumerate(TEXTS)}
        for cases in filed.values():
            supervisor.act(cases["access"]["reference"], "identityRequested", text="Une pièce, s’il vous plaît.")
            supervisor.act(cases["objection"]["reference"], "identityVerified")
            supervisor.act(cases["objection"]["reference"], "granted")
            # Hers leave no doubt and no question: they need nobody.
            for name in ("objection", "proven", "signed"):
                wait_for("it is applied", lambda: portal.follow(cases[name])["state"] == "closed")
            wait_for("both of hers are indexed", lambda: supervisor.case(cases["signed"]["reference"])["alike"])
            cases["proven"] = by_sign_in(portal, cases["proven"])
        portal.command("backup", str(portal.folder / "before"))
        portal.stop()
        portal.command("keys", "rotate")
        portal.command("restore", str(portal.folder / "before"), "--without-cases")
        portal.start()
        portal.command("database", "resync", "clinique", "--confirm")
        for language, cases in filed.items():
            cases["half"] = angela(language)
            wait_for("it is indexed", lambda: supervisor.case(cases["half"]["reference"])["alike"])
        portal.stop()
        # As in a backup from the middle of a change of keys.
        halves = ", ".join(f"'{cases['half']['reference']}'" for cases in filed.values())
        portal.change(f"UPDATE rights_request SET citizen_epoch = 1 WHERE reference IN ({halves})")
        portal.start()
        yield portal, supervisor, filed


@pytest.fixture
def visit(house, make_browsers):
    """Browsers before it: by day on a telephone, by night on a wide screen."""
    return lambda language, width: make_browsers(
        house[0], "perdu", language, width=width, scheme="light" if width == 390 else "dark")


@WAYS
def test_a_lost_case_says_so_and_its_objection_stands(house, visit, language, width):
    portal, _, filed = house
    words, texts, cases, browsers = WORDS[language], TEXTS[language], filed[language], visit(language, width)
    citizen = browsers.open()
    visits.follow(citizen, words, cases["objection"]["reference"], cases["objection"]["secret"])
    main = citizen.inner_text("main")
    for told in ("lost", "stands", "listed", "again"):
        assert texts[told] in main, (told, main)
    assert citizen.get_by_role("heading", name=texts["write"]).count() == 0
    assert button(citizen, words.withdraw).count() == 0, "nobody can tell that it is no parent's code"
    browsers.picture(citizen, "suivi")
    citizen.get_by_role("link", name=texts["file"], exact=True).click()
    assert "right=objectionWithdrawal" in citizen.url and citizen.get_by_role("radio", name=words.myself).count() == 1

    # Nothing is asked that nobody could answer, and nothing runs out.
    visits.follow(citizen, words, cases["access"]["reference"], cases["access"]["secret"])
    main = citizen.inner_text("main")
    assert texts["lost"] in main and texts["again"] in main
    for gone in ("stands", "prove", "answer", "file"):
        assert texts[gone] not in main, (gone, main)
    browsers.picture(citizen, "acces")


@WAYS
def test_a_lost_objection_is_ended_by_whoever_signed_in(house, visit, language, width):
    portal, _, filed = house
    words, texts, cases, browsers = WORDS[language], TEXTS[language], filed[language], visit(language, width)
    citizen = browsers.open()
    proven, signed = cases["proven"], cases["signed"]
    visits.follow(citizen, words, proven["reference"], proven["secret"])
    main = citizen.inner_text("main")
    assert texts["lost"] in main and texts["here"] in main and texts["file"] not in main, main
    browsers.picture(citizen, "prouve")
    citizen.get_by_text(words.withdraw, exact=True).first.click()
    citizen.get_by_label(words.confirm).check()
    button(citizen, words.withdraw).click()
    main = citizen.inner_text("main")
    assert texts["ended"] in main and texts["stands"] not in main, main
    browsers.picture(citizen, "prouve-retire")
    assert not portal.follow(proven)["inForce"] and portal.follow(signed)["inForce"]

    citizen.goto(texts["choices"])
    citizen.get_by_role("link", name=texts["go"]).click()
    citizen.wait_for_url(re.compile(texts["choices"] + "$"))
    citizen.get_by_role("link", name=f"{texts['change']} {signed['reference']}").click()
    citizen.get_by_role("radio", name=texts["all"]).check()
    button(citizen, texts["on"]).click()
    button(citizen, texts["yes"]).click()
    citizen.wait_for_url(re.compile("notice=ended"))
    assert not portal.follow(signed)["inForce"]


@WAYS
def test_a_lost_code_is_replaced_and_opens_the_case_again(house, visit, language, width):
    portal, _, filed = house
    words, texts, half, browsers = WORDS[language], TEXTS[language], filed[language]["half"], visit(language, width)
    citizen = browsers.open()
    assert portal.follow(half)["lostKeys"] == "code"
    visits.follow(citizen, words, half["reference"], half["secret"])
    main = citizen.inner_text("main")
    assert texts["half"] in main and texts["stands"] in main and texts["lost"] not in main, main
    browsers.picture(citizen, "code")
    citizen.goto(texts["code"])
    citizen.get_by_role("link", name=texts["go"]).click()
    citizen.wait_for_url(re.compile(texts["code"] + "$"))
    citizen.get_by_role("radio", name=re.compile(half["reference"])).check()
    button(citizen, texts["new"]).click()
    code = re.sub(r"\s+", " ", citizen.locator(".keep dd").nth(1).inner_text().strip())
    visits.follow(citizen, words, half["reference"], code)
    main = citizen.inner_text("main")
    assert texts["half"] not in main and texts["write"] in main, main


@WAYS
def test_operators_are_offered_nothing_that_can_not_be_done(house, visit, language, width):
    _, supervisor, filed = house
    words, texts, cases, browsers = WORDS[language], TEXTS[language], filed[language], visit(language, width)
    console = browsers.open()
    visits.sign_in(console, words, supervisor)
    for name in ("objection", "access"):
        console.goto(texts["case"] + cases[name]["reference"])
        main = console.inner_text("main")
        assert texts["gone"] in main and texts["nobody"] in main and texts["sealed"] not in main, main
        for gone in (words.open_identity, words.verified, words.grant):
            assert button(console, gone).count() == 0
        browsers.picture(console, f"console-{name}")
    # It can be given to somebody, and nothing else.
    button(console, texts["take"]).click()
    assert texts["taken"] in console.inner_text("main") and console.locator(".case-acts button").count() == 1
    # Or closed unread, with a reason that its citizen reads.
    button(console, texts["close"]).click()
    assert console.get_by_role("alert").count() == 1, "not without a reason"
    browsers.picture(console, "console-clore")
    console.get_by_label(texts["why"]).select_option(label=texts["reason"])
    button(console, texts["close"]).click()
    assert texts["closed"] in console.inner_text("main"), console.inner_text("main")
    browsers.picture(console, "console-close")
    citizen = browsers.open()
    visits.follow(citizen, words, cases["access"]["reference"], cases["access"]["secret"])
    assert citizen.get_by_role("link", name=texts["anew"], exact=True).count() == 1, citizen.inner_text("main")
    browsers.picture(citizen, "suivi-close")
    # A case whose code alone is lost is read as ever.
    console.goto(texts["case"] + cases["half"]["reference"])
    assert texts["gone"] not in console.inner_text("main") and button(console, words.open_identity).count() == 1
