"""What databases are asked for single people: by the custodian's program of `examples/`, against real processes, and what is left behind."""

import json
import re
import sqlite3
import subprocess
import sys

import pytest
from operators import Operator
from people import People
from portal import PROJECT
from waiting import wait_for


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_a_task_reaches_the_pull_client_and_its_answer_comes_back(make_portal, tmp_path, engine):
    portal = make_portal(engine).initialise().start()
    said = portal.link("clinique", "pull:")
    token = tmp_path / "token"
    token.write_text(re.search(r"\b[0-9a-f]{64}\b", said)[0] + "\n")
    kept = tmp_path / "list.sqlite"

    def pull():
        return subprocess.run(
            [sys.executable, str(PROJECT / "examples" / "pull.py"), "--portal", portal.origin, "--database", "clinique",
             "--token-file", str(token), "--list", str(kept), "--once"], capture_output=True, text=True)

    def rows(query):
        connection = sqlite3.connect(kept)
        try:
            with connection:
                return connection.execute(query).fetchall()
        finally:
            connection.close()

    person = People(count=1)[0]
    filed = portal.post("/api/v1/requests", person.filing(right="erasure"))
    assert filed.status == 201, filed
    reference = filed.json["reference"]
    agent = Operator(portal, "camille", "agent")
    path = f"/api/v1/operator/requests/{reference}"
    asked = {"type": "taskSent", "allDatabases": True, "instruction": "Tout, depuis 2019."}
    assert agent.post(f"{path}/events", asked).status in (409, 422), "not before the identity is verified"
    assert agent.post(f"{path}/events", {"type": "identityVerified"}).status == 201
    answer = agent.post(f"{path}/events", asked)
    assert answer.status == 201 and [task["state"] for task in answer.json["tasks"]] == ["waiting"], answer
    wait_for("it lies at the door", lambda: agent.get(path).json["tasks"][0]["state"] == "sent")
    assert pull().returncode == 0
    assert rows("SELECT kind, instruction, answer FROM regard_task") == [("erasure", "Tout, depuis 2019.", None)]
    assert len(rows("SELECT pseudonym FROM regard_task_pseudonym")[0][0]) == 32

    # A word that is none: the program says so, operators see it, and the rest goes on.
    rows("UPDATE regard_task SET answer = 'fini'")
    process = pull()
    assert process.returncode == 0 and "422" in process.stderr, process
    assert "/answer" in agent.get(path).json["tasks"][0]["problem"]
    assert "This is no answer to a task" in portal.command("database", "tasks", "clinique")
    rows("UPDATE regard_task SET answer = 'refused', words = 'Conservation obligatoire.'")
    assert pull().returncode == 0
    task = agent.get(path).json["tasks"][0]
    assert (task["state"], task["answer"], task["words"]) == ("answered", "refused", "Conservation obligatoire.")
    assert task["problem"] is None and rows("SELECT id FROM regard_task") == []
    assert "Nothing waits" in portal.command("database", "tasks", "clinique")

    # The citizen is told that it has answered, and when: no more.
    seen = portal.get(f"/api/v1/requests/{reference}", {"Authorization": f"Bearer {filed.json['secret']}"})
    assert seen.json["tasks"][0]["state"] == "answered" and "answer" not in seen.json["tasks"][0]
    assert "Conservation" not in seen.text and "2019" not in seen.text
    assert agent.post(f"{path}/events", {"type": "granted", "text": "Voici."}).status == 201
    wait_for("it closes by itself", lambda: agent.get(path).json["state"] == "closed")
    assert json.loads(portal.command("database", "list", "--json"))[0]["position"] == 0
