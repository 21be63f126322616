"""python train/embed.py: put the model of recipes/embedded.yaml into the package, at half size.

What is written loads as single precision again; its scores differ in the fourth digit, its spans in
none of the data set.
"""

import json
import shutil
from pathlib import Path

from transformers import AutoModelForTokenClassification

import jiqun

SOURCE = Path("train/models/embedded")
TARGET = Path(jiqun.__file__).parent / "embedded"


def main() -> None:
    """Replace the package's model."""
    model = AutoModelForTokenClassification.from_pretrained(SOURCE)
    model.half().save_pretrained(TARGET)
    config = TARGET / "config.json"
    shape = json.loads(config.read_text(encoding="utf-8")) | {"dtype": "float32"}
    config.write_text(json.dumps(shape, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(SOURCE / name, TARGET / name)
    size = (TARGET / "model.safetensors").stat().st_size
    print(f"embed: {size / 1e6:.1f} MB → {TARGET}")


if __name__ == "__main__":
    main()
