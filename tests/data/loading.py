"""What a user of the data set does, run by the Python of any environment with datasets 3, 4 or 5:

python loading.py push FOLDER REPO    every config of a folder, the folder's default staying one
python loading.py report WHERE        what a folder or a repository holds when loaded, as JSON
"""

import json
import sys

import datasets


def push(folder: str, repo: str) -> None:
    default = datasets.get_dataset_default_config_name(folder)
    for config in datasets.get_dataset_config_names(folder):
        loaded = datasets.load_dataset(folder, config)
        loaded.push_to_hub(repo, config, set_default=config == default)


def report(where: str) -> dict[str, object]:
    """Rows, streamed rows and features by `config/split`, all alike in every version."""
    default = datasets.get_dataset_default_config_name(where)
    found: dict[str, object] = {"version": datasets.__version__, "default": default}
    for config in datasets.get_dataset_config_names(where):
        loaded = datasets.load_dataset(where, config)
        streams = datasets.load_dataset(where, config, streaming=True)
        for split in loaded.keys() | streams.keys():
            name = f"{config}/{split}"
            found[f"{name} rows"] = list(loaded[split])
            found[f"{name} rows streamed"] = list(streams[split])
            found[f"{name} features"] = spell(dict(loaded[split].features))
            found[f"{name} features streamed"] = spell(dict(streams[split].features))
    return found


def spell(feature: object) -> object:
    """A feature without the classes for lists, of which each version of datasets has others."""
    if isinstance(feature, dict):
        return {key: spell(value) for key, value in feature.items()}
    if isinstance(feature, list):
        return [spell(feature[0])]
    if isinstance(feature, datasets.ClassLabel):
        return {"names": feature.names}
    if hasattr(feature, "feature"):
        return [spell(feature.feature)]
    return feature.dtype


if __name__ == "__main__":
    verb, *arguments = sys.argv[1:]
    if verb == "push":
        push(*arguments)
    else:
        print(json.dumps(report(*arguments)))
