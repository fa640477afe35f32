"""A browser without a script that signs in: it carries cookies, and goes to the provider and back when it is told to."""

from http.cookies import SimpleCookie
from urllib.parse import urlencode, urlsplit

from exchange import exchange

BACK = "/identification/retour"


class Visitor:
    def __init__(self, portal):
        self.portal = portal
        self.jar = {}

    def get(self, target, **headers):
        return self.keep(self.portal.get(target, {"Accept": "text/html", **self.cookie_header(), **headers}))

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

    def sign_in(self, purpose="choices"):
        """To the provider and back, and on to the page that it was for."""
        answer = self.get(f"/identification/aller?for={purpose}")
        assert answer.status == 303, answer
        place = urlsplit(answer.headers["location"])
        answer = exchange("127.0.0.1", place.port, "GET", f"{place.path}?{place.query}")
        assert answer.status == 303, answer
        place = urlsplit(answer.headers["location"])
        assert place.path == BACK
        answer = self.get(f"{place.path}?{place.query}")
        assert answer.status == 200, answer
        return self.get(answer.headers["refresh"].removeprefix("0; url="))
