"""The catalogue: as linked data that others' rules accept, its tables, its variables, and its files."""

import csv
import gzip
import io
import json
import re
from urllib.parse import quote, urlencode

import pytest
import rdflib
import rdflib.compare
from conformance import needs_shapes, shapes, violations, short
from corpus import corpus
from portal import Portal
from waiting import wait_for

needs_corpus = pytest.mark.skipif(
    corpus() is None, reason="SKIPPED: neither $REGARD_CORPUS nor ../shared/corpus has the registers")

DCAT = rdflib.Namespace("http://www.w3.org/ns/dcat#")
DCT = rdflib.Namespace("http://purl.org/dc/terms/")
HYDRA = rdflib.Namespace("http://www.w3.org/ns/hydra/core#")
HEALTH = rdflib.Namespace("http://healthdataportal.eu/ns/health#")
DCATAP = rdflib.Namespace("http://data.europa.eu/r5r/")

# What the shapes demand of each dataset.
MANDATORY = [DCT.title, DCT.description, DCT.accessRights, DCT.identifier, DCT.type, DCT.provenance, DCAT.theme,
             DCAT.distribution, DCAT.contactPoint, DCAT.keyword, DCATAP.applicableLegislation, HEALTH.hdab,
             HEALTH.healthCategory]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def register(request, server):
    """The demonstration's register, which nobody changes."""
    portal = Portal(request.param, server)
    try:
        yield portal.initialise("--demo").start()
    finally:
        portal.remove()


@pytest.fixture
def empty(request, server):
    """A register of a test's own."""
    portal = Portal("sqlite", server)
    try:
        yield portal.initialise().start()
    finally:
        portal.remove()


def turtle(portal, query=""):
    """The catalogue as Turtle, all parts of it together."""
    graph, target = rdflib.Graph(), f"/api/v1/catalogue.ttl{query}"
    while target:
        answer = portal.get(target)
        assert answer.status == 200, answer
        part = rdflib.Graph().parse(data=answer.body, format="turtle")
        link = re.search("<([^>]+)>; rel=\"next\"", answer.headers.get("link", ""))
        following = next(part.objects(None, HYDRA.next), None)
        assert (str(following).endswith(link[1]) if following else link is None), target
        graph += part
        target = link and link[1]
    return graph


def references(graph):
    return sorted(str(dataset).rsplit("/", 1)[1] for dataset in graph.subjects(rdflib.RDF.type, DCAT.Dataset))


@needs_shapes
def test_the_demonstration_is_a_complete_catalogue_and_loses_that_with_any_mandatory_property(register):
    rules = shapes()
    for query in ("", "?profile=healthdcat-ap"):
        graph = turtle(register, query)
        assert len(references(graph)) == 12
        assert violations(graph, rules) == set()
    # One dataset is enough to show it, and much faster.
    part = rdflib.Graph().parse(
        data=register.get("/api/v1/catalogue.ttl?profile=healthdcat-ap&limit=1").body, format="turtle")
    dataset = part.value(None, rdflib.RDF.type, DCAT.Dataset)
    assert violations(part, rules) == set()
    for lost in MANDATORY:
        graph = rdflib.Graph()
        graph += part
        assert (dataset, lost, None) in graph, lost
        graph.remove((dataset, lost, None))
        assert dataset in {rdflib.URIRef(name) for name, _ in violations(graph, rules)}, lost


def test_both_forms_say_the_same_and_the_client_chooses(register):
    target = "/api/v1/catalogue?limit=3"
    forms = {}
    for accept, type in [("text/turtle", "text/turtle"), ("application/ld+json", "application/ld+json"),
                         ("text/html, application/ld+json;q=0.9, text/turtle;q=0.2", "application/ld+json"),
                         ("application/json", "application/ld+json"), ("*/*", "text/turtle"),
                         ("text/*;q=0.5, application/ld+json;q=0.4", "text/turtle")]:
        answer = register.get(target, {"Accept": accept})
        assert answer.status == 200 and answer.headers["content-type"].startswith(type), accept
        assert "Accept" in answer.headers["vary"]
        forms[type] = answer
    one, other = (rdflib.Graph().parse(data=forms[type].body, format=form)
                  for type, form in [("text/turtle", "turtle"), ("application/ld+json", "json-ld")])
    assert len(one) > 100 and rdflib.compare.isomorphic(one, other)
    assert register.get(target, {"Accept": "image/png"}).status == 406
    assert register.get(target, {"Accept": "text/turtle;q=0"}).status == 406
    # The same again is not sent again.
    again = register.get(target, {"Accept": "text/turtle", "If-None-Match": forms["text/turtle"].headers["etag"]})
    assert again.status == 304 and not again.body


def test_parts_lead_on_to_the_last_and_only_what_changed_can_be_asked_for(register):
    whole = references(turtle(register))
    assert len(whole) == 12
    assert references(turtle(register, "?limit=5")) == whole
    first = rdflib.Graph().parse(data=register.get("/api/v1/catalogue.ttl?limit=5").body, format="turtle")
    assert len(references(first)) == 5 and [int(total) for total in first.objects(None, HYDRA.totalItems)] == [12]
    assert references(turtle(register, "?modifiedSince=2020-01-01")) == whole
    assert references(turtle(register, "?modifiedSince=2999-01-01T00:00:00Z")) == []
    for wrong, named in [("limit=0", "limit"), ("limit=1001", "limit"), ("profile=dcat", "profile"), ("cursor=x", "cursor"),
                         ("modifiedSince=hier", "modifiedSince"), ("modifiedSince=2026-02-30", "modifiedSince"),
                         ("q=x", "q"), ("modifiedSince=%FF", "encod")]:
        for end in ("ttl", "jsonld"):
            refused = register.get(f"/api/v1/catalogue.{end}?{wrong}")
            assert refused.status == 400 and named in refused.json["detail"].lower() + refused.json["detail"], wrong
    cursor = re.search("cursor=([^>&]+)", register.get("/api/v1/catalogue.ttl?limit=5").headers["link"])[1]
    assert register.get(f"/api/v1/catalogue.ttl?profile=healthdcat-ap&cursor={cursor}").status == 400


@needs_shapes
@needs_corpus
def test_what_the_corpus_breaks_is_what_is_reported_as_missing(empty):
    empty.command("import", "datasets", str(corpus() / "datasets.jsonl"))
    wait_for("the catalogue is shown", lambda: empty.get("/api/v1/datasets?limit=1").json["total"] == 61, seconds=20)
    graph = turtle(empty)
    assert len(references(graph)) == 61
    told = empty.run("doctor", "--json")
    assert told.returncode == 1, told
    reported = {(entry["reference"], gap["property"]) for entry in json.loads(told.stdout)["catalogue"]
                for gap in entry["gaps"]}
    found = violations(graph, shapes())
    broken = {(name.rsplit("/", 1)[1], property) for name, property in found if "/" in name}
    # What an organisation without an address breaks, the dataset that names it breaks as well.
    for name in {name for name, _ in found if "/" not in name}:
        [(dataset, property)] = graph.subject_predicates(rdflib.BNode(name))
        assert (str(dataset).rsplit("/", 1)[1], short(property)) in broken
    assert broken == reported and len({name for name, _ in broken}) == 61
    assert references(turtle(empty, "?profile=healthdcat-ap")) == []
    words = empty.run("doctor")
    assert words.returncode == 1 and "lacks description (dct:description, mandatory)" in words.stdout


def test_whatever_a_record_says_it_comes_out_as_linked_data(empty, tmp_path):
    nasty = "« \"a\" \\ <b> {c} \u0007 \u0085 \u2028 é\u0301 😀 \n\t'''\"\"\" @fr ^^xsd:x"
    record = {"reference": "a", "title": {"fr": nasty}, "description": {"en": nasty},
              "keywords": {"fr": [nasty, "x"]}, "publisher": {"name": nasty, "email": "a b@<x>", "type": nasty},
              "contacts": [{"email": "pas une adresse"}], "type": nasty, "legislation": ["loi <1>", "urn:x:y"],
              "healthCategories": ["https://exemple.invalid/<a>", "https://exemple.invalid/ok"], "doi": "10.1/<x>\"",
              "distributions": [{"url": "https://exemple.invalid/\"x\"", "format": nasty}],
              "provenance": {"fr": nasty}, "coverage": {"places": {"fr": nasty}, "period": {"startsOn": "2020-01-01"}}}
    file = tmp_path / "datasets.jsonl"
    file.write_text(json.dumps(record))
    empty.command("import", "datasets", str(file))
    wait_for("it is shown", lambda: empty.get("/api/v1/datasets?limit=1").json["total"] == 1, seconds=20)
    one = turtle(empty)
    other = rdflib.Graph().parse(data=empty.get("/api/v1/catalogue.jsonld").body, format="json-ld")
    dataset = one.value(None, rdflib.RDF.type, DCAT.Dataset)
    for graph in (one, other):
        assert str(graph.value(dataset, DCT.title)) == nasty
    assert {str(name) for name in one.objects(dataset, HEALTH.healthCategory)} == {"https://exemple.invalid/ok"}
    # Both ways of writing hold the same.
    parts = [rdflib.Graph().parse(data=empty.get(f"/api/v1/catalogue.{end}").body, format=form)
             for end, form in (("ttl", "turtle"), ("jsonld", "json-ld"))]
    views = [str(next(part.objects(None, HYDRA.view))) for part in parts]
    for part, view in zip(parts, views):
        part.remove((rdflib.URIRef(view), None, None))
        part.remove((None, HYDRA.view, None))
    assert rdflib.compare.isomorphic(*parts)


# Tables and variables


@needs_corpus
def test_the_tables_of_the_snds_come_in_under_one_dataset_for_each_product(empty, tmp_path):
    folder = corpus() / "snds-schema"
    products = sorted(path.name for path in folder.iterdir() if path.is_dir())
    assert len(products) == 12
    file = tmp_path / "datasets.jsonl"
    file.write_text("\n".join(json.dumps({"reference": name, "title": {"fr": name}}) for name in products))
    empty.command("import", "datasets", str(file))
    tables = variables = 0
    for product in products:
        files = sorted(map(str, (folder / product).glob("*.json")))
        dry = json.loads(empty.command("import", "tables", "--dataset", product, *files, "--dry-run", "--json"))
        report = json.loads(empty.command("import", "tables", "--dataset", product, *files, "--json"))
        assert dry["dryRun"] and {**dry, "dryRun": False} == report and not report["refused"]
        assert report["added"] == len(files)
        tables, variables = tables + report["added"], variables + report["variables"]
    assert (tables, variables) == (188, 4815)
    wait_for("all variables are found", lambda: empty.get("/api/v1/variables?limit=1").json["total"] == 4815, seconds=30)
    for product in products:
        listed = empty.get(f"/api/v1/datasets/{product}/tables").json
        assert listed["total"] == len(listed["items"]) == len(list((folder / product).glob("*.json")))
        for table in listed["items"]:
            schema = empty.get(table["links"]["self"]).json
            source = json.loads((folder / product / f"{table['name']}.json").read_text())
            assert [field["name"] for field in schema["fields"]] == [field["name"] for field in source["fields"]]
            page = empty.get(f"/bases/{product}/tables/{quote(table['name'])}", {"Accept": "text/html"})
            assert page.status == 200 and len(page.body) < 100 * 1024, table["name"]
    # Elision, accents and case do not matter; each database says how many it holds.
    found = empty.get("/api/v1/variables?" + urlencode({"q": "code sexe"})).json
    assert found["total"] > 5 and found["datasets"]["values"]
    same = empty.get("/api/v1/variables?" + urlencode({"q": "CODE SÉXE"})).json
    assert same["total"] == found["total"]
    holder = found["datasets"]["values"][0]
    one = empty.get("/api/v1/variables?" + urlencode({"q": "code sexe", "dataset": holder["value"]})).json
    assert one["total"] == holder["count"]
    again = json.loads(empty.command("import", "tables", "--dataset", products[0],
                                     *sorted(map(str, (folder / products[0]).glob("*.json"))), "--json"))
    assert again["added"] == again["changed"] == 0


def test_a_wrong_file_is_named_with_its_place_and_nothing_is_taken(empty, tmp_path):
    file = tmp_path / "datasets.jsonl"
    file.write_text(json.dumps({"reference": "a", "title": {"fr": "A"}}))
    empty.command("import", "datasets", str(file))
    good, bad = tmp_path / "T1.json", tmp_path / "T2.json"
    good.write_text(json.dumps({"fields": [{"name": "X"}]}))
    bad.write_text(json.dumps({"fields": [{"name": "X"}, {"name": "X"}]}))
    refused = empty.run("import", "tables", "--dataset", "a", str(good), str(bad))
    assert refused.returncode == 1 and f"{bad} /fields/1/name: there is another field" in refused.stdout
    assert empty.get("/api/v1/datasets/a/tables").json["total"] == 0
    unknown = empty.run("import", "tables", "--dataset", "inconnue", str(good))
    assert unknown.returncode == 1 and "inconnue" in unknown.stderr
    assert empty.run("import", "tables", str(good)).returncode == 2
    assert empty.run("import", "datasets", "--dataset", "a", str(file)).returncode == 2


def test_tables_and_variables_of_the_demonstration(register):
    tables = register.get("/api/v1/datasets/cancers-aubelande/tables").json
    assert [table["name"] for table in tables["items"]] == ["tumeur", "suivi"]
    schema = register.get("/api/v1/datasets/cancers-aubelande/tables/tumeur").json
    assert schema["title"] == "Tumeurs" and schema["fields"][0]["name"] == "pseudonyme"
    assert register.get("/api/v1/datasets/cancers-aubelande/tables/tumeur?language=en").json["title"] == "Tumours"
    for target in ("/api/v1/datasets/inconnue/tables", "/api/v1/datasets/cancers-aubelande/tables/rien",
                   "/bases/cancers-aubelande/tables/rien", "/api/v1/datasets/cancers-aubelande/tables/%2e%2e"):
        assert register.get(target).status == 404, target
    for target, named in [("/api/v1/datasets/cancers-aubelande/tables/tumeur?language=de", "language"),
                          ("/api/v1/variables?limit=0", "limit"), ("/api/v1/variables?cursor=x", "cursor"),
                          ("/api/v1/variables?sort=x", "sort"), ("/api/v1/variables?q=%FF", "encod")]:
        refused = register.get(target)
        assert refused.status == 400 and named in refused.json["detail"], target
    long = register.get("/api/v1/variables?" + urlencode({"q": "tension " * 900}))
    assert long.status == 200 and long.json["total"] >= 0
    found = register.get("/api/v1/variables?q=tension").json
    assert [(item["dataset"]["reference"], item["name"]) for item in found["items"]] == [
        ("eds-valbrume", "tension_systolique")]
    page = register.get("/variables?q=tension").body.decode()
    assert "tension_systolique" in page and "Valbrume" in page


# Files


def test_the_same_search_finds_the_same_datasets_in_every_form(register):
    sizes = set()
    for query in ("", "q=cancer", "q=h%C3%B4pitaux", "q=%22soins+de+ville%22", "q=zzzz", "q=d%27aubelande"):
        found, target = [], f"/api/v1/datasets?{query}&limit=5"
        while target:
            answer = register.get(target).json
            found += [item["reference"] for item in answer["items"]]
            target = answer["next"]
        text = register.get(f"/api/v1/datasets.csv?{query}").body.decode()
        assert [row["reference"] for row in csv.DictReader(io.StringIO(text, newline=""))] == found, query
        lines = register.get(f"/api/v1/datasets.jsonl?{query}").body.splitlines()
        assert [json.loads(line)["reference"] for line in lines] == found, query
        page = register.get(f"/bases?{query}").body.decode()
        assert re.findall(r'<h3><a href="/bases/([^"]+)"', page) == found, query
        sizes.add(len(found))
    assert len(sizes) > 2


def test_the_table_of_datasets_says_what_its_columns_are(register):
    metadata = register.get("/api/v1/datasets.csv-metadata.json").json
    answer = register.get("/api/v1/datasets.csv")
    assert answer.headers["link"] == '</api/v1/datasets.csv-metadata.json>; rel="describedby"'
    rows = list(csv.reader(io.StringIO(answer.body.decode(), newline="")))
    columns = metadata["tableSchema"]["columns"]
    assert rows[0] == [column["name"] for column in columns] and {len(row) for row in rows} == {len(columns)}
    packed = register.get("/api/v1/datasets.csv", {"Accept-Encoding": "gzip"})
    assert gzip.decompress(packed.body) == answer.body
    line = json.loads(register.get("/api/v1/datasets.jsonl").body.splitlines()[0])
    record = register.get(f"/api/v1/datasets/{line['reference']}").json
    assert {name: value for name, value in record.items() if name not in ("links", "projects")} == line
    for target in ("/api/v1/datasets.csv?limit=5", "/api/v1/datasets.jsonl?cursor=x"):
        refused = register.get(target)
        assert refused.status == 400 and refused.json["code"] == "unknownParameter", target
