"""What citizens read is plain: short sentences, and words of the trade only where the glossary explains them."""

import html
import re
from pathlib import Path

import pytest
import yaml

PROJECT = Path(__file__).resolve().parents[2]
GLOSSARY = yaml.safe_load((PROJECT / "site/glossary.yaml").read_text(encoding="utf-8"))
# Those for people who work here.
INSIDE = ("operator", "custodian")
# Where a law obliges to its own words: forms that are sent as letters, and declarations whose parts are set by decree.
LEGAL = ("letter", "letters", "attestation")
MOST_WORDS = 15
# What can always be said more simply.
HEAVY = {
    "fr": ["afin de", "le cas échéant", "nonobstant", "susmentionné", "ci-après", "ci-dessus mentionné", "en vertu de",
           "au titre de", "dans le cadre de", "conformément", "préalablement", "ultérieurement", "susceptible", "notamment",
           "relatif à", "mise en œuvre", "mettre en œuvre", "modalités", "stipule", "procéder à", "par le biais de",
           "en ce qui concerne", "finaliser", "impacter", "dispositif"],
    "en": ["in order to", "notwithstanding", "hereinafter", "aforementioned", "pursuant to", "in accordance with",
           "prior to", "subsequent to", "utilise", "facilitate", "with regard to", "in respect of", "whereby",
           "thereof", "herein", "commence", "endeavour"],
}


def words(text):
    return re.findall(r"[^\W_]+(?:[’'-][^\W_]+)*", text)


def sentences(text):
    """What is read as a sentence: three words or more, until a full stop, a question mark or the end of its block."""
    found = []
    for block in text.split("\n"):
        for sentence in re.split(r"(?<=[.?!…])\s+", block):
            if len(words(sentence)) >= 3:
                found.append(sentence.strip())
    return found


def shown(template):
    """The words of a template, a line a block; what is filled in counts as one word."""
    text = re.sub(r"\{\{[>&!#/^<$][^}]*\}\}+", " ", template)
    text = re.sub(r"\{\{\{?[^}]*\}?\}\}", "X", text)
    text = re.sub(r"<(svg|script|style)\b.*?</\1>", " ", text, flags=re.S)
    text = re.sub(r"\s+", " ", text)
    text = re.sub(r"</?(p|div|li|ul|ol|h\d|dt|dd|dl|section|td|th|tr|table|caption|label|button|legend|summary|details|form|"
                  r"nav|header|footer|main|article|figure|figcaption|blockquote|option|address|br|fieldset|input)\b[^>]*>", "\n",
                  text)
    return html.unescape(re.sub(r"<[^>]*>", "", text))


def markdown(text):
    text = re.sub(r"\[\[([^\]]*)\]\]", r"\1", text)
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text)
    text = re.sub(r"\n(?!\n|- |## )\s*", " ", text)
    return re.sub(r"(?m)^(## |- )", "", text)


def pages(language):
    """Name, source and words of each text for citizens."""
    for path in sorted((PROJECT / "templates" / language).glob("*.mustache")):
        if not path.name.startswith(INSIDE):
            source = path.read_text(encoding="utf-8")
            yield path.stem, source, shown(source)
    for path in sorted((PROJECT / "site/texts" / language).glob("*.md")):
        source = path.read_text(encoding="utf-8")
        yield f"texts/{path.stem}", source, markdown(source)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_sentences_have_fifteen_words_on_average(language):
    long = {}
    every = []
    for name, _, text in pages(language):
        lengths = [len(words(sentence)) for sentence in sentences(text)]
        every += lengths
        # Of a page with a sentence or two nothing can be averaged: none of these may be long.
        allowed = MOST_WORDS if len(lengths) > 3 else 2 * MOST_WORDS
        if lengths and sum(lengths) / len(lengths) > allowed:
            long[name] = round(sum(lengths) / len(lengths), 1)
    assert long == {}
    assert len(every) > 300 and sum(every) / len(every) <= MOST_WORDS


@pytest.mark.parametrize("language", ["fr", "en"])
def test_no_sentence_is_endless(language):
    endless = {(name, sentence) for name, _, text in pages(language) for sentence in sentences(text)
               if len(words(sentence)) > 40}
    assert endless == set()


@pytest.mark.parametrize("language", ["fr", "en"])
def test_words_of_the_trade_lead_to_the_glossary(language):
    unexplained = set()
    for name, source, text in pages(language):
        if name in LEGAL or name.startswith("mail"):
            continue
        plain = text.lower()
        for entry in GLOSSARY:
            for form in entry.get("forms", {}).get(language, []):
                if re.search(rf"(?<![\w-]){re.escape(form.lower())}(?![\w-])", plain) and f"#{entry['id']}" not in source:
                    unexplained.add((name, form))
    assert unexplained == set()


@pytest.mark.parametrize("language", ["fr", "en"])
def test_nothing_is_said_heavily(language):
    heavy = {(name, word) for name, _, text in pages(language) for word in HEAVY[language]
             if re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text.lower())}
    assert heavy == set()


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_glossary_itself_is_plain(language):
    for entry in GLOSSARY:
        for sentence in sentences(entry["meaning"][language]):
            assert len(words(sentence)) <= 24, sentence
        assert not any(re.search(rf"(?<!\w){re.escape(word)}(?!\w)", entry["meaning"][language].lower())
                       for word in HEAVY[language]), entry["id"]


def test_the_easy_page_says_one_thing_a_line():
    """The European rules for information that is easy to read: short lines, no abbreviation, no number in letters."""
    text = shown((PROJECT / "templates/fr/easyRights.mustache").read_text(encoding="utf-8"))
    lines = [line.strip() for line in text.split("\n") if len(words(line)) >= 3]
    assert len(lines) > 30
    for line in lines:
        assert len(sentences(line)) <= 1, f"two sentences on one line: {line}"
        assert len(words(line)) <= 14, line
        assert not re.search(r"\b[A-ZÉ]{2,}\b", line), f"an abbreviation: {line}"
        assert ";" not in line and "(" not in line, line
