"""Signing in against a provider that is strict, and against one that lies: nothing is opened unless all of it holds."""

import contextlib
import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import identities
import pytest
from identities import CLIENT_SECRET, SigningKey, forged
from portal import Portal
from visitor import BACK, GO, PAGE, SESSION, Visitor

def code(answer):
    """What a page says for whoever helps."""
    found = re.search(r"À citer si vous nous écrivez\s: ([a-zA-Z.]+)", answer.text)
    return found.group(1) if found else None


@pytest.fixture
def house(make_portal):
    """Makes a portal that knows a provider."""
    with contextlib.ExitStack() as stack:
        def make(engine="sqlite", **options):
            provider = stack.enter_context(identities.provider(**options))
            portal = make_portal(engine)
            portal.environment |= identities.environment(portal.folder, provider.issuer, portal.origin)
            provider.redirects.add(portal.origin + BACK)
            portal.initialise().start()
            return portal, provider

        yield make


@pytest.fixture(scope="module")
def shared(server):
    """One portal and one provider for the lies that need no fresh start."""
    with identities.provider() as provider:
        portal = Portal("sqlite", server)
        portal.environment |= identities.environment(portal.folder, provider.issuer, portal.origin)
        provider.redirects.add(portal.origin + BACK)
        portal.initialise().start()
        yield portal, provider
        print(portal.log_text()[-4000:])
        portal.remove()


@pytest.fixture
def lying(shared):
    portal, provider = shared
    provider.twist, provider.published = {}, [provider.key.jwk]
    provider.person = dict(identities.ANGELA)
    yield portal, provider
    provider.twist, provider.published = {}, [provider.key.jwk]


def assert_refused(visitor, answer, why, status=403):
    assert (answer.status, code(answer)) == (status, why), answer
    assert SESSION not in visitor.jar, "nothing may be opened"
    assert "no-store" in answer.headers["cache-control"]
    page = visitor.get(PAGE)
    assert "Continuer avec FranceConnect" in page.text and "DUBOIS" not in page.text


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
@pytest.mark.parametrize("algorithm", ["ES256", "RS256"])
@pytest.mark.parametrize("is_signed", [False, True], ids=["json", "jwt"])
def test_somebody_signs_in_and_leaves(house, engine, algorithm, is_signed):
    portal, provider = house(engine, algorithm=algorithm)
    if is_signed:
        provider.twist["signed"] = provider.key.token
    visitor = Visitor(portal)
    answer = visitor.sign_in()
    assert answer.status == 200 and answer.headers["refresh"] == f"0; url={PAGE}", answer
    page = visitor.get(PAGE)
    assert "Angela Claire Louise DUBOIS" in page.text and "24\u00a0août 1962" in page.text
    line = next(line for line in answer.cookies if line.startswith(SESSION))
    assert all(word in line for word in ["Secure", "HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=1800"])

    left = visitor.post("/identification/quitter")
    assert SESSION not in visitor.jar
    query = parse_qs(urlsplit(left.headers["refresh"].removeprefix("0; url=")).query)
    assert query["id_token_hint"][0].count(".") == 2
    assert query["post_logout_redirect_uri"] == [portal.origin + PAGE]
    assert "DUBOIS" not in visitor.get(PAGE).text

    # Neither who it was nor what proves it is anywhere.
    log = portal.log_text()
    for secret in [CLIENT_SECRET, "DUBOIS", identities.ANGELA["sub"], query["id_token_hint"][0], *provider.tokens]:
        assert secret not in log
    assert SESSION not in visitor.jar and not provider.codes


def claims(**changes):
    """A twist of the ID token's claims; a claim that is None is left out."""
    def twist(said):
        said = {**said, **{name: change(said) if callable(change) else change for name, change in changes.items()}}
        return {name: value for name, value in said.items() if value is not None}
    return {"claims": twist}


STRANGER = SigningKey("ES256", "stranger")
LIES = {
    "another nonce": (claims(nonce="A" * 43), "nonce"),
    "no nonce": (claims(nonce=None), "nonce"),
    "expired": (claims(exp=lambda said: said["iat"] - 120), "expired"),
    "no end": (claims(exp=None), "expired"),
    "an end that is no number": (claims(exp="tomorrow"), "expired"),
    "made tomorrow": (claims(iat=lambda said: said["iat"] + 86_400, exp=lambda said: said["exp"] + 86_400), "issuedAt"),
    "made long ago": (claims(iat=lambda said: said["iat"] - 86_400), "issuedAt"),
    "valid later": (claims(nbf=lambda said: said["iat"] + 3_600), "issuedAt"),
    "for another": (claims(aud="another"), "audience"),
    "for us and another": (claims(aud=["regard", "another"]), "audience"),
    "for nobody": (claims(aud=None), "audience"),
    "handed to another": (claims(azp="another"), "authorizedParty"),
    "by another issuer": (claims(iss="https://evil.example"), "issuer"),
    "with another access token": (claims(at_hash="A" * 22), "accessToken"),
    "of a lower level": (claims(acr="eidas0"), "level"),
    "of no level": (claims(acr=None), "level"),
    "of nobody": (claims(sub=None), "subject"),
    "about another": ({"person": lambda person: {**person, "sub": "another"}}, "subject"),
    "about somebody without a name": ({"person": lambda person: {**person, "family_name": " "}}, "traits"),
    "answered for another issuer": ({"back": lambda back: {**back, "iss": "https://evil.example"}}, "issuer"),
    "without a code": ({"back": lambda back: {**back, "code": ""}}, "code"),
    "with a code of nobody's": ({"back": lambda back: {**back, "code": "x"}}, "code"),
    "to another state": ({"back": lambda back: {**back, "state": "A" * 43}}, "state"),
    "unsigned": ({"token": lambda _: lambda said: forged(said, "none", kid="first")}, "algorithm"),
    "unsigned, in capitals": ({"token": lambda _: lambda said: forged(said, "nOnE", kid="first")}, "algorithm"),
    "signed with our secret": (
        {"token": lambda _: lambda said: forged(said, "HS256", CLIENT_SECRET.encode())}, "algorithm"),
    "signed by a stranger": ({"token": lambda _: STRANGER.token}, "key"),
    "signed by a stranger in another's name": (
        {"token": lambda _: lambda said: STRANGER.token(said, kid="first")}, "signature"),
    "signed in parts": ({"token": lambda _: lambda said: STRANGER.token(said).rpartition(".")[0]}, "malformed"),
    "with something critical": (
        {"token": lambda honest: lambda said: STRANGER.token(said, kid="first", crit=["exp"])}, "malformed"),
    "user information unsigned": ({"signed": lambda said: forged(said, "none")}, "algorithm"),
    "user information by a stranger": ({"signed": lambda said: STRANGER.token(said, kid="first")}, "signature"),
    "user information signed with our secret": (
        {"signed": lambda said: forged(said, "HS256", CLIENT_SECRET.encode(), kid="first")}, "algorithm"),
}
SIGNED_LIES = {
    "another": ({"sub": "another"}, "subject"), "no subject": ({"sub": None}, "subject"),
    "for another": ({"aud": "another"}, "audience"), "by another issuer": ({"iss": "https://evil.example"}, "issuer"),
    "expired": ({"exp": 1}, "expired"),
}


@pytest.mark.parametrize("lie", LIES)
def test_an_answer_that_does_not_hold_opens_nothing(lying, lie):
    portal, provider = lying
    twist, why = LIES[lie]
    provider.twist = twist
    visitor = Visitor(portal)
    assert_refused(visitor, visitor.sign_in(), why)
    provider.twist = {}
    assert visitor.sign_in().status == 200, "the next attempt, with the truth, is taken"


@pytest.mark.parametrize("lie", SIGNED_LIES)
def test_signed_user_information_that_does_not_hold_opens_nothing(lying, lie):
    portal, provider = lying
    changes, why = SIGNED_LIES[lie]
    provider.twist = {"signed": lambda said: provider.key.token(
        {name: value for name, value in {**said, **changes}.items() if value is not None})}
    visitor = Visitor(portal)
    assert_refused(visitor, visitor.sign_in(), why)


def test_a_token_signed_with_the_public_key_as_a_secret_is_refused(lying):
    portal, provider = lying
    provider.twist = {"token": lambda _: lambda said: forged(said, "HS256", provider.key.pem, kid="first")}
    visitor = Visitor(portal)
    assert_refused(visitor, visitor.sign_in(), "algorithm")


def test_a_code_of_another_browser_does_not_fit_our_proof(lying):
    portal, provider = lying
    thief, victim = Visitor(portal), Visitor(portal)
    stolen = parse_qs(urlsplit(victim.go()).query)["code"][0]
    own = parse_qs(urlsplit(thief.go()).query)["state"][0]
    assert_refused(thief, thief.get(f"{BACK}?code={stolen}&state={own}"), "code")


def test_an_answer_without_an_attempt_of_ours_is_refused(lying):
    portal, provider = lying
    victim = Visitor(portal)
    back = Visitor(portal).go()
    assert_refused(victim, victim.get(back), "state")
    visitor = Visitor(portal)
    back = visitor.go()
    assert visitor.get(back).status == 200
    other = Visitor(portal)
    assert_refused(other, other.get(back), "state")
    # An answer counts once, even in the browser that it was for.
    again = visitor.get(back)
    assert (again.status, code(again)) == (403, "state")


def test_another_site_begins_no_sign_in(lying):
    portal, _ = lying
    answer = Visitor(portal).get(GO, **{"Sec-Fetch-Site": "cross-site"})
    assert (answer.status, answer.headers["location"]) == (303, PAGE)


def test_whoever_says_no_is_told_so_and_nothing_else(lying):
    portal, provider = lying
    provider.twist = {"error": "access_denied"}
    visitor = Visitor(portal)
    answer = visitor.sign_in()
    assert answer.status == 200 and "C’est votre choix" in answer.text
    assert "DUBOIS" not in answer.text and SESSION not in visitor.jar


def test_a_changed_key_is_read_without_a_restart_and_strangers_have_it_read_no_more(house):
    portal, provider = house()
    assert Visitor(portal).sign_in().status == 200
    provider.key = SigningKey("RS256", "second")
    provider.published = [{"kty": "oct", "k": "AAAA", "kid": "x"}, {"nonsense": True}, provider.key.jwk]
    assert Visitor(portal).sign_in().status == 200
    assert provider.asked.count("/jwks") == 2
    provider.twist = {"token": lambda _: STRANGER.token}
    for _ in range(3):
        assert code(Visitor(portal).sign_in()) == "key"
    assert provider.asked.count("/jwks") == 2, "at most once a minute"


def test_a_token_without_a_name_for_its_key_is_taken_only_where_there_is_no_choice(house):
    portal, provider = house()
    provider.twist = {"token": lambda _: lambda said: provider.key.token(said, kid=None)}
    assert Visitor(portal).sign_in().status == 200
    provider.published = [provider.key.jwk, STRANGER.jwk]
    provider.twist["token"] = lambda _: lambda said: provider.key.token(said, kid="new")
    assert code(Visitor(portal).sign_in()) == "key", "and the keys are read again"
    provider.twist["token"] = lambda _: lambda said: provider.key.token(said, kid=None)
    visitor = Visitor(portal)
    assert_refused(visitor, visitor.sign_in(), "key")


@pytest.mark.parametrize("field, value", [
    ("issuer", "https://evil.example"), ("token_endpoint", "https://evil.example/token"),
    ("jwks_uri", "http://127.0.0.1:1/jwks"), ("userinfo_endpoint", "file:///etc/passwd"),
    ("authorization_endpoint", "javascript:alert(1)"),
])
def test_a_description_that_leads_elsewhere_is_not_followed(house, field, value):
    portal, provider = house()
    provider.twist = {"discovery": lambda said: {**said, field: value}}
    visitor = Visitor(portal)
    assert_refused(visitor, visitor.get(GO), "unavailable.discovery", status=503)


@pytest.mark.parametrize("name, why", [("token", "unavailable.token"), ("keys", "unavailable.keys")])
def test_an_answer_that_is_none_can_be_tried_again(house, name, why):
    portal, provider = house()
    provider.twist = ({"keys": lambda said: "nothing"} if name == "keys"
                      else {"claims": lambda said: 1 / 0})
    visitor = Visitor(portal)
    assert_refused(visitor, visitor.sign_in(), why, status=503)
    provider.twist = {}
    assert visitor.sign_in().status == 200


def test_a_provider_that_is_down_stops_neither_the_start_nor_anything_else(house):
    portal, provider = house()
    provider.close()
    visitor = Visitor(portal)
    assert_refused(visitor, visitor.get(GO), "unavailable.discovery", status=503)
    assert portal.get("/droits/exercer", {"Accept": "text/html"}).status == 200


def test_a_certificate_that_nobody_vouches_for_is_not_believed(house, tmp_path):
    portal, provider = house(tls=identities.self_signed(tmp_path))
    visitor = Visitor(portal)
    assert_refused(visitor, visitor.get(GO), "unavailable.discovery", status=503)
    assert provider.asked == []


def test_where_no_provider_is_set_there_is_no_sign_in(make_portal):
    portal = make_portal("sqlite").initialise().start()
    for target in [GO, BACK, PAGE, "/en/sign-in"]:
        assert portal.get(target, {"Accept": "text/html"}).status == 404


@pytest.mark.parametrize("change, word", [
    ({"REGARD_OIDC_ISSUER": "http://fournisseur.example"}, "REGARD_OIDC_ISSUER"),
    ({"REGARD_OIDC_CLIENT_ID": None}, "CLIENT_ID"),
    ({"REGARD_PORTAL": "http://regard.example"}, "REGARD_PORTAL"),
])
def test_a_setting_that_makes_no_sense_stops_the_start(make_portal, change, word):
    portal = make_portal("sqlite").initialise()
    portal.environment |= identities.environment(portal.folder, "https://fournisseur.example", portal.origin)
    portal.environment = {k: v for k, v in {**portal.environment, **change}.items() if v is not None}
    ended = portal.run("serve")
    assert ended.returncode == 2 and word in ended.stderr


def test_a_secret_that_others_can_read_stops_the_start(make_portal):
    portal = make_portal("sqlite").initialise()
    portal.environment |= identities.environment(portal.folder, "https://fournisseur.example", portal.origin)
    Path(portal.environment["REGARD_OIDC_CLIENT_SECRET_FILE"]).chmod(0o640)
    ended = portal.run("serve")
    assert ended.returncode == 3 and CLIENT_SECRET not in ended.stderr
