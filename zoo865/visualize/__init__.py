"""Looking inside any Keras model: arrays in, arrays and matplotlib figures out. Knows no recipe.

    from zoo865 import visualize

    heat = visualize.grad_cam(model, images)

The names below load on first use, so that charts need no Keras.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # what type checkers and editors see: the same names
    from zoo865.visualize.activation_maximization import maximize_activations as maximize_activations
    from zoo865.visualize.activation_maximization import maximized_activations_figure as maximized_activations_figure
    from zoo865.visualize.activations import activations_of as activations_of
    from zoo865.visualize.activations import gradients_of as gradients_of
    from zoo865.visualize.activations import maps_of as maps_of
    from zoo865.visualize.attribution import integrated_gradients as integrated_gradients
    from zoo865.visualize.attribution import occlusion as occlusion
    from zoo865.visualize.attribution import over_channels as over_channels
    from zoo865.visualize.attribution import smooth_grad as smooth_grad
    from zoo865.visualize.class_activation import grad_cam as grad_cam
    from zoo865.visualize.class_activation import grad_cam_plus_plus as grad_cam_plus_plus
    from zoo865.visualize.embeddings import embedding_map as embedding_map
    from zoo865.visualize.embeddings import embedding_map_figure as embedding_map_figure
    from zoo865.visualize.faithfulness import deletion_and_insertion as deletion_and_insertion
    from zoo865.visualize.faithfulness import randomisation as randomisation
    from zoo865.visualize.features import feature_maps as feature_maps
    from zoo865.visualize.features import feature_maps_figure as feature_maps_figure
    from zoo865.visualize.features import filters as filters
    from zoo865.visualize.features import filters_figure as filters_figure
    from zoo865.visualize.grids import heat_grid as heat_grid
    from zoo865.visualize.grids import image_grid as image_grid
    from zoo865.visualize.layers import layers_of as layers_of
    from zoo865.visualize.receptive import receptive_field as receptive_field
    from zoo865.visualize.receptive import receptive_fields as receptive_fields
    from zoo865.visualize.top_patches import cut_patches as cut_patches
    from zoo865.visualize.top_patches import find_top_patches as find_top_patches
    from zoo865.visualize.top_patches import top_patches_figure as top_patches_figure
    from zoo865.visualize.words_attribution import integrated_gradients_of_words as integrated_gradients_of_words
    from zoo865.visualize.words_attribution import occlusion_of_words as occlusion_of_words

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
    "words_attribution": ("integrated_gradients_of_words", "occlusion_of_words"),
}
_MODULE = {name: module for module, names in _PUBLIC.items() for name in names}
__all__ = sorted(_MODULE)


def __getattr__(name: str) -> Any:
    if name not in _MODULE:
        raise AttributeError(f"module 'zoo865.visualize' has no attribute {name!r}")
    return getattr(importlib.import_module(f"zoo865.visualize.{_MODULE[name]}"), name)


def __dir__() -> list[str]:
    return [*globals(), *__all__]
