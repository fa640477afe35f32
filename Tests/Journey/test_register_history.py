"""The register's history by HTTP: what changed, what was removed, and all of it as a file and as feeds."""

import json
import xml.etree.ElementTree as XML
from collections import Counter

import pytest
from corpus import corpus
from waiting import wait_for

pytestmark = pytest.mark.parametrize("portal", ["sqlite", "postgresql"], indirect=True)

needs_corpus = pytest.mark.skipif(
    corpus() is None, reason="SKIPPED: neither $REGARD_CORPUS nor ../shared/corpus has the registers")
ATOM = "{http://www.w3.org/2005/Atom}"
REASON = "Inscrit deux fois"


def followed(portal, target):
    """All items of a list, page by page."""
    items = []
    while target:
        answer = portal.get(target)
        assert answer.status == 200, answer
        items += answer.json["items"]
        target = answer.json["next"]
    return items


def lines(portal):
    return [json.loads(line) for line in portal.get("/api/v1/history.jsonl").body.splitlines()]


def latest(portal):
    return portal.get("/api/v1/changes?limit=1").json["latest"]


@needs_corpus
def test_the_history_of_the_corpus(portal):
    for kind in ("datasets", "projects", "releases"):
        portal.command("import", kind, str(corpus() / f"{kind}.jsonl"))
    wait_for("it is numbered and known", lambda: latest(portal) == 61 + 838 + 5776, seconds=30)

    # The log, the file and the versions tell the same.
    changes = followed(portal, "/api/v1/changes?limit=1000")
    assert [change["change"] for change in changes] == sorted(change["change"] for change in changes)
    versions = lines(portal)
    told = [(change["change"], change["kind"], change["reference"], change["version"]) for change in changes]
    assert told == [(line["change"], line["kind"], line["reference"], line["version"]) for line in versions]
    assert Counter(kind for _, kind, _, _ in told) == {"project": 838, "dataset": 61, "release": 5776}
    middle = changes[3000]["change"]
    assert followed(portal, f"/api/v1/changes?since={middle}&limit=1000") == changes[3001:]

    # The pairs with one label and two contents: each is two versions, and the difference between them is told.
    labels = {}
    for line in versions:
        if line["kind"] == "project":
            labels.setdefault((line["reference"], line["content"].get("sourceVersion")), []).append(line["version"])
    pairs = {key: numbers for key, numbers in labels.items() if len(numbers) > 1}
    assert len(pairs) == 27
    for (reference, _), (first, *_, last) in pairs.items():
        answer = portal.get(f"/api/v1/projects/{reference}/differences?from={first}&to={last}")
        assert answer.status == 200, answer
        assert answer.json["fields"] or answer.json["typographyFields"], reference
        raw = portal.get(f"/api/v1/projects/{reference}/differences?from={first}&to={last}&raw=true").json
        assert raw["fields"], reference
        for field in raw["fields"]:
            if isinstance(field.get("before"), str) and isinstance(field.get("after"), str):
                (pieces,) = field["lines"]
                assert "".join(piece["text"] for piece in pieces if piece["in"] != "after") == field["before"]
                assert "".join(piece["text"] for piece in pieces if piece["in"] != "before") == field["after"]
        page = portal.get(f"/projets/{reference}/historique/{first}..{last}")
        assert page.status == 200 and len(page.body) < 100 * 1024, (reference, len(page.body))
    for reference in sorted({reference for _, kind, reference, _ in told if kind == "project"})[:60]:
        assert portal.get(f"/projets/{reference}/historique").status == 200


def test_what_is_removed_keeps_its_address(portal):
    record = {"title": {"fr": "Doublon"}, "summary": {"fr": "Résumé"}, "status": "active", "controllers": [{"name": "CHU"}]}
    file = portal.folder / "projects.jsonl"
    file.write_text("\n".join(json.dumps({"reference": reference, **record}) for reference in ("A-1", "A-2", "A-3")))
    portal.command("import", "projects", str(file))
    wait_for("they are there", lambda: portal.get("/api/v1/projects").json["total"] == 3)
    assert portal.run("remove", "project", "A-1").returncode == 2
    assert portal.run("remove", "project", "A-9", "--reason", REASON).returncode == 1
    portal.command("remove", "project", "A-1", "--reason", REASON)
    portal.command("remove", "project", "A-2", "--reason", REASON, "--withhold")
    # The file holds what is numbered and known: three records, two removals.
    wait_for("they are gone", lambda: portal.get("/api/v1/projects").json["total"] == 1 and latest(portal) == 5)

    kept, withheld = portal.get("/api/v1/projects/A-1"), portal.get("/api/v1/projects/A-2")
    assert kept.status == 200 and kept.json["removed"]["reason"] == {"fr": REASON}
    assert withheld.status == 410 and REASON in withheld.json["detail"]
    assert portal.get("/projets/A-1").status == 200 and REASON in portal.get("/projets/A-1").body.decode()
    gone = portal.get("/projets/A-2")
    assert gone.status == 410 and REASON in gone.body.decode() and "Doublon" not in gone.body.decode()
    removed = followed(portal, "/api/v1/changes?act=removed")
    assert [change["reference"] for change in removed] == ["A-1", "A-2"]
    assert [line.get("content") is None for line in lines(portal) if line["reference"] == "A-2"] == [True, True]

    # The same file brings nothing back.
    again = portal.run("import", "projects", str(file))
    assert again.returncode == 1 and "must not be shown" in again.stdout + again.stderr
    assert portal.get("/api/v1/projects").json["total"] == 1

    for target, entries in (("/changements.atom", 5), ("/projets.atom?status=active", 1), ("/projets/A-1.atom", 2),
                            ("/en/projects/A-2.atom", 2)):
        answer = portal.get(target)
        assert answer.status == 200, target
        feed = XML.fromstring(answer.body)
        assert feed.tag == f"{ATOM}feed"
        for part in (feed, *feed.iter(f"{ATOM}entry")):
            for name in ("id", "title", "updated"):
                assert len(part.findall(f"{ATOM}{name}")) == 1, (target, name)
        assert feed.find(f"{ATOM}author/{ATOM}name").text
        assert [link.get("href") for link in feed.findall(f"{ATOM}link[@rel='self']")] == [target]
        assert len(list(feed.iter(f"{ATOM}entry"))) == entries, target
        assert portal.get(target, headers={"If-None-Match": answer.headers["etag"]}).status == 304
