"""What `look` shows of a picture: an interactive page on how a trained network classifies it.

It shows the evidence for the likeliest classes by several attribution methods; for several layers the units with the
strongest activations, their feature maps and receptive fields; and the training patches that activate them most.
"""

import io
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from scipy.special import softmax

from zoo865.data.pictures import as_bytes
from zoo865.data.statistics import spread
from zoo865.errors import ZooError
from zoo865.files import write_text
from zoo865.preprocessing import prepared
from zoo865.reporting.page import in_page, page_of
from zoo865.training.published import Published
from zoo865.training.run import Run
from zoo865.visualize.activations import activations_of, maps_of
from zoo865.visualize.attribution import integrated_gradients, occlusion, over_channels, smooth_grad
from zoo865.visualize.class_activation import grad_cam, grad_cam_plus_plus
from zoo865.visualize.features import feature_maps, filters, over_range
from zoo865.visualize.grids import heated
from zoo865.visualize.layers import layers_of, path_of
from zoo865.visualize.mosaic import mosaic
from zoo865.visualize.receptive import receptive_fields
from zoo865.visualize.top_patches import cut_patches, find_top_patches

METHODS: dict[str, Callable] = {
    "Grad-CAM": grad_cam,
    "Grad-CAM++": grad_cam_plus_plus,
    "integrated gradients": lambda model, images, target: over_channels(
        integrated_gradients(model, images, target, error=None)
    ),
    "SmoothGrad": lambda *asked: over_channels(smooth_grad(*asked)),
    "occlusion": occlusion,
}
CLASSES = 3  # which the picture is likeliest of
LAYERS = 6
UNITS = 24  # of a layer, those that the picture wakes most
REGIONS = 6  # of training images, that wake a unit most
TILE = 48  # pixels of a map or region on the page


def look_at_picture(
    trained: Run | Published, picture: Any, layers: Iterable[str] | None, examples: int, out: Path
) -> dict[str, Any]:
    """Writes the page, and returns what `zoo865.look` does of a picture.

    Args:
        trained: a classifier of images.
        picture: a file, PIL image or array.
        layers: paths or names of layers with feature maps; None selects some from the first to the last.
        examples: how many training images to search for patches that activate units; none are searched if they are
            unavailable.
        out: the page.
    """
    given, notes = trained.recipe.task.preprocess(picture, trained.spec)
    raw = {name: array[None] for name, array in given.items()}
    image, model = prepared(trained.spec, raw)[0], trained.model
    shown = _layers(model, image[None], layers)
    many, missing = _training_images(trained, examples)
    many = image[None] if many is None else many
    probabilities = softmax(activations_of(model, image[None])[1][0].astype("float64"))
    likeliest = [int(label) for label in np.argsort(-probabilities)[:CLASSES]]
    regions = find_top_patches(model, many, [*shown, None], REGIONS)
    classes = [_class(model, image, label, many, regions[None][label]) for label in likeliest]
    names = trained.spec.class_names
    for section, label in zip(classes, likeliest, strict=True):
        section |= {"name": names[label], "probability": float(probabilities[label])}
    sections = [_layer(model, image, path, many, regions[path]) for path in shown]
    found = {
        "page": str(out),
        "model": trained.recipe.name,
        "origin": trained.origin,
        "picture": Path(picture).name if isinstance(picture, (str, Path)) else "",
        "notes": [*notes, *missing],
        "answers": {section["name"]: section["probability"] for section in classes},
        "layers": {part["path"]: dict(zip(part["units"], part["values"], strict=True)) for part in sections},
    }
    page = {"height": image.shape[0], "width": image.shape[1], "image": _picture(image), "classes": classes}
    page |= {"layers": sections, "methods": list(METHODS)}
    write_text(out, page_of("look_picture.html.jinja", found=found, page=page, many=0 if missing else len(many)))
    return found


def _training_images(trained, examples: int):
    """(many, height, width, channels) training images in [0, 1], and nothing; or None, and why there are none."""
    try:
        return prepared(trained.spec, spread(trained.data.train, examples)), []
    except ZooError as error:
        return None, [f"no training images: {error.message}"]


def _layers(model, images, wanted) -> list[str]:
    """The layers to show: those wanted, or some of those that end a step: activations, or else convolutions."""
    maps = maps_of(model, images)
    if wanted:
        chosen = [path_of(model, layer) for layer in wanted]
        if without := [path for path in chosen if path not in maps]:
            raise ZooError(f"layer {without[0]!r} has no feature maps", f"these have: {', '.join(maps)}")
        return chosen
    kinds = {path: type(layer).__name__ for path, layer in layers_of(model).items()}
    for ends in (("ReLU", "Activation", "LeakyReLU", "ELU"), ("Conv2D", "DepthwiseConv2D", "SeparableConv2D")):
        if some := [path for path in maps if kinds[path] in ends]:
            return [some[place] for place in np.unique(np.linspace(0, len(some) - 1, LAYERS).round().astype(int))]
    return list(maps)[-LAYERS:]


def _class(model, image, label: int, many, regions) -> dict:
    """What the page shows of a class: the heat of every method, and the training images that say it most."""
    heats = {
        method: _picture(heated(image, attribute(model, image[None], [label])[0]))
        for method, attribute in METHODS.items()
    }
    most = many[[region.image for region in regions]]
    maps = grad_cam(model, most, label)
    tiles = np.stack([_tile(heated(one, heat)) for one, heat in zip(most, maps, strict=True)])
    return {"heats": heats, "most": _picture(mosaic(tiles, columns=len(tiles)))}


def _layer(model, image, path: str, many, regions) -> dict:
    """What the page shows of a layer."""
    maps = feature_maps(model, image[None], path)[0].transpose(2, 0, 1)
    # Of units that go as high, as behind a ReLU6, those that go there widely.
    units = np.sort(np.lexsort((maps.mean((1, 2)), maps.max((1, 2))))[::-1][:UNITS])
    try:
        rows, columns = (sees.tolist() for sees in receptive_fields(model, path))
    except ZooError:  # the page says so
        rows = columns = []
    tiles = [_tile(part) for unit in units for part in cut_patches(many, regions[unit])]
    each = len(tiles) // len(units)
    layer = layers_of(model)[path]
    kernels = getattr(layer, "kernel", None) is not None
    return {
        "path": path,
        "kind": type(layer).__name__,
        "shape": [*list(maps.shape[1:]), len(maps)],
        "units": units.tolist(),
        "values": [float(maps[unit].max()) for unit in units],
        "maps": _picture(np.concatenate([*over_range(maps[units])], 1)[..., None]),
        "filters": _picture(np.concatenate([*filters(model, path)[units]], 1)) if kernels else "",
        "rows": rows,
        "columns": columns,
        "regions": _picture(
            np.concatenate([np.concatenate(tiles[i : i + each], 1) for i in range(0, len(tiles), each)])
        ),
        "strengths": [[region.value for region in regions[unit]] for unit in units],
    }


def _tile(picture) -> np.ndarray:
    """A picture in a tile's size, its proportions kept on a grey ground, (TILE, TILE, 3) uint8."""
    image = Image.fromarray(np.broadcast_to(_in_bytes(picture), (*picture.shape[:2], 3)).copy())
    ratio = TILE / max(image.size)
    width, height = (max(1, round(side * ratio)) for side in image.size)
    tile = Image.new("RGB", (TILE, TILE), (128, 128, 128))
    way = Image.Resampling.NEAREST if ratio > 1 else Image.Resampling.BILINEAR
    tile.paste(image.resize((width, height), way), ((TILE - width) // 2, (TILE - height) // 2))
    return np.asarray(tile)


def _picture(image) -> str:
    """An image, uint8 or floats in [0, 1], as the page holds it: PNG, or JPEG where it is large and in colours."""
    image = _in_bytes(image)
    coloured = image.shape[-1] == 3
    kind = "jpeg" if coloured and image.size > 1 << 16 else "png"
    file = io.BytesIO()
    Image.fromarray(image if coloured else image[..., 0]).save(file, kind, quality=90)
    return f"data:image/{kind};base64,{in_page(file.getvalue())}"


def _in_bytes(picture) -> np.ndarray:
    return picture if picture.dtype == np.uint8 else as_bytes(picture)
