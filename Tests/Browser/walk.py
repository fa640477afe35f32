"""One citizen's way through the site, looked at wherever it stops: what assistive technology is told, where the keyboard
leads, how wide and how heavy the page is, and what axe says of it."""

import re

from accessibility import faults, shape

LANDMARKS = ("banner", "main", "contentinfo")
NAMED = ("disclosure", "textbox", "searchbox", "radio", "checkbox", "button", "link", "combobox", "group", "navigation", "region", "img")
# What may be heavier than a page: nothing.
HEAVIEST = 100 * 1024
LINE = re.compile(r'''^(\s*)- '?([a-z]+)(?: "((?:[^"\\]|\\.)*)")?(.*)$''')

# What Tab meets, as it is named and as it shows; the place is that of the element among all that can have the focus.
FOCUS = """() => {
    const here = document.activeElement;
    if (!here || here === document.body) return null;
    const plain = text => (text || "").replace(/\\s+/g, " ").trim();
    const label = here.labels && here.labels[0];
    const shows = element => {
        const style = getComputedStyle(element);
        return (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== "none";
    };
    const box = here.getBoundingClientRect();
    return {
        role: here.type === "radio" ? "radio" : here.tagName.toLowerCase(),
        name: plain(here.getAttribute("aria-label") || (label && label.textContent) || here.textContent),
        group: here.type === "radio" ? here.name : null,
        visible: shows(here) || (here.closest(".choice") !== null && shows(here.closest(".choice"))),
        onScreen: box.width > 0 && box.right > 0 && box.left < innerWidth,
        top: box.top + scrollY,
    };
}"""

# What each field that is wrong says of it, and where each line of the summary leads.
MISTAKES = """() => ({
    fields: [...document.querySelectorAll("main [aria-invalid=true]")].map(field => ({
        id: field.id,
        said: (field.getAttribute("aria-describedby") || "").split(" ").filter(id => id.endsWith("-error"))
            .map(id => (document.getElementById(id) || {}).textContent || "").join(" "),
    })),
    summary: [...document.querySelectorAll("#errors a")].map(link => ({
        text: link.textContent, leads: document.getElementById(link.hash.slice(1)) !== null})),
})"""


def plain(text):
    return re.sub(r"\s+", " ", text.replace("\u00a0", " ")).strip()


def spoken(tree):
    """The lines of an accessibility tree as `(depth, role, name, rest)`. A disclosure is a group that its first words
    name, whether it is open or closed; it is told from other groups as one."""
    lines = [(len(found[1]) // 2, found[2], plain((found[3] or "").replace('\\"', '"').replace("''", "'")), found[4])
             for found in map(LINE.match, tree.splitlines()) if found]
    for place, (depth, role, name, rest) in enumerate(lines):
        if role == "group" and not name:
            words = rest if rest.startswith(": ") else lines[place + 1][3]
            lines[place] = (depth, "disclosure", plain(words.removeprefix(":").strip(" \"'")), "")
    return lines

# Texts that run down the page a syllable a line.
CRAMPED = """() => {
    const found = [], walker = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        // What is read aloud alone has no width.
        if (walker.currentNode.parentElement.closest("thead, .unseen")) continue;
        const range = document.createRange();
        range.selectNodeContents(walker.currentNode);
        const lines = range.getClientRects().length, text = walker.currentNode.data.trim();
        if (lines >= 8 && text.length / lines < 5) found.push(text);
    }
    return found;
}"""


# Pages that the keyboard has gone through already: the same but for numbers and what was typed.
_tabbed = set()


class Walk:
    def __init__(self, page, name, screenshots, language="fr", judge=None, tabs=True):
        self.page = page
        self.name = name
        self.screenshots = screenshots
        self.language = language
        # A page with scripts, for axe alone: it looks at what this one has got.
        self.judge = judge
        # Whether each page is tabbed through; the order is the same at every width.
        self.tabs = tabs
        self.width = page.viewport_size["width"]
        self.steps = 0
        self.pages = 0

    @property
    def heading(self):
        return plain(self.page.get_by_role("heading", level=1).inner_text())

    def look(self, heading, fields=(), says=()):
        """Stops here. `heading` names the page, `fields` are the controls that must be there by their names, `says` is
        what is to be read."""
        self.pages += 1
        assert self.heading == heading, f"{self.heading!r}\n{self.page.inner_text('main')}"
        main = plain(self.page.inner_text("main"))
        for words in says:
            assert words in main, f"{words!r} is not in\n{main}"
        tree = self.page.locator("body").aria_snapshot()
        lines = spoken(tree)
        self._landmarks_and_headings(lines)
        self._names(lines, fields)
        self._mistakes()
        content = self.page.content()
        assert len(content.encode()) < HEAVIEST, f"{len(content.encode())} bytes"
        assert self.page.evaluate("document.documentElement.scrollWidth") <= self.width, "something sticks out"
        assert self.page.evaluate(CRAMPED) == []
        self.page.screenshot(path=self.screenshots / f"{self.name}-{self.pages:02d}-{self.width}.png", full_page=True)
        if self.tabs and (key := shape(self.page, self.width, None)) not in _tabbed:
            self._keyboard(lines)
            _tabbed.add(key)
        if self.judge:
            assert faults(self.page, self.judge) == []
        return self

    def _landmarks_and_headings(self, lines):
        roles = [role for depth, role, _, _ in lines if depth == 0]
        for role in LANDMARKS:
            assert roles.count(role) == 1, f"{role} in {roles}"
        levels = [int(re.search(r"level=(\d)", rest)[1]) for _, role, _, rest in lines if role == "heading"]
        assert levels.count(1) == 1 and levels[0] == 1, levels
        for before, after in zip(levels, levels[1:]):
            assert after <= before + 1, f"a level is skipped: {levels}"

    def _names(self, lines, fields):
        for _, role, name, _ in lines:
            assert role not in NAMED or name, f"a {role} without a name"
        names = [name for _, role, name, _ in lines if role in NAMED]
        for name in fields:
            assert any(known.startswith(name) for known in names), f"{name!r} is not among {names}"

    def _mistakes(self):
        found = self.page.evaluate(MISTAKES)
        for field in found["fields"]:
            assert plain(field["said"]), f"{field['id']} is wrong and does not say why"
        for line in found["summary"]:
            assert plain(line["text"]) and line["leads"], f"{line} leads nowhere"
        assert bool(found["fields"]) <= bool(found["summary"]), "what is wrong is said where the page begins too"
        if found["fields"] or found["summary"]:
            assert self.page.title().startswith(("Erreur", "Error")), self.page.title()

    def stops(self):
        """What the Tab key meets, from the start of the page until it leaves it."""
        # Without a script nothing else puts the focus back to the start.
        self.page.evaluate("() => { const here = document.activeElement; if (here) here.blur(); }")
        self.page.evaluate("""() => { document.body.tabIndex = -1; document.body.focus(); document.body.blur();
            document.body.removeAttribute("tabindex"); getSelection().removeAllRanges();
            getSelection().setPosition(document.body, 0); scrollTo(0, 0); }""")
        found = []
        for _ in range(200):
            self.page.keyboard.press("Tab")
            stop = self.page.evaluate(FOCUS)
            if stop is None:
                return found
            if found and stop == found[0]:
                return found
            found.append(stop)
        raise AssertionError(f"the keyboard is trapped: {[stop['name'] for stop in found[-5:]]}")

    def _keyboard(self, lines):
        stops = self.stops()
        for stop in stops:
            assert stop["visible"] and stop["onScreen"], f"the focus does not show on {stop['name']!r}"
        assert stops[0]["name"] in ("Aller au contenu", "Skip to content"), stops[0]
        # The order in which it is read is the order in which it is reached; of a group of radio buttons, one.
        read, group = [], None
        for depth, role, name, rest in lines:
            if role in ("disclosure", "link", "button", "textbox", "checkbox", "combobox", "searchbox", "spinbutton"):
                read.append(name)
                group = None
            elif role == "radio":
                if group is not None and group == depth:
                    if "[checked]" in rest:
                        read[-1] = name
                else:
                    read.append(name)
                group = depth
            elif role in ("group", "radiogroup"):
                group = None
        met = [plain(stop["name"]) for stop in stops]
        assert [self._bare(name) for name in met] == [self._bare(name) for name in read], (
            f"met by Tab\n{met}\nread aloud\n{read}")

    @staticmethod
    def _bare(name):
        """A name as it is compared: marks drawn by the style sheet and the words of pictures left out."""
        return re.sub(r"[^\w]+", "", name).removeprefix("Regard")

    # Acts, each of which is one step of the citizen's

    def presses(self, name):
        self.steps += 1
        self.page.get_by_role("button", name=name, exact=True).click()

    def follows(self, name):
        self.steps += 1
        self.page.get_by_role("link", name=name, exact=True).first.click()

    def says(self, label, text):
        self.page.get_by_label(re.compile("^" + re.escape(label))).first.fill(text)

    def chooses(self, label):
        self.page.get_by_role("radio", name=label, exact=True).check()
