"""The lists as files: the same search finds the same as pages, as JSON, CSV and JSON Lines, and in the same order."""

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


def in_every_form(portal, name, query, key):
    """What a list finds as JSON, page by page, once CSV and JSON Lines are seen to be the same."""
    items, target = [], f"/api/v1/{name}?{query}&limit=9"
    while target:
        answer = portal.get(target).json
        items += answer["items"]
        assert answer["total"] >= len(items)
        target = answer["next"]
    assert answer["total"] == len(items), query
    lines = portal.get(f"/api/v1/{name}.jsonl?{query}").body.splitlines()
    assert [json.loads(line) for line in lines] == items, query
    table = portal.get(f"/api/v1/{name}.csv?{query}")
    assert table.headers["link"] == f'</api/v1/{name}.csv-metadata.json>; rel="describedby"'
    rows = list(csv.DictReader(io.StringIO(table.body.decode(), newline="")))
    described = portal.get(f"/api/v1/{name}.csv-metadata.json").json["tableSchema"]
    assert not rows or list(rows[0]) == [column["name"] for column in described["columns"]]
    names = described["primaryKey"] if isinstance(described["primaryKey"], list) else [described["primaryKey"]]
    assert [key(item) for item in items] == [tuple(row[column] for column in names) for row in rows], query
    return items


def on_pages(portal, target, pattern):
    found = []
    while target:
        page = portal.get(target).body.decode()
        found += re.findall(pattern, page)
        link = re.search(r'rel="next" href="([^"]+cursor=[^"]+)"', page)
        target = link and html.unescape(link[1])
    return found


def test_the_same_search_finds_the_same_variables_in_every_form(register):
    seed = int(os.environ.get("REGARD_SEED", random.randrange(1 << 30)))
    print(f"REGARD_SEED={seed}")
    chance, sizes = random.Random(seed), set()
    every = register.get("/api/v1/variables?limit=1000").json["items"]
    words = [word for item in every for word in re.findall(r"[^\W_]{4,}", item["name"] + " " + item.get("title", {}).get("fr", ""))]
    for _ in range(SEARCHES // 2):
        fields = {}
        if chance.random() < 0.7:
            fields["q"] = chance.choice(words)
        if chance.random() < 0.4:
            fields["dataset"] = chance.choice(every)["dataset"]["reference"]
        query = urlencode(fields)
        items = in_every_form(
            register, "variables", query, lambda item: (item["dataset"]["reference"], item["table"]["name"], item["name"]))
        shown = on_pages(register, f"/variables?{query}", r'<h3><a href="[^"]+"><span class="mono">([^<]+)')
        assert shown == [item["name"] for item in items], query
        sizes.add(len(items))
    assert len(sizes) > 2


def test_the_same_filter_finds_the_same_changes_in_every_form(register):
    seed = int(os.environ.get("REGARD_SEED", random.randrange(1 << 30)))
    print(f"REGARD_SEED={seed}")
    chance, sizes = random.Random(seed), set()
    every = register.get("/api/v1/changes?limit=1000").json["items"]
    months = sorted({item["recordedAt"][:7] for item in every})
    for _ in range(SEARCHES // 2):
        # Without a kind the page shows projects and databases.
        kinds = chance.choice([["project"], ["dataset"], ["release"], []])
        fields = {"kind": kinds or ["project", "dataset"]}
        if chance.random() < 0.5:
            fields["act"] = chance.choice(["added", "changed", "corrected", "removed"])
        month = chance.choice(months)
        items = in_every_form(
            register, "changes", urlencode({**fields, "month": month}, doseq=True), lambda item: (str(item["change"]),))
        shown = on_pages(
            register, f"/changements/{month}?{urlencode({**fields, 'kind': kinds, 'typography': 'shown'}, doseq=True)}",
            '<p class="change-title">')
        assert len(shown) == len(items), (month, fields)
        in_every_form(register, "changes", urlencode({**fields, "since": chance.choice(every)["change"]}, doseq=True),
                      lambda item: (str(item["change"]),))
        sizes.add(len(items))
    assert len(sizes) > 2
    for target in ("month=2026-13", "month=2026", "month=2026-01&since=3", "limit=3"):
        refused = register.get(f"/api/v1/changes.csv?{target}")
        assert refused.status == 400, target


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
