"""Records every command and option of the Python package's program, by walking what its `--help` shows.

    python capture_commands.py          # writes ../goldens/commands.json

Run it in an environment that has the package (`pip install "metaxy[lancedb]==0.1.11"`). tests/system/cli looks for each of them
in this program. The command "" stands for the options that every command has.
"""

import json
import typing
from pathlib import Path

from metaxy.cli.app import app


def choices(hint):
    return [str(value) for value in typing.get_args(hint)] if typing.get_origin(hint) is typing.Literal else []


def option(argument):
    """An option with all its names; `by_place` if its value may stand without a name, `hidden` if help does not show it."""
    return {
        "names": sorted(name for name in argument.names if name.startswith("-")),
        "choices": choices(argument.hint),
        "required": bool(argument.required),
        "by_place": argument.field_info.kind.name.startswith("POSITIONAL")
        or argument.field_info.kind.name == "VAR_POSITIONAL",
        "hidden": argument.parameter.show is False,
    }


def options(program):
    # "*" is a group of options, whose members follow; names without dashes are the words of the command itself.
    found = [option(argument) for argument in program.assemble_argument_collection() if argument.names != ("*",)]
    return [o for o in found if o["names"]]


def walk(program, path, shown):
    commands = [name for name in program if not name.startswith("-")]
    if path and not commands:
        yield {"command": " ".join(path), "hidden": not shown, "options": options(program)}
    for name in commands:
        yield from walk(program[name], [*path, name], shown and program[name].show)


def main():
    commands = [{"command": "", "hidden": False, "options": options(app.meta)}, *walk(app, [], True)]
    commands.sort(key=lambda command: command["command"])
    target = Path(__file__).resolve().parent.parent / "goldens" / "commands.json"
    target.write_text(json.dumps(commands, indent=1) + "\n")
    print(f"{len(commands)} commands, {sum(len(command['options']) for command in commands)} options -> {target.name}")


if __name__ == "__main__":
    main()
