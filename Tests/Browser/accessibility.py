"""What axe says of a page."""

import re

from axe_playwright_python.sync_playwright import Axe


def faults(page, judge=None):
    """What axe finds wrong in `page`, one line each.

    Axe needs a script. Where `page` runs none (it would wait for itself for ever), `judge` is a page that does: it is
    shown the same content.
    """
    if judge:
        address = page.url.split("#")[0]
        content = re.sub(r"<script.*?</script>", "", page.content(), flags=re.S)
        judge.unroute_all()
        judge.route(address, lambda route: route.fulfill(body=content, content_type="text/html; charset=utf-8"))
        judge.goto(address)
    found = Axe().run(judge or page, options={"resultTypes": ["violations"]}).response["violations"]
    return [f"{fault['impact']} {fault['id']}: {node['target']} {node['html'][:200]}"
            for fault in found for node in fault["nodes"]]
