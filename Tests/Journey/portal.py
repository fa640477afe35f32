"""A portal of its own for a test: a folder, a database, keys, and the processes that serve it."""

import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import tempfile
from pathlib import Path

import pytest
from exchange import exchange
from waiting import NotReached, wait_for

PROJECT = Path(__file__).resolve().parents[2]


# For whoever sends thousands from one address on purpose: every request is still counted.
UNLIMITED = {f"REGARD_LIMITS_{kind}_{whom}": "1000000, 1000000/s" for kind in ("FORM", "FILING", "FOLLOW", "ACT")
             for whom in ("ADDRESS", "TOTAL")}


def binary():
    """The program under test. A test fails where it is missing."""
    path = Path(os.environ.get("REGARD_BIN", PROJECT / ".build/debug/regard")).resolve()
    if not os.access(path, os.X_OK):
        pytest.fail(f"no program at {path}: build it, or name it in REGARD_BIN", pytrace=False)
    return str(path)


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Portal:
    """Regard on one engine.

    - engine: `sqlite`, where `serve` does everything, or `postgresql`.
    - server: the PostgreSQL server that keeps the portal's own database.
    - apart: on PostgreSQL, two hubs run as processes of their own beside `serve --no-hub`, and share the work.
    - var: where database and keys go; the test's folder unless a disk of its own is wanted.
    """

    def __init__(self, engine, server=None, apart=False, var=None, arguments=(), environment=None):
        self.engine = engine
        self.server = server
        self.apart = apart
        self.arguments = list(arguments)
        # A program that runs the server under its eyes: benchmarks count system calls.
        self.tracer = []
        self.program = binary()
        self.host = "127.0.0.1"
        self.port = free_port()
        # Short: the path of a socket has 108 bytes.
        self.folder = Path(tempfile.mkdtemp(prefix="regard."))
        self.var = Path(var) if var else self.folder / "var"
        self.logs = []
        self.processes = {}
        self.database = None
        if engine == "sqlite":
            location = str(self.var / "regard.sqlite")
        else:
            self.database = server.create("portal")
            location = server.url(self.database)
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("REGARD_")},
            "REGARD_DATABASE": location,
            "REGARD_KEYS": str(self.var / "keys"),
            "REGARD_RESOURCES": str(PROJECT),
            # Lists are compared when a test asks for it, not because it runs at night.
            "REGARD_RECONCILE_HOUR": "off",
            # What operators send from a page goes at once, but where a test is about recalling it.
            "REGARD_RECALL_SECONDS": "0",
            "REGARD_HOST": self.host,
            "REGARD_PORT": str(self.port),
            **(environment or {}),
        }

    # Commands

    def run(self, *arguments, stdin=None):
        """One command, to its end."""
        return subprocess.run([self.program, *arguments], cwd=self.folder, env=self.environment, input=stdin,
                              capture_output=True, text=True, timeout=300)

    def command(self, *arguments):
        """One command that must succeed; its standard output."""
        process = self.run(*arguments)
        assert process.returncode == 0, f"regard {' '.join(arguments)}: {process.returncode}\n{process.stderr}"
        return process.stdout

    def initialise(self, *arguments):
        if self.engine == "postgresql":
            self.command("migrate")
        self.said = self.command("init", *arguments)
        return self

    def link(self, id, target, *arguments):
        """Links a database: a target, or a connector as text. What was said of it, with a feed's token."""
        said = self.command("database", "add", id, "--connector", getattr(target, "connector", target), *arguments)
        self.command("database", "confirm", id, "--without-control", "a test's database")
        return said

    # Processes

    def start(self):
        """Starts what is not running, and waits until it answers."""
        self._spawn("serve", "serve", *(["--no-hub"] if self.apart else []), *self.arguments)
        if self.apart:
            self._spawn("hub", "hub")
            self._spawn("hub-2", "hub")

        def is_ready():
            status = self.processes["serve"].poll()
            assert status is None, f"serve ended with {status}:\n{self.log_text()[-4000:]}"
            return self.get("/readyz").status == 200

        wait_for("the server is ready", is_ready)
        return self

    def _spawn(self, name, *arguments):
        if name in self.processes and self.processes[name].poll() is None:
            return
        log = self.folder / f"{name}-{len(self.logs)}.log"
        self.logs.append(log)
        with log.open("wb") as out:
            self.processes[name] = subprocess.Popen(
                [*self.tracer, self.program, *arguments], cwd=self.folder, env=self.environment,
                stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT)

    def kill(self, *names):
        """kill -9: all of them, or those named."""
        for name in names or list(self.processes):
            if name in self.processes:
                self.processes[name].kill()
                self.processes[name].wait()

    def stop(self):
        """The orderly way, as a service manager would; a process that does not go is a failure."""
        for process in self.processes.values():
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for name, process in self.processes.items():
            try:
                process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                process.kill()
                raise AssertionError(
                    f"{name} did not stop within 30 s of SIGTERM:\n{self.log_text()[-2000:]}") from None

    def remove(self):
        self.kill()
        if self.database:
            self.server.drop(self.database)
        shutil.rmtree(self.folder, ignore_errors=True)

    def log_text(self):
        return "".join(log.read_text(errors="replace") for log in self.logs)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        """Removes it. A failed test's log is printed: its end, and what polling would push out of that."""
        text = self.log_text()
        warned = [line for line in text.splitlines() if " warning " in line or " error " in line][-40:]
        print(f"\n--- log of the {self.engine} portal: what it warned of, and its end ---", *warned, "…", text[-4000:],
              sep="\n")
        self.remove()

    # HTTP

    @property
    def origin(self):
        return f"http://{self.host}:{self.port}"

    def send(self, method, target, headers=None, body=None):
        return exchange(self.host, self.port, method, target, headers, body)

    def get(self, target, headers=None):
        return self.send("GET", target, headers)

    def post(self, target, body, headers=None):
        """Posts JSON: bytes as they are, anything else written as JSON."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.send("POST", target, {"Content-Type": "application/json", **(headers or {})}, content)

    def post_form(self, target, body, headers=None):
        """Posts a form as a browser does from a page of the site."""
        return self.send("POST", target, {
            "Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin",
            "Accept": "text/html", **(headers or {})}, body.encode())

    def file(self, person, key=None):
        """Files an objection and returns the answer's JSON."""
        answer = self.post("/api/v1/requests", person.filing(), {"Idempotency-Key": key} if key else None)
        assert answer.status == 201, answer
        return answer.json

    def follow(self, filed):
        """The request as its citizen sees it."""
        answer = self.get(f"/api/v1/requests/{filed['reference']}", {"Authorization": f"Bearer {filed['secret']}"})
        if answer.status >= 500:
            raise NotReached(repr(answer))
        assert answer.status == 200, answer
        return answer.json

    def withdraw(self, filed):
        answer = self.post(f"/api/v1/requests/{filed['reference']}/withdrawal", {},
                           {"Authorization": f"Bearer {filed['secret']}"})
        assert answer.status == 200, answer
        return answer.json

    def databases(self):
        """The linked databases as the public sees them, by id."""
        answer = self.get("/api/v1/databases")
        if answer.status != 200:
            raise NotReached(repr(answer))
        return {item["id"]: item for item in answer.json["items"]}

    # What is stored, read behind the portal's back while nobody serves it

    def stored(self, query):
        """The rows of a query on the portal's own database, each a list of texts. SQLite: only when it is stopped."""
        if self.engine == "postgresql":
            return self.server.rows(self.database, query)
        assert all(process.poll() is not None for process in self.processes.values()), "a second tool on a live file"
        connection = sqlite3.connect(self.var / "regard.sqlite")
        try:
            return [[str(cell) for cell in row] for row in connection.execute(query)]
        finally:
            connection.close()

    def change(self, *statements):
        """Writes to the portal's own database while nobody serves it: time can't be waited for."""
        if self.engine == "postgresql":
            for statement in statements:
                self.server.run(self.database, statement)
            return
        assert all(process.poll() is not None for process in self.processes.values()), "a second tool on a live file"
        connection = sqlite3.connect(self.var / "regard.sqlite")
        with connection:
            for statement in statements:
                connection.execute(statement)
        connection.close()

    def traces(self, search):
        """Every trace in what this portal keeps or writes: its folder with database, WAL, keys, logs and targets, and
        on PostgreSQL a dump and the server's own files."""
        found, read = search.in_folder(self.folder)
        assert read > 0
        if not self.var.is_relative_to(self.folder):
            more, read = search.in_folder(self.var)
            found += more
        if self.engine == "postgresql":
            self.server.run("postgres", "CHECKPOINT")
            dump = self.server.dump(self.database)
            assert b"rights_request" in dump
            found += search.in_bytes(dump, "pg_dump")
            if self.server.data and os.access(self.server.data, os.R_OK | os.X_OK):
                more, read = search.in_folder(self.server.data)
                assert read > 1_000_000, "the server's files were not readable"
                found += more
        return found
