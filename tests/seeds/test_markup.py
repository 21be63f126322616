import pytest

from jiqun.seeds.characters import Characters
from jiqun.seeds.markup import find_markup


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("A&amp;B&nbsp;&#12288;&#x4e2d;&lt;b&gt;", "A&B\xa0\u3000中<b>"),
        ("AT&T;和&bogus;&", "AT&T;和&bogus;&"),
        ("一<br>二<br/>三<BR />四</p><p class='x'>五", "一\n二\n三\n四\n五"),
        ("<b>粗</b><span style='color:red'>红</span>1<2 且 <我>", "粗红1<2 且 <我>"),
        ("图![](a.jpg)文![说明](http://x/y.png)!", "图文!"),
        ("来源:经济日报 |\n记者 | 李娜\n|", "来源:经济日报 \n记者 | 李娜\n"),
        ("| 甲 | 乙 |\n|---|:-:|\n| 丙 |", " 甲 | 乙 \n\n 丙 "),
        ("图![甲&amp;乙|](a.jpg?x=1&amp;y=<br>)文", "图文"),
        ('<a href="a?x=1&amp;y=2">链接</a>', "链接"),
        ("", ""),
    ],
)
def test_remains_of_markup(raw, text):
    assert Characters(raw).cut(find_markup(Characters(raw)))[0].text == text
