"""Every form of the citizens' pages, sent what no browser would send: no answer may be a fault of ours, and none may show
a stranger somebody else's case."""

import os
import re
from html.parser import HTMLParser
from urllib.parse import quote_plus

import pytest
from filing_form import FilingForm
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from people import People
from portal import UNLIMITED, Portal

EXAMPLES = int(os.environ.get("REGARD_FUZZ_EXAMPLES", "25")) * 60
# A draft of some thousand characters; what is longer is tried once, in test_bad_input.
LONG = "é" * 6_000


class Forms(HTMLParser):
    """The forms of a page: where each goes, and the names of its fields."""

    def __init__(self, text):
        super().__init__()
        self.found, self._action = {}, None
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "form":
            self._action = attributes.get("action") if attributes.get("method") == "post" else None
            if self._action:
                self.found.setdefault(self._action, {})
        elif self._action and attributes.get("name"):
            values = self.found[self._action].setdefault(attributes["name"], set())
            if attributes.get("value"):
                values.add(attributes["value"])

    def handle_endtag(self, tag):
        if tag == "form":
            self._action = None


@pytest.fixture(scope="module")
def house():
    """A portal with a stranger's case, an attacker with a draft and a case of their own, and every form they can see."""
    portal = Portal("sqlite", environment=UNLIMITED).initialise("--demo").start()
    try:
        portal.canary, attacker = People(count=1)[0], People(count=1)[0]
        portal.filed = portal.file(portal.canary)
        own = portal.file(attacker)
        opened = portal.post_form("/suivi", f"reference={own['reference']}&secret={quote_plus(own['secret'])}")
        portal.session = f"__Host-suivi={opened.cookie('__Host-suivi')}"
        form = FilingForm(portal)
        assert form.fill(attacker) is None
        draft = form.cookie
        portal.forms = {}
        pages = ["/suivi", "/suivi/recepisse", "/suivi/code-perdu", "/mes-choix", "/identification", "/operateur",
                 *(form.address(step) for step in ("", "/pour-qui", "/portee", "/personne", "/contact",
                                                   "/verification", "/precisions", "/bases", "/projets"))]
        for page in pages + ["/en/follow", "/en/rights/request/person"]:
            cookie = f"{portal.session}; __Host-demande={draft}"
            for headers in ({"Accept": "text/html"}, {"Accept": "text/html", "Cookie": cookie}):
                answer = portal.get(page, headers)
                assert answer.status < 500, f"{page}: {answer}"
                for action, fields in Forms(answer.text).found.items():
                    known = portal.forms.setdefault(action, {})
                    for name, values in fields.items():
                        known.setdefault(name, set()).update(values)
        portal.draft = f"__Host-demande={draft}"
        yield portal
    finally:
        portal.remove()


def test_the_forms_are_found(house):
    """Otherwise the next test would try nothing."""
    actions = set(house.forms)
    assert {"/suivi", "/suivi/message", "/droits/exercer/personne", "/droits/exercer/verification", "/operateur",
            "/en/follow"} <= actions, sorted(actions)
    assert {"birthName", "nir", "sex"} <= set(house.forms["/droits/exercer/personne"])


def words(known):
    """A field's value: one that the form offers, something near what it wants, or anything at all."""
    near = ["", " ", "0", "-1", "31", "2", "1958", "99999999999999999999", "R-2026-000000", "F", "yes", "all", "projects",
            "a@b.example", "185057800608491", "1850578 006084 91", "' OR 1=1 --", "{{frame.institution}}", "<script>",
            "\u202e\u0301", "\r\nSet-Cookie: a=b", "%00", LONG]
    return st.one_of(st.sampled_from(sorted(known) + near), st.text(max_size=40))


@st.composite
def bodies(draw, forms):
    """A form's address, and the bytes and headers of a request to it."""
    action = draw(st.sampled_from(sorted(forms)))
    fields = forms[action]
    pairs = []
    for name in sorted(fields):
        for _ in range(draw(st.sampled_from([1, 1, 1, 1, 0, 2]))):
            pairs.append((name, draw(words(fields[name]))))
    pairs += draw(st.lists(st.tuples(st.sampled_from(["act", "nonsense", "reference", "__proto__", "nir[]"]),
                                     st.text(max_size=10)), max_size=2))
    kind = draw(st.sampled_from(["form"] * 6 + ["broken", "multipart", "bytes", "json"]))
    body = "&".join(f"{quote_plus(name)}={quote_plus(value.encode('utf-8', 'replace'))}" for name, value in pairs)
    content = "application/x-www-form-urlencoded"
    if kind == "broken":
        place = draw(st.integers(0, len(body)))
        body = body[:place] + draw(st.sampled_from(["%", "%zz", "%ff", "%00", "%ED%A0%80", "&&&=&", "="])) + body[place:]
    data = body.encode()
    if kind == "multipart":
        content = "multipart/form-data; boundary=" + draw(st.sampled_from(["b", "", "\"b", "b" * 300]))
        data = b"".join(b'--b\r\nContent-Disposition: form-data; name="%s"; filename="../%s"\r\n\r\n%s\r\n'
                        % (name.encode(), name.encode(), value.encode("utf-8", "replace")) for name, value in pairs)
        data += draw(st.sampled_from([b"--b--\r\n", b"--b", b""]))
    if kind == "bytes":
        data = draw(st.binary(max_size=200))
    if kind == "json":
        content, data = "application/json", b'{"text": "x"}'
    return action, content, data


@st.composite
def cookies(draw, session, draft):
    return draw(st.sampled_from([
        None, session, draft, f"{session}; {draft}", session[:-3] + "AAA", draft[:-3] + "AAA", "__Host-suivi=",
        "__Host-demande=%00; __Host-operateur=x; __Host-identite=x", f"{session}; __Host-suivi=x"]))


def test_no_form_fails_or_tells_of_another_case(house):
    forbidden = [house.canary.birth_name, house.canary.nir, house.canary.email, house.filed["secret"],
                 house.filed["secret"].replace(" ", ""), house.filed["reference"]]
    tried = set()

    @settings(max_examples=EXAMPLES, deadline=None, database=None, phases=[Phase.generate],
              suppress_health_check=list(HealthCheck))
    @given(request=bodies(house.forms), cookie=cookies(house.session, house.draft),
           language=st.sampled_from(["fr", "en;q=0.5", ""]))
    def holds(request, cookie, language):
        action, content, data = request
        # Whoever leaves or withdraws ends what the next example needs.
        headers = {"Content-Type": content, "Sec-Fetch-Site": "same-origin", "Accept": "text/html",
                   "Accept-Language": language, "Cookie": cookie}
        answer = house.send("POST", action, headers, data)
        tried.add((action, answer.status))
        assert answer.status < 500, f"{action} {content} {data!r}: {answer}"
        shown = answer.text + "\n".join(f"{name}: {value}" for name, value in answer.headers.items())
        for word in forbidden:
            assert word not in shown, f"{action} told of somebody else"
        if answer.status == 303:
            assert re.fullmatch(r"/[^/\\\s]\S*|/", answer.headers["location"]), answer.headers["location"]

    holds()
    assert {action for action, _ in tried} == set(house.forms)
    # Some get through, or nothing behind the first check was tried.
    assert any(status == 303 for _, status in tried) and any(status == 422 for _, status in tried)
    assert house.get("/readyz").status == 200
