"""A custodian's program at the door of feeds: waits, fetches, applies and acknowledges, against real processes."""

import gzip
import json
import re
import sqlite3
import subprocess
import sys
import threading
import time

from exchange import exchange
from people import People
from portal import PROJECT, free_port
from waiting import NotReached, wait_for


class Program:
    """A custodian's program, as short as it can be."""

    def __init__(self, portal, id, port=None):
        said = portal.link(id, "pull:")
        self.token = re.search(r"\b[0-9a-f]{64}\b", said)[0]
        self.portal = portal
        self.port = port or portal.port
        self.path = f"/api/v1/feeds/{id}"
        self.rows = {}

    def get(self, query="", **headers):
        return exchange(self.portal.host, self.port, "GET", self.path + query,
                        {"Authorization": f"Bearer {self.token}", **headers})

    def take(self, query=""):
        """Fetches, applies and acknowledges; returns how many lines there were."""
        answer = self.get(query, **{"Accept-Encoding": "gzip"})
        if answer.status == 204:
            return 0
        assert answer.status == 200, answer
        lines = [json.loads(line) for line in gzip.decompress(answer.body).splitlines()]
        count = 0
        while lines:
            header, changes = lines[0], lines[1:1 + lines[0]["lines"]]
            lines = lines[1 + header["lines"]:]
            count += len(changes)
            for change in changes:
                row = self.rows.setdefault((change["token"], change["scope"]), {})
                row["active"] = change["do"] == "register"
                row.setdefault("pseudonym", change.get("pseudonym"))
            word = {"format": "regard-acknowledgement-v1", "position": header["to"],
                    **{name: header[name] for name in ("database", "list", "incarnation", "edition", "number")}}
            said = exchange(self.portal.host, self.port, "POST", self.path + "/acknowledgements",
                            {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"},
                            json.dumps(word).encode())
            assert said.status == 200 and said.json == {"position": header["to"], "number": header["number"]}, said
        return count

    @property
    def opted_out(self):
        return {row["pseudonym"] for row in self.rows.values() if row["active"]}


def is_done(portal, filed):
    return all(row["state"] in ("listed", "removed") for row in portal.follow(filed)["propagation"])


def test_a_program_that_waits_is_answered_and_the_citizen_sees_it(portal):
    program = Program(portal, "tireuse")
    person = People(count=1)[0]
    counts = []
    waiting = threading.Thread(target=lambda: counts.append(program.take("?wait=50")))
    waiting.start()
    filed = portal.file(person)
    assert not is_done(portal, filed)
    waiting.join(30)
    assert counts == [1] and len(program.opted_out) == 1
    assert is_done(portal, filed)
    portal.withdraw(filed)
    wait_for("the end of the objection is fetched", lambda: program.take("?wait=5"))
    assert program.opted_out == set()
    waiting_one = next(line for line in portal.command("database", "list").splitlines() if line.startswith("tireuse"))
    assert "position 2\tlag 0" in waiting_one
    assert program.token not in portal.log_text()


def test_the_example_for_custodians_keeps_the_list(make_portal):
    portal = make_portal("sqlite").initialise().start()
    program = Program(portal, "clinic")
    (portal.folder / "token").write_text(program.token + "\n")
    kept = portal.folder / "optouts.sqlite"

    def example():
        subprocess.run([sys.executable, PROJECT / "examples/pull.py", "--portal", portal.origin, "--database", "clinic",
                        "--token-file", portal.folder / "token", "--list", kept, "--once"], check=True, timeout=60)

    def opted_out():
        with sqlite3.connect(kept) as connection:
            return connection.execute("SELECT count(DISTINCT pseudonym) FROM regard_opted_out").fetchone()[0]

    example()
    filed = [portal.file(person) for person in People(count=3)]
    wait_for("all three are applied", lambda: (example(), opted_out())[1] == 3)
    portal.withdraw(filed[0])
    wait_for("one is taken back", lambda: (example(), opted_out())[1] == 2)
    assert all(is_done(portal, one) for one in filed)


def test_a_process_without_keys_serves_the_door(make_portal):
    portal = make_portal("postgresql").initialise().start()
    port = free_port()
    environment = {**portal.environment, "REGARD_PORT": str(port), "REGARD_KEYS": "/nonexistent"}
    with (portal.folder / "public.log").open("wb") as log:
        public = subprocess.Popen([portal.program, "serve", "--role", "public"], cwd=portal.folder, env=environment,
                                  stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
    try:
        program = Program(portal, "tireuse", port)
        wait_for("the public process answers", lambda: program.get().status == 204)
        filed = portal.file(People(count=1)[0])
        wait_for("the batch is fetched", lambda: program.take("?wait=5"))
        assert is_done(portal, filed)
        # Whoever waits is let go when the process is asked to end.
        answers = []

        def wait():
            try:
                answers.append(program.get("?wait=50").status)
            except NotReached:
                answers.append(None)

        waiter = threading.Thread(target=wait)
        waiter.start()
        time.sleep(1)
        public.terminate()
        public.wait(20)
        waiter.join(20)
        assert answers == [204]
    finally:
        public.kill()
        public.wait()
