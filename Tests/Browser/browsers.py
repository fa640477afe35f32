"""Browsers in front of one portal, and pictures of what they show."""

from accessibility import faults


class Browsers:
    """Opens pages on a portal, each in a browser of its own; closed together.

    - name: with what the names of pictures begin.
    - language, width, scheme: of each page, unless it is opened with others.
    - sizes: the widths at which a page is pictured.
    """

    def __init__(self, chromium, portal, screenshots=None, name=None, language="fr", width=1280, scheme="light",
                 sizes=(1280, 390)):
        self.chromium, self.portal, self.screenshots, self.name = chromium, portal, screenshots, name
        self.language, self.width, self.scheme = language, width, scheme
        self.sizes = sizes
        self._contexts, self._judge = [], None

    def open(self, scripts=False, width=None, language=None, scheme=None):
        """A page, without JavaScript unless it is asked for."""
        context = self.chromium.new_context(
            base_url=self.portal.origin, java_script_enabled=scripts,
            viewport={"width": width or self.width, "height": 900},
            locale={"fr": "fr-FR", "en": "en-GB"}[language or self.language], color_scheme=scheme or self.scheme)
        context.set_default_timeout(30_000)
        self._contexts.append(context)
        return context.new_page()

    def picture(self, page, name):
        """What `page` shows now, at each width, where nothing may stick out; axe finds nothing wrong."""
        for width in self.sizes:
            page.set_viewport_size({"width": width, "height": 900})
            page.screenshot(path=self.screenshots / f"{self.name}-{name}-{self.language}-{width}.png", full_page=True)
            assert page.evaluate("document.documentElement.scrollWidth") <= width
        self._judge = self._judge or self.open(scripts=True)
        assert faults(page, self._judge) == []

    def close(self):
        for context in self._contexts:
            context.close()
