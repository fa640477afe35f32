"""The register's history, looked at without a script: what changed, word by word, month by month, and what was removed."""

import json

import pytest
from portal import Portal
from waiting import wait_for
from walk import Walk

TEXTS = {
    "fr": {"history": "Historique", "see": "Voir ce qui a changé – Version 2 (2)", "difference": "Ce qui a changé",
           "typography": "Rien n’a changé que la typographie.", "none": "Aucun mot n’a changé.", "show": "La montrer",
           "shown": "La typographie est montrée aussi.", "changes": "Ce qui a changé au répertoire", "removed": "Retrait",
           "reason": "Inscrit deux fois", "folded": "1 changement de typographie seule",
           "rule": "Ce qui est de la typographie", "left": "Voici ce qu’elle disait en dernier.",
           "withheld": "La loi interdit de montrer encore son contenu.", "old": "C’est une ancienne version de cette fiche.",
           "typographyLink": "Montrer la typographie", "first": "Première version",
           "project": "/projets/P-1", "record": "/projets/P-2", "gone": "/projets/P-3", "page": "/changements",
           "past": "historique", "deleted": "[supprimé :]", "added": "[ajouté :]"},
    "en": {"history": "History", "see": "See what changed – Version 2 (2)", "difference": "What changed",
           "typography": "Nothing changed but the typography.", "none": "No word changed.", "show": "Show it",
           "shown": "Typography is shown too.", "changes": "What changed in the register", "removed": "Removed",
           "reason": "Registered twice", "folded": "1 change of typography alone", "rule": "What is typography",
           "left": "This is what it said last.", "withheld": "The law forbids to show its content any longer.",
           "old": "This is an earlier version of this record.", "typographyLink": "Show typography",
           "first": "First version",
           "project": "/en/projects/P-1", "record": "/en/projects/P-2", "gone": "/en/projects/P-3", "page": "/en/changes",
           "past": "history", "deleted": "[deleted:]", "added": "[added:]"},
}


def line(reference, version, title, summary, **more):
    return json.dumps({
        "reference": reference, "sourceVersion": version, "title": {"fr": title, "en": f"{title} (en)"},
        "summary": {"fr": summary, "en": summary}, "status": "active", "controllers": [{"name": "CHU de Lyon"}], **more})


@pytest.fixture(scope="module")
def register():
    """A register with a history: changes of words, of typography, and two records that left."""
    portal = Portal("sqlite").initialise().start()
    file = portal.folder / "projects.jsonl"
    summary = ("Ce projet suit mille patients pendant dix ans. " * 12).strip()
    file.write_text("\n".join([
        line("P-1", "1", "L'étude du cœur", summary, datasets=["d-1", "d-2"]),
        line("P-1", "2", "L'étude du cœur des femmes", summary.replace("mille", "deux mille", 1), datasets=["d-1", "d-3"],
             startsOn="2026-01-01", effectiveOn="2026-02-01"),
        line("P-1", "2", "L’étude du cœur des femmes", summary.replace("mille", "deux mille", 1), datasets=["d-1", "d-3"],
             startsOn="2026-01-01", effectiveOn="2026-02-01"),
        line("P-2", "1", "Un doublon", summary), line("P-3", "1", "Un secret", summary)]))
    portal.command("import", "projects", str(file))
    for reference, *more in (("P-2",), ("P-3", "--withhold")):
        portal.command("remove", "project", reference, "--reason", TEXTS["fr"]["reason"], "--reason-english",
                       TEXTS["en"]["reason"], *more)
    wait_for("it shows", lambda: portal.get("/api/v1/changes?limit=1").json["latest"] == 7)
    yield portal
    print(portal.log_text()[-4000:])
    portal.remove()


@pytest.fixture
def walk(make_browsers, register, screenshots):
    def make(language, width, name="history"):
        is_narrow = width == 390
        browsers = make_browsers(register, language=language, width=width, scheme="light" if is_narrow else "dark")
        return Walk(browsers.open(), f"{name}-{language}", screenshots, language, browsers.open(scripts=True), tabs=is_narrow)

    return make


@pytest.mark.parametrize("language, width", [("fr", 390), ("fr", 1280), ("en", 390), ("en", 1280)])
def test_what_changed_can_be_read(walk, language, width):
    texts, walk = TEXTS[language], walk(language, width)
    page = walk.page
    page.goto(f"{texts['project']}/{texts['past']}")
    walk.look(texts["history"], says=[texts["typography"], texts["first"]])
    walk.follows(texts["see"])
    walk.look(texts["difference"])
    # Marked up, underlined or struck through, and said to whoever hears it.
    assert page.locator("main section ins").count() >= 3 and page.locator("main section del").count() >= 2
    spoken = page.locator("main").aria_snapshot()
    assert "insertion" in spoken and "deletion" in spoken
    heard = page.locator("main").text_content()
    assert texts["deleted"] in heard.replace("\u00a0", " ") and texts["added"] in heard.replace("\u00a0", " ")
    for mark, line in (("ins", "underline"), ("del", "line-through")):
        style = page.locator(f"main section {mark}").first.evaluate("e => getComputedStyle(e).textDecorationLine")
        assert style == line

    page.goto(f"{texts['project']}/{texts['past']}/2..3")
    walk.look(texts["difference"], says=[texts["none"]])
    walk.follows(texts["show"])
    walk.look(texts["difference"], says=[texts["shown"]])
    page.goto(f"{texts['project']}/{texts['past']}/1")
    walk.look({"fr": "L’étude du cœur des femmes", "en": "L’étude du cœur des femmes (en)"}[language], says=[texts["old"]])


@pytest.mark.parametrize("language, width", [("fr", 390), ("fr", 1280), ("en", 390), ("en", 1280)])
def test_the_log_and_what_left(walk, language, width):
    texts, walk = TEXTS[language], walk(language, width, "history-log")
    page = walk.page
    page.goto(texts["page"])
    walk.look(texts["changes"], says=[texts["removed"], texts["reason"], texts["folded"]])
    walk.follows(texts["typographyLink"])
    assert texts["folded"] not in page.inner_text("main").replace("\u00a0", " ")
    walk.follows(texts["rule"])
    walk.look(texts["rule"])
    page.goto(texts["record"])
    walk.look({"fr": "Un doublon", "en": "Un doublon (en)"}[language], says=[texts["reason"], texts["left"]])
    page.goto(texts["gone"])
    walk.look("P-3", says=[texts["reason"], texts["withheld"]])
