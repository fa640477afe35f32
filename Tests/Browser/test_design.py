"""What every page has in common: targets that a thumb hits, a focus that shows, a page that prints."""

import pytest

PAGES = ["/", "/projets", "/projets?q=coeur", "/bases", "/droits", "/droits/facile-a-lire", "/droits/exercer", "/suivi", "/glossaire",
         "/accessibilite", "/operateur"]
SMALL = """() => [...document.querySelectorAll(
        "button, .button, input:not([type=hidden]):not([type=radio]):not([type=checkbox]), select, textarea, summary, nav a, .language")]
    .filter(each => each.getClientRects().length && getComputedStyle(each).visibility !== "hidden")
    .map(each => [each.outerHTML.slice(0, 100), each.getBoundingClientRect()])
    .filter(([, box]) => box.height < 43.5 && box.height > 1).map(([text, box]) => `${Math.round(box.height)} ${text}`)"""


def fullest(demonstration):
    items = demonstration.get("/api/v1/projects?limit=200").json["items"]
    return max(items, key=lambda item: len(demonstration.get(f"/api/v1/projects/{item['reference']}").body))["reference"]


def test_what_is_pressed_is_44_pixels_high(browse, demonstration):
    page = browse(scripts=True, width=390)
    small = {}
    for place in [*PAGES, f"/projets/{fullest(demonstration)}"]:
        page.goto(place)
        found = page.evaluate(SMALL)
        if found:
            small[place] = found
    assert small == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_focus_shows(browse, demonstration, scheme):
    page = browse(scripts=True, width=1280, scheme=scheme)
    for place in ["/", f"/projets/{fullest(demonstration)}", "/glossaire"]:
        page.goto(place)
        for _ in range(12):
            page.keyboard.press("Tab")
            style = page.evaluate("""() => { const style = getComputedStyle(document.activeElement);
                return [document.activeElement.tagName, style.outlineStyle, parseFloat(style.outlineWidth)]; }""")
            assert style[1] == "solid" and style[2] >= 3, (place, style)


def test_a_project_prints_without_menus_and_in_black(browse, demonstration, screenshots):
    page = browse(scripts=True)
    page.goto(f"/projets/{fullest(demonstration)}")
    page.emulate_media(media="print")
    assert not page.locator(".masthead .menu").is_visible() and not page.locator(".footer").is_visible()
    assert page.get_by_role("heading", level=1).is_visible()
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
    page.screenshot(path=screenshots / "projet-imprime.png", full_page=True)


@pytest.mark.parametrize("width", [390, 1280])
def test_the_way_of_a_project_is_drawn_as_its_list_tells(browse, demonstration, screenshots, width):
    page = browse(scripts=False, width=width)
    page.goto(f"/projets/{fullest(demonstration)}")
    drawn = page.locator(".course .course-number").all_text_contents()
    told = page.locator(".course-list .step-number").all_inner_texts()
    assert drawn == [number for number in told if number.isdigit()] and len(drawn) > 3
    boxes = [mark.bounding_box() for mark in page.locator(".course .course-mark").all()]
    for index, one in enumerate(boxes):
        assert one["x"] >= 0 and one["x"] + one["width"] <= width
        for other in boxes[index + 1:]:
            apart = (one["x"] + one["width"] <= other["x"] + 1 or other["x"] + other["width"] <= one["x"] + 1
                     or one["y"] + one["height"] <= other["y"] + 1 or other["y"] + other["height"] <= one["y"] + 1)
            assert apart, "two marks cover each other"
    page.locator("section:has(.course)").screenshot(path=screenshots / f"projet-etapes-{width}.png")


def test_a_word_of_the_trade_leads_to_what_it_means(browse, demonstration):
    page = browse(scripts=False, width=390)
    page.goto(f"/projets/{fullest(demonstration)}")
    page.get_by_role("link", name="Responsable", exact=True).click()
    assert page.url.endswith("/glossaire#controller")
    assert page.locator("#controller").is_visible()
    assert page.locator("#controller").evaluate("each => each.getBoundingClientRect().top < innerHeight")
