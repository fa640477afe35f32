"""Made-up people. Their names and numbers occur nowhere else, so that finding one is finding a leak."""

import json
import random
import secrets
from dataclasses import dataclass, field


def nir_key(nir13):
    """The two digits that close a NIR: 97 − (N mod 97), Corsica's 2A and 2B counting as 19 and 18."""
    number = int(nir13.replace("2A", "19", 1).replace("2B", "18", 1))
    return f"{97 - number % 97:02d}"


@dataclass(frozen=True)
class Person:
    birth_name: str
    given_names: tuple
    birth_date: str
    sex: str
    nir13: str
    email: str
    postal: str
    message: str

    @property
    def nir(self):
        return self.nir13 + nir_key(self.nir13)

    @property
    def canonical(self):
        """The form that a pseudonym is derived from."""
        return f"{self.nir13}|{self.birth_date.replace('-', '')}|{'1' if self.sex == 'M' else '2'}"

    def filing(self, **changes):
        """The body of `POST /api/v1/requests`."""
        body = {
            "right": "objection",
            "scope": {"kind": "all"},
            "subject": {
                "birthName": self.birth_name,
                "givenNames": list(self.given_names),
                "birthDate": self.birth_date,
                "sex": self.sex,
                "nir": self.nir,
            },
            "capacity": "dataSubject",
            "contact": {"email": self.email, "postal": self.postal},
            "message": self.message,
            "language": "fr",
        }
        body.update(changes)
        return json.dumps(body, ensure_ascii=False).encode()


@dataclass
class People:
    """A crowd that shares a made-up root in its names and the first ten characters of its NIRs, so that one search
    finds any of them."""

    count: int = 1
    corsican: bool = False
    root: str = field(default_factory=lambda: "zq" + "".join(random.choices("bcdfghjkmvwx", k=7)))

    def __post_init__(self):
        # Sex, year and month, department, commune: what is left are the three digits of the order of birth. A first
        # digit 2 keeps the number apart from times in milliseconds.
        department = "2A" if self.corsican else random.choice(["75", "33", "13", "59"])
        self.nir_root = f"2{random.randint(20, 99)}{random.randint(1, 12):02d}{department}{random.randint(100, 899)}"
        assert len(self.nir_root) == 10 and self.count <= 999

    def __getitem__(self, index):
        if not 0 <= index < self.count:
            raise IndexError(index)
        return Person(
            birth_name=f"É{self.root}-Ôl{index:03d}",
            given_names=(f"Ysé{self.root}", "Maëlle"),
            # What the number says of sex, year and month.
            birth_date=f"19{self.nir_root[1:3]}-{self.nir_root[3:5]}-{1 + index % 28:02d}",
            sex="F",
            nir13=f"{self.nir_root}{index + 1:03d}",
            email=f"{self.root}{index}@courriel.example",
            postal=f"{index + 1} rue {self.root}\n00000 Démonstration",
            message=f"Message de {self.root} numéro {index}.",
        )

    def __len__(self):
        return self.count


def idempotency_key():
    return secrets.token_urlsafe(32)
