import os
import signal
import subprocess
import sys
import time
from types import SimpleNamespace

import pytest
import torch
from safetensors.torch import load_file
from tiny import interrupt, list_changes, make_encoder, read
from transformers import AutoTokenizer, BertForTokenClassification

from conftest import ROOT
from jiqun.errors import InputError
from jiqun.files import read_json
from jiqun.train.dataset import load_rows
from jiqun.train.finetune import finetune
from jiqun.train.trainer import EpochSampler


def order(strategy="group_by_length", epoch=0.0, seed=1, batch=4, processes=1):
    arguments = SimpleNamespace(
        train_sampling_strategy=strategy,
        seed=seed,
        data_seed=None,
        train_batch_size=batch,
        world_size=processes,
        gradient_accumulation_steps=1,
    )
    lengths = [n * 7 % 50 for n in range(100)]
    state = SimpleNamespace(epoch=epoch)
    return list(EpochSampler(SimpleNamespace(args=arguments, state=state, lengths=lengths)))


@pytest.mark.parametrize("strategy", ["random", "group_by_length"])
def test_seed_and_epoch_alone_decide_the_order(strategy):
    first = order(strategy)
    assert sorted(first) == list(range(100)) and order(strategy) == first
    assert order(strategy, epoch=1.0) != first
    assert order(strategy, seed=2) != first
    # Seeds that follow each other do not share the orders of their epochs.
    assert order(strategy, epoch=1.0) != order(strategy, seed=2)
    # A training that goes on in the midst of an epoch.
    assert order(strategy, epoch=1.5) == order(strategy, epoch=1.0)


def test_two_processes_read_the_batches_of_one():
    assert order(batch=4, processes=2) == order(batch=8, processes=1)


def test_batches_are_of_like_length():
    lengths = [n * 7 % 50 for n in order()]
    batches = [lengths[n : n + 4] for n in range(0, 100, 4)]
    # Of lengths up to 49, four at random would differ by 30.
    assert sum(max(batch) - min(batch) for batch in batches) < 12 * len(batches)


def start(*arguments):
    command = [sys.executable, "-m", *map(str, arguments)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT / "src")}
    return subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)


def find_last(folder):
    """The step of a training's last checkpoint."""
    return max(int(path.name.partition("-")[2]) for path in folder.glob("checkpoint-*"))


def read_log(folder, step):
    return read_json(folder / f"checkpoint-{step}/trainer_state.json")["log_history"]


@pytest.mark.slow
def test_a_killed_training_goes_on_to_the_same_weights(little, tmp_path):
    changes = {"num_train_epochs": 2, "save_strategy": "steps", "save_steps": 10, "copies": 1}
    changes |= {"resume_from_checkpoint": True, "class_weights": "inverse"}
    line = finetune(*read("small", little, tmp_path / "straight", **changes))
    folder = tmp_path / "killed"
    recipe = ROOT / "train/recipes/small.yaml"
    process = start("jiqun", "train", recipe, *list_changes("small", little, folder, **changes))
    # In the midst of the second epoch, with optimizer, dropout and order of its own.
    deadline = time.monotonic() + 500
    while not (folder / "checkpoint-60/trainer_state.json").exists():
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert not (folder / "model.safetensors").exists()
    # As if the next checkpoint had been half-written.
    (folder / "checkpoint-999").mkdir()
    again = finetune(*read("small", little, folder, **changes))
    steps, others = (text.partition(" steps ")[0] for text in (line, again))
    assert steps == others
    weights = [
        (place / "model.safetensors").read_bytes() for place in (tmp_path / "straight", folder)
    ]
    assert weights[0] == weights[1]
    line = finetune(*read("small", little, folder, **changes))
    assert line == f"train: finished already → {folder}"
    with pytest.raises(InputError, match="made with seed the default, now 5; remove the check"):
        finetune(*read("small", little, folder, **changes | {"seed": 5}))


def make_reader(folder, rows):
    """An encoder without dropout that knows already each character's most frequent tag."""
    still = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    make_encoder("bert", folder, ["".join(tokens) for tokens in rows["tokens"]], **still)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    counts = torch.zeros(len(tokenizer), 11)
    for row in rows:
        ids = tokenizer.convert_tokens_to_ids([token.lower() for token in row["tokens"]])
        counts.index_put_(
            (torch.tensor(ids), torch.tensor(row["ner_tags"])), torch.tensor(1.0), True
        )
    model = BertForTokenClassification.from_pretrained(folder, num_labels=11)
    with torch.no_grad():
        embeddings, [layer] = model.bert.embeddings, model.bert.encoder.layer
        for part in (embeddings.position_embeddings, embeddings.token_type_embeddings):
            part.weight.zero_()
        for part in (layer.attention.output.dense, layer.output.dense):
            part.weight.zero_()
        words = embeddings.word_embeddings.weight.zero_()
        words[torch.arange(len(words)), counts.argmax(1)] = 1.0
        model.classifier.weight.copy_(torch.eye(11, words.shape[1]))
    model.save_pretrained(folder)


@pytest.mark.slow
def test_two_processes_train_as_one(little, tmp_path):
    encoder = tmp_path / "encoder"
    make_reader(encoder, load_rows(str(little), "train"))
    changes = {"encoder": encoder, "configs": "[tokens]", "num_train_epochs": 2}
    changes |= {"logging_steps": 1, "learning_rate": 0.001, "class_weights": "inverse"}
    one = tmp_path / "one"
    finetune(*read("distributed", little, one, **changes | {"per_device_train_batch_size": 16}))
    two = tmp_path / "two"
    recipe = ROOT / "train/recipes/distributed.yaml"
    pairs = list_changes("distributed", little, two, **changes)
    launcher = ["torch.distributed.run", "--standalone", "--nproc_per_node", 2, "-m"]
    process = start(*launcher, "jiqun", "train", recipe, *pairs)
    _, said = process.communicate(timeout=550)
    assert process.returncode == 0, said[-3000:]
    # Only the first process speaks.
    lines = said.splitlines()
    assert [sum(line.startswith(k) for line in lines) for k in ("encode: ", "train: ")] == [1, 1]
    [steps] = {find_last(folder) for folder in (one, two)}
    logs = [read_log(folder, steps) for folder in (one, two)]
    counts = {"loss": steps, "grad_norm": steps, "eval_f1": 2, "eval_f1_LOC": 2}
    for key, count in counts.items():
        values = [[entry[key] for entry in log if key in entry] for log in logs]
        assert len(values[0]) == count and min(values[0]) > 0
        assert values[1] == pytest.approx(values[0], abs=1e-4)
    weights = [load_file(folder / "model.safetensors") for folder in (one, two)]
    for name, values in weights[0].items():
        torch.testing.assert_close(weights[1][name], values, atol=1e-4, rtol=1e-3)


@pytest.mark.slow
def test_training_ends_when_nothing_gets_better_and_tensorboard_shows_it(little, tmp_path):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    every = {"eval_strategy": "steps", "save_strategy": "steps", "eval_steps": 5, "save_steps": 5}
    changes = {"max_steps": 100, "learning_rate": 0.3, "lr_scheduler_type": "constant"}
    changes |= {"warmup_steps": 0, "logging_steps": 1, "early_stopping_patience": 3}
    changes |= {"load_best_model_at_end": True, "metric_for_best_model": "loss"}
    line = finetune(*read("small", little, tmp_path, **every, **changes, report_to="tensorboard"))
    steps = find_last(tmp_path)
    assert f" {steps} steps in " in line and steps < 100
    losses = {e["step"]: e["eval_loss"] for e in read_log(tmp_path, steps) if "eval_loss" in e}
    best = min(losses, key=losses.get)
    assert best == steps - 15
    assert f"best loss {losses[best]:.4f}, " in line
    kept = [
        load_file(folder / "model.safetensors")
        for folder in (tmp_path, tmp_path / f"checkpoint-{best}")
    ]
    assert all(torch.equal(kept[1][name], values) for name, values in kept[0].items())
    [events] = tmp_path.glob("runs/*/events.out.tfevents.*")
    shown = EventAccumulator(str(events)).Reload()
    assert [event.step for event in shown.Scalars("train/loss")] == list(range(1, steps + 1))
    assert [event.step for event in shown.Scalars("eval/f1")] == list(losses)
    assert [e.value for e in shown.Scalars("eval/loss")] == pytest.approx(list(losses.values()))


@pytest.mark.slow
def test_patience_is_not_forgotten_when_a_training_goes_on(little, tmp_path, monkeypatch):
    every = {"eval_strategy": "steps", "save_strategy": "steps", "eval_steps": 2, "save_steps": 2}
    changes = {"learning_rate": 0.0, "early_stopping_patience": 3, "max_steps": 40}
    changes |= {"load_best_model_at_end": True, "metric_for_best_model": "loss"}
    settings = every | changes | {"resume_from_checkpoint": True}
    interrupt(monkeypatch, 5)
    with pytest.raises(KeyboardInterrupt):
        finetune(*read("small", little, tmp_path, **settings))
    monkeypatch.undo()
    # The first of four evaluations is the best; two of them came before the interruption.
    assert ", 8 steps in " in finetune(*read("small", little, tmp_path, **settings))
