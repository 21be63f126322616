import pytest
import torch
from transformers import AutoConfig, AutoModelForTokenClassification, pipeline

from jiqun.train.configuration import ConvolutionConfig
from jiqun.train.convolution import ConvolutionForTokenClassification
from jiqun.train.encode import make_character_tokenizer
from jiqun.train.pairs import hash_pairs

SHAPE = {"embedding_size": 8, "bigram_buckets": 64, "bigram_size": 4, "hidden_size": 6}


@pytest.fixture
def model():
    torch.manual_seed(1)
    config = ConvolutionConfig(vocab_size=20, num_labels=3, dilations=(1, 2), **SHAPE)
    return ConvolutionForTokenClassification(config).eval()


def test_a_text_is_marked_the_same_alone_and_beside_a_longer_one(model):
    short, long = torch.tensor([[2, 7, 8, 3]]), torch.tensor([[2, 9, 7, 8, 10, 11, 3]])
    padded = torch.cat([torch.nn.functional.pad(short, (0, 3)), long])
    mask = torch.tensor([[1, 1, 1, 1, 0, 0, 0], [1] * 7])
    together = model(input_ids=padded, attention_mask=mask).logits
    assert together.shape == (2, 7, 3)
    torch.testing.assert_close(together[0, :4], model(input_ids=short).logits[0])
    torch.testing.assert_close(together[1], model(input_ids=long).logits[0])


def test_each_token_sees_as_far_as_the_dilations_reach(model):
    ids = torch.randint(5, 20, (1, 21))
    other = ids.clone()
    other[0, 10] = 5 + (ids[0, 10] - 4) % 15
    changed = (model(input_ids=ids).logits != model(input_ids=other).logits).any(-1)[0]
    # Two layers reach 1 + 2 tokens to each side, and a pair of neighbours one more.
    assert changed.nonzero().flatten().tolist() == list(range(6, 15))


def test_the_loss_counts_no_ignored_token(model):
    ids, labels = torch.tensor([[2, 7, 8, 3]]), torch.tensor([[-100, 1, 2, -100]])
    out = model(input_ids=ids, labels=labels)
    expected = torch.nn.functional.cross_entropy(out.logits[0, 1:3], labels[0, 1:3])
    torch.testing.assert_close(out.loss, expected)
    assert model(input_ids=ids).loss is None


def test_pairs_of_neighbours_stay_in_their_buckets(model):
    ids = torch.randint(0, 20, (1, 200))
    buckets = hash_pairs(model.config, ids, ids.roll(1, 1))
    assert int(buckets.min()) >= 0 and int(buckets.max()) < 64
    assert len(set(buckets.flatten().tolist())) > 40
    # 甲乙 and 乙甲 are two pairs.
    one, other = torch.tensor([[7]]), torch.tensor([[8]])
    assert int(hash_pairs(model.config, one, other)) != int(hash_pairs(model.config, other, one))


def test_it_is_dropped_out_only_while_training(model):
    ids = torch.tensor([[2, 7, 8, 3]])
    assert torch.equal(model(input_ids=ids).logits, model(input_ids=ids).logits)
    model.train()
    assert not torch.equal(model(input_ids=ids).logits, model(input_ids=ids).logits)


def test_auto_classes_and_a_plain_pipeline_take_it(model, tmp_path):
    tokenizer = make_character_tokenizer(["甲乙丙丁"], 1)
    model.save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    assert AutoConfig.from_pretrained(tmp_path).model_type == "jiqun-convolution"
    again = AutoModelForTokenClassification.from_pretrained(tmp_path).eval()
    ids = torch.tensor([[2, 7, 8, 3]])
    assert torch.equal(again(input_ids=ids).logits, model(input_ids=ids).logits)
    marked = pipeline("token-classification", model=str(tmp_path), device="cpu")("甲乙")
    assert {item["entity"] for item in marked} <= {"LABEL_0", "LABEL_1", "LABEL_2"}
    assert (tmp_path / "model.safetensors").exists() and not list(tmp_path.glob("*.bin"))
