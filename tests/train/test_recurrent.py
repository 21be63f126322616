import pytest
import torch
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence
from transformers import AutoConfig, AutoModelForTokenClassification, pipeline

from jiqun.train.encode import make_character_tokenizer
from jiqun.train.pairs import hash_pairs
from jiqun.train.recurrent import (
    RecurrentConfig,
    RecurrentForTokenClassification,
    RecurrentLayer,
)

SHAPE = {"embedding_size": 8, "bigram_buckets": 64, "bigram_size": 4, "hidden_size": 6}


@pytest.fixture
def model():
    torch.manual_seed(1)
    config = RecurrentConfig(vocab_size=20, num_labels=3, num_hidden_layers=2, **SHAPE)
    return RecurrentForTokenClassification(config).eval()


def test_a_text_is_marked_the_same_alone_and_beside_a_longer_one(model):
    short, long = torch.tensor([[2, 7, 8, 3]]), torch.tensor([[2, 9, 7, 8, 10, 11, 3]])
    padded = torch.cat([torch.nn.functional.pad(short, (0, 3)), long])
    mask = torch.tensor([[1, 1, 1, 1, 0, 0, 0], [1] * 7])
    together = model(input_ids=padded, attention_mask=mask).logits
    assert together.shape == (2, 7, 3)
    torch.testing.assert_close(together[0, :4], model(input_ids=short).logits[0])
    torch.testing.assert_close(together[1], model(input_ids=long).logits[0])


def test_a_layer_equals_pytorchs_own_on_packed_sequences():
    torch.manual_seed(2)
    own = torch.nn.LSTM(3, 4, batch_first=True, bidirectional=True)
    layer = RecurrentLayer(3, 4)
    for name, value in own.state_dict().items():
        side = layer.from_end if name.endswith("_reverse") else layer.onward
        side.state_dict()[name.removesuffix("_reverse")].copy_(value)
    hidden = torch.randn(2, 5, 3)
    packed = pack_padded_sequence(hidden, torch.tensor([5, 2]), batch_first=True)
    expected = pad_packed_sequence(own(packed)[0], batch_first=True)[0]
    turned = torch.tensor([[4, 3, 2, 1, 0], [1, 0, 2, 3, 4]]).unsqueeze(-1)
    found = layer(hidden, turned)
    torch.testing.assert_close(found[0], expected[0])
    torch.testing.assert_close(found[1, :2], expected[1, :2])


def test_the_loss_counts_no_ignored_token(model):
    ids = torch.tensor([[2, 7, 8, 3]])
    labels = torch.tensor([[-100, 1, 2, -100]])
    out = model(input_ids=ids, labels=labels)
    expected = torch.nn.functional.cross_entropy(out.logits[0, 1:3], labels[0, 1:3])
    torch.testing.assert_close(out.loss, expected)
    assert model(input_ids=ids).loss is None


def test_neighbours_are_read_and_pairs_stay_in_their_buckets(model):
    ids = torch.randint(0, 20, (1, 200))
    buckets = hash_pairs(model.config, ids, ids.roll(1, 1))
    assert int(buckets.min()) >= 0 and int(buckets.max()) < 64
    assert len(set(buckets.flatten().tolist())) > 40
    # The pair hash is not symmetric: 甲乙 and 乙甲 are two pairs.
    one, other = torch.tensor([[7]]), torch.tensor([[8]])
    assert int(hash_pairs(model.config, one, other)) != int(hash_pairs(model.config, other, one))


def test_forget_gates_start_open(model):
    for side in (model.layers[0].onward, model.layers[1].from_end):
        assert side.bias_ih_l0[6:12].tolist() == [1.0] * 6


def test_it_is_dropped_out_only_while_training(model):
    ids = torch.tensor([[2, 7, 8, 3]])
    assert torch.equal(model(input_ids=ids).logits, model(input_ids=ids).logits)
    model.train()
    assert not torch.equal(model(input_ids=ids).logits, model(input_ids=ids).logits)


def test_auto_classes_and_a_plain_pipeline_take_it(model, tmp_path):
    tokenizer = make_character_tokenizer(["甲乙丙丁"], 1)
    model.save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    assert AutoConfig.from_pretrained(tmp_path).model_type == "jiqun-recurrent"
    again = AutoModelForTokenClassification.from_pretrained(tmp_path).eval()
    ids = torch.tensor([[2, 7, 8, 3]])
    assert torch.equal(again(input_ids=ids).logits, model(input_ids=ids).logits)
    marked = pipeline("token-classification", model=str(tmp_path), device="cpu")("甲乙")
    assert {item["entity"] for item in marked} <= {"LABEL_0", "LABEL_1", "LABEL_2"}
    assert (tmp_path / "model.safetensors").exists() and not list(tmp_path.glob("*.bin"))
