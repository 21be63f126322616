import copy
import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiqun.evaluate.report import choose_range, cut_raw, cut_sentence, gather, make_report
from jiqun.scheme import Label, Scheme

EVIL = "<script>alert('x')</script><img src=x onerror=alert(1)>\"'&"
TEXT = "会议昨天开幕。记者李娜报道：温岭市有15家企业！“很好。”他说。"
RAW = "<p>会议昨天开幕。</p>記者李娜報道：溫嶺市有15家企業！“很好。”他說。"


def make_row(f1, interval=None, support=100):
    return {
        "precision": f1 + 0.01,
        "recall": f1 - 0.01,
        "f1": f1,
        "support": support,
        "interval": interval,
    }


def make_error(kind, gold, predicted, raw=None):
    sides = [
        side and dict(zip(("start", "end", "label", "score"), side)) for side in (gold, predicted)
    ]
    return {
        "kind": kind,
        "article": "000",
        "paragraph": 2,
        "text": TEXT,
        "gold": sides[0],
        "predicted": sides[1],
        "raw": raw,
    }


def make_system(name, f1, errors, **more):
    counts = {"correct": 811, "incorrect": 12, "partial": 13, "missed": 14, "spurious": 15}
    rates = {"precision": 0.711, "recall": 0.722, "f1": 0.733}
    return {
        "name": name,
        "kind": "model",
        "sha256": "ab" * 32,
        "strict": {
            "LOC": make_row(f1 + 0.02, [f1 - 0.03, f1 + 0.04], 61),
            "PERSON": make_row(0.0, None, 0),
            "PER": make_row(0.517, None, 62),
            "micro": make_row(f1, [f1 - 0.05, f1 + 0.05], 123),
            "macro": make_row(f1 - 0.1, None, 123),
        },
        "muc": {"exact": {"LOC": counts | rates, "micro": counts | rates}},
        "seen": {"seen": {"support": 91, "recall": 0.918}, "unseen": {"support": 0, "recall": 0.0}},
        "by_article": {"000": {"f1": 0.456, "support": 123}},
        "by_length": [
            {"from": 2, "to": 2, "recall": 0.876, "support": 80},
            {"from": 5, "to": 6, "recall": 0.654, "support": 43},
        ],
        "by_source": {"大众网": {"f1": 0.345, "support": 123}},
        "confusion": {"LOC": {"LOC": 55, "ORG": 4, "none": 2}, "none": {"FIGURE": 3}},
        "boundary": {
            "too_short_left": 21,
            "too_long_left": 22,
            "too_short_right": 23,
            "too_long_right": 24,
        },
        "calibration": {
            "ece": 0.0432,
            "bins": [
                {"low": 0.5, "high": 0.6, "confidence": 0.551, "accuracy": 0.412, "count": 17},
                {"low": 0.9, "high": 1.0, "confidence": 0.972, "accuracy": 0.933, "count": 95},
            ],
        },
        "errors": errors,
        "suites": {"联名 lists": {"passed": 7, "total": 9, "failures": ["第3例", "第8例"]}},
    } | more


WORSE = [
    make_error("missed", (9, 11, "PERSON"), None, [16, 18]),
    make_error("boundary", (14, 17, "LOC"), (14, 16, "LOC", 0.71), [21, 24]),
    make_error("label", (14, 17, "LOC"), (14, 17, "ORG", 0.62), [21, 24]),
]
BETTER = [
    make_error("spurious", None, (0, 2, "ORG", None)),
    make_error("both", (18, 21, "FIGURE"), (18, 23, "ORG", 0.83), [25, 28]),
]


@pytest.fixture
def results():
    return copy.deepcopy(
        {
            "made": {
                "versions": {"jiqun": "0.9.1", "torch": "2.9.0"},
                "seed": 31,
                "data": {
                    "name": "data",
                    "config": "tokens",
                    "split": "test",
                    "sha256": "cd" * 32,
                    "paragraphs": 14,
                    "articles": 3,
                },
                "labels": ["ORG", "LOC"],
            },
            "systems": [
                make_system("worse", 0.612, WORSE, calibration=None, suites=None, sha256=None),
                make_system("better", 0.834, BETTER),
            ],
            "comparisons": [
                {"first": "better", "second": "worse", "difference": 0.222, "p": 0.0123}
            ],
            "curve": [
                {"articles": 40, "f1": 0.401, "labels": {"LOC": 0.31}},
                {"articles": 320, "f1": 0.802, "labels": {"LOC": 0.73}},
            ],
            "raw": {"000": RAW},
        }
    )


class Page(HTMLParser):
    """The tags of a page, and the text of its cells row by row."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.rows, self.cell = [], [], False
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag == "tr":
            self.rows.append([])
        elif tag in ("th", "td"):
            self.rows[-1].append("")
            self.cell = True

    def handle_endtag(self, tag):
        if tag in ("th", "td"):
            self.cell = False

    def handle_data(self, data):
        if self.cell:
            self.rows[-1][-1] = " ".join((self.rows[-1][-1] + " " + data).split())


def test_a_sentence_is_cut_at_its_spans():
    gold = {"start": 14, "end": 17, "label": "LOC"}
    predicted = {"start": 15, "end": 18, "label": "ORG"}
    assert cut_sentence(TEXT, gold, predicted) == (
        True,
        [
            ("记者李娜报道：", None, None),
            ("温", "LOC", None),
            ("岭市", "LOC", "ORG"),
            ("有", None, "ORG"),
            ("15家企业！", None, None),
        ],
        True,
    )
    assert cut_sentence("温岭", {"start": 0, "end": 2, "label": "LOC"}, None) == (
        False,
        [("温岭", "LOC", None)],
        False,
    )
    # Quotation marks behind a full stop end the sentence with it.
    assert cut_sentence(TEXT, {"start": 25, "end": 27, "label": "ORG"}, None)[1][-1][0] == "。”"


def test_of_a_long_sentence_the_neighbourhood_is_kept():
    before, pieces, after = cut_sentence(
        "甲" * 500 + "温岭" + "乙" * 500, {"start": 500, "end": 502, "label": "LOC"}, None
    )
    assert before and after
    assert pieces == [("甲" * 120, None, None), ("温岭", "LOC", None), ("乙" * 120, None, None)]


@given(st.text("甲。！”\n", min_size=1, max_size=40), st.data())
def test_a_cut_sentence_is_a_part_of_the_text(text, data):
    sides = []
    for label in ("LOC", "ORG"):
        start = data.draw(st.integers(0, len(text) - 1))
        sides.append({"start": start, "end": data.draw(st.integers(start + 1, len(text)))})
        sides[-1]["label"] = label
    _, pieces, _ = cut_sentence(text, *sides)
    assert all(characters for characters, _, _ in pieces)
    assert "".join(characters for characters, _, _ in pieces) in text
    for side, place in zip(sides, (1, 2)):
        marked = "".join(piece[0] for piece in pieces if piece[place] == side["label"])
        assert marked == text[side["start"] : side["end"]]


def test_raw_is_cut_where_errors_lie():
    assert cut_raw("甲乙丙丁戊", [(1, 3), (2, 4), (1, 3)]) == [
        ("甲", 0, False, False),
        ("乙", 1, True, True),
        ("丙", 2, True, True),
        ("丁", 3, False, True),
        ("戊", 4, False, False),
    ]
    assert cut_raw("甲", [(0, 9)]) == [("甲", 0, False, False)]
    assert cut_raw("", []) == []


def test_dicts_are_gathered_by_name():
    assert gather([{"a": 1}, None, {"b.c": 2}]) == {"a": [1, None, None], "b.c": [None, None, 2]}


@pytest.mark.parametrize(
    "f1, interval, expected",
    [
        (0.834, [0.784, 0.884], (0.7, 0.9)),
        (0.85, None, (0.8, 0.9)),
        (1.0, None, (0.9, 1.0)),
        (0.0, None, (0.0, 0.1)),
        (0.5, [0.0, 1.0], (0.0, 1.0)),
    ],
)
def test_the_axis_holds_all_scores(f1, interval, expected):
    assert choose_range([{"strict": {"micro": make_row(f1, interval)}}]) == expected


def test_all_numbers_are_there(results, scheme):
    page = make_report(results, scheme)
    rows = Page(page).rows
    for row in [
        ["better", "83.4 78.4–88.4", "micro F1 83.4, interval 78.4–88.4", "84.4", "82.4", "73.4"],
        ["worse", "61.2 56.2–66.2", "micro F1 61.2, interval 56.2–66.2", "62.2", "60.2", "51.2"],
    ]:
        assert [*row, "51.7", "model"] in rows
    assert rows.index([*row, "51.7", "model"]) == 2  # the worse one comes second
    for row in [
        ["better", "worse", "+22.2", "0.0123"],
        ["LOC 地点", "61", "85.4 80.4–87.4", "63.2 58.2–65.2"],
        ["PERSON 其他人物", "0", "–", "–"],
        ["PER", "62", "51.7 –", "51.7 –"],
        ["exact", "LOC 地点", "811", "12", "13", "14", "15", "71.1", "72.2", "73.3"],
        ["missed nothing was predicted for the gold span", "0", "1"],
        ["all", "2", "3"],
        ["too short left", "21", "21"],
        ["too long right", "24", "24"],
        ["gold", "ORG", "LOC", "FIGURE", "none"],
        ["LOC 地点", "4", "55", "·", "2"],
        ["none (spurious)", "·", "·", "3", ""],
        ["better", "91.8 of 91", "– of 0"],
        ["2", "80", "87.6", "87.6"],
        ["5–6", "43", "65.4", "65.4"],
        ["000", "123", "45.6", "45.6"],
        ["大众网", "123", "34.5", "34.5"],
        ["50–60", "55.1", "41.2", "17"],
        ["90–100", "97.2", "93.3", "95"],
        ["40", "40.1", "31.0"],
        ["320", "80.2", "73.0"],
        ["联名 lists", "77.8 7 of 9"],
    ]:
        assert row in rows, row
    for text in [
        "error 4.3",
        "第3例",
        "第8例",
        "0.9.1",
        "2.9.0",
        "ab" * 32,
        "cd" * 32,
        "<dd>31</dd>",
    ]:
        assert text in page


def test_every_error_has_its_place(results, scheme):
    page = make_report(results, scheme)
    ids = [a["id"] for tag, a in Page(page).tags if tag == "article"]
    # In the order of the text; the number of the system, best first, and of its error.
    assert ids == ["error-1-1", "error-2-1", "error-2-2", "error-2-3", "error-1-2"]
    assert '<a href="#raw-1-21">raw 21–24</a>' in page and 'id="raw-1-21"' in page
    assert "000</span> paragraph 2, characters 14–17" in page
    anchors = {a["id"] for _, a in Page(page).tags if "id" in a}
    links = {a["href"] for tag, a in Page(page).tags if tag == "a"}
    assert {link.removeprefix("#") for link in links} <= anchors
    del results["raw"]
    page = make_report(results, scheme)
    assert "raw 21–24" in page and "#raw" not in page


def test_what_changed_sides_is_said(results, scheme):
    assert "exchanged at random; bold" in make_report(results, scheme)
    results["comparisons"][0]["by"] = "paragraph"
    assert "exchanged at random, paragraph by paragraph; bold" in make_report(results, scheme)


def test_what_is_not_there_is_left_out(results, scheme):
    results |= {"curve": None, "comparisons": []}
    for system in results["systems"]:
        system |= {"calibration": None, "suites": None, "seen": None, "by_source": {}, "errors": []}
        system["strict"]["micro"]["interval"] = None
        del system["strict"]["PER"]
    page = make_report(results, scheme)
    ids = {a.get("id") for _, a in Page(page).tags}
    assert not ids & {"curve", "calibration", "suites", "filters"}
    assert {"scores", "labels", "mistakes", "used", "errors"} <= ids
    results["systems"] = []
    assert "Evaluation of 0 systems" in make_report(results, scheme)


def spoil(value):
    """The same object with markup in every text that is free to be anything."""
    fixed = {"kind", "label", "first", "second"}
    if isinstance(value, dict):
        return {
            name: row if name in fixed and isinstance(row, str) else spoil(row)
            for name, row in value.items()
        }
    if isinstance(value, list):
        return [spoil(row) for row in value]
    return EVIL + value if isinstance(value, str) else value


def test_everything_shown_is_escaped(results, scheme):
    clean = Page(make_report(results, scheme))
    results = spoil(results)
    for system in results["systems"]:
        system["kind"] = EVIL
        system["strict"][EVIL] = system["strict"]["LOC"]
        system["confusion"][EVIL] = {EVIL: 1}
        for name in ("by_article", "by_source", "suites"):
            system[name] = dict(zip([EVIL], (system[name] or {}).values()))
        for error in system["errors"]:
            error["kind"] = EVIL
            error["article"] = EVIL
            for side in filter(None, (error["gold"], error["predicted"])):
                side["label"] = EVIL
    for pair in results["comparisons"]:
        pair |= {"first": EVIL, "second": EVIL}
    results["made"]["versions"] = {EVIL: EVIL}
    results["raw"] = {EVIL: EVIL + RAW}
    results["curve"][0]["labels"] = results["curve"][1]["labels"] = {EVIL: 0.5}
    evil = [Label(EVIL, EVIL, EVIL, "red;}" + EVIL, EVIL), *scheme.labels]
    page = make_report(results, Scheme(tuple(evil)))
    tags = Page(page).tags
    assert "<script>alert" not in page and "<img" not in page and "red;}" not in page
    assert [tag for tag, _ in tags].count("script") == 1
    assert {tag for tag, _ in tags} <= {tag for tag, _ in clean.tags}
    assert {name for _, a in tags for name in a} <= {name for _, a in clean.tags for name in a}
    assert page.count("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;") > 50


def test_nothing_is_fetched(results, scheme):
    page = make_report(results, scheme)
    assert "http://" not in page and "https://" not in page
    assert not re.search(r"url\(|@import|\bsrc=|<link|fetch\(|XMLHttp|import\(", page)
    assert all(a.get("href", "#").startswith("#") for _, a in Page(page).tags)
    [policy] = [
        a["content"]
        for tag, a in Page(page).tags
        if a.get("http-equiv") == "Content-Security-Policy"
    ]
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-")


def test_the_same_results_give_the_same_page(results, scheme):
    assert make_report(results, scheme) == make_report(copy.deepcopy(results), scheme)


@pytest.fixture
def open_page(browser, tmp_path):
    """Opens a page as a file, and fails on requests, errors and messages in the console."""
    contexts, heard = [], []

    def start(content, fragment="", width=1200, **options):
        path = tmp_path / "report.html"
        path.write_text(content, encoding="utf-8")
        context = browser.new_context(viewport={"width": width, "height": 800}, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: heard.append(request.url))
        page.on("console", lambda message: heard.append(message.text))
        page.on("pageerror", lambda error: heard.append(str(error)))
        page.goto(path.as_uri() + fragment)
        assert [url.partition("#")[0] for url in heard] == [path.as_uri()]
        heard.clear()
        return page

    yield start
    for context in contexts:
        context.close()
    assert heard == []


def list_shown(page):
    return page.locator(".error:visible").evaluate_all("all => all.map(e => e.id.slice(6))")


@pytest.mark.browser
def test_filters_show_exactly_the_right_errors(results, scheme, open_page):
    page = open_page(make_report(results, scheme))
    assert list_shown(page) == ["1-1", "2-1", "2-2", "2-3", "1-2"]
    choose = page.locator("#filter-label").select_option
    choose(label="ORG 组织机构")
    assert list_shown(page) == ["1-1", "2-3", "1-2"]
    assert page.inner_text("#shown") == "3 of 5 shown"
    page.locator("#filter-kind").select_option("label")
    assert list_shown(page) == ["2-3"]
    choose(label="PERSON 其他人物")
    assert list_shown(page) == [] and page.inner_text("#shown") == "0 of 5 shown"
    page.locator("#filter-kind").select_option("missed")
    assert list_shown(page) == ["2-1"]
    page.locator("#clear").click()
    assert len(list_shown(page)) == 5
    page.locator("#filter-system").select_option(label="better (2)")
    assert list_shown(page) == ["1-1", "1-2"]
    page.locator("#filter-find").fill("温岭市有")
    assert list_shown(page) == ["1-2"]


@pytest.mark.browser
def test_an_error_shows_its_spans_and_leads_to_raw(results, scheme, open_page):
    page = open_page(make_report(results, scheme))
    error = page.locator("#error-2-2")
    sentence = error.locator(".sentence")
    assert sentence.evaluate("e => e.textContent") == "…记者李娜报道：温岭市有15家企业！…"
    read = """all => all.map(m => [m.textContent, getComputedStyle(m).backgroundColor !==
        'rgba(0, 0, 0, 0)', getComputedStyle(m).borderBottomColor])"""
    green, red = "rgb(44, 160, 44)", "rgba(0, 0, 0, 0)"
    assert sentence.locator("mark").evaluate_all(read)[0] == ["温岭", True, green]
    assert sentence.locator("mark").evaluate_all(read)[1] == ["市", True, red]
    assert error.locator("header mark").all_text_contents() == ["温岭市", "温岭"]
    error.locator(".place a").click()
    assert page.url.endswith("#raw-1-21")
    target = page.locator("mark:target")
    assert target.inner_text() == "溫嶺市" and target.is_visible()
    assert page.locator(".raw").evaluate("e => e.textContent") == RAW


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.parametrize("scripts", [True, False])
def test_a_cited_error_is_shown_among_thousands(results, scheme, open_page, scripts):
    results["systems"][0]["errors"] = [
        make_error("missed", (9, 11, "PERSON"), None) for _ in range(2500)
    ] + [make_error("missed", (14, 17, "LOC"), None) for _ in range(2500)]
    page = open_page(
        make_report(results, scheme), "#error-2-2000", java_script_enabled=scripts, width=390
    )
    error = page.locator("#error-2-2000")
    page.wait_for_function(
        "() => Math.abs(document.querySelector(':target').getBoundingClientRect().top) < 200"
    ) if scripts else page.wait_for_timeout(500)
    assert 0 <= error.bounding_box()["y"] < 200
    assert page.locator("#filters").is_visible() == scripts
    if scripts:
        page.locator("#filter-kind").select_option("spurious")
        assert list_shown(page) == ["1-1"]
        page.evaluate("location.hash = '#error-2-4000'")
        page.locator("#error-2-4000").wait_for()
        page.wait_for_function(
            "() => Math.abs(document.querySelector(':target').getBoundingClientRect().top) < 200"
        )


@pytest.mark.browser
@pytest.mark.parametrize("width", [1200, 390])
@pytest.mark.parametrize("colours", ["light", "dark"])
def test_every_width_and_both_colours(results, scheme, open_page, width, colours):
    results["systems"] += [
        make_system("a-very-long-name-of-a-model/" * 4, 0.5 - n / 10, []) for n in range(4)
    ]
    results["systems"][0]["errors"][0]["text"] = "a" * 9 + "b" * 500
    page = open_page(make_report(results, scheme), width=width, color_scheme=colours)
    page.locator("summary").evaluate_all("all => all.forEach(e => e.parentElement.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    style = "getComputedStyle(document.body)"
    light, dark = (
        ["rgb(28, 28, 30)", "rgb(255, 255, 255)"],
        ["rgb(236, 236, 240)", "rgb(22, 22, 24)"],
    )
    expected = dark if colours == "dark" else light
    assert page.evaluate(f"[{style}.color, {style}.backgroundColor]") == expected
    page.emulate_media(media="print")
    assert page.evaluate(f"[{style}.color, {style}.backgroundColor]") == light
