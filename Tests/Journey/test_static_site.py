"""The public half as files: nginx serves them, and the same crawl finds nothing broken."""

import csv
import io
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from crawl import Crawl
from portal import Portal, free_port
from waiting import wait_for

PROJECT = Path(__file__).resolve().parents[2]

CONFIGURATION = """
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 64; }}
http {{
    types {{ text/html html; text/css css; text/javascript js; image/svg+xml svg; application/json json; text/csv csv;
             application/xml xml; application/atom+xml atom; text/plain txt; application/jsonl jsonl; }}
    access_log off; charset utf-8; client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
    uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s; absolute_redirect off;
    server {{ listen 127.0.0.1:{port}; root {site}; error_page 404 /404.html; }}
}}
"""


@pytest.fixture(scope="module")
def portal():
    # Another address than nginx's, as citizens would know it.
    portal = Portal("sqlite", environment={"REGARD_PORTAL": "https://portail.example"}).initialise("--demo").start()
    yield portal
    portal.remove()


@pytest.fixture(scope="module")
def copy(portal):
    """Where the copy is, and what was said of it."""
    place = portal.folder / "site"
    said = portal.command("export", "site", "--output", str(place))
    return place, said


@pytest.fixture(scope="module")
def nginx(copy, tmp_path_factory):
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    if not os.access(program, os.X_OK):
        pytest.fail("no nginx (Debian: apt-get install nginx-light)", pytrace=False)
    folder, port = tmp_path_factory.mktemp("nginx"), free_port()
    (folder / "nginx.conf").write_text(CONFIGURATION.format(folder=folder, port=port, site=copy[0]))
    # As root it would give its work to another user, who may not read the test's folder.
    user = ["-g", "user root;"] if os.geteuid() == 0 else []
    process = subprocess.Popen([program, "-p", str(folder), "-c", str(folder / "nginx.conf"), *user],
                               stderr=subprocess.DEVNULL)
    origin = f"http://127.0.0.1:{port}"

    def serves():
        assert process.poll() is None, "nginx has ended"
        try:
            return Crawl(origin).ask("/")[0] == 200
        except OSError:
            return False

    wait_for("nginx serves", serves)
    yield origin
    process.terminate()
    process.wait(timeout=20)


@pytest.fixture(scope="module")
def site(nginx):
    return Crawl(nginx, outside="https://portail.example").run()


def test_the_same_crawl_finds_nothing_broken(site):
    assert site.broken == []
    assert site.dead_fragments() == []
    assert site.doubled_ids() == []
    assert len(site.pages) > 150
    assert {page.language for page in site.pages.values()} == {"fr", "en"}


def test_it_holds_every_record(portal, site):
    """Everything that the portal shows is there, in both languages, as it is there."""
    live = Crawl(portal.origin).run(starts=("/", "/en/"))
    served = {path.rstrip("/") for path in site.pages}
    lacking = {path for path in live.pages if path.rstrip("/") not in served and "?" not in path
               and not live.ask(path)[2].count(b'content="noindex"') and not is_personal(portal, path)}
    assert lacking == set()
    for item in portal.get("/api/v1/projects?limit=200").json["items"]:
        path = f"/projets/{item['reference']}"
        heading = live.pages[path].body.decode().split("<h1")[1].split("</h1>")[0]
        assert heading in site.ask(path + "/")[2].decode()


def is_personal(portal, path):
    return portal.get(path, {"Accept": "text/html"}).headers.get("cache-control") == "no-store"


def test_lists_go_on_page_by_page(portal, site):
    parts = {path: page for path, page in site.pages.items() if re.fullmatch(r"/projets/(~\d+/)?", path)}
    items = [item["reference"] for item in portal.get("/api/v1/projects?limit=200").json["items"]]
    assert sorted(parts) == sorted(["/projets/", *(f"/projets/~{n}/" for n in range(2, len(parts) + 1))])
    assert len(parts) == -(-len(items) // 20)
    found = [link for page in parts.values() for link in set(page.links) if re.fullmatch(r"/projets/[^~/]+/", link)]
    assert sorted(found) == sorted(f"/projets/{reference}/" for reference in items)


def test_what_needs_the_server_leads_to_the_portal_and_says_so(site):
    home = site.pages["/"].body.decode()
    assert 'action="https://portail.example/projets"' in home
    assert "Cette page est une copie" in home
    assert 'href="https://portail.example/suivi"' in home
    assert any(link.startswith("https://portail.example/droits/exercer") for link in site.led_out)
    assert "This page is a copy" in site.pages["/en/"].body.decode()


def test_the_data_are_there_too(portal, copy):
    place, _ = copy
    rows = list(csv.DictReader(io.StringIO((place / "api/v1/projects.csv").read_text(encoding="utf-8-sig"))))
    assert len(rows) == portal.get("/api/v1/projects?limit=1").json["total"]
    for line in (place / "api/v1/projects.jsonl").read_text(encoding="utf-8").splitlines():
        reference = json.loads(line)["reference"]
        assert json.loads((place / f"api/v1/projects/{reference}.json").read_bytes())["reference"] == reference
    for name in ("sitemap.xml", "robots.txt", "404.html", "api/v1/openapi.json", "css/regard.css", "js/regard.js"):
        assert (place / name).stat().st_size > 100, name


def test_nobody_sees_half_a_copy_and_no_strange_folder_is_replaced(portal, copy):
    place, said = copy
    assert "files" in said
    before = place.stat().st_ino
    (place / "projets/index.html").write_text("old")
    portal.command("export", "site", "--output", str(place))
    assert place.stat().st_ino != before
    assert (place / "projets/index.html").read_text(encoding="utf-8") != "old"
    assert [path.name for path in place.parent.iterdir() if path.name.startswith(".site")] == []
    strange = portal.folder / "strange"
    strange.mkdir(exist_ok=True)
    (strange / "kept.txt").write_text("mine")
    refused = portal.run("export", "site", "--output", str(strange))
    assert refused.returncode == 3 and (strange / "kept.txt").read_text() == "mine"
    assert portal.run("export", "site", "--output", "-").returncode == 2


def test_data_are_exported_by_themselves(portal):
    total = portal.get("/api/v1/projects?limit=1").json["total"]
    place = portal.folder / "projects.jsonl"
    portal.command("export", "projects", "--format", "jsonl", "--output", str(place))
    assert len(place.read_text(encoding="utf-8").splitlines()) == total
    said = portal.command("export", "projects", "--format", "csv", "--output", "-")
    # What is read as text has other ends of lines.
    assert said.splitlines() == portal.get("/api/v1/projects.csv").text.splitlines()
    assert portal.run("export", "projects", "--format", "ttl", "--output", str(place)).returncode == 2
