"""The citizen's form, filled step by step over HTTP as a browser without a script would: one way to drive it for every
test that does not need Chromium."""

import re
from urllib.parse import urlencode

# The steps by the last part of their address, in French.
STEPS = ("", "/pour-qui", "/portee", "/personne", "/contact", "/verification")
ENGLISH = {"": "", "/pour-qui": "/for-whom", "/portee": "/scope", "/bases": "/databases", "/projets": "/projects",
           "/precisions": "/details", "/personne": "/person", "/age": "/age", "/contact": "/contact",
           "/verification": "/check", "/effacer": "/erase", "/autre-personne": "/another-person"}
COOKIE = "__Host-demande"


class FilingForm:
    """A form in a browser of its own: it keeps the draft's cookie, and follows no redirection by itself."""

    def __init__(self, portal, language="fr"):
        self.portal = portal
        self.language = language
        self.cookie = None

    def address(self, step):
        return f"/droits/exercer{step}" if self.language == "fr" else f"/en/rights/request{ENGLISH[step]}"

    def send(self, step, fields=()):
        """Posts a step's form."""
        headers = {"Cookie": f"{COOKIE}={self.cookie}"} if self.cookie else {}
        return self._keep(self.portal.post_form(self.address(step), urlencode(fields, doseq=True), headers))

    def see(self, address):
        headers = {"Accept": "text/html"}
        if self.cookie:
            headers["Cookie"] = f"{COOKIE}={self.cookie}"
        return self._keep(self.portal.get(address.split("#")[0], headers))

    def _keep(self, answer):
        if any(line.startswith(COOKIE + "=") for line in answer.cookies):
            self.cookie = answer.cookie(COOKIE) or None
        return answer

    def answer(self, step, fields=()):
        """Sends a step and shows what follows it."""
        sent = self.send(step, fields)
        assert sent.status == 303, sent
        return self.see(sent.headers["location"])

    def begin(self, right="objection", capacity="dataSubject"):
        """Up to the page about the person, for an objection to everything. The answer that stopped it, if one did."""
        for step, fields in (("/pour-qui", {"right": right, "capacity": capacity}), ("/portee", {"scope": "all"})):
            sent = self.send(step, fields)
            if sent.status != 303:
                return sent
        return None

    def fill(self, person, **changes):
        """The whole form but for its last button. The answer that stopped it, if one did."""
        stopped = self.begin()
        if stopped:
            return stopped
        for step, fields in (("/personne", {**answers(person), **changes}),
                             ("/contact", {"email": person.email, "postal": person.postal,
                                           "message": person.message})):
            sent = self.send(step, fields)
            if sent.status != 303:
                return sent
        assert sent.headers["location"] == self.address("/verification"), sent.headers
        return None

    def file(self):
        """The last button."""
        return self.send("/verification")


def answers(person):
    """What somebody types about themself."""
    year, month, day = person.birth_date.split("-")
    return {"birthName": person.birth_name, "givenNames": ", ".join(person.given_names), "birthDay": day,
            "birthMonth": month, "birthYear": year, "sex": person.sex, "nir": person.nir}


def credentials(page):
    """Reference and secret, as the confirmation shows them."""
    reference = re.search(r'<dd class="code">(R-\d{4}-[0-9A-Z]{6})<', page.text)
    secret = re.search(r'data-copy="([0-9A-Z ]+)"', page.text)
    return reference.group(1), secret.group(1)
