"""zoo865 augment"""

from typing import Annotated

import typer

from zoo865.cli.output import Json, as_json, as_table, quiet_start

NAME = "augment"


def _up_to(unit: str):
    return typer.Option(help=f"Test strengths up to this value: {unit}.", show_default=False)


def run(
    data: Annotated[str, typer.Argument(help="Data set or folder of pictures.")] = "mnist",
    policy: Annotated[
        str | None, typer.Option(help="Augmentation policy to test.", show_default="digits; photos for colour images")
    ] = None,
    model: Annotated[
        str | None, typer.Option(help="Classifier that was trained without augmentation.", show_default="the policy's")
    ] = None,
    out: Annotated[str, typer.Option(help="HTML page to write.")] = "augment.html",
    rotation: Annotated[float | None, _up_to("degrees, at most 180")] = None,
    shift: Annotated[float | None, _up_to("fraction of the side, at most 0.5")] = None,
    zoom: Annotated[float | None, _up_to("fraction, at most 0.9")] = None,
    shear: Annotated[float | None, _up_to("degrees, at most 60")] = None,
    elastic: Annotated[float | None, _up_to("fraction of the side, at most 0.2")] = None,
    flip: Annotated[bool, typer.Option("--flip", help="Test mirrored images.")] = False,
    brightness: Annotated[float | None, _up_to("fraction of white, at most 1")] = None,
    saturation: Annotated[float | None, _up_to("fraction, at most 1")] = None,
    hue: Annotated[float | None, _up_to("fraction of half a turn, at most 1")] = None,
    erasing: Annotated[float | None, _up_to("fraction of the image, at most 1")] = None,
    randaugment: Annotated[float | None, _up_to("fraction, at most 1")] = None,
    json: Json = False,
):
    """Measures how strongly images can be augmented before their label changes.

    The safe range depends on the data: a 6 rotated by 180 degrees is a 9, a mirrored dog is still a dog.

    zoo865 augment mnist --rotation 180
    """
    with quiet_start():
        from zoo865.reporting.augment import measure_augmentation_tolerance

    strengths = {"rotation": rotation, "shift": shift, "zoom": zoom, "shear": shear, "elastic": elastic}
    strengths |= {"flip": 1.0 if flip else None, "brightness": brightness, "saturation": saturation, "hue": hue}
    strengths |= {"erasing": erasing, "randaugment": randaugment}
    given = {name: strength for name, strength in strengths.items() if strength is not None}
    found = measure_augmentation_tolerance(data, policy=policy, model=model, out=out, **given)
    if json:
        as_json(found)
        return
    as_table(
        [
            {
                "change": name,
                f"at most {found['bound']:.0%} of labels lost up to": f"{change['bears']:.3g} {change['unit']}",
                "policy": "" if change["policy"] is None else f"{change['policy']:g}",
                "lost at full strength": f"{change['lost'][-1]:.1%} at {change['strengths'][-1]:g}",
            }
            for name, change in found["changes"].items()
        ]
    )
    print(f"model   {found['model']}, on {found['images']:,} validation images of {found['data']}")
    print(f"page    {found['page']}   (open it in a browser)")
