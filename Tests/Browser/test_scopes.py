"""An objection to some projects: what the citizen and the operator see of it, without JavaScript."""

import json

import pytest
import visits
from accessibility import faults
from operators import Operator
from people import People
from visits import WORDS, button, field
from waiting import wait_for


@pytest.mark.parametrize("width", [390, 1280])
def test_a_project_out_of_reach_is_never_shown_as_done(browse, demonstration, screenshots, width):
    def look(page, name):
        page.screenshot(path=screenshots / f"portee-{name}-{width}.png", full_page=True)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    body = json.loads(People(count=1)[0].filing())
    body["scope"] = {"kind": "projects", "ids": ["DEMO-P-002", "DEMO-P-012"]}
    answer = demonstration.post("/api/v1/requests", json.dumps(body).encode())
    assert answer.status == 201, answer
    filed = answer.json
    assert filed["unreached"] == ["DEMO-P-012"]
    wait_for("both databases have confirmed", lambda: [
        item["state"] for item in demonstration.follow(filed)["propagation"]].count("listed") >= 2)

    words = WORDS["fr"]
    page = browse(False, width)
    visits.follow(page, words, filed["reference"], filed["secret"])
    assert page.get_by_text("Nous prévenons son responsable").count() == 1
    assert page.get_by_text("Sur sa liste depuis").count() >= 2
    assert page.get_by_text("2 projets").count() >= 1
    look(page, "suivi")
    # axe needs a script; the page is the same.
    scripted = browse(True, width)
    visits.follow(scripted, words, filed["reference"], filed["secret"])
    assert faults(scripted) == []

    operator = Operator(demonstration, f"odile-{width}", "supervisor")
    console = browse(False, width)
    visits.sign_in(console, words, operator)
    console.goto(f"/operateur/demandes/{filed['reference']}")
    look(console, "dossier")
    button(console, "Le responsable est prévenu").click()
    assert console.get_by_text("Nous attendons sa réponse").count() == 1
    look(console, "prevenu")
    field(console, "Réponse du responsable").fill("Retiré de l’étude.")
    button(console, "Noter sa réponse").click()
    page.reload()
    assert page.get_by_text("Retiré de l’étude.").count() == 1
    look(page, "repondu")
