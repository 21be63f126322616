import datasets
import numpy as np
import pytest
import torch
from transformers import AutoModelForTokenClassification, AutoTokenizer, TrainingArguments

from jiqun.spans import Prediction, Span
from jiqun.train.encode import make_character_tokenizer
from jiqun.train.pretrain import Pretraining, WordMasker, pretrain
from jiqun.train.teachers import KINDS

N, NS = 2 * KINDS.index("n"), 2 * KINDS.index("ns")


def test_whole_words_are_hidden_and_silver_stays():
    tokenizer = make_character_tokenizer(["甲乙丙丁"], 1)
    ids = np.array(tokenizer("甲乙丙丁" * 50, add_special_tokens=False)["input_ids"])
    row = {
        "input_ids": ids,
        "words": np.array([N, N + 1, NS, NS + 1] * 50),
        "silver": np.array([0, 0, 3, -100] * 50),
    }
    batch = WordMasker(tokenizer, 1)([row, row])
    hidden = (batch["labels"] != -100).numpy()
    assert 0.05 < hidden.mean() < 0.35
    assert (hidden[:, ::2] == hidden[:, 1::2]).all()
    assert (batch["labels"].numpy()[hidden] == np.stack([ids, ids])[hidden]).all()
    assert (batch["input_ids"].numpy()[~hidden] == np.stack([ids, ids])[~hidden]).all()
    assert (batch["input_ids"] == tokenizer.mask_token_id).sum() > 0.6 * hidden.sum()
    assert batch["silver"][0, :4].tolist() == [0, 0, 3, -100]


@pytest.mark.slow
def test_an_encoder_is_pretrained_saved_and_loaded(data, tmp_path):
    text = tmp_path / "news.txt"
    line = "临清市现有轴承企业2300余家，去年产值一百亿元，企业家协会会长张三说。\n"
    text.write_text(line * 60, encoding="utf-8")
    recipe = Pretraining(
        texts=[str(text)],
        characters=[10_000],
        data=str(data),
        taught=str(tmp_path / "taught"),
        jobs=1,
        min_frequency=2,
        length=32,
    )
    arguments = TrainingArguments(
        output_dir=str(tmp_path / "encoder"),
        max_steps=3,
        per_device_train_batch_size=2,
        use_cpu=True,
        report_to="none",
        save_strategy="no",
        seed=3,
    )
    assert "3 steps" in pretrain(recipe, arguments)
    model = AutoModelForTokenClassification.from_pretrained(tmp_path / "encoder")
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "encoder")
    assert model.config.id2label[1].startswith("B-") and model.config.token_dropout == 0.05
    assert model.config.vocab_size == len(tokenizer)
    ids = torch.tensor([tokenizer("临清市")["input_ids"]])
    assert model(input_ids=ids).logits.shape == (1, 5, 11)
    # What the teachers said is kept.
    text.unlink()
    assert "3 steps" in pretrain(recipe, arguments)


@pytest.mark.slow
def test_a_student_goes_on_from_an_encoder_with_its_teachers_spans_and_gold(data, tmp_path):
    text = tmp_path / "news.txt"
    text.write_text("甲乙丙丁在冠县说，戊己庚辛有十家企业。\n" * 40, encoding="utf-8")
    recipe = Pretraining(
        texts=[str(text)], characters=[600], data=str(data), jobs=1, min_frequency=2, length=32
    )
    arguments = TrainingArguments(
        output_dir=str(tmp_path / "encoder"),
        max_steps=1,
        per_device_train_batch_size=2,
        use_cpu=True,
        report_to="none",
        save_strategy="no",
    )
    pretrain(recipe, arguments)

    def mark(texts):
        return [([Prediction(Span(0, 4, "ORG"), 0.9)], []) for _ in texts]

    read = []
    collate = WordMasker.__call__

    def spy(self, rows):
        read.extend(row["silver"] for row in rows)
        return collate(self, rows)

    recipe.encoder, recipe.gold = str(tmp_path / "encoder"), 1
    recipe.taught = str(tmp_path / "taught")
    arguments.output_dir, arguments.max_steps, arguments.learning_rate = str(tmp_path), 2, 0.0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WordMasker, "__call__", spy)
        pretrain(recipe, arguments, mark)
    taught = datasets.load_from_disk(recipe.taught)
    assert taught[0]["text"] == "甲乙丙丁在冠县说，戊己庚辛有十家企业。"
    assert taught[0]["silver"][:5] == [1, 2, 2, 2, 0]
    # The mark gives 0, 1 and 2 alone; whatever else is read is gold.
    assert set(np.concatenate(read).tolist()) - {-100, 0, 1, 2}
    # Nothing was learnt at that rate: what the encoder knew is still there.
    before, after = (
        AutoModelForTokenClassification.from_pretrained(folder).state_dict()
        for folder in (tmp_path / "encoder", tmp_path)
    )
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert AutoTokenizer.from_pretrained(tmp_path).get_vocab() == (
        AutoTokenizer.from_pretrained(tmp_path / "encoder").get_vocab()
    )
