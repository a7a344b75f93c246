"""Looking inside any Keras model: arrays in, arrays and matplotlib figures out. Knows no recipe.

    from zoo865 import visualize

    heat = visualize.grad_cam(model, images)

The names below load on first use, so that charts need no Keras.
"""

import importlib

_PUBLIC = {
    "activation_maximization": ("maximize_activations", "maximized_activations_figure"),
    "activations": ("activations_of", "gradients_of", "maps_of"),
    "attribution": ("integrated_gradients", "occlusion", "over_channels", "smooth_grad"),
    "class_activation": ("grad_cam", "grad_cam_plus_plus"),
    "embeddings": ("embedding_map", "embedding_map_figure"),
    "faithfulness": ("deletion_and_insertion", "randomisation"),
    "features": ("feature_maps", "feature_maps_figure", "filters", "filters_figure"),
    "grids": ("heat_grid", "image_grid"),
    "layers": ("layers_of",),
    "receptive": ("receptive_field", "receptive_fields"),
    "top_patches": ("cut_patches", "find_top_patches", "top_patches_figure"),
}
_MODULE = {name: module for module, names in _PUBLIC.items() for name in names}
__all__ = sorted(_MODULE)


def __getattr__(name):
    if name not in _MODULE:
        raise AttributeError(f"module 'zoo865.visualize' has no attribute {name!r}")
    return getattr(importlib.import_module(f"zoo865.visualize.{_MODULE[name]}"), name)


def __dir__():
    return [*globals(), *__all__]
