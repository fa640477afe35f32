"""The whole public site, page by page: nothing broken, nothing heavy, valid HTML, in both languages."""

import urllib.request
import xml.etree.ElementTree as ElementTree
from urllib.parse import urlsplit

import html5lib
import pytest
from crawl import ALTERNATE, SITEMAP, Crawl
from portal import Portal

HEAVIEST = 100 * 1024


@pytest.fixture(scope="module")
def portal():
    portal = Portal("sqlite").initialise("--demo").start()
    yield portal
    portal.remove()


@pytest.fixture(scope="module")
def site(portal):
    return Crawl(portal.origin).run()


def test_no_link_is_broken(site):
    assert site.broken == []
    assert len(site.pages) > 150


def test_each_fragment_and_each_reference_has_its_place(site):
    assert site.dead_fragments() == []
    assert site.dead_references() == []
    assert site.doubled_ids() == []


def test_each_page_has_its_twin(site):
    assert site.without_twin() == []


def test_each_page_is_light(site):
    """With its style sheets and its script, which all pages share: what a first visit costs without compression."""
    heavy = {}
    for path, page in site.pages.items():
        shared = sum(len(site.ask(site.inside(path, asset))[2]) for asset in set(page.assets)
                     if site.inside(path, asset) and urlsplit(asset).path.startswith(("/css/", "/js/", "/images/")))
        if site.sizes[path] + shared > HEAVIEST:
            heavy[path] = site.sizes[path] + shared
    assert heavy == {}


def test_each_page_is_valid_html(site):
    """html5lib reads as browsers do, and tells where it had to mend."""
    faults = {}
    for path, page in site.pages.items():
        parser = html5lib.HTMLParser(namespaceHTMLElements=False)
        parser.parse(page.body.decode("utf-8"))
        if parser.errors:
            faults[path] = [(place, code, str(values)) for place, code, values in parser.errors[:3]]
    assert faults == {}


def test_nothing_comes_from_elsewhere(site):
    for path, page in site.pages.items():
        for asset in page.assets:
            assert asset.startswith("/") and not asset.startswith("//"), (path, asset)


def test_the_map_names_every_page_that_may_be_found(portal, site):
    named = set(site.sitemap())
    # Pages that are for one reader, or that repeat another, say that they are not to be found.
    findable = {path for path, page in site.pages.items() if "?" not in path and b'content="noindex"' not in page.body}
    personal = {path for path in findable if b"no-store" in headers(portal, path).get("Cache-Control", "").encode()}
    assert findable - personal - named == set()
    root = ElementTree.fromstring(site.ask("/sitemap.xml")[2])
    for entry in root.iter(f"{SITEMAP}url"):
        twins = {link.get("hreflang"): link.get("href") for link in entry.iter(ALTERNATE)}
        assert set(twins) == {"fr", "en"}
        assert entry.findtext(f"{SITEMAP}loc") in twins.values()


def headers(portal, path):
    with urllib.request.urlopen(urllib.request.Request(portal.origin + path, method="HEAD"), timeout=30) as answer:
        return dict(answer.headers)


def test_robots_are_told_where_the_map_is_and_what_is_for_one_reader(portal):
    text = portal.get("/robots.txt").text
    assert "Disallow: /suivi" in text and "Disallow: /en/follow" in text and "Disallow: /operateur" in text
    line = next(line for line in text.splitlines() if line.startswith("Sitemap: "))
    assert urlsplit(line.removeprefix("Sitemap: ")).path == "/sitemap.xml"
    assert "Disallow: /\n" not in text


def test_public_answers_may_be_kept_by_a_shared_cache(portal):
    project = portal.get("/api/v1/projects?limit=1").json["items"][0]["reference"]
    for path in ["/", "/projets", f"/projets/{project}", "/glossaire", "/api/v1/projects", f"/api/v1/projects/{project}",
                 "/api/v1/projects.csv", "/sitemap.xml", "/robots.txt"]:
        found = headers(portal, path)
        assert "public" in found["Cache-Control"] and "no-cache" not in found["Cache-Control"], path
        assert "Set-Cookie" not in found, path
    for path in ["/suivi", "/operateur", "/droits/exercer"]:
        assert headers(portal, path)["Cache-Control"] == "no-store", path
