"""The citizen's half of each scenario, in a real browser without JavaScript, looked at wherever it stops; both languages in
turn. Filing takes a few steps, and following it two."""

from dataclasses import replace

import pytest
from operators import Operator
from visits import field
from waiting import wait_for
from ways import REFUSAL, Way, about, begin, comes_back, describe, files, send


@pytest.fixture(scope="module")
def operator(demonstration):
    return Operator(demonstration, "sixtine", "supervisor").sign_in()


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
    comes_back(walk, way, reference, secret, "received", [
        way.say("numberless"), "les bases ne peuvent pas encore l’appliquer", "Objectif : sous"])


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
