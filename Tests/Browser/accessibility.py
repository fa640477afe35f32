"""What axe says of a page."""

import re

from axe_playwright_python.sync_playwright import Axe

# What has been looked at already: the same elements with the same words, at the same width, in the same colours.
_known = {}


def shape(page, width, scheme):
    """What decides what axe finds: everything but the numbers and what was typed."""
    content = re.sub(r"<script.*?</script>", "", page.content(), flags=re.S)
    content = re.sub(r' (value|content|href|action)="[^"]*"', r' \1=""', content)
    content = re.sub(r"(<textarea[^>]*>).*?</textarea>", r"\1</textarea>", content, flags=re.S)
    content = re.sub(r"\bR-20\d\d-[0-9A-Z]{6}\b", "R", content)
    return width, scheme, re.sub(r"\d+", "0", content)


def faults(page, judge=None):
    """What axe finds wrong in `page`, one line each.

    Axe needs a script. Where `page` runs none (it would wait for itself for ever), `judge` is a page that does: it is
    shown the same content. A form that forty stories go through is judged once: of a page that differs in numbers and in what was
    typed alone, the verdict is known.
    """
    judging = judge or page
    scheme = judging.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    key = shape(page, judging.viewport_size["width"], scheme)
    if key not in _known:
        if judge:
            address = page.url.split("#")[0]
            content = re.sub(r"<script.*?</script>", "", page.content(), flags=re.S)
            judge.unroute_all()
            judge.route(address, lambda route: route.fulfill(body=content, content_type="text/html; charset=utf-8"))
            judge.goto(address)
        found = Axe().run(judging, options={"resultTypes": ["violations"]}).response["violations"]
        _known[key] = [f"{fault['impact']} {fault['id']}: {node['target']} {node['html'][:200]}"
                       for fault in found for node in fault["nodes"]]
    return _known[key]
