import pytest

from jiqun.evaluate.metrics import score
from jiqun.evaluate.report import cut, make_report
from jiqun.spans import Document, Span

TEXT = "记者<b>李娜</b>&报道：温岭有15家企业。"
GOLD = Document("a#0", TEXT, (Span(5, 7, "PERSON"), Span(15, 17, "LOC"), Span(18, 21, "FIGURE")))
PREDICTED = Document("a#0", TEXT, (Span(5, 7, "OFFICIAL"), Span(15, 17, "LOC")))


@pytest.fixture
def report(scheme):
    scores = score([GOLD], [PREDICTED])
    return make_report([GOLD], [PREDICTED], scores, scheme, {"model": "<i>m", "data": "data"})


def test_a_text_is_cut_at_its_spans():
    assert cut(GOLD, PREDICTED.spans) == [
        ("记者<b>", None, True),
        ("李娜", "PERSON", False),
        ("</b>&报道：", None, True),
        ("温岭", "LOC", True),
        ("有", None, True),
        ("15家", "FIGURE", False),
        ("企业。", None, True),
    ]
    assert cut(Document("a", ""), ()) == []


def test_what_is_shown_is_escaped(report):
    assert "记者&lt;b&gt;" in report and "&lt;/b&gt;&amp;报道" in report
    assert "&lt;i&gt;m" in report and "<b>" not in report and "<i>" not in report
    assert "http" not in report


@pytest.mark.browser
@pytest.mark.parametrize("width", [1200, 390])
@pytest.mark.parametrize("scheme_of_colours", ["light", "dark"])
def test_in_a_browser(report, browser, tmp_path, width, scheme_of_colours):
    path = tmp_path / "report.html"
    path.write_text(report, encoding="utf-8")
    requests = []
    page = browser.new_page(
        viewport={"width": width, "height": 800}, color_scheme=scheme_of_colours
    )
    page.on("request", lambda request: requests.append(request.url))
    page.goto(path.as_uri())
    assert requests == [path.as_uri()]
    gold, predicted = page.locator(".sides > div").all()
    texts = [side.evaluate("e => e.textContent") for side in (gold, predicted)]
    assert texts[0] == "gold" + TEXT.replace("李娜", "李娜PERSON").replace(
        "温岭", "温岭LOC"
    ).replace("15家", "15家FIGURE")
    assert predicted.locator("mark").evaluate_all(
        "all => all.map(m => [m.title, m.className])"
    ) == [
        ["OFFICIAL", "wrong"],
        ["LOC", ""],
    ]
    row = page.locator("#scores tr", has_text="LOC 地点").locator("td").all_inner_texts()
    assert row == ["LOC 地点", "100.0", "100.0", "100.0", "1"]
    places = [side.bounding_box() for side in (gold, predicted)]
    assert (places[0]["y"] == places[1]["y"]) == (width == 1200)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    style = "getComputedStyle(document.body)"
    colours = page.evaluate(f"[{style}.color, {style}.backgroundColor]")
    light = ["rgb(28, 28, 30)", "rgb(255, 255, 255)"]
    dark = ["rgb(236, 236, 240)", "rgb(22, 22, 24)"]
    assert colours == (dark if scheme_of_colours == "dark" else light)
    page.close()
