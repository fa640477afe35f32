"""What the tests of the journey are handed."""

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


def warned(portal):
    """What a test's polling would push out of the end of a log."""
    return "\n".join([line for line in portal.log_text().splitlines() if " warning " in line or " error " in line][-40:])


@pytest.fixture
def make_portal(server):
    """Makes portals that are removed when the test ends. A failed test's logs are printed."""
    made = []

    def make(engine, **options):
        portal = Portal(engine, server, **options)
        made.append(portal)
        return portal

    yield make
    for portal in made:
        print(f"\n--- log of the {portal.engine} portal: what it warned of, and its end ---\n{warned(portal)}\n…\n"
              f"{portal.log_text()[-4000:]}")
        portal.remove()


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
