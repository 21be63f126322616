"""What `import jiqun` tells transformers, whatever is imported first."""

import subprocess
import sys

import pytest

LOAD = """
from transformers import AutoConfig, AutoModelForTokenClassification
config = AutoConfig.for_model("jiqun-convolution", vocab_size=8, bigram_buckets=8)
print(type(AutoModelForTokenClassification.from_config(config)).__name__)
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    "first",
    [
        "import jiqun",
        "import jiqun; from transformers import AutoConfig",
        "import jiqun; from transformers import BertModel",
        "import jiqun; from transformers import pipeline",
        "import jiqun; from transformers import Trainer",
        "from transformers import AutoModelForTokenClassification; import jiqun",
    ],
)
def test_auto_classes_know_the_models(first):
    code = [sys.executable, "-c", first + LOAD]
    done = subprocess.run(code, capture_output=True, text=True, timeout=300)
    assert done.stdout == "ConvolutionForTokenClassification\n", done.stderr


def test_transformers_is_not_imported_before_it_is_used():
    code = "import jiqun, jiqun.cli, sys; print({'torch', 'transformers'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout == "set()\n", done.stderr
