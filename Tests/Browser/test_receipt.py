"""What a citizen keeps: the receipt, its file, its calendar entry, and the square that a telephone reads."""

import io

import pytest
import visits
import zxingcpp
from icalendar import Calendar
from people import People
from PIL import Image
from visits import WORDS, button, field


@pytest.mark.parametrize("language, width", [("fr", 390), ("en", 1280)])
def test_the_square_opens_the_request_and_leaves_no_trace(browse, demonstration, screenshots, language, width):
    words, page = WORDS[language], browse(scripts=True, width=width, language=language)
    reference, secret = visits.file(page, words, People()[0])
    page.screenshot(path=screenshots / f"recepisse-{width}.png", full_page=True)
    page.reload()
    assert reference in page.inner_text("main"), "a reload is safe"

    square = page.locator(".qr svg")
    found = zxingcpp.read_barcodes(Image.open(io.BytesIO(square.screenshot())))
    assert [code.text for code in found] == [
        f"{demonstration.origin}{words.follow}#{reference}/{secret.replace(' ', '')}"]

    telephone = browse(scripts=True, width=390, language=language)
    telephone.goto(found[0].text)
    assert field(telephone, words.reference).input_value() == reference
    assert "#" not in telephone.url and telephone.evaluate("history.length") <= 2
    button(telephone, words.see).click()
    assert reference in telephone.inner_text("main")
    assert secret.replace(" ", "") not in demonstration.log_text()

    # Where it was filed, the form goes on for another person; elsewhere nothing of it waits.
    another = 'form[action*="/autre-personne"], form[action*="/another-person"]'
    telephone.goto(page.url)
    assert reference in telephone.inner_text("main")
    assert page.locator(another).count() == 1 and telephone.locator(another).count() == 0


def test_file_and_calendar_are_what_they_say(browse, demonstration):
    words, page = WORDS["fr"], browse(scripts=False)
    reference, secret = visits.file(page, words, People()[0])
    with page.expect_download() as download:
        page.get_by_role("link", name="Enregistrer un fichier").click()
    text = download.value.path().read_text()
    assert download.value.suggested_filename == f"regard-{reference}.txt"
    assert reference in text and secret.replace(" ", "-") in text and "CNIL" in text
    with page.expect_download() as download:
        page.get_by_role("link", name="Ajouter l’échéance").click()
    event, = Calendar.from_ical(download.value.path().read_bytes()).walk("VEVENT")
    follow = page.request.get(f"{demonstration.origin}/api/v1/requests/{reference}",
                              headers={"Authorization": f"Bearer {secret}"}).json()
    assert event.decoded("DTSTART").isoformat() == follow["clock"]["due"]
    assert event["UID"] == f"{reference}@regard"
