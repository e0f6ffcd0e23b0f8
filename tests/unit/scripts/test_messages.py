"""Texts are found in code and templates; what a translation lacks is named."""

from pathlib import Path

import pytest

from scripts import messages

PAGE = """{% load i18n %}
    {% translate "It's your tier" %}
{% blocktranslate count n=n %}{{ n }} deal{% plural %}{{ n }} deals{% endblocktranslate %}
        {% translate "May" context "month" %}
"""
FRENCH = """
msgid ""
msgstr ""
"Plural-Forms: nplurals=2; plural=(n > 1);\\n"
"Content-Type: text/plain; charset=utf-8\\n"

msgid "It's your tier"
msgstr "C’est votre palier"

#, python-format
msgid "%(n)s deal"
msgid_plural "%(n)s deals"
msgstr[0] "%(n)s affaire"
msgstr[1] "%(n)s affaires"

msgctxt "month"
msgid "May"
msgstr "mai"

msgid "Points"
msgstr "Points"
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "page.html").write_text(PAGE)
    (tmp_path / "ui").mkdir()
    (tmp_path / "ui" / "words.py").write_text('LABEL = _("Points")\n')
    monkeypatch.setattr(messages, "ROOT", tmp_path)
    translate(FRENCH, tmp_path)
    return tmp_path


def translate(text: str, folder: Path) -> Path:
    path = folder / "locale" / "fr" / "LC_MESSAGES" / "django.po"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_finds_texts_in_code_and_in_templates(project: Path) -> None:
    found = {(message.id, message.context) for message in messages.collect()}

    assert found == {
        ("", None),
        ("Points", None),
        ("It's your tier", None),
        (("%(n)s deal", "%(n)s deals"), None),
        ("May", "month"),
    }


def test_a_complete_translation_passes(project: Path) -> None:
    assert messages.check() == 0


@pytest.mark.parametrize(
    ("before", "after", "complaint"),
    [
        ('msgstr "mai"', 'msgstr ""', "untranslated or fuzzy: May"),
        ('msgid "Points"', 'msgid "Point"', "not extracted: Points"),
        ('msgid "Points"', 'msgid "Point"', "not in use: Point"),
        ('"%(n)s affaires"', '"%(m)s affaires"', "%(n)s deal"),
        ('msgid "Points"', '#, fuzzy\nmsgid "Points"', "untranslated or fuzzy: Points"),
    ],
    ids=["untranslated", "new text", "old text", "placeholder", "fuzzy"],
)
def test_an_incomplete_translation_is_named(
    project: Path,
    capsys: pytest.CaptureFixture[str],
    before: str,
    after: str,
    complaint: str,
) -> None:
    translate(FRENCH.replace(before, after), project)

    assert messages.check() == 1
    assert complaint in capsys.readouterr().out


def test_extracting_keeps_translations_and_drops_what_is_gone(project: Path) -> None:
    path = translate(FRENCH + '\nmsgid "Gone"\nmsgstr "Parti"\n', project)

    messages.extract()

    text = path.read_text(encoding="utf-8")
    assert "C’est votre palier" in text
    assert "Gone" not in text
    assert messages.check() == 0


def test_compiles_only_what_changed(project: Path) -> None:
    messages.compile_stale()
    compiled = project / "locale" / "fr" / "LC_MESSAGES" / "django.mo"
    first = compiled.stat().st_mtime_ns

    messages.compile_stale()

    assert compiled.read_bytes()[:4] == b"\xde\x12\x04\x95"
    assert compiled.stat().st_mtime_ns == first
