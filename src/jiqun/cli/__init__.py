"""The command line: a verb a stage. Data goes to standard output, all else to standard error."""

import errno
import os
import sys

import typer

from ..errors import InputError
from . import adjudicate, annotation, data, model, seeds, studio
from .console import say

app = typer.Typer(
    help="Chinese news of industrial clusters: from crawled articles to a scored model.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for room in (seeds, annotation, data, model):
    app.add_typer(room.app)
app.add_typer(studio.app, name="studio")
app.add_typer(adjudicate.app, name="adjudicate")


def main() -> None:
    """Run the command line; a user's mistake is one sentence and exit code 2."""
    try:
        app()
    except InputError as error:
        say(f"jiqun: {error}")
        sys.exit(2)
    except BrokenPipeError:
        # The reader of our output has seen enough (`jiqun predict … | head`).
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        say("jiqun: there is no room left on the disk; make some and run it again.")
        sys.exit(2)
    except KeyboardInterrupt:
        say("jiqun: stopped.")
        sys.exit(130)
