import pytest
import torch
from transformers import BertConfig, BertForTokenClassification

from jiqun.errors import InputError
from jiqun.predict import Predictor, Reader, _keep_flat, describe, predict_articles
from jiqun.seeds.restore import Crawled, restore
from jiqun.spans import Prediction, Span
from jiqun.train.encode import make_character_tokenizer

TAGS = ["O", "B-LOC", "I-LOC"]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A model whose answer is written into its weights: 丽 begins a place, 水 continues one."""
    folder = tmp_path_factory.mktemp("model")
    tokenizer = make_character_tokenizer(["丽水和市 \n"], 1)
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=1,
        intermediate_size=16,
        max_position_embeddings=32,
        id2label=dict(enumerate(TAGS)),
        label2id={tag: n for n, tag in enumerate(TAGS)},
    )
    model = BertForTokenClassification(config)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
        embeddings = model.bert.embeddings
        embeddings.LayerNorm.weight.fill_(1)
        for layer in model.bert.encoder.layer:
            layer.attention.output.LayerNorm.weight.fill_(1)
            layer.output.LayerNorm.weight.fill_(1)
        words = embeddings.word_embeddings.weight
        words[:, 0] = 1.0
        for dimension, token in ((1, "丽"), (2, "水")):
            number = tokenizer.convert_tokens_to_ids(token)
            words[number] = 0
            words[number, dimension] = 1.0
            model.classifier.weight[dimension, dimension] = 2.0
        model.classifier.weight[0, 0] = 2.0
    model.save_pretrained(folder)
    tokenizer.model_max_length = 32
    tokenizer.save_pretrained(folder)
    return folder


def test_spans_of_each_text_in_the_order_given(model):
    found = Predictor(model, batch_size=8)(["和丽水", "", "丽水丽水水和水", "和"])
    assert [[p.span for p in predictions] for predictions in found] == [
        [Span(1, 3, "LOC")],
        [],
        [Span(0, 2, "LOC"), Span(2, 5, "LOC")],
        [],
    ]
    assert all(0.9 < p.score <= 1 for predictions in found for p in predictions)


def test_a_long_paragraph_is_marked_across_its_windows(model):
    text = "和" * 27 + "丽水水水水" + "和" * 40 + "丽" + "和" * 30
    [found] = Predictor(model)([text])
    assert [p.span for p in found] == [Span(27, 32, "LOC"), Span(72, 73, "LOC")]


def test_nothing_and_blanks_are_texts_too(model):
    assert Predictor(model)([]) == []
    assert Predictor(model)(["", " \u3000\n", "\t"]) == [[], [], []]


def test_a_text_longer_than_a_pool_is_marked_in_pieces(model, monkeypatch):
    predictor = Predictor(model)
    text = ("和" * 20 + "丽水市。") * 30 + "市" * 700 + "丽水"
    [whole], [short] = predictor([text]), predictor(["丽水"])
    monkeypatch.setattr("jiqun.predict.POOL", 40)
    assert predictor([text, "丽水", ""]) == [whole, short, []]
    assert [p.span.start for p in whole] == [20 + 24 * n for n in range(30)] + [24 * 30 + 700]


def test_a_stream_is_not_read_far_ahead(model, monkeypatch):
    read = []

    def write():
        for number in range(100):
            read.append(number)
            yield "丽水" * (number % 5)

    monkeypatch.setattr("jiqun.predict.POOL", 40)
    found = Predictor(model).stream(write())
    assert [len(next(found)) for _ in range(4)] == [0, 1, 2, 3]
    assert len(read) < 30
    assert len(list(found)) == 96


def test_articles_share_batches_and_keep_their_order(model, monkeypatch):
    texts = ["丽水\n市\n\n", "\n", "市丽\n水\n和丽", "和" * 90 + "丽", "丽水"]
    reader = Reader(Predictor(model).stream, alone=True)
    alone = [list(predict_articles(reader, [restore(t, str(n))])) for n, t in enumerate(texts)]
    monkeypatch.setattr("jiqun.predict.POOL", 30)
    articles = [restore(text, str(number)) for number, text in enumerate(texts)]
    together = list(predict_articles(reader, articles))
    assert [article.id for article, _ in together] == ["0", "1", "2", "3", "4"]
    assert [[p.span for p in found] for _, found in together] == [
        [p.span for p in found] for [(_, found)] in alone
    ]
    assert [p.span for p in together[2][1]] == [Span(1, 2, "LOC"), Span(6, 7, "LOC")]


def test_a_part_of_a_file_tells_its_places_in_the_file(model):
    part = Crawled("a#2", "市麗水", offset=500).restore()
    [(article, predictions)] = predict_articles(Reader(Predictor(model).stream, alone=True), [part])
    [span] = describe(article, predictions)["spans"]
    assert (span["start"], span["raw_start"], span["raw_end"]) == (1, 501, 503)


def test_an_article_is_marked_in_text_and_in_raw(model):
    crawled = restore("\n市和麗(lì)水(shuǐ)\n\n水麗水", "a")
    [(article, predictions)] = predict_articles(
        Reader(Predictor(model).stream, alone=True), [crawled]
    )
    described = describe(article, predictions)
    for span in described["spans"]:
        assert span.pop("score") > 0.9
    assert described == {
        "id": "a",
        "text": "\n市和丽水\n\n水丽水",
        "spans": [
            {"start": 3, "end": 5, "label": "LOC", "text": "丽水", "raw_start": 3, "raw_end": 9},
            {"start": 8, "end": 10, "label": "LOC", "text": "丽水", "raw_start": 18, "raw_end": 20},
        ],
    }


def test_what_is_likelier_wrong_than_right_is_left_out(model):
    predictor = Predictor(model)
    [[unsure]] = predictor(["丽"])
    predictor.least_score = unsure.score + 0.001
    assert predictor(["丽", "丽水"])[0] == []
    rows = [(0, 1, "LOC", 0.49), (1, 2, "LOC", 0.5)]
    assert _keep_flat(rows, 0.5) == [Prediction(Span(1, 2, "LOC"), 0.5)]


def test_a_reader_asks_rules_too_and_looks_at_the_whole_article(model):
    article = restore("和丽水、李明\n记者李明，在浙江省，共10家\n李明说", "a")
    [(_, alone)] = predict_articles(Reader(Predictor(model).stream, alone=True), [article])
    assert [p.span for p in alone] == [Span(1, 3, "LOC")]
    [(_, found)] = predict_articles(Reader(Predictor(model).stream), [article])
    assert [(article.text[p.span.start : p.span.end], p.span.label) for p in found] == [
        ("丽水", "LOC"),
        ("李明", "PERSON"),
        ("李明", "PERSON"),
        ("浙江省", "LOC"),
        ("10家", "FIGURE"),
        ("李明", "PERSON"),
    ]


def test_tokens_within_one_character_make_no_overlap():
    rows = [(0, 1, "LOC", 0.9), (0, 2, "LOC", 0.8), (2, 3, "ORG", 0.7)]
    assert _keep_flat(rows, 0.5) == [
        Prediction(Span(0, 1, "LOC"), 0.9),
        Prediction(Span(2, 3, "ORG"), 0.7),
    ]


def test_a_folder_without_a_model_is_named(tmp_path):
    with pytest.raises(InputError, match=r"no model there .*train one with `jiqun train`"):
        Predictor(tmp_path)


def test_a_model_with_other_labels_is_refused(model, tmp_path):
    other = BertForTokenClassification.from_pretrained(model)
    other.config.id2label = {0: "LABEL_0", 1: "LABEL_1", 2: "LABEL_2"}
    other.save_pretrained(tmp_path)
    make_character_tokenizer(["丽"], 1).save_pretrained(tmp_path)
    with pytest.raises(InputError, match="are not IOB2 tags"):
        Predictor(tmp_path)
