import pytest

from jiqun.seeds.characters import Characters
from jiqun.seeds.pinyin import find_pinyin


def remove(text):
    return Characters(text).cut(find_pinyin(Characters(text)))[0].text


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("經(jīng)濟(jì)發(fā)展", "經濟發展"),
        ("軸承(鍛造)產(chǎn)業(yè)", "軸承(鍛造)產業"),
        ("會(huì )議( yì)質（zhì）量", "會議質量"),
        ("長(cháng)江長(zhǎng)大", "長江長大"),
        ("洛陽(yáng)綠(lǜ)色女(nv)工略(lüè)", "洛陽綠色女工略"),
        ("了(le)解(jie)一(yí)個(ge)", "了解一個"),
        ("14日(rì)清(qīng)水花(hua)兒(r)", "14日清水花兒"),
        ("裝(zhuāng)備(bèi)𠮷(jí)", "裝備𠮷(jí)"),
        ("認可(CNAS)實驗室(kg)(China Mobile)(WTO)", "認可(CNAS)實驗室(kg)(China Mobile)(WTO)"),
        ("經(ji)濟(jìng)發(fa展", "經(ji)濟(jìng)發(fa展"),
        ("a(a)，(jīng)(jīng)", "a(a)，(jīng)(jīng)"),
        ("重(zhuangg)量(liang1)", "重(zhuangg)量(liang1)"),
        ("(", "("),
        ("好(", "好("),
        ("好(hǎo", "好(hǎo"),
        ("好()", "好()"),
        ("", ""),
    ],
)
def test_readings_go_and_all_else_stays(raw, text):
    assert remove(raw) == text
