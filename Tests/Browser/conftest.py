"""What the browser's tests are handed: a demonstration that serves, and Chromium."""

import os
import sys
import tempfile
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Journey"))

from playwright.sync_api import sync_playwright  # noqa: E402
from portal import Portal  # noqa: E402
from walk import Walk  # noqa: E402


@pytest.fixture(scope="session")
def demonstration():
    """A portal with the demonstration data and its three linked databases."""
    portal = Portal("sqlite").initialise("--demo").start()
    yield portal
    print(portal.log_text()[-4000:])
    portal.remove()


@pytest.fixture(scope="session")
def chromium():
    path = os.environ.get("REGARD_CHROMIUM", "/usr/bin/chromium")
    if not os.access(path, os.X_OK):
        pytest.fail(f"no Chromium at {path} (Debian: apt-get install chromium)", pytrace=False)
    with sync_playwright() as playwright:
        # Its sandbox needs what a container rarely has; it visits nothing but our own server.
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def screenshots():
    """Where pictures go, for people to look at."""
    folder = Path(os.environ.get("REGARD_SCREENSHOTS") or tempfile.mkdtemp(prefix="regard-screenshots."))
    folder.mkdir(parents=True, exist_ok=True)
    print(f"screenshots: {folder}")
    return folder


@pytest.fixture
def browse(chromium, demonstration):
    """Opens a page in a browser of its own, with or without JavaScript."""
    contexts = []

    def browse(scripts, width=1280, language="fr", scheme="light"):
        context = chromium.new_context(
            base_url=demonstration.origin, java_script_enabled=scripts, viewport={"width": width, "height": 900},
            locale={"fr": "fr-FR", "en": "en-GB"}[language], color_scheme=scheme)
        context.set_default_timeout(20_000)
        contexts.append(context)
        return context.new_page()

    yield browse
    for context in contexts:
        context.close()


@pytest.fixture(params=[390, 1280])
def walks(request, browse, screenshots):
    """Makes walks at one width. On a telephone each page is tabbed through; axe looks at it by day there, and by night on
    the wide screen."""
    def make(name, language):
        page = browse(scripts=False, width=request.param, language=language)
        is_narrow = request.param == 390
        judge = browse(True, request.param, language, scheme="light" if is_narrow else "dark")
        return Walk(page, name, screenshots, language, judge, tabs=is_narrow)

    return make
