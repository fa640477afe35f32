"""Real PostgreSQL: the server that `Tests/with-postgresql` lends, and one of our own to stop and start."""

import os
import secrets
import shutil
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest


class Server:
    """A PostgreSQL server that is reached by the socket in `folder`."""

    def __init__(self, socket_folder, user, data=None):
        self.socket_folder = socket_folder
        self.user = user
        self.data = data

    def url(self, database):
        return f"postgres:///{database}?host={self.socket_folder}&user={self.user}"

    def create(self, prefix):
        """A fresh database in the order of bytes, which Regard demands of its own."""
        name = f"{prefix}_{secrets.token_hex(5)}"
        self.run("postgres", f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8'")
        return name

    def drop(self, name):
        self.run("postgres", f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def rows(self, database, query):
        """The rows of a query, each a list of texts."""
        out = self.run(database, query, "--tuples-only", "--no-align", "--field-separator=\t")
        return [line.split("\t") for line in out.splitlines() if line]

    def run(self, database, query, *options):
        process = subprocess.run(
            ["psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", *options,
             f"--dbname={self.url(database)}", f"--command={query}"],
            capture_output=True, text=True, timeout=60)
        if process.returncode:
            raise OSError(f"psql: {process.stderr.strip()}")
        return process.stdout

    def dump(self, database):
        """Everything in a database, bytea in hexadecimal."""
        return subprocess.run(
            ["pg_dump", "--column-inserts", f"--dbname={self.url(database)}"],
            capture_output=True, check=True, timeout=120).stdout

    def backup(self, database, path):
        subprocess.run(["pg_dump", "--format=custom", f"--file={path}", f"--dbname={self.url(database)}"],
                       capture_output=True, check=True, timeout=120)

    def restore(self, database, path):
        """The database as it was backed up, in the place of what it is."""
        self.drop(database)
        self.run("postgres", f"CREATE DATABASE {database} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8'")
        subprocess.run(["pg_restore", "--exit-on-error", "--no-owner", f"--dbname={self.url(database)}", str(path)],
                       capture_output=True, check=True, timeout=120)


def lent_server():
    """The server of `Tests/with-postgresql`. A test fails where it is missing."""
    location = os.environ.get("REGARD_TEST_POSTGRES")
    if not location:
        pytest.fail("no PostgreSQL: run the tests with “make test” or Tests/with-postgresql", pytrace=False)
    query = parse_qs(urlsplit(location).query)
    return Server(query["host"][0], query.get("user", ["postgres"])[0], os.environ.get("REGARD_TEST_POSTGRES_DATA"))


class StoppableServer(Server):
    """A PostgreSQL server that belongs to one test, to be stopped under Regard's feet and started again."""

    def __init__(self):
        binaries = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
        if not binaries:
            pytest.fail("no PostgreSQL server here (Debian: apt-get install postgresql)", pytrace=False)
        self._bin = binaries[-1]
        folder = tempfile.mkdtemp(prefix="regard-pg.")
        super().__init__(folder, "regard", f"{folder}/data")
        if os.getuid() == 0:
            shutil.chown(folder, "postgres")
        os.chmod(folder, 0o711)
        self._command("initdb", "-D", self.data, "-U", "regard", "--auth=trust", "--encoding=UTF8",
                      "--locale=C.UTF-8", "--no-sync")
        self.start()

    def _command(self, name, *arguments):
        # PostgreSQL refuses to run as root.
        unprivileged = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
        subprocess.run([*unprivileged, str(self._bin / name), *arguments], check=True, timeout=60,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def start(self):
        self._command("pg_ctl", "-D", self.data, "-l", f"{self.socket_folder}/log", "-s", "-w", "start", "-o",
                      f"-c listen_addresses='' -c unix_socket_directories={self.socket_folder}")

    def stop(self):
        """At once, connections and all, as when a machine is lost."""
        self._command("pg_ctl", "-D", self.data, "-m", "immediate", "-s", "-w", "stop")

    def remove(self):
        try:
            self.stop()
        except subprocess.CalledProcessError:
            pass  # It was stopped already.
        shutil.rmtree(self.socket_folder, ignore_errors=True)
