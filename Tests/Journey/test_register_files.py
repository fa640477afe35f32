"""The register as files: the same search finds the same projects in the same order as a page, as JSON, CSV and JSON Lines."""

import csv
import gzip
import html
import io
import json
import os
import random
import re
from urllib.parse import urlencode

import pytest
from portal import Portal

FACETS = ["status", "procedure", "dataset", "controller", "domain", "sensitivity", "accessType", "year", "language"]
SEARCHES = 30


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def register(request, server):
    """The demonstration's register, which nobody changes."""
    portal = Portal(request.param, server)
    try:
        yield portal.initialise("--demo").start()
    finally:
        portal.remove()


def as_json(portal, query):
    found, target = [], f"/api/v1/projects?{query}&limit=7"
    while target:
        answer = portal.get(target).json
        found += [item["reference"] for item in answer["items"]]
        assert answer["total"] >= len(found)
        target = answer["next"]
    return found


def as_pages(portal, query):
    found, target = [], f"/projets?{query}"
    while target:
        page = portal.get(target).body.decode()
        found += re.findall(r'<p class="reference">([^<]+)', page)
        link = re.search(r'rel="next" href="([^"]+)"', page)
        target = link and html.unescape(link[1])
    return found


def as_table(portal, query):
    text = portal.get(f"/api/v1/projects.csv?{query}").body.decode()
    return [row["reference"] for row in csv.DictReader(io.StringIO(text, newline=""))]


def as_lines(portal, query):
    return [json.loads(line)["reference"] for line in portal.get(f"/api/v1/projects.jsonl?{query}").body.splitlines()]


def random_search(chance, facets, titles):
    fields = []
    for facet in chance.sample(FACETS, chance.randrange(3)):
        values = [item["value"] for item in facets[facet]["values"]]
        fields += [(facet, value) for value in chance.sample(values, min(len(values), chance.randrange(1, 3)))]
    if chance.random() < 0.6:
        fields.append(("q", chance.choice(re.findall(r"\w{4,}", chance.choice(titles)))))
    if chance.random() < 0.5:
        fields.append(("sort", chance.choice(["relevance", "title", "date"])))
    return urlencode(fields)


def test_the_same_search_finds_the_same_in_every_form(register):
    seed = int(os.environ.get("REGARD_SEED", random.randrange(1 << 30)))
    print(f"REGARD_SEED={seed}")
    chance = random.Random(seed)
    first = register.get("/api/v1/projects?facetLimit=1000&limit=1000").json
    titles = [item["title"].get("fr", "") for item in first["items"] if item["title"].get("fr")]
    sizes = set()
    for _ in range(SEARCHES):
        query = random_search(chance, first["facets"], titles)
        found = as_json(register, query)
        assert as_table(register, query) == found, query
        assert as_lines(register, query) == found, query
        assert as_pages(register, query) == found, query
        sizes.add(len(found))
    assert len(sizes) > 2


def test_facets_say_how_many_a_choice_will_find(register):
    counts = register.get("/api/v1/projects?facetLimit=1000").json["facets"]
    assert sorted(counts) == sorted(FACETS)
    for facet, told in counts.items():
        assert told["others"] == 0
        for value in told["values"]:
            found = register.get("/api/v1/projects?" + urlencode([(facet, value["value"])])).json
            assert found["total"] == value["count"], (facet, value)


def test_the_table_says_what_its_columns_are(register):
    metadata = register.get("/api/v1/projects.csv-metadata.json").json
    columns = metadata["tableSchema"]["columns"]
    answer = register.get("/api/v1/projects.csv")
    assert answer.headers["link"] == '</api/v1/projects.csv-metadata.json>; rel="describedby"'
    rows = list(csv.reader(io.StringIO(answer.body.decode(), newline="")))
    assert rows[0] == [column["name"] for column in columns]
    assert all(column["dc:description"]["fr"] and column["dc:description"]["en"] for column in columns)
    assert {len(row) for row in rows} == {len(columns)}
    packed = register.get("/api/v1/projects.csv", {"Accept-Encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip" and gzip.decompress(packed.body) == answer.body
    # A line is the record itself.
    line = json.loads(register.get("/api/v1/projects.jsonl?sort=title").body.splitlines()[0])
    record = register.get(f"/api/v1/projects/{line['reference']}").json
    assert {name: value for name, value in record.items() if name != "links"} == line
    # A file is whole: what pages a list is no parameter of it.
    for target in ("/api/v1/projects.csv?limit=5", "/api/v1/projects.jsonl?cursor=x", "/api/v1/projects.csv?satus=active"):
        refused = register.get(target)
        assert refused.status == 400 and refused.json["code"] == "unknownParameter", target
