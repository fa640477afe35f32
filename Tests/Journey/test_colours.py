"""The colours of the style sheets, by day and by night, in WCAG's own measure; and that nothing is laid out for one direction
of writing only."""

import re
from pathlib import Path

import pytest
import yaml

PROJECT = Path(__file__).resolve().parents[2]
SITE = yaml.safe_load((PROJECT / "site/site.yaml").read_text(encoding="utf-8"))
SHEETS = sorted((PROJECT / "public/css").glob("*.css"))
# What is written on what.
TEXTS = [
    ("ink", "paper"), ("ink", "card"), ("ink", "wash"), ("ink", "wait-wash"), ("ink", "live-wash"), ("ink", "stop-wash"),
    ("muted", "paper"), ("muted", "card"), ("muted", "wash"), ("muted", "wait-wash"), ("accent", "paper"), ("accent", "card"),
    ("accent", "wash"), ("accent", "wait-wash"), ("on-accent", "accent"), ("on-band", "band"), ("stop", "paper"),
    ("stop", "card"), ("stop", "stop-wash"), ("live", "live-wash"), ("wait", "wait-wash"),
]
# What must be seen without being read: the edge of a field, the ring around what has the focus, a drawing's lines.
SHAPES = [("edge", "card"), ("edge", "paper"), ("focus", "paper"), ("focus", "card"), ("focus", "wash"), ("accent", "paper"),
          ("stop", "paper")]


def palette(scheme):
    sheet = (PROJECT / "public/css/regard.css").read_text(encoding="utf-8")
    light, dark = re.findall(r":root \{(.*?)\}", sheet, flags=re.S)[:2]
    variables = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", light))
    if scheme == "dark":
        variables |= dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", dark))
    own = SITE["colours"][scheme]
    return variables | {re.sub(r"[A-Z]", lambda letter: "-" + letter[0].lower(), name): value for name, value in own.items()}


def luminance(colour):
    channels = [int(colour[place:place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_can_be_read_and_most_can_be_read_easily(scheme):
    colours = palette(scheme)
    found = {pair: contrast(colours[pair[0]], colours[pair[1]]) for pair in TEXTS}
    assert {pair: round(value, 2) for pair, value in found.items() if value < 4.5} == {}
    easy = [pair for pair, value in found.items() if value >= 7]
    assert len(easy) >= 0.6 * len(found), {pair: round(value, 2) for pair, value in found.items()}
    # What people read longest.
    for ground in ("paper", "card", "wash"):
        assert found["ink", ground] >= 7


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_shape_can_be_seen(scheme):
    colours = palette(scheme)
    found = {pair: round(contrast(colours[pair[0]], colours[pair[1]]), 2) for pair in SHAPES}
    assert {pair: value for pair, value in found.items() if value < 3} == {}


def test_layout_follows_the_direction_of_writing():
    physical = re.compile(
        r"(?:(?:margin|padding|border)-(?:left|right)\b|text-align:\s*(?:left|right)\b|(?<![\w-])(?:left|right):"
        r"|(?<![\w-])float:\s*(?:left|right);(?!\s*float: inline-))")
    found = [(sheet.name, line.strip()) for sheet in SHEETS for line in sheet.read_text(encoding="utf-8").splitlines()
             if physical.search(line)]
    assert found == []


def test_no_style_comes_from_elsewhere():
    for sheet in SHEETS:
        text = sheet.read_text(encoding="utf-8")
        assert "@import" not in text and "@font-face" not in text and "url(" not in text, sheet.name
