#!/usr/bin/env python3
"""Looks at every page of the public site in a browser: `make crawl`.

The tests look at one page of each kind. This looks at all that links and the site's map lead to, in both languages: axe on a
telephone by day and on a wide screen by night, whether something sticks out at 320, 390 and 1280 pixels, and what the crawl of the
tests asks (links, fragments, twins, valid HTML). It takes about ten minutes on two cores. Exit status 1 where anything is found.
"""

import argparse
import json
import os
import re
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / "Journey")]

import html5lib  # noqa: E402
from axe_playwright_python.sync_playwright import Axe  # noqa: E402
from crawl import Crawl  # noqa: E402
from playwright.sync_api import sync_playwright  # noqa: E402
from portal import UNLIMITED, Portal  # noqa: E402

# A telephone by day, a wide screen by night.
WAYS = ((390, "light"), (1280, "dark"))
# The narrowest window in which a page must need no scrolling sideways (WCAG 1.4.10).
NARROWEST = 320
# Filters combine without end: so many addresses with a query are looked at of each page.
QUERIES = 3
SIDEWAYS = "document.documentElement.scrollWidth"


def addresses(site):
    """Every page, and of those with a query some of each."""
    found, asked = sorted(site.pages), {}
    for path, page in sorted(site.pages.items()):
        for link in page.links:
            target = site.inside(path, link)
            if target and "?" in target and target not in site.pages and site.ask(target)[1].startswith("text/html"):
                asked.setdefault(target.split("?")[0], set()).add(target)
    for _, targets in sorted(asked.items()):
        found += sorted(targets, key=lambda target: (len(target), target))[:QUERIES]
    return found


def look(origin, paths, name):
    """What axe and the widths tell of some pages, by address."""
    faults, began = {}, time.monotonic()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("REGARD_CHROMIUM", "/usr/bin/chromium"), args=["--no-sandbox"])
        pages = [(width, scheme, browser.new_context(
            base_url=origin, viewport={"width": width, "height": 900}, color_scheme=scheme).new_page())
            for width, scheme in WAYS]
        for place, path in enumerate(paths):
            found = []
            for width, scheme, page in pages:
                answer = page.goto(path)
                if answer.status >= 400:
                    found.append(f"status {answer.status}")
                    break
                for fault in Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]:
                    found += [f"{scheme} {width}: {fault['impact']} {fault['id']}: {node['target']} {node['html'][:160]}"
                              for node in fault["nodes"]]
                if (wide := page.evaluate(SIDEWAYS)) > width:
                    found.append(f"{wide} px wide in a window of {width}")
                if width == WAYS[0][0]:
                    page.set_viewport_size({"width": NARROWEST, "height": 900})
                    if (wide := page.evaluate(SIDEWAYS)) > NARROWEST:
                        found.append(f"{wide} px wide in a window of {NARROWEST}")
                    page.set_viewport_size({"width": width, "height": 900})
            if found:
                faults[path] = found
            if (place + 1) % 25 == 0:
                print(f"{name}: {place + 1} of {len(paths)} in {time.monotonic() - began:.0f} s, {len(faults)} with faults",
                      file=sys.stderr, flush=True)
        browser.close()
    return faults


def of_the_crawl(site):
    """What the crawl itself finds, by address."""
    found = {}
    for path, status, source in site.broken:
        found.setdefault(path, []).append(f"status {status}, linked from {source}")
    for what, lines in (("dead fragment", site.dead_fragments()), ("doubled id", site.doubled_ids()),
                        ("nothing has this id", site.dead_references()), ("no twin", site.without_twin())):
        for path, detail in lines:
            found.setdefault(path, []).append(f"{what}: {detail}")
    for path, page in site.pages.items():
        parser = html5lib.HTMLParser(namespaceHTMLElements=False)
        parser.parse(page.body.decode("utf-8"))
        found.setdefault(path, []).extend(f"HTML: {place} {code} {values}" for place, code, values in parser.errors[:3])
    return {path: lines for path, lines in found.items() if lines}


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--origin", help="a portal that serves already; without it a demonstration is started")
    arguments.add_argument("--only", help="look at the addresses alone that match this regular expression")
    arguments.add_argument("--at-once", type=int, default=2, help="how many browsers (2)")
    chosen = arguments.parse_args()
    began = time.monotonic()
    portal = None if chosen.origin else Portal("sqlite", environment=UNLIMITED)
    try:
        if portal:
            portal.initialise("--demo").start()
        origin = chosen.origin or portal.origin
        site = Crawl(origin).run()
        paths = [path for path in addresses(site) if not chosen.only or re.search(chosen.only, path)]
        print(f"{len(site.pages)} pages in the crawl; {len(paths)} to look at", file=sys.stderr, flush=True)
        faults = of_the_crawl(site)
        parts = [paths[place::chosen.at_once] for place in range(chosen.at_once)]
        with ProcessPoolExecutor(chosen.at_once) as pool:
            for part in pool.map(look, [origin] * len(parts), parts, [f"browser {n + 1}" for n in range(len(parts))]):
                for path, lines in part.items():
                    faults.setdefault(path, []).extend(lines)
    finally:
        if portal:
            portal.remove()
    print(json.dumps(faults, indent=1, ensure_ascii=False) if faults else "Nothing found.")
    english = sum(path == "/en" or path.startswith("/en/") for path in paths)
    print(f"{len(paths)} pages ({len(paths) - english} French, {english} English) in {time.monotonic() - began:.0f} s: "
          f"{len(faults)} with faults", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
