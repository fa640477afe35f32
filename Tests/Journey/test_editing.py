"""Editing the register by programs, files by command, and every node that shows it."""

import json

import pytest
from operators import Operator
from portal import Portal, free_port
from waiting import wait_for

RECORD = {"reference": "P-1", "title": {"fr": "Étude", "en": "Study"}, "summary": {"fr": "Résumé"}, "status": "active",
          "controllers": [{"name": "CHU"}]}


class Editor(Operator):
    def send(self, method, path, body=None, **headers):
        content = None if body is None else json.dumps(body).encode()
        return self.portal.send(method, path, {
            **self._headers(), "Content-Type": "application/json",
            **{name.replace("_", "-"): value for name, value in headers.items()}}, content)

    def put(self, reference, record, reason="Une correction", query="", correction=False, **headers):
        return self.send("PUT", f"/api/v1/operator/projects/{reference}{query}",
                         {"reason": reason, "correction": correction, "record": record}, **headers)


@pytest.fixture(params=["sqlite", "postgresql"])
def house(request, make_portal):
    return make_portal(request.param).initialise().start()


def test_a_program_writes_changes_and_is_told_what_others_did(house):
    editor, other = Editor(house, "editrice", "editor"), Editor(house, "editeur", "editor")
    path = "/api/v1/operator/projects/P-1"
    assert editor.put("P-1", RECORD).status == 428
    assert editor.put("P-1", RECORD, If_Match='"x"').status == 400
    trial = editor.put("P-1", RECORD, query="?dryRun=true", If_None_Match="*")
    assert trial.status == 200 and trial.json["isNew"], trial
    assert editor.send("GET", path).status == 404
    made = editor.put("P-1", RECORD, If_None_Match="*")
    assert made.status == 201 and made.headers["etag"] == '"1"' and made.json["missing"] == [], made
    assert editor.put("P-1", RECORD, If_None_Match="*").status == 409

    ended = other.put("P-1", {**RECORD, "status": "completed"}, "Projet fini", If_Match='"1"')
    assert ended.status == 200 and ended.headers["etag"] == '"2"'
    late = editor.put("P-1", {**RECORD, "acronym": "E"}, If_Match='"1"')
    assert late.status == 409 and late.json["code"] == "changedMeanwhile", late
    assert late.headers["etag"] == '"2"'
    assert "editeur" in late.json["detail"] and "Projet fini" in late.json["detail"]
    assert [error["pointer"] for error in late.json["errors"]] == ["/record/status"]

    bad = editor.put("P-1", {**RECORD, "startsOn": "2026-02-30"}, If_Match='"2"')
    assert bad.status == 422 and bad.json["errors"][0]["pointer"] == "/record/startsOn"
    assert editor.put("P-1", RECORD, "", If_Match='"2"').status == 422
    assert editor.put("P-1", {**RECORD, "reference": "P-2"}, If_Match='"2"').status == 422
    assert editor.put("bad%20one", RECORD, If_None_Match="*").status == 404

    agent = Editor(house, "agent", "agent")
    for method in ("GET", "PUT", "DELETE"):
        body = None if method == "GET" else {"reason": "x", "record": RECORD}
        assert agent.send(method, path, body, If_Match='"2"').status == 403, method
    assert house.send("PUT", path, {"Content-Type": "application/json"}, b"{}").status == 401

    asked = editor.send("DELETE", path, {"reason": "Publié deux fois"})
    assert asked.status == 202 and asked.json == {"state": "awaitsAnother"}
    assert editor.send("DELETE", path, {"reason": "Publié deux fois"}).status == 202
    assert wait_for("the project is shown", lambda: house.get("/api/v1/projects").json["total"] == 1)
    assert other.send("DELETE", path, {"reason": "D’accord"}).status == 200
    wait_for("it has left", lambda: house.get("/api/v1/projects").json["total"] == 0)
    house.stop()
    acts = [row[0] for row in house.stored("SELECT act FROM audit_event ORDER BY number")]
    assert [act for act in acts if act.startswith("register.")] == [
        "register.added", "register.changed", "register.removalAsked", "register.removalAsked", "register.removed"]
    assert acts.count("operator.refused") == 3


def test_corrections_have_a_log_of_their_own_with_their_reasons(house):
    editor = Editor(house, "editrice", "editor")
    assert editor.put("P-1", RECORD, "Nouveau projet", correction=True, If_None_Match="*").status == 201
    ended = {**RECORD, "status": "completed"}
    assert editor.put("P-1", ended, "Projet fini", If_Match='"1"').status == 200
    right = {**ended, "controllers": [{"name": "CHU de Valbrume"}]}
    assert editor.put("P-1", right, "Le responsable était mal nommé", correction=True, If_Match='"2"').status == 200

    log = wait_for("the log has all", lambda: (
        found := house.get("/api/v1/changes").json["items"])[2:] and found)
    assert [(item["version"], item["act"], item["note"]) for item in log] == [
        (1, "added", "Nouveau projet"), (2, "changed", "Projet fini"),
        (3, "corrected", "Le responsable était mal nommé")]
    for act, versions in [("added", [1]), ("changed", [2]), ("corrected", [3])]:
        found = house.get(f"/api/v1/changes?act={act}").json
        assert [item["version"] for item in found["items"]] == versions and found["total"] == len(versions), act
    page = house.get("/changements?act=corrected").text
    assert "Le responsable était mal nommé" in page and "Projet fini" not in page
    assert ">Correction</a>" in house.get("/en/changes").text
    history = house.get("/projets/P-1/historique").text
    assert history.count("Correction") == 1 and "Le responsable était mal nommé" in history
    assert [version.get("correction", False) for version in
            house.get("/api/v1/projects/P-1/versions").json["items"]] == [True, False, False]
    lines = wait_for("the history has all", lambda: (
        found := [json.loads(line) for line in house.get("/api/v1/history.jsonl").text.splitlines()])[2:] and found)
    assert [line["note"] for line in lines if line.get("correction")] == ["Le responsable était mal nommé"]
    assert "Le responsable était mal nommé" in house.get("/changements.atom").text


def test_an_edit_shows_on_every_node(make_portal):
    first = make_portal("postgresql").initialise().start()
    second = Portal.__new__(Portal)
    second.__dict__.update(first.__dict__)
    second.port, second.processes, second.logs = free_port(), {}, []
    second.environment = {**first.environment, "REGARD_PORT": str(second.port)}
    second.arguments = [*first.arguments, "--no-hub"]
    second.start()
    try:
        editor = Editor(first, "editrice", "editor")
        assert editor.put("P-1", RECORD, If_None_Match="*").status == 201
        nodes = (first, second)
        wait_for("both show it", lambda: all(node.get("/projets/P-1").status == 200 for node in nodes))
        for n in range(1, 6):
            title = f"Titre numéro {n}"
            assert editor.put("P-1", {**RECORD, "title": {"fr": title}}, If_Match=f'"{n}"').status == 200
            wait_for("both nodes show the edit", lambda: all(
                title in node.get("/projets/P-1").text and
                title in node.get("/api/v1/projects/P-1").text for node in nodes))
    finally:
        second.kill()


def test_what_was_exported_comes_back_by_command(house, make_portal):
    lines = [RECORD, {**RECORD, "reference": "P-2", "title": {"fr": "=A1; \"x\" | y"}, "funders": [{"name": "A | B"}]}]
    source = house.folder / "projects.jsonl"
    source.write_text("\n".join(json.dumps(line) for line in lines))
    house.command("import", "projects", str(source))
    table = wait_for("all are exported", lambda: (
        lambda text: text if text.count("\r\n") == 3 else None)(house.get("/api/v1/projects.csv").text))
    other = make_portal(house.engine).initialise().start()
    file = other.folder / "projects.csv"
    file.write_bytes(table.encode())
    said = other.command("import", "projects", str(file), "--dry-run")
    assert "added: P-1" in said and "0 refused" in said, said
    report = json.loads(other.command("import", "projects", str(file), "--json"))
    assert (report["added"], report["refused"]["count"], report["warnings"]["count"]) == (2, 0, 0)
    again = wait_for("they are exported again", lambda: (
        lambda text: text if text.count("\r\n") == 3 else None)(other.get("/api/v1/projects.csv").text))

    def without_time(text):
        return [line.split(",", 3)[:2] + line.split(",", 3)[3:] for line in text.split("\r\n")]

    assert without_time(again) == without_time(table)
    file.write_text("reference,status\nP-1,completed\nP-2,nonsense\n")
    trial = other.run("import", "projects", str(file), "--dry-run")
    assert trial.returncode == 1
    assert "changed: P-1: status" in trial.stdout and "line 3 (P-2): column status: must be one of" in trial.stdout
