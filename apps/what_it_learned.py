"""What a network learned: filters, feature maps, what activates its units, and attribution maps (saliency).

python apps/what_it_learned.py    # the published mnist_cnn: under a minute
"""

import argparse
from pathlib import Path

from zoo865.data.statistics import spread
from zoo865.preprocessing import prepared
from zoo865.training.published import find_trained
from zoo865.visualize.activation_maximization import maximized_activations_figure
from zoo865.visualize.activations import activations_of, maps_of
from zoo865.visualize.class_activation import grad_cam
from zoo865.visualize.embeddings import embedding_map_figure
from zoo865.visualize.features import feature_maps_figure, filters_figure
from zoo865.visualize.grids import heat_grid
from zoo865.visualize.layers import layers_of
from zoo865.visualize.top_patches import top_patches_figure


def main(name: str, layer: str | None, unit: int, out: Path):
    """Visualizes a trained network from the pixels to the output; one picture each."""
    trained = find_trained(name)
    model, names = trained.model, trained.spec.class_names
    examples = spread(trained.data.validation, 500)
    images, labels = prepared(trained.spec, examples), examples["label"]
    maps = maps_of(model, images)
    first = next(path for path in maps if hasattr(layers_of(model)[path], "kernel"))
    layer, last = layer or list(maps)[len(maps) // 2], list(layers_of(model))[-2]
    titles = [names[label] for label in labels[:10]]
    ground = 0.0 if trained.spec.image.ink == "light" else 0.5  # the shade of an empty image

    figures = {
        # The filters of the first layer, and the feature maps of a middle layer for one image.
        "filters": filters_figure(model, first),
        "feature_maps": feature_maps_figure(model, images[0], layer),
        # Patches that activate a unit, and each output neuron; images that maximize the output neurons.
        "regions": top_patches_figure(model, images, layer, [unit, unit + 1]),
        "regions_of_classes": top_patches_figure(model, images, None, range(len(names)), count=6),
        "wanted": maximized_activations_figure(model, range(len(names)), titles=list(names), ground=ground),
        # The evidence for the class in ten images, and an embedding of all images before the last layer.
        "grad_cam": heat_grid(images[:10], grad_cam(model, images[:10], labels[:10]), titles),
        "embeddings": embedding_map_figure(activations_of(model, images, [last])[0][0], labels, names, "t-sne"),
    }
    out.mkdir(exist_ok=True)
    for title, figure in figures.items():
        figure.savefig(out / f"{title}.png", dpi=160)
    print(f"pictures: {out}/*.png; interactive page: zoo865 look {name} PICTURE")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--model", default="mnist_cnn", help="a run or published image classifier")
    parser.add_argument("--layer", help="layer of the feature maps and patches, by path or name")
    parser.add_argument("--unit", type=int, default=0, help="unit of that layer; the next one is shown, too")
    parser.add_argument("--out", type=Path, default=Path("what_it_learned"))
    given = parser.parse_args()
    main(given.model, given.layer, given.unit, given.out)
