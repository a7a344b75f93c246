"""zoo865 info"""

from typing import Annotated

import typer

from zoo865.cli.arguments import system_names
from zoo865.cli.output import Json, as_json, card_line, number, quiet_start

NAME = "info"


def run(
    name: Annotated[
        str,
        typer.Argument(help="System, my.py:my_recipe, or environment gym:NAME.", autocompletion=system_names),
    ],
    json: Json = False,
):
    """Shows a system's recipe, layers with shapes, size and source file; or an environment's observations and actions.

    zoo865 info mnist_cnn

    zoo865 info gym:Acrobot-v1
    """
    with quiet_start():
        from zoo865.reporting.info import describe, describe_environment

    of_environment = name.startswith("gym:")
    described = describe_environment(name.removeprefix("gym:")) if of_environment else describe(name)
    if json:
        as_json(described)
    elif of_environment:
        _print_environment(described)
    else:
        _print_system(described)


def _print_environment(described):
    (shape, dtype), by_chance = described["observation"], described["random_return"]
    print(f"{described['name']}")
    made_of = f", flattened from {described['parts']}" if described["parts"] else ""
    print(f"  observation    {tuple(shape)} {dtype}{made_of}")
    first, count = described["first_action"], described["actions"]
    print(f"  actions        {count}, from {first} to {first + count - 1}")
    most = described["most_steps"]
    print(f"  episode        {f'at most {most} steps' if most else 'no step limit'}")
    print(f"  random policy  return {number(by_chance['mean'])} +- {number(by_chance['spread'])} (20 episodes)")
    for advice in described["advice"]:
        print(f"  advice         {advice}")
    print(f"\nzoo865 train dqn --data {described['name']}")


def _print_system(described):
    print(f"{described['name']}: {described['summary']}\n\n{described['about']}\n")
    for setting, value in described["settings"].items():
        print(f"  {setting:<42} {value}")
    print(f"\n{'layer':<28} {'output':<24} parameters")
    for layer in described["layers"]:
        print(f"{layer['name']:<28} {layer['output']:<24} {layer['parameters']:,}")
    print(f"\n{described['parameters']:,} parameters; file {described['file']}")
    if "published" in described:
        card = described["published"]["card"]
        print(f"\npublished: {described['published']['path']}")
        for measure, found in card["metrics"].items():
            print(f"  {card_line(measure, found)}")
        print(f"  by {card['trained']['command']}")
