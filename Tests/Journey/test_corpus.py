"""The whole register of the corpus through the command line, beside a running server."""

import json

import pytest
from corpus import corpus
from people import People
from waiting import wait_for

# How the hub runs makes no difference here.
pytestmark = pytest.mark.parametrize("portal", ["sqlite", "postgresql"], indirect=True)

needs_corpus = pytest.mark.skipif(
    corpus() is None, reason="SKIPPED: neither $REGARD_CORPUS nor ../shared/corpus has the registers")


def imported(portal, kind, *arguments):
    """One import, and its report."""
    return json.loads(portal.command("import", kind, *map(str, arguments), "--json"))


def counts(report):
    return [report[name] for name in ("read", "added", "changed", "skipped")] + [report["refused"]["count"]]


def total(portal, target):
    answer = portal.get(target)
    assert answer.status == 200, answer
    return answer.json["total"]


@needs_corpus
def test_the_corpus_is_taken_whole_and_a_second_time_changes_nothing(portal):
    first = {"datasets": [61, 61, 0, 0, 0], "projects": [838, 527, 311, 0, 0], "releases": [5776, 5776, 0, 0, 0]}
    for kind, expected in first.items():
        assert counts(imported(portal, kind, corpus() / f"{kind}.jsonl")) == expected

    def figures():
        answer = portal.get("/api/v1/statistics")
        assert answer.status == 200, answer
        return answer.json

    expected = {"projects": 527, "versions": 838, "releases": 5776, "datasets": 61}
    # What is served from memory may be half a second old.
    wait_for("the API shows the register", lambda: {name: figures()[name] for name in expected} == expected, seconds=20)
    for kind, (read, *_) in first.items():
        assert counts(imported(portal, kind, corpus() / f"{kind}.jsonl")) == [read, 0, 0, read, 0]
    assert {name: figures()[name] for name in expected} == expected
    assert total(portal, "/api/v1/projects?limit=1") == 527
    assert total(portal, "/api/v1/datasets?limit=1") == 61


@needs_corpus
def test_every_project_and_every_page_of_the_list_can_be_read(portal):
    for kind in ("datasets", "projects", "releases"):
        imported(portal, kind, corpus() / f"{kind}.jsonl")
    lines = [json.loads(line) for line in (corpus() / "projects.jsonl").read_text().strip().split("\n")]
    references, target = [], "/api/v1/projects?limit=100"
    while target:
        answer = portal.get(target)
        assert answer.status == 200, answer
        references += [item["reference"] for item in answer.json["items"]]
        target = answer.json["next"]
    assert sorted(references) == sorted({line["reference"] for line in lines})
    versions = releases = 0
    for reference in references:
        answer = portal.get(f"/api/v1/projects/{reference}/versions")
        assert answer.status == 200, answer
        versions += answer.json["total"]
        releases += total(portal, f"/api/v1/projects/{reference}/releases?limit=1")
        page = portal.get(f"/projets/{reference}", {"Accept": "text/html"})
        assert page.status == 200 and "<h1" in page.text, reference
    assert versions == 838 and releases == 5776


def test_commands_work_beside_the_running_server(portal, targets):
    portal.file(People()[0])
    listed = {item["id"]: item for item in json.loads(portal.command("database", "list", "--json"))}
    assert set(listed) == {"registre", "urgences"}
    assert "registre" in portal.command("database", "list")
    portal.command("operator", "add", "lucie", "--role", "auditor", "--json")
    assert "lucie" in portal.command("operator", "list")
    assert portal.get("/healthz").status == 200


def test_bad_lines_are_named_and_the_good_ones_stay(portal, tmp_path):
    good = {"title": {"fr": "Un projet"}, "summary": {"fr": "Résumé."}, "status": "active",
            "controllers": [{"name": "Institut"}]}
    file = tmp_path / "projects.jsonl"
    file.write_bytes(b"\n".join([
        json.dumps({"reference": "BON-1", **good}).encode(),
        b'{"reference": "CASSE", "title": ',
        json.dumps(good).encode(),
        b'{"reference": "OCTETS", "title": {"fr": "\xff\xfe"}}',
        json.dumps({"reference": "DATE", **good, "startsOn": "2026-02-30"}).encode(),
        json.dumps({"reference": "BON-2", **good}).encode(),
        b""]))
    process = portal.run("import", "projects", str(file), "--json")
    assert process.returncode == 1, process
    report = json.loads(process.stdout)
    assert [line["line"] for line in report["refused"]["lines"]] == [2, 3, 4, 5]
    assert all(line["problems"] for line in report["refused"]["lines"])
    assert report["added"] == 2
    for reference in ("BON-1", "BON-2"):
        assert portal.get(f"/api/v1/projects/{reference}").status == 200
    assert portal.get("/api/v1/projects/DATE").status == 404
    words = portal.run("import", "projects", str(file))
    assert words.returncode == 1 and "line 2" in words.stdout + words.stderr
    missing = portal.run("import", "projects", str(tmp_path / "nowhere.jsonl"))
    assert missing.returncode == 1 and "nowhere.jsonl" in missing.stderr
    assert portal.run("import", "planets", str(file)).returncode == 2
