"""Signing in with a provider on another site, in a real browser without a script."""

import json
import os
import re
import subprocess
import sys

import identities
import pytest
from axe_playwright_python.sync_playwright import Axe
from exchange import exchange
from portal import Portal, free_port
from visits import button
from waiting import wait_for


@pytest.fixture(scope="module")
def provider(tmp_path_factory):
    """oidc-provider-mock, as a process of its own; its port."""
    port = free_port()
    claims = {name: value for name, value in identities.ANGELA.items() if name != "sub"}
    log = tmp_path_factory.mktemp("provider") / "log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "oidc_provider_mock", "--port", str(port), "--user-claims",
             json.dumps({"sub": "angela", **claims})], stdout=out, stderr=subprocess.STDOUT,
            env={**os.environ, "AUTHLIB_INSECURE_TRANSPORT": "1"})
    try:
        wait_for("the provider is ready", lambda: exchange(
            "localhost", port, "GET", "/.well-known/openid-configuration").status == 200)
        yield port
    finally:
        process.terminate()
        process.wait()
        print(log.read_text()[-3000:])


@pytest.fixture(scope="module")
def house(provider):
    """A portal at 127.0.0.1 and its provider at localhost: to a browser, two sites."""
    portal = Portal("sqlite")
    portal.environment |= identities.environment(
        portal.folder, f"http://localhost:{provider}", portal.origin, REGARD_OIDC_SCOPES="openid profile",
        REGARD_OIDC_ACR_VALUES="")
    portal.initialise("--demo").start()
    yield portal
    print(portal.log_text()[-3000:])
    portal.remove()


@pytest.fixture
def visit(chromium, house):
    contexts = []

    def visit(width=1280, language="fr"):
        context = chromium.new_context(
            base_url=house.origin, java_script_enabled=False, viewport={"width": width, "height": 900},
            locale={"fr": "fr-FR", "en": "en-GB"}[language])
        context.set_default_timeout(20_000)
        contexts.append(context)
        return context.new_page()

    yield visit
    for context in contexts:
        context.close()


@pytest.mark.parametrize("language, width", [("fr", 390), ("en", 1280)])
def test_somebody_signs_in_without_a_script_and_leaves(visit, house, screenshots, language, width):
    go, stay, out, gone = {
        "fr": ("Continuer avec FranceConnect", "Vous êtes identifié", "Ne plus être identifié", "Vous n’êtes plus identifié"),
        "en": ("Continue with FranceConnect", "You are signed in", "Sign out", "You are signed out"),
    }[language]
    page = visit(width, language)
    page.goto({"fr": "/identification", "en": "/en/sign-in"}[language])
    page.screenshot(path=screenshots / f"identification-{width}.png", full_page=True)
    home = page.url
    page.get_by_role("link", name=go).click()
    assert page.url.startswith("http://localhost:")
    page.get_by_role("button", name="angela").click()
    page.wait_for_url(home)
    main = page.inner_text("main")
    assert stay in main and "Angela Claire Louise DUBOIS" in main, "the strict cookie came along"
    page.screenshot(path=screenshots / f"identifie-{width}.png", full_page=True)
    kept = {cookie["name"]: cookie for cookie in page.context.cookies()}
    assert set(kept) == {"__Host-identite"}, "the attempt is over"
    assert "DUBOIS" not in kept["__Host-identite"]["value"]

    button(page, out).click()
    page.wait_for_url(re.compile("^http://localhost:"))
    assert "id_token_hint=" in page.url
    assert not page.context.cookies()
    page.get_by_role("button").first.click()
    page.wait_for_url(re.compile("^" + re.escape(home)))
    assert "DUBOIS" not in page.inner_text("main")
    assert "DUBOIS" not in house.log_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_of_sign_in_can_be_used_by_everybody(chromium, house, scheme):
    context = chromium.new_context(base_url=house.origin, color_scheme=scheme, viewport={"width": 390, "height": 900})
    try:
        page = context.new_page()
        for target in ["/identification", "/identification/retour?state=x", "/en/sign-in"]:
            page.goto(target)
            found = Axe().run(page)
            assert not found.response["violations"], found.generate_report()
    finally:
        context.close()
