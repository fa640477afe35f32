"""What the tests of the journey are handed."""

import contextlib
import tempfile
from pathlib import Path

import pytest
from portal import Portal
from postgres import lent_server
from targets import PostgreSQLTarget, SQLiteTarget

# On SQLite everything is one process; on PostgreSQL the hub may run inside the server or apart, twice.
HOUSES = {
    "sqlite": ("sqlite", False),
    "postgresql": ("postgresql", False),
    "postgresql-hubs-apart": ("postgresql", True),
}


@pytest.fixture(scope="session")
def server():
    return lent_server()


@pytest.fixture
def make_portal(server):
    """Makes portals that are removed when the test ends."""
    with contextlib.ExitStack() as stack:
        yield lambda engine, **options: stack.enter_context(Portal(engine, server, **options))


@pytest.fixture(params=HOUSES)
def portal(request, make_portal):
    """A portal that serves, on each engine."""
    engine, apart = HOUSES[request.param]
    return make_portal(engine, apart=apart).initialise().start()


@pytest.fixture
def targets(portal, server):
    """Two linked databases, one PostgreSQL and one SQLite, added beside the running server."""
    database = server.create("linked")
    with tempfile.TemporaryDirectory(prefix="regard-linked.") as folder:
        linked = {
            "registre": PostgreSQLTarget(server, database),
            "urgences": SQLiteTarget(Path(folder, "urgences.sqlite")),
        }
        portal.link("registre", linked["registre"], "--name", "Registre", "--name-en", "Register")
        portal.link("urgences", linked["urgences"], "--name", "Urgences", "--name-en", "Emergencies")
        yield linked
        portal.kill()
    server.drop(database)
