"""Datasette over the same projects: one table, its words in FTS5, asked for as little as it can be."""

import json
import sqlite3
import subprocess
import sys
from contextlib import contextmanager
from urllib.parse import quote

from exchange import exchange
from portal import free_port
from waiting import wait_for

# Facets of one value for a project, and those of several.
PLAIN, SEVERAL = ("status", "procedure", "sensitivity", "year"), ("controllers", "datasets", "domains")


def table(lines, file):
    """The projects of a JSON Lines file, in an SQLite database made for reading."""
    database = sqlite3.connect(file)
    database.execute("CREATE TABLE projects (id INTEGER PRIMARY KEY, reference TEXT, title TEXT, summary TEXT, purpose TEXT, "
                     "status TEXT, procedure TEXT, sensitivity TEXT, year TEXT, controllers TEXT, datasets TEXT, domains TEXT)")

    def rows():
        with lines.open() as source:
            for line in source:
                record = json.loads(line)
                yield (record["reference"], record["title"]["fr"], record["summary"]["fr"], record["purpose"]["fr"],
                       record["status"], record["procedure"], record["sensitivity"], record["startsOn"][:4],
                       json.dumps([each["name"] for each in record["controllers"]]), json.dumps(record["datasets"]),
                       json.dumps(record["domains"]))

    with database:
        database.executemany("INSERT INTO projects VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows())
        database.execute("CREATE VIRTUAL TABLE projects_fts USING fts5(title, summary, purpose, content='projects', "
                         "content_rowid='id', tokenize='unicode61 remove_diacritics 2')")
        database.execute("INSERT INTO projects_fts (projects_fts) VALUES ('rebuild')")
        database.execute("INSERT INTO projects_fts (projects_fts) VALUES ('optimize')")
        for column in PLAIN:
            database.execute(f"CREATE INDEX by_{column} ON projects ({column})")
        database.execute("ANALYZE")
    database.close()


@contextmanager
def datasette(file):
    """Datasette on a loopback port; gives its origin."""
    port = free_port()
    settings = {"sql_time_limit_ms": 60000, "facet_time_limit_ms": 60000, "num_sql_threads": 2, "suggest_facets": "off",
                "default_cache_ttl": 0}
    process = subprocess.Popen(
        [sys.executable, "-m", "datasette", "serve", "--immutable", str(file), "--host", "127.0.0.1", "--port", str(port),
         *(word for name, value in settings.items() for word in ("--setting", name, str(value)))],
        cwd=file.parent, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        def answers():
            if process.poll() is not None:
                raise SystemExit("bench: datasette did not start")
            return exchange("127.0.0.1", port, "GET", f"/{file.stem}/projects.json?_size=1").status == 200

        wait_for("datasette answers", answers, seconds=60)
        yield f"http://127.0.0.1:{port}"
    finally:
        # It would end what was asked of it first.
        process.kill()
        process.wait()


def path(name, first, second, facets):
    """A search for two words: the columns that a list needs, and no counts, suggestions or facets unless they are wanted."""
    wanted = "".join(f"&_col={column}" for column in ("reference", "title", "summary", "status"))
    counted = "".join([f"&_facet={column}" for column in PLAIN] + [f"&_facet_array={column}" for column in SEVERAL])
    return (f"/{name}/projects.json?_search={quote(first)}+{quote(second)}{wanted}&_size=20&_nocount=1&_nosuggest=1"
            + (f"{counted}&_facet_size=20" if facets else "&_nofacet=1"))
