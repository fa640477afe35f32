"""A thousand people who exist nowhere, each with words, numbers and dates of their own: finding one anywhere is a leak."""

import random

from files import PDF, pdf, png
from people import Person
from traces import Traces

LETTERS = "bcdfghjkmnpqrstvwxz"


class Canary(Person):
    """Somebody with a word for each thing that is told of them. Words of consonants alone occur in no text."""

    def word(self, what):
        """The word that stands for `what` in all that this person and those who answer them say."""
        return "z" + "".join(random.Random(f"{self.nir13} {what}").choices(LETTERS, k=11))

    WORDS = ("name", "given", "mail", "street", "message", "details", "requester", "body", "later", "question", "note",
             "answer", "reasons", "search")
    # What files are called and what they hold, for those who send any or are sent any.
    UPLOADED = ("refused", "refused content", "file", "file content", "proof", "proof content", "proof text", "reply",
                "reply content")

    def pdf(self, what):
        """A PDF that is called by one word and holds another: name and content."""
        content = self.word(f"{what} content").encode()
        return f"{self.word(what)}.pdf", pdf(len(PDF) + 4000, content + b" ")

    def png(self, what):
        return f"{self.word(what)}.png", png(text=self.word(f"{what} content").encode())

    def junk(self, what):
        """A file of no type that is taken."""
        return f"{self.word(what)}.pdf", b"<p>" + self.word(f"{what} content").encode() * 100

    @property
    def subject(self):
        return {"birthName": self.birth_name, "givenNames": list(self.given_names), "birthDate": self.birth_date,
                "sex": self.sex, "nir": self.nir}

    def body(self, **changes):
        """A filing, with members replaced, or left out where `None`."""
        body = {"right": "objection", "scope": {"kind": "all"}, "capacity": "dataSubject", "subject": self.subject,
                "contact": {"email": self.email, "postal": self.postal}, "message": self.message, "language": "fr"}
        return {name: value for name, value in {**body, **changes}.items() if value is not None}

    def for_another(self, capacity, **changes):
        return self.body(capacity=capacity, requester={
            "name": f"Dr {self.word('requester')}", "organisation": self.word("body")}, **changes)


def canary(number, dice):
    """Number `number` of a crowd. What the NIR says of year and month goes with the birth date; its first digit keeps it
    apart from times in milliseconds."""
    year, month, day = dice.randint(1930, 2005), dice.randint(1, 12), dice.randint(1, 28)
    nir13 = f"2{year % 100:02d}{month:02d}{dice.randint(1, 95):02d}{dice.randint(1, 989):03d}{number:03d}"
    person = Canary("", (), f"{year}-{month:02d}-{day:02d}", "F", nir13, "", "", "")
    word = person.word
    return Canary(
        f"É{word('name')}-Ôl", (f"Ysé{word('given')}", "Maëlle"), person.birth_date, "F", nir13,
        f"{word('mail')}@courriel.example", f"{number + 1} rue {word('street')}\n00000 Démonstration",
        f"Message : {word('message')}.")


def crowd(count=1000):
    dice = random.Random()
    return [canary(number, dice) for number in range(count)]


def traces_of(people, uploading=()):
    """- uploading: those of them who send files, or are sent any."""
    search = Traces()
    uploading = set(uploading)
    for person in people:
        for what in Canary.WORDS + (Canary.UPLOADED if person in uploading else ()):
            search.of_word(f"the {what}", person.word(what))
        search.of_number("a NIR", person.nir13)
        search.of_identity(person.canonical)
    return search
