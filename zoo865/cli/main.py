"""`zoo865`: runs the command, and turns a ZooError into one line and exit code 2."""

import sys
from typing import Annotated, Any

import typer

import zoo865
from zoo865.cli import (
    augment,
    bench,
    check,
    compare,
    doctor,
    evaluate,
    explain,
    export,
    generate,
    info,
    label,
    listing,
    look,
    nearest,
    play,
    predict,
    publish,
    report,
    train,
    vectors,
)
from zoo865.errors import ZooError

# Typer brings its own copy of Click, or uses the installed one, by version: the error's class is found through Typer.
UsageError: Any = typer.BadParameter.__base__


def _print_version(wanted: bool):
    if wanted:
        print(f"zoo865 {zoo865.__version__}")
        raise typer.Exit


app = typer.Typer(
    name="zoo865",
    help="Deep learning systems to read, train, look at and serve. Start: zoo865 train mnist_cnn --data mnist_sample",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and exit.")
    ] = False,
):
    """Handles options that precede the command."""


for command in (
    listing,
    info,
    check,
    label,
    train,
    predict,
    generate,
    look,
    nearest,
    play,
    evaluate,
    explain,
    compare,
    report,
    augment,
    export,
    vectors,
    bench,
    publish,
    doctor,
):
    app.command(name=command.NAME, context_settings=getattr(command, "CONTEXT", None))(command.run)


def main():
    """The console script."""
    for stream in filter(None, (sys.stdout, sys.stderr)):  # what stdout cannot write, a name, shall end nothing
        stream.reconfigure(errors="backslashreplace")
    try:
        code = app(standalone_mode=False)
    except ZooError as error:
        code = _fail(str(error))
    except UsageError as error:
        if not error.format_message():  # `zoo865` alone has printed its help
            sys.exit(2)
        command = error.ctx.command_path if error.ctx else "zoo865"
        code = _fail(f"{error.format_message()} (see {command} --help)")
    except (KeyboardInterrupt, typer.Abort):
        code = 130
    except BrokenPipeError:
        code = 1
    sys.exit(code if isinstance(code, int) else 0)


def _fail(message: str) -> int:
    print("error:", " ".join(message.split()), file=sys.stderr)
    return 2


if __name__ == "__main__":
    main()
