"""A walk through a whole site, link by link, as a search engine would do it."""

import re
import urllib.error
import urllib.request
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser
from urllib.parse import unquote, urljoin, urlsplit

SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
ALTERNATE = "{http://www.w3.org/1999/xhtml}link"


class Page(HTMLParser):
    """What of a page the crawl looks at."""

    def __init__(self, address, body):
        super().__init__(convert_charrefs=True)
        self.address = address
        self.body = body
        self.links = []
        self.assets = []
        self.ids = []
        self.twins = {}
        self.language = None
        self.references = []
        self.feed(body.decode("utf-8"))

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        if "id" in found:
            self.ids.append(found["id"])
        if tag == "html":
            self.language = found.get("lang")
        if tag in ("a", "area") and found.get("href"):
            self.links.append(found["href"])
        if tag == "link" and found.get("href"):
            if found.get("rel") == "alternate" and found.get("hreflang"):
                self.twins[found["hreflang"]] = found["href"]
                self.links.append(found["href"])
            else:
                self.assets.append(found["href"])
        if tag in ("script", "img") and found.get("src"):
            self.assets.append(found["src"])
        for name in ("for", "aria-labelledby", "aria-describedby", "aria-controls"):
            self.references += (found.get(name) or "").split()


class Crawl:
    """The pages of the site at `origin`. A link with a query is asked for once and not walked on from, except where it
    only leads to the next part of a list.

    - outside: addresses of the portal itself that a copy of it may lead to; they are not asked for.
    """

    def __init__(self, origin, outside=None, ignoring=()):
        self.origin = origin.rstrip("/")
        self.outside = outside
        self.ignoring = tuple(ignoring)
        self.pages = {}
        self.sizes = {}
        self.broken = []
        self.led_out = set()
        self._asked = {}

    def ask(self, path):
        """Status, type and body; redirections within the site are followed."""
        if path not in self._asked:
            request = urllib.request.Request(self.origin + path, headers={"Accept": "text/html, */*"})
            try:
                with urllib.request.urlopen(request, timeout=60) as answer:
                    self._asked[path] = answer.status, answer.headers.get("Content-Type") or "", answer.read()
            except urllib.error.HTTPError as error:
                self._asked[path] = error.code, error.headers.get("Content-Type") or "", error.read()
        return self._asked[path]

    def run(self, starts=("/", "/en/")):
        waiting = [*starts, *self.sitemap()]
        seen = set(waiting)
        while waiting:
            path = waiting.pop()
            status, kind, body = self.ask(path)
            if status != 200:
                self.broken.append((path, status, "asked for"))
                continue
            if not kind.startswith("text/html"):
                continue
            page = Page(path, body)
            self.pages[path] = page
            self.sizes[path] = len(body)
            for link in page.links + page.assets:
                target = self.inside(path, link)
                if target is None or target.startswith(self.ignoring):
                    continue
                if "?" in target and not re.fullmatch(r"[^?]*\?(cursor|month|mois)=[^&]*", target):
                    if target not in seen:
                        seen.add(target)
                        status = self.ask(target)[0]
                        if status != 200:
                            self.broken.append((target, status, path))
                    continue
                if target not in seen:
                    seen.add(target)
                    waiting.append(target)
        return self

    def inside(self, path, link):
        """The path of a link that stays on the site, without its fragment; nil for others."""
        absolute = urljoin(self.origin + path, link)
        parts = urlsplit(absolute)
        if parts.scheme not in ("http", "https"):
            return None
        if self.outside and absolute.startswith(self.outside):
            self.led_out.add(absolute)
            return None
        if not absolute.startswith(self.origin + "/"):
            return None
        return parts.path + (f"?{parts.query}" if parts.query else "")

    def sitemap(self, path="/sitemap.xml"):
        """The paths that the site's map names, through its index where it has one."""
        status, _, body = self.ask(path)
        if status != 200:
            self.broken.append((path, status, "robots"))
            return []
        root = ElementTree.fromstring(body)
        found = []
        for entry in root:
            address = urlsplit(entry.findtext(f"{SITEMAP}loc"))
            if root.tag == f"{SITEMAP}sitemapindex":
                found += self.sitemap(address.path)
            else:
                found.append(address.path)
        return found

    # What must be true of every page

    def dead_fragments(self):
        """Links to a place of a page that is not there."""
        dead = []
        for path, page in self.pages.items():
            for link in page.links:
                target, _, fragment = link.partition("#")
                if not fragment:
                    continue
                there = self.inside(path, link)
                other = page if there is None and not target else self.pages.get(there)
                if there and there.split("?")[0] == path.split("?")[0] and not target:
                    other = page
                if other and unquote(fragment) not in other.ids:
                    dead.append((path, link))
        return dead

    def doubled_ids(self):
        return [(path, name) for path, page in self.pages.items() for name in set(page.ids) if page.ids.count(name) > 1]

    def dead_references(self):
        return [(path, name) for path, page in self.pages.items() for name in set(page.references)
                if name not in page.ids]

    def without_twin(self):
        """Pages whose twin does not lead back to them."""
        found = []
        for path, page in self.pages.items():
            other = {"fr": "en", "en": "fr"}.get(page.language)
            twin = self.pages.get(self.inside(path, page.twins.get(other, "")) or "")
            if set(page.twins) != {"fr", "en"}:
                found.append((path, page.twins))
            elif "?" not in path and (twin is None or self.inside(path, twin.twins.get(page.language, "")) != path):
                found.append((path, page.twins))
        return found
