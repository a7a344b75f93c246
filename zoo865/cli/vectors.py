"""zoo865 vectors"""

from typing import Annotated

import typer

from zoo865.cli.arguments import Task
from zoo865.cli.output import Json, as_json, quiet
from zoo865.errors import counted

NAME = "vectors"


def run(
    name: Annotated[
        str, typer.Argument(help="Run, export, or system (its newest local run, else its published model).")
    ],
    out: Annotated[str, typer.Argument(help="File to write: NAME.txt or NAME.vec for text, NAME.bin for binary.")],
    words: Annotated[
        int | None, typer.Option(help="Number of words, the most frequent ones.", show_default="all")
    ] = None,
    task: Task = None,
    json: Json = False,
):
    """Writes the word vectors of a trained system to a file, in word2vec's format, which most programs read.

    zoo865 vectors word2vec vectors.txt --words 10000

    In Python, for example with gensim:

    KeyedVectors.load_word2vec_format("vectors.txt")

    KeyedVectors.load_word2vec_format("vectors.bin", binary=True)
    """
    from zoo865.exporting.vectors_out import write_word_vectors

    with quiet():
        written = write_word_vectors(name, out, count=words, task=task)
    if json:
        as_json(written)
        return
    size = f"{counted(written['words'], 'word')} of {counted(written['dimensions'], 'dimension')}"
    print(f"{written['out']}   {size}, by {written['model']}")
