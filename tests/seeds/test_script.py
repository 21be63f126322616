import pytest

from jiqun.seeds import script as module
from jiqun.seeds.characters import Characters
from jiqun.seeds.script import detect_script, simplify


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("發展產業", "Hant"),
        ("国", "Hans"),
        ("國", "Hant"),
        ("发展产业", "Hans"),
        ("中文", "Hans"),
        ("", "Hans"),
        ("著藉", "Hans"),
        ("他说：陳先生好，产业发展", "Hans"),
        ("混合發展产业体系经济實驗", "Hant"),
    ],
)
def test_scripts_are_told_apart(text, script):
    assert detect_script(text) == script


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("致緻辭達極緻産業", "致致辞达极致产业"),
        ("瞭解裏面麵條一隻佔領鐘錶頭髮乾淨", "了解里面面条一只占领钟表头发干净"),
        ("面臨著升級，顯著名著，沿著走著", "面临着升级，显著名著，沿着走着"),
        ("乾隆年間，記者陳昇、陶喆、張堃報導", "乾隆年间，记者陈昇、陶喆、张堃报导"),
        (
            "人少瞭，活兒多瞭，當場下瞭單，登高瞭望發展",
            "人少了，活儿多了，当场下了单，登高瞭望发展",
        ),
        ("乾貨李乾說，若乾骨幹到張乾旱田", "干货李乾说，若干骨干到张干旱田"),
        ("會長張鉅明、劉脩平、沈寀與陞職的李陞東", "会长张钜明、刘脩平、沈寀与升职的李陞东"),
        ("鉅額資產維脩，記者于頔、何龑", "巨额资产维修，记者于頔、何龑"),
        ("產業提昇，昇級發展", "产业提升，升级发展"),
        ("臺灣線上，羣眾綫路，衞生裡", "台湾线上，群众线路，卫生里"),
        ("眞値説産業綳", "真值说产业绷"),
        ("會議與会议體系体系", "会议与会议体系体系"),
    ],
)
def test_traditional_text_becomes_simplified(raw, text):
    converted, step = simplify(Characters(raw))
    assert (converted.text, step) == (text, None)


@pytest.mark.parametrize(
    "text",
    [
        "著名的陶喆与张堃、李昇，乾隆瞭望宫商角徵羽，鍾南山，餘姚",
        "他说：“陳先生好”，产业发展并着重经济",
        "精密滚动,丽链全球。𠮷㛃·买买提",
        "",
    ],
)
def test_simplified_text_passes_untouched(text):
    characters = Characters(text)
    assert simplify(characters) == (characters, None)


def test_a_traditional_line_in_a_simplified_article():
    line = "这是一篇关于产业发展与经济体系的报道，会议说了许多问题，与会专家认为应当继续。\n"
    raw = line * 6 + "這個產業發展會議開幕\n" + line
    converted, _ = simplify(Characters(raw))
    assert converted.text == line * 6 + "这个产业发展会议开幕\n" + line


def test_a_conversion_that_changes_length_is_aligned_by_sentence(monkeypatch):
    class Longer:
        def convert(self, text):
            return text.replace("軟體", "软件体")

    monkeypatch.setattr(module, "get_converter", lambda config: Longer())
    converted, alignment = simplify(Characters("好軟。軟體發多。完\n尾"))
    assert converted.text == "好軟。软件体發多。完\n尾"
    assert alignment.segments() == [[0, 3, 0, 3], [3, 9, 3, 8], [9, 12, 8, 11]]
