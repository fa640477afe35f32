"""A browser without a script, over HTTP: it carries cookies, and goes to the provider of identities when it is told to."""

from http.cookies import SimpleCookie
from urllib.parse import urlencode, urlsplit

from exchange import exchange

GO, BACK, PAGE = "/identification/aller", "/identification/retour", "/identification"
SESSION = "__Host-identite"


class Visitor:
    """It follows no redirection by itself but the provider's."""

    def __init__(self, portal):
        self.portal = portal
        self.jar = {}

    def get(self, target, **headers):
        return self.keep(self.portal.get(target.split("#")[0], {
            "Accept": "text/html", **self.cookie_header(), **headers}))

    def post(self, target, fields=()):
        return self.keep(self.portal.post_form(target, urlencode(fields, doseq=True), self.cookie_header()))

    def follow(self, answer):
        """On to where a form's answer leads."""
        assert answer.status == 303, answer
        return self.get(answer.headers["location"])

    def cookie_header(self):
        return {"Cookie": "; ".join(f"{name}={value}" for name, value in self.jar.items())} if self.jar else {}

    def keep(self, answer):
        for line in answer.cookies:
            for name, morsel in SimpleCookie(line).items():
                if morsel["max-age"] == "0":
                    self.jar.pop(name, None)
                else:
                    self.jar[name] = morsel.value
        return answer

    def go(self, purpose="signIn"):
        """To the provider and back; the address on which it sends the browser back to the portal."""
        answer = self.get(f"{GO}?for={purpose}")
        assert answer.status == 303, answer
        return self.at_provider(answer.headers["location"])

    def at_provider(self, address):
        place = urlsplit(address)
        answer = exchange("127.0.0.1", place.port, "GET", f"{place.path}?{place.query}")
        assert answer.status == 303, answer
        place = urlsplit(answer.headers["location"])
        assert place.path == BACK
        return f"{place.path}?{place.query}"

    def sign_in(self, purpose="signIn"):
        """To the provider and back: the page that leads on."""
        return self.get(self.go(purpose))

    def arrive(self, purpose):
        """To the provider and back, and on to the page that it was for."""
        answer = self.sign_in(purpose)
        assert answer.status == 200, answer
        return self.get(leads_to(answer))


def leads_to(answer):
    """Where a page leads by itself."""
    return answer.headers["refresh"].removeprefix("0; url=")
