"""Two languages that exist in the tests alone, made from the French templates: one with longer words, one that is written from
right to left. What is not in the templates stays French, and can be told apart."""

import re
import shutil

import pytest
from accessibility import faults
from portal import PROJECT, Portal

LONGER = str.maketrans("aàâeéèêiîïoôuùûcçnAÀEÉIOUCN", "áåãëéèëíîïöôüùûçčñÅÀËÉÍÖÜÇÑ")
HEBREW = "אבגדהוזחטיכלמנסעפצקרשת"
MARK = "⟦"


def longer(text):
    """About a third longer, as German is, within brackets that show where a text begins and ends."""
    words = " ".join(word + "~" * (len(word) // 3) for word in text.split(" "))
    return f"⟦{words.translate(LONGER)}⟧"


def mirrored(text):
    return re.sub(r"[^\W\d_]", lambda letter: HEBREW[ord(letter[0]) % len(HEBREW)], text)


def translate(template, change):
    """The words of a template changed; its tags, and what is filled in, left as they are."""
    def words(text):
        pieces = re.split(r"(\{\{\{?.*?\}?\}\}|&[a-z0-9#]+;)", text, flags=re.S)
        return "".join(piece if index % 2 or not re.search(r"[^\W\d_]", piece) else
                       re.sub(r"^(\s*)(.*?)(\s*)$", lambda found: found[1] + change(found[2]) + found[3], piece, flags=re.S)
                       for index, piece in enumerate(pieces))

    def attributes(tag):
        return re.sub(r'\b(aria-label|alt|title|placeholder|data-label|data-show|data-hide|data-copied)="([^"]*)"',
                      lambda found: f'{found[1]}="{words(found[2])}"', tag)

    pieces = re.split(r"(<script\b.*?</script>|<style\b.*?</style>|<(?:[^<>{}]|\{\{\{?.*?\}?\}\})*>)", template, flags=re.S)
    return "".join(attributes(piece) if index % 2 else words(piece) for index, piece in enumerate(pieces))


def resources(folder, change, direction):
    """What a portal in such a language would be started with: the French templates changed."""
    for name in ("templates", "site", "public", "seeds"):
        shutil.copytree(PROJECT / name, folder / name)
    for path in (folder / "templates/fr").glob("*.mustache"):
        if path.stem not in ("letter", "mail", "mailTarget", "mailReminder", "packageText"):
            path.write_text(translate(path.read_text(encoding="utf-8"), change), encoding="utf-8")
    layout = folder / "templates/shared/layout.mustache"
    layout.write_text(layout.read_text(encoding="utf-8").replace(
        '<html lang="{{frame.language}}">', f'<html lang="{{{{frame.language}}}}" dir="{direction}">'), encoding="utf-8")
    for path in (folder / "site/texts/fr").glob("*.md"):
        text = path.read_text(encoding="utf-8")
        path.write_text(re.sub(r"(?m)^(## |- )?([^\[\]()\n]+)$", lambda found: (found[1] or "") + change(found[2]), text),
                        encoding="utf-8")
    return folder


@pytest.fixture(scope="module", params=["longer", "mirrored"])
def abroad(request, tmp_path_factory):
    change, direction = {"longer": (longer, "ltr"), "mirrored": (mirrored, "rtl")}[request.param]
    folder = resources(tmp_path_factory.mktemp(request.param), change, direction)
    portal = Portal("sqlite", environment={"REGARD_RESOURCES": str(folder)}).initialise("--demo").start()
    yield portal, request.param
    portal.remove()


def places(portal):
    projects = portal.get("/api/v1/projects?limit=200").json["items"]
    dataset = portal.get("/api/v1/datasets?limit=1").json["items"][0]["reference"]
    # The one with the most to show.
    fullest = max(projects, key=lambda item: len(portal.get(f"/api/v1/projects/{item['reference']}").body))["reference"]
    return ["/", "/projets", "/projets?q=coeur", f"/projets/{fullest}", "/bases", f"/bases/{dataset}", "/bases-liees",
            "/droits", "/droits/facile-a-lire", "/droits/formulaire", "/droits/exercer", "/suivi", "/suivi/code-perdu",
            "/mes-choix", "/glossaire", "/accessibilite", "/mentions-legales", "/donnees-personnelles", "/operateur",
            "/nulle-part"]


def test_nothing_sticks_out_and_nothing_is_lost(abroad, chromium, screenshots):
    portal, name = abroad
    wide = {}
    for width in (320, 390, 1280):
        context = chromium.new_context(base_url=portal.origin, viewport={"width": width, "height": 900})
        page = context.new_page()
        for place in places(portal):
            page.goto(place)
            found = page.evaluate("""() => {
                const root = document.documentElement;
                return { wide: root.scrollWidth, out: [...document.querySelectorAll("main *, header *, footer *")]
                    .filter(each => each.closest(".unseen, .iris, .hero, thead, .skip") === null)
                    .filter(each => { const box = each.getBoundingClientRect();
                        return box.width > 0 && (box.right > root.clientWidth + 1 || box.left < -1); })
                    .map(each => each.outerHTML.slice(0, 90)) };
            }""")
            if found["wide"] > width or found["out"]:
                wide[width, place] = (found["wide"], found["out"][:3])
            if width != 320:
                page.screenshot(
                    path=screenshots / f"{name}{place.split('?')[0].replace('/', '-')}-{width}.png", full_page=True)
        context.close()
    assert wide == {}


def test_the_shared_parts_hold_no_words():
    """They are the same in every language."""
    for path in (PROJECT / "templates/shared").glob("*.mustache"):
        text = re.sub(r"\{\{\{?.*?\}?\}\}", "", path.read_text(encoding="utf-8"), flags=re.S)
        text = re.sub(r"<[^<>]*>|&[a-z]+;|[a-z-]+=\"[^\"]*\"", " ", text, flags=re.S)
        assert not re.search(r"[^\W\d_]{2,}", text), (path.name, text.strip()[:80])


def test_what_the_templates_say_is_translated(abroad, chromium):
    """Of a French page of templates, no word is left: what remains French comes from the register or from our code's words."""
    portal, name = abroad
    context = chromium.new_context(base_url=portal.origin)
    page = context.new_page()
    for place, headings in (("/droits/facile-a-lire", "main h1, main h2"), ("/accessibilite", "main h2"),
                            ("/suivi", "main h1, main h2, main button, main label"), ("/projets", "main h1, main label")):
        page.goto(place)
        found = [text for text in page.locator(headings).all_inner_texts() if text]
        assert found, place
        for text in found:
            known = MARK in text if name == "longer" else re.search(f"[{HEBREW}]", text)
            assert known or not re.search(r"[a-zà-ÿ]{3}", text), (place, text)
    context.close()


def test_from_right_to_left_it_is_laid_out_from_the_right(abroad, chromium):
    portal, name = abroad
    context = chromium.new_context(base_url=portal.origin, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto("/")
    brand = page.locator(".brand").bounding_box()["x"]
    other = page.locator(".masthead .language").bounding_box()["x"]
    assert (brand > other) is (name == "mirrored")
    page.goto("/droits")
    first = page.locator("main h2").first.evaluate("each => getComputedStyle(each).textAlign + getComputedStyle(each).direction")
    assert first == ("startrtl" if name == "mirrored" else "startltr")
    if name == "mirrored":
        assert faults(page) == []
    context.close()
