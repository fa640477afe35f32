"""What only an installation knows shows on its pages until it is filled in, and `regard doctor` names it."""

import json
import re
import shutil

import pytest
from portal import PROJECT, Portal


@pytest.fixture(scope="module")
def resources(tmp_path_factory):
    """A site of its own that is no demonstration."""
    folder = tmp_path_factory.mktemp("resources")
    for name in ("templates", "site", "public", "seeds"):
        shutil.copytree(PROJECT / name, folder / name)
    site = folder / "site/site.yaml"
    site.write_text(re.sub(r"(?m)^demonstration: true$", "demonstration: false", site.read_text(encoding="utf-8")),
                    encoding="utf-8")
    return folder


def test_each_gap_is_shown_and_named_until_it_is_filled(resources):
    portal = Portal("sqlite", environment={"REGARD_RESOURCES": str(resources)}).initialise().start()
    try:
        texts = sorted((resources / "site/texts").glob("*/*.md"))
        gaps = [(path, what) for path in texts
                for what in re.findall(r"\[\[([^\]]+)\]\]", path.read_text(encoding="utf-8"))]
        assert len(gaps) > 10
        for address, language, mark in (("/mentions-legales", "fr", "À compléter par l’institution"),
                                        ("/en/legal-notice", "en", "To be filled in by the institution")):
            page = portal.get(address).text
            own = [what for path, what in gaps if path.name == "legalNotice.md" and path.parent.name == language]
            assert page.count(f'<mark class="to-fill">{mark}') == len(own) > 0
            assert "[[" not in page
        said = portal.run("doctor", "--json")
        assert said.returncode == 1, "a site that is live has nothing left to fill in"
        named = json.loads(said.stdout)["texts"]
        assert len(named) == len(gaps)
        for path, what in gaps:
            assert any(f"texts/{path.parent.name}/{path.name}" in line and what in line for line in named)
        for path in texts:
            path.write_text(re.sub(r"\[\[[^\]]+\]\]", "rempli", path.read_text(encoding="utf-8")), encoding="utf-8")
        assert json.loads(portal.run("doctor", "--json").stdout)["texts"] == []
    finally:
        portal.remove()
