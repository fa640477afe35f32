"""A provider of identities that is as strict as FranceConnect, and that lies in one way when a test asks it to."""

import base64
import contextlib
import datetime
import hashlib
import hmac
import ipaddress
import json
import secrets
import ssl
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.x509.oid import NameOID

CLIENT_ID = "regard"
CLIENT_SECRET = "un-secret-partagé/avec+regard=0123456789"

# FranceConnect's own example, with its traits and nothing else.
ANGELA = {
    "sub": "b6048e95bb134ec5b1d1e1fa69f287172e91722b9354d637a1bcf2ebb0fd2ef5v1",
    "given_name": "Angela Claire Louise", "family_name": "DUBOIS", "preferred_username": "DUBOIS-MARTIN",
    "gender": "female", "birthdate": "1962-08-24", "birthplace": "75107", "birthcountry": "99100",
}


def encode(content):
    """base64url without padding, of bytes or of what becomes JSON."""
    if not isinstance(content, bytes):
        content = json.dumps(content).encode()
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


class SigningKey:
    """A key pair of one of the two algorithms that are taken."""

    def __init__(self, algorithm, kid):
        self.algorithm, self.kid = algorithm, kid
        self.private = (ec.generate_private_key(ec.SECP256R1()) if algorithm == "ES256"
                        else rsa.generate_private_key(public_exponent=65537, key_size=2048))

    @property
    def pem(self):
        return self.private.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)

    @property
    def jwk(self):
        numbers = self.private.public_key().public_numbers()
        if self.algorithm == "ES256":
            return {"kty": "EC", "crv": "P-256", "x": encode(numbers.x.to_bytes(32, "big")),
                    "y": encode(numbers.y.to_bytes(32, "big")), "kid": self.kid, "use": "sig", "alg": "ES256"}
        return {"kty": "RSA", "n": encode(numbers.n.to_bytes(256, "big")), "e": encode(numbers.e.to_bytes(3, "big")),
                "kid": self.kid, "use": "sig", "alg": "RS256"}

    def sign(self, content):
        if self.algorithm == "ES256":
            r, s = decode_dss_signature(self.private.sign(content, ec.ECDSA(hashes.SHA256())))
            return r.to_bytes(32, "big") + s.to_bytes(32, "big")
        return self.private.sign(content, padding.PKCS1v15(), hashes.SHA256())

    def token(self, claims, **header):
        """A signed token; a header that is None is left out."""
        fields = {"alg": self.algorithm, "kid": self.kid, "typ": "JWT", **header}
        text = f"{encode({k: v for k, v in fields.items() if v is not None})}.{encode(claims)}"
        return f"{text}.{encode(self.sign(text.encode()))}"


def forged(claims, algorithm, secret=b"", kid=None):
    """A token that is signed by nobody, or with a secret that is none."""
    text = f"{encode({'alg': algorithm, 'typ': 'JWT', **({'kid': kid} if kid else {})})}.{encode(claims)}"
    signature = hmac.new(secret, text.encode(), hashlib.sha256).digest() if secret else b""
    return f"{text}.{encode(signature)}"


class Provider:
    """Serves discovery, keys, authorisation, tokens, user information and the end of a session.

    `twist` holds what a test changes: functions by the name of what they change, each given what would be said.
    """

    def __init__(self, algorithm="ES256", host="localhost", tls=False):
        self.person = dict(ANGELA)
        self.key = SigningKey(algorithm, "first")
        self.published = [self.key.jwk]
        self.twist = {}
        self.codes, self.tokens = {}, {}
        self.asked = []
        self.redirects = set()
        provider = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *arguments):
                pass

            def do_GET(self):
                provider.answer(self, urlsplit(self.path), None)

            def do_POST(self):
                length = int(self.headers.get("Content-Length", 0))
                provider.answer(self, urlsplit(self.path), self.rfile.read(length).decode())

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.issuer = f"{'https' if tls else 'http'}://{host}:{self.server.server_address[1]}/api/v2"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def said(self, name, value):
        """What is said, as the test wants it."""
        return self.twist.get(name, lambda value: value)(value)

    # What is asked

    def answer(self, request, address, body):
        path = address.path.removeprefix("/api/v2")
        self.asked.append(path)
        query = {name: values[0] for name, values in parse_qs(address.query, keep_blank_values=True).items()}
        form = {name: values[0] for name, values in parse_qs(body or "", keep_blank_values=True).items()}
        try:
            match path:
                case "/.well-known/openid-configuration": self.send(request, self.said("discovery", self.describe()))
                case "/jwks": self.send(request, self.said("keys", {"keys": self.published}))
                case "/authorize": self.authorise(request, query)
                case "/token": self.exchange(request, form)
                case "/userinfo": self.tell(request)
                case "/session/end": self.end(request, query)
                case _: self.send(request, {"error": "not_found"}, 404)
        except AssertionError as error:
            self.send(request, {"error": "invalid_request", "error_description": str(error)}, 400)

    def describe(self):
        return {
            "issuer": self.issuer, "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token", "userinfo_endpoint": f"{self.issuer}/userinfo",
            "jwks_uri": f"{self.issuer}/jwks", "end_session_endpoint": f"{self.issuer}/session/end",
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
            "id_token_signing_alg_values_supported": ["ES256", "RS256", "HS256"],
        }

    def authorise(self, request, query):
        assert query.get("response_type") == "code", "response_type"
        assert query.get("client_id") == CLIENT_ID, "client_id"
        assert query.get("redirect_uri") in self.redirects, "redirect_uri"
        assert "openid" in query.get("scope", "").split(), "scope"
        assert query.get("acr_values"), "acr_values"
        assert len(query.get("state", "")) >= 22, "state"
        assert len(query.get("nonce", "")) >= 22, "nonce"
        assert query.get("code_challenge_method") == "S256", "code_challenge_method"
        assert len(query.get("code_challenge", "")) == 43, "code_challenge"
        if "error" in self.twist:
            back = {"error": self.twist["error"], "error_description": "<b>DUBOIS</b>", "state": query["state"]}
        else:
            code = secrets.token_urlsafe(32)
            self.codes[code] = query
            back = {"code": code, "state": query["state"], "iss": self.issuer}
        self.redirect(request, f"{query['redirect_uri']}?{urlencode(self.said('back', back))}")

    def exchange(self, request, form):
        query = self.codes.pop(form.get("code"), None)
        challenge = encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        if form.get("client_id") != CLIENT_ID or form.get("client_secret") != CLIENT_SECRET:
            return self.send(request, {"error": "invalid_client"}, 401)
        if (form.get("grant_type") != "authorization_code" or query is None
                or form.get("redirect_uri") != query["redirect_uri"] or challenge != query["code_challenge"]):
            return self.send(request, {"error": "invalid_grant"}, 400)
        access = secrets.token_urlsafe(32)
        self.tokens[access] = self.person
        now = int(time.time())
        claims = {
            "iss": self.issuer, "sub": self.person["sub"], "aud": CLIENT_ID, "exp": now + 60, "iat": now,
            "nonce": query["nonce"], "acr": query["acr_values"].split()[0],
            "at_hash": encode(hashlib.sha256(access.encode()).digest()[:16]),
        }
        token = self.said("token", lambda claims: self.key.token(claims))(self.said("claims", claims))
        self.send(request, {"access_token": access, "token_type": "Bearer", "expires_in": 60, "id_token": token})

    def tell(self, request):
        person = self.tokens.get(request.headers.get("Authorization", "").removeprefix("Bearer "))
        if person is None:
            return self.send(request, {"error": "invalid_token"}, 401)
        person = self.said("person", person)
        if "signed" not in self.twist:
            return self.send(request, person)
        now = int(time.time())
        claims = {**person, "iss": self.issuer, "aud": CLIENT_ID, "iat": now, "exp": now + 60}
        self.send(request, self.twist["signed"](claims).encode(), kind="application/jwt; charset=utf-8")

    def end(self, request, query):
        assert query["post_logout_redirect_uri"].startswith("http"), "post_logout_redirect_uri"
        assert query["id_token_hint"].count(".") == 2, "id_token_hint"
        self.redirect(request, f"{query['post_logout_redirect_uri']}?{urlencode({'state': query['state']})}")

    # How it is answered

    def send(self, request, content, status=200, kind="application/json"):
        content = content if isinstance(content, bytes) else json.dumps(content).encode()
        request.send_response(status)
        request.send_header("Content-Type", kind)
        request.send_header("Content-Length", str(len(content)))
        request.end_headers()
        request.wfile.write(content)

    def redirect(self, request, address):
        request.send_response(303)
        request.send_header("Location", address)
        request.send_header("Content-Length", "0")
        request.end_headers()


@contextlib.contextmanager
def provider(**options):
    made = Provider(**options)
    try:
        yield made
    finally:
        made.close()


def self_signed(folder):
    """A certificate for 127.0.0.1 that nobody vouches for; its file and its key's."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    start = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=1)
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(start).not_valid_after(start + datetime.timedelta(days=9))
        .add_extension(x509.SubjectAlternativeName(
            [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256()))
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    return folder / "certificate.pem", folder / "key.pem"


def environment(folder, issuer, portal, **more):
    """What tells a portal of a provider."""
    secret = folder / "client-secret"
    secret.write_text(CLIENT_SECRET + "\n")
    secret.chmod(0o600)
    return {"REGARD_OIDC_ISSUER": issuer, "REGARD_OIDC_CLIENT_ID": CLIENT_ID,
            "REGARD_OIDC_CLIENT_SECRET_FILE": str(secret), "REGARD_PORTAL": portal, **more}
