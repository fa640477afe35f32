"""What the browser's tests are handed: a demonstration that serves, and Chromium."""

import contextlib
import os
import sys
import tempfile
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Journey"))

from browsers import Browsers  # noqa: E402
from playwright.sync_api import sync_playwright  # noqa: E402
from portal import Portal  # noqa: E402
from walk import Walk  # noqa: E402


@pytest.fixture(scope="session")
def demonstration():
    """A portal with the demonstration data and its three linked databases."""
    with Portal("sqlite") as portal:
        yield portal.initialise("--demo").start()


@pytest.fixture
def make_portal():
    """Makes portals of the test's own, which are removed when it ends."""
    with contextlib.ExitStack() as stack:
        yield lambda **options: stack.enter_context(Portal("sqlite", **options))


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
def make_browsers(chromium, screenshots):
    """Makes browsers before a portal, which are closed when the test ends."""
    with contextlib.ExitStack() as stack:
        yield lambda portal, name=None, language="fr", **options: stack.enter_context(
            contextlib.closing(Browsers(chromium, portal, screenshots, name, language, **options)))


@pytest.fixture
def browse(make_browsers, demonstration):
    """Opens a page on the demonstration."""
    return make_browsers(demonstration).open


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
