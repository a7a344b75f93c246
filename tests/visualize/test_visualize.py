"""Looking inside: any model, however it is put together, against closed forms, a peer and conserved properties."""

import gc
import resource
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers, ops

import zoo865
from zoo865.data.statistics import spread
from zoo865.errors import ZooError
from zoo865.training.published import Published
from zoo865.visualize import activations
from zoo865.visualize.activation_maximization import maximize_activations
from zoo865.visualize.activations import activations_of, gradients_of, maps_of
from zoo865.visualize.attribution import integrated_gradients, occlusion, over_channels, smooth_grad
from zoo865.visualize.class_activation import grad_cam, grad_cam_plus_plus
from zoo865.visualize.embeddings import embedding_map
from zoo865.visualize.faithfulness import deletion_and_insertion, for_and_against, randomisation, shuffled_weights
from zoo865.visualize.features import feature_maps, feature_maps_figure, filters, filters_figure
from zoo865.visualize.layers import layers_of, nests, path_of
from zoo865.visualize.receptive import receptive_fields
from zoo865.visualize.top_patches import cut_patches, find_top_patches, top_patches_figure

SHAPE = (17, 14, 3)
CLASSES = 5


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(0).random((6, *SHAPE), "float32")


def body(x):
    """Two convolutions with a way around the second."""
    x = layers.Conv2D(8, 3, strides=2, padding="same", name="first")(x)
    x = layers.BatchNormalization(name="norm")(x)
    x = around = layers.ReLU(name="first_relu")(x)
    x = layers.Conv2D(8, 3, padding="same", activation="relu", name="second")(x)
    return layers.Add(name="sum")([x, around])


def head(x):
    x = layers.GlobalAveragePooling2D(name="average")(x)
    x = layers.Dropout(0.5, name="dropout")(x)
    return layers.Dense(CLASSES, name="logits")(x)


def flat():
    image = keras.Input(SHAPE)
    return keras.Model(image, head(body(image)), name="flat")


def nested():
    inner = keras.Input(SHAPE)
    backbone = keras.Model(inner, body(inner), name="backbone")
    image = keras.Input(SHAPE)
    return keras.Model(image, head(backbone(image)), name="nested")


def chain():
    inner = keras.Input(SHAPE)
    backbone = keras.Model(inner, body(inner), name="backbone")
    last = [layers.GlobalAveragePooling2D(name="average"), layers.Dropout(0.5, name="dropout")]
    return keras.Sequential([keras.Input(SHAPE), backbone, *last, layers.Dense(CLASSES, name="logits")], name="chain")


def reloaded(tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "nested.keras"
    nested().save(path)
    return keras.models.load_model(path)


@keras.saving.register_keras_serializable()
class Own(keras.Model):
    """A `call` of its own, a chain inside."""

    def __init__(self, **kwargs):
        super().__init__(name="own")
        self.backbone = keras.models.clone_model(nested().get_layer("backbone"))
        self.average = layers.GlobalAveragePooling2D(name="average")
        self.logits = layers.Dense(CLASSES, name="logits")

    def call(self, image, training=False):
        return self.logits(1.0 * self.average(self.backbone(image, training=training)))


def own():
    model = Own()
    model(np.zeros((1, *SHAPE), "float32"))
    return model


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """name -> a model; all hold the same weights."""
    made = {"flat": flat(), "nested": nested(), "chain": chain(), "reloaded": reloaded(tmp_path_factory), "own": own()}
    random = np.random.default_rng(1)
    values = {}
    for weight in (weight for model in made.values() for weight in model.weights):
        name = "/".join(weight.path.split("/")[-2:])  # of the layer and its weight, wherever it nests
        values.setdefault(name, random.normal(0, 0.3, weight.shape))
        weight.assign(1 + np.abs(values[name]) if "variance" in name else values[name])
    return made


KINDS = ["flat", "nested", "chain", "reloaded", "own"]


@pytest.mark.jax
@pytest.mark.parametrize("kind", KINDS)
def test_grad_cam_before_an_average_is_the_head_s_weights(kind, models, images):
    """Zhou et al. 2016: there each map's mean slope is its weight in the head, divided by the places."""
    model = models[kind]
    last = path_of(model, "sum")
    (maps,), answers = activations_of(model, images, [last])
    kernel = ops.convert_to_numpy(layers_of(model)["logits"].kernel)
    expected = np.maximum(np.einsum("bhwc,cb->bhw", maps, kernel[:, answers.argmax(-1)]), 0) / maps[0, ..., 0].size
    np.testing.assert_allclose(grad_cam(model, images), expected, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(answers, ops.convert_to_numpy(model(images, training=False)), rtol=1e-4, atol=1e-5)


@pytest.mark.jax
@pytest.mark.parametrize("method", [grad_cam, grad_cam_plus_plus, integrated_gradients, smooth_grad, occlusion])
@pytest.mark.parametrize("layer", ["first_relu", None])
def test_all_ways_to_build_a_model_look_alike(method, layer, models, images):
    if layer and method not in (grad_cam, grad_cam_plus_plus):
        return
    options = {"layer": layer} if layer else {}
    found = {kind: method(model, images[:2], 1, **options) for kind, model in models.items()}
    for maps in found.values():
        np.testing.assert_allclose(maps, found["flat"], rtol=1e-3, atol=1e-5)


@pytest.mark.jax
def test_layers_are_found_wherever_they_nest(models):
    assert list(layers_of(models["nested"]))[:3] == ["backbone", "backbone/first", "backbone/norm"]
    for kind in KINDS:
        assert layers_of(models[kind])[path_of(models[kind], "second")].name == "second"


@pytest.mark.jax
@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="the peer knows TensorFlow alone")
def test_equals_tf_keras_vis_on_a_flat_model(models, images):
    peer = pytest.importorskip("tf_keras_vis.gradcam")
    from tf_keras_vis.gradcam_plus_plus import GradcamPlusPlus
    from tf_keras_vis.utils.scores import CategoricalScore

    model = models["flat"]
    options = {"penultimate_layer": "sum", "expand_cam": False, "normalize_cam": False}
    options["seek_penultimate_conv_layer"] = False
    classes = [0, 1, 2, 3, 4, 0]
    theirs = np.asarray(peer.Gradcam(model, clone=False)(CategoricalScore(classes), images, **options))
    np.testing.assert_allclose(grad_cam(model, images, classes, "sum"), theirs, atol=1e-4)
    for ours, their in zip(
        grad_cam_plus_plus(model, images, classes, "sum"),
        np.asarray(GradcamPlusPlus(model, clone=False)(CategoricalScore(classes), images, **options)),
        strict=True,
    ):
        np.testing.assert_allclose(ours / (ours.max() or 1), their / (their.max() or 1), atol=1e-4)


@pytest.mark.jax
def test_targets_are_classes_or_functions(models, images):
    model = models["nested"]
    answers = activations_of(model, images)[1]
    ours = grad_cam(model, images, answers.argmax(-1))
    np.testing.assert_allclose(grad_cam(model, images), ours)
    np.testing.assert_allclose(grad_cam(model, images, lambda answers: ops.max(answers, -1)), ours, atol=1e-6)
    difference = gradients_of(model, images, activations.weights_of(lambda a: a[:, 1] - a[:, 3], answers))
    one, three = (gradients_of(model, images, activations.weights_of(unit, answers)) for unit in (1, 3))
    np.testing.assert_allclose(difference, one - three, atol=1e-6)


@pytest.mark.jax
def test_gradients_at_a_layer_that_a_mean_and_a_matrix_follow(models, images):
    model = models["flat"]
    height, width = model.get_layer("sum").output.shape[1:3]
    kernel = ops.convert_to_numpy(model.get_layer("logits").kernel)
    found = gradients_of(model, images[:2], np.eye(CLASSES, dtype="float32")[[1, 3]], at="sum")
    expected = kernel[:, [1, 3]].T[:, None, None, :] / (height * width)
    np.testing.assert_allclose(found, np.broadcast_to(expected, found.shape), rtol=1e-5)


@pytest.mark.jax
def test_softmax_is_left_out(models, images):
    image = keras.Input(SHAPE)
    sure = keras.Model(image, layers.Softmax()(100 * models["nested"](image)))
    last = keras.Sequential([keras.Input(SHAPE), models["nested"], layers.Activation("softmax", name="probabilities")])
    for model, times in ((sure, 100), (last, 1)):
        expected = times * grad_cam(models["flat"], images, 2)
        np.testing.assert_allclose(grad_cam(model, images, 2, "sum"), expected, rtol=1e-3, atol=1e-5)
        np.testing.assert_allclose(np.sum(model(images), -1), 1, rtol=1e-5)  # as it was


@pytest.mark.jax
def test_slopes_are_those_of_finite_differences(models, images):
    model = models["chain"]
    slope = integrated_gradients(model, images[:1], 2, baseline=images[0] - 1e-2, steps=4, error=None) / 1e-2
    moved = np.repeat(images[:1], 4, 0)
    places = [(0, 0, 0), (5, 7, 1), (16, 13, 2)]
    for copy, place in zip(moved, places, strict=False):
        copy[place] -= 1e-2
    base = activations_of(model, images[:1] - 0)[1][0, 2]
    near = gradients_of(model, images[:1], np.eye(CLASSES, dtype="float32")[[2]])
    for copy, place in zip(moved, places, strict=False):
        assert (base - activations_of(model, copy[None])[1][0, 2]) / 1e-2 == pytest.approx(near[0][place], abs=2e-3)
    assert slope.shape == near.shape


@pytest.mark.jax
@pytest.mark.parametrize("kind", KINDS)
def test_integrated_gradients_add_up_to_the_answer(kind, models, images):
    model = models[kind]
    for baseline in (None, 0.2):
        found = integrated_gradients(model, images, 3, baseline)
        greys = (images.min((1, 2, 3)) + images.max((1, 2, 3))) / 2 if baseline is None else np.full(6, baseline)
        without = activations_of(model, np.broadcast_to(greys[:, None, None, None], images.shape))[1][:, 3]
        np.testing.assert_allclose(
            found.sum((1, 2, 3)), activations_of(model, images)[1][:, 3] - without, rtol=0.0101, atol=1e-5
        )
    assert over_channels(found).shape == images.shape[:3]


@pytest.mark.jax
def test_occlusion_is_the_fall_of_the_answer(models, images):
    """One patch over everything: what is left is an image of one colour."""
    model = models["flat"]
    grey = np.broadcast_to(images.mean((1, 2), keepdims=True), images.shape)
    fall = activations_of(model, images)[1][:, 1] - activations_of(model, grey)[1][:, 1]
    found = occlusion(model, images, 1, patch=max(SHAPE))
    np.testing.assert_allclose(found, np.broadcast_to(fall[:, None, None], found.shape), rtol=1e-3, atol=1e-5)


def positive(model):
    """Every kernel positive, no bias, so that nothing cancels and no unit is silent."""
    for layer in layers_of(model).values():
        for weight in layer.weights if not nests(layer) else ():
            if "kernel" in weight.name:
                weight.assign(ops.ones(weight.shape))
    return model


def odd_network():
    """Strides, dilation, paddings of all kinds, depthwise, pools, a shorter way, a nested chain."""
    image = keras.Input((37, 30, 1))
    x = layers.ZeroPadding2D(((0, 1), (2, 0)), name="pad")(image)
    x = layers.Conv2D(2, (3, 2), strides=2, name="conv_1")(x)
    x = around = layers.Conv2D(2, 3, padding="same", dilation_rate=2, name="conv_2")(x)
    x = layers.DepthwiseConv2D(3, padding="same", use_bias=False, name="depthwise")(x)
    inner = [keras.Input(x.shape[1:]), layers.Conv2D(2, 4, padding="same", name="conv_3")]
    x = keras.Sequential(inner, name="inner")(x)
    x = layers.Add(name="sum")([x, around]) + 0.0 * around
    x = layers.AveragePooling2D((2, 3), name="pool")(x)
    x = layers.Cropping2D(((1, 0), (0, 1)), name="crop")(x)
    x = layers.Conv2D(2, 2, strides=(2, 1), padding="same", name="conv_4")(x)
    return keras.Model(image, layers.Dense(2, name="logits")(layers.GlobalAveragePooling2D(name="average")(x)))


@pytest.mark.jax
@pytest.mark.parametrize(
    "layer", ["pad", "conv_1", "conv_2", "depthwise", "inner/conv_3", "sum", "pool", "crop", "conv_4", "average"]
)
def test_a_unit_sees_what_its_slopes_reach(layer):
    """Of every place: the pixels with a slope, in a network whose kernels are all positive and linear."""
    model = positive(odd_network())
    image = np.ones((1, 37, 30, 1), "float32")
    (values,), _ = activations_of(model, image, [layer])
    rows, columns = receptive_fields(model, layer)
    places = [(row, column) for row in range(len(rows)) for column in range(len(columns))]
    random = np.random.default_rng(0)
    for row, column in [places[0], places[-1], *(places[i] for i in random.integers(len(places), size=12))]:
        weights = np.zeros_like(values)
        weights[(0, row, column) if values.ndim == 4 else 0] = 1
        reached = gradients_of(model, image, weights, of=layer)[0, ..., 0] != 0
        for axis, seen in ((1, rows[row]), (0, columns[column])):
            expected = np.flatnonzero(reached.any(axis))
            if len(expected):
                assert (expected[0], expected[-1] + 1) == tuple(seen)
            else:  # the place lies in what was padded
                assert min(rows[row][1] - rows[row][0], columns[column][1] - columns[column][0]) <= 0


def test_receptive_fields_of_known_networks():
    """Araujo, Norris, Sim 2019: VGG-16's last pool sees 212 pixels, ResNet-50's last maps 483."""
    for build, layer, size in (
        (keras.applications.VGG16, "block5_pool", 212),
        (keras.applications.ResNet50, "conv5_block3_out", 483),
    ):
        model = build(weights=None, include_top=False, input_shape=(608, 608, 3))
        rows, columns = receptive_fields(model, layer)
        assert np.diff(rows[len(rows) // 2]) == np.diff(columns[len(columns) // 2]) == size
    excited = keras.applications.EfficientNetB0(weights=None, include_top=False, input_shape=(64, 64, 3))
    assert (receptive_fields(excited, "block2a_project_conv")[0] == [0, 64]).all()
    first = keras.Input((3, 8, 8))
    model = keras.Model(first, layers.Conv2D(2, 3, data_format="channels_first", name="c")(first))
    with pytest.raises(ZooError, match="channels_first"):
        receptive_fields(model, "c")


@pytest.mark.jax
def test_strongest_regions_hold_what_wakes_a_unit():
    """Images that are dark but for one bright square: the regions show it."""
    random = np.random.default_rng(2)
    images, places = np.zeros((8, 37, 30, 1), "float32"), random.integers(4, 24, (8, 2))
    for image, (row, column), level in zip(images, places, 8.0 ** np.arange(-7, 1), strict=True):
        image[row : row + 3, column : column + 3] = level
    model = positive(odd_network())
    found = find_top_patches(model, images, ["conv_2", None], count=4)
    assert [region.image for region in found["conv_2"][1]] == [7, 6, 5, 4]
    for region, part in zip(found["conv_2"][1], cut_patches(images, found["conv_2"][1]), strict=True):
        assert part.max() == images[region.image].max()
        assert part.shape[0] <= np.diff(receptive_fields(model, "conv_2")[0]).max()
    of_answers = found[None][0][0]
    assert (of_answers.image, of_answers.rows, of_answers.columns) == (7, slice(0, 37), slice(0, 30))
    assert len(top_patches_figure(model, images, "conv_2", [0, 1], 3).axes[0].images) == 6


@pytest.mark.jax
def test_filters_and_maps(models, images):
    model = models["nested"]
    shown = filters(model, "first")
    assert shown.shape == (8, 3, 3, 3)
    assert shown.min() >= 0
    assert shown.max() <= 1
    kernel = ops.convert_to_numpy(layers_of(model)["backbone/first"].kernel)
    np.testing.assert_allclose((shown[3] - 0.5) * 2 * np.abs(kernel[..., 3]).max(), kernel[..., 3], atol=1e-6)
    maps = feature_maps(model, images, "first_relu")
    assert maps.shape == (6, 9, 7, 8)
    assert maps.min() == 0
    for figure in (filters_figure(model, "second"), feature_maps_figure(model, images[0], "second")):
        assert len(figure.axes[0].images) == 8


def test_a_wanted_image_wakes_its_unit(models, images):
    model = models["chain"]
    for layer, units in ((None, range(CLASSES)), ("second", [2, 5])):
        wanted = maximize_activations(model, units, layer, steps=40)
        (values,), answers = activations_of(model, np.concatenate([wanted, images]), ["second"])
        values = values.mean((1, 2)) if layer else answers
        for place, unit in enumerate(units):
            assert values[place, unit] > values[len(units) :, unit].max()
        assert wanted.min() >= 0
        assert wanted.max() <= 1


METHODS = {
    "grad_cam": lambda model, images, classes: grad_cam(model, images, classes, "stage2_conv_relu"),
    "grad_cam_plus_plus": lambda model, images, classes: grad_cam_plus_plus(model, images, classes, "stage2_conv_relu"),
    "integrated_gradients": lambda *asked: over_channels(integrated_gradients(*asked, error=None)),
    "smooth_grad": lambda *asked: over_channels(smooth_grad(*asked)),
    "occlusion": occlusion,
}


@pytest.fixture(scope="module")
def reader():
    """The published reader of digits, and 20 digits of people's own that it was not trained on."""
    digits = spread(zoo865.load_data("mnist_sample").test, 20)["image"].astype("float32") / 255
    return Published(Path(zoo865.__file__).parents[1] / "saved_models" / "mnist_cnn" / "1").model, digits


@pytest.mark.jax
@pytest.mark.parametrize("name", METHODS)
def test_maps_show_what_the_network_has_learned(name, reader):
    """Adebayo et al. 2018: with its weights shuffled, other maps; Petsiuk et al. 2018: maps better than chance's."""
    model, digits = reader
    tried = for_and_against(METHODS[name]) if name.startswith("grad_cam") else METHODS[name]
    assert randomisation(model, digits, tried) < 0.5
    classes = activations_of(model, digits)[1].argmax(-1)
    maps = METHODS[name](model, digits, classes)
    chance = np.random.default_rng(0).random(maps.shape, "float32")
    (gone, back), (gone_by_chance, back_by_chance) = (
        np.mean(deletion_and_insertion(model, digits, each, classes), 1) for each in (maps, chance)
    )
    assert back - gone > back_by_chance - gone_by_chance + 0.1


@pytest.mark.jax
def test_maps_that_are_none_are_no_proof(reader):
    assert np.isnan(randomisation(*reader, lambda model, images, classes: np.zeros(images.shape[:3])))
    assert randomisation(*reader, lambda model, images, classes: images[..., 0]) == pytest.approx(1)


@pytest.mark.jax
def test_of_a_black_ground_a_black_baseline_tells_nothing(reader):
    """Then even the maps of a network that has forgotten everything are alike: which is why the baseline is grey."""
    black = lambda *asked: over_channels(integrated_gradients(*asked, baseline=0.0, error=None))  # noqa: E731
    assert randomisation(*reader, black) > 0.9


@pytest.mark.jax
def test_embeddings_keep_what_is_apart_apart():
    random = np.random.default_rng(0)
    labels = np.repeat(np.arange(3), 30)
    features = random.normal(size=(90, 20)) + 12 * np.eye(20)[labels]
    for method in ("pca", "t-sne"):
        points = embedding_map(features, method)
        centres = np.stack([points[labels == label].mean(0) for label in range(3)])
        nearest = np.linalg.norm(points[:, None] - centres, axis=-1).argmin(-1)
        assert (nearest == labels).all()
    centred = features - features.mean(0)
    along = np.linalg.svd(centred, full_matrices=False)[2][:2]
    np.testing.assert_allclose(np.abs(embedding_map(features)), np.abs(centred @ along.T), atol=1e-3)


@pytest.mark.jax
def test_a_question_is_traced_once_and_leaves_nothing_behind(models, images):
    model, traces = models["own"], []
    plain = Own.call

    def counted(self, image, training=False):
        traces.append(image.shape)
        return plain(self, image, training)

    Own.call = counted
    try:
        del model
        model = own()
        grad_cam(model, images, 1)
        grad_cam(model, images, lambda answers: answers[:, 0])
        traces.clear()
        for unit in range(200):
            if unit == 20:
                gc.collect()
                tracemalloc.start()
                before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            grad_cam(model, images, lambda answers, unit=unit: answers[:, unit % CLASSES])
        gc.collect()
        grown = tracemalloc.get_traced_memory()[0]
        tracemalloc.stop()
    finally:
        Own.call = plain
    assert not traces
    assert grown < 100_000  # bytes of Python's objects
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20_000  # KB of all, TensorFlow's too


@pytest.mark.jax
def test_a_model_goes_when_nobody_holds_it(images):
    import weakref

    model = flat()
    grad_cam(model, images)
    gone = weakref.ref(model)
    keras.backend.clear_session()
    del model
    gc.collect()
    assert gone() is None


@pytest.mark.jax
def test_weights_are_read_anew(models, images):
    model = models["nested"]
    before = grad_cam(model, images, 1)
    with shuffled_weights(model, 3):
        assert np.abs(grad_cam(model, images, 1) - before).max() > 1e-3
    np.testing.assert_array_equal(grad_cam(model, images, 1), before)


@pytest.mark.jax
def test_images_of_any_size(models):
    image = keras.Input((None, None, 3))
    model = keras.Model(image, head(body(image)))
    for size in (16, 20, 33):
        maps = grad_cam(model, np.random.default_rng(size).random((2, size, size + 4, 3), "float32"))
        assert maps.shape == (2, -(-size // 2), -(-size // 2) + 2)


@pytest.mark.jax
def test_only_what_ends_the_model_is_left_out(images):
    """A gate with a sigmoid that is listed last is no end; a single answer means what it says."""

    class Gated(keras.Model):
        def __init__(self):
            super().__init__()
            self.conv = layers.Conv2D(2, 3, name="conv")
            self.gate = layers.Dense(2, activation="sigmoid", name="gate")

        def call(self, image):
            x = ops.mean(self.conv(image), (1, 2))
            return x * self.gate(x)

    gated = Gated()
    given = ops.convert_to_numpy(gated(images))
    np.testing.assert_allclose(activations_of(gated, images)[1], given, rtol=1e-5, atol=1e-6)
    image = keras.Input(SHAPE)
    single = keras.Model(image, layers.Dense(1, "sigmoid", name="yes")(layers.GlobalAveragePooling2D()(body(image))))
    logit = activations_of(single, images)[1]
    np.testing.assert_allclose(1 / (1 + np.exp(-logit)), ops.convert_to_numpy(single(images)), rtol=1e-4)
    for method in (grad_cam, integrated_gradients):
        for sign in (1, -1):
            said = np.sign(logit[:, 0]) == sign
            expected = method(single, images, lambda answers, sign=sign: sign * answers[:, 0])
            np.testing.assert_allclose(method(single, images)[said], expected[said], rtol=1e-4, atol=1e-6)
    image_wide = np.concatenate(deletion_and_insertion(single, images, images.mean(-1)))
    assert (image_wide > 0).all()
    assert (image_wide < 1).all()


@pytest.mark.jax
def test_half_precision_gives_the_same_maps(models, images):
    image = keras.Input(SHAPE)
    with_policy = keras.dtype_policies.DTypePolicy("mixed_bfloat16")
    x = layers.Conv2D(8, 3, strides=2, padding="same", dtype=with_policy, name="first")(image)
    x = layers.Conv2D(8, 3, activation="relu", dtype=with_policy, name="second")(x)
    half = keras.Model(image, layers.Dense(CLASSES, dtype=with_policy)(layers.GlobalAveragePooling2D()(x)))
    image = keras.Input(SHAPE)
    x = layers.Conv2D(8, 3, strides=2, padding="same", name="first")(image)
    x = layers.Conv2D(8, 3, activation="relu", name="second")(x)
    whole = keras.Model(image, layers.Dense(CLASSES)(layers.GlobalAveragePooling2D()(x)))
    whole.set_weights(half.get_weights())
    ours, theirs = (grad_cam(model, images, 1, "second") for model in (half, whole))
    assert ours.dtype == np.float32
    np.testing.assert_allclose(ours, theirs, atol=0.05 * theirs.max())


@pytest.mark.jax
def test_threads_ask_at_once(images):
    model = flat()
    expected = np.asarray(model(images, training=False))
    with ThreadPoolExecutor(8) as pool:
        layers_asked = ["first", "norm", "first_relu", "second", "sum", "average"] * 3
        found = list(pool.map(lambda layer: activations_of(model, images, [layer])[1], layers_asked))
    for answers in found:
        np.testing.assert_allclose(answers, expected, rtol=1e-4, atol=1e-5)
    assert not any("call" in vars(layer) for layer in layers_of(model).values())


@pytest.mark.jax
def test_an_exchanged_layer_is_asked_anew(images):
    first = [keras.Input(SHAPE), layers.Conv2D(4, 3), layers.GlobalMaxPooling2D()]
    model = keras.Sequential([*first, layers.Dense(5)])
    assert activations_of(model, images)[1].shape == (6, 5)
    model.pop()
    model.add(layers.Dense(2))
    assert activations_of(model, images)[1].shape == (6, 2)


@pytest.mark.jax
def test_errors_name_what_there_is(models, images):
    model = models["nested"]
    image, other, whole = keras.Input(SHAPE), keras.Input(SHAPE), keras.Input(SHAPE, dtype="uint8")
    several = keras.Model(image, [model(image), model.get_layer("backbone")(image)])
    pair = keras.Model([image, other], model(image + other))
    rounded = keras.Model(whole, model(ops.cast(whole, "float32")))
    for match, call in {
        "no layer 'third'; there are backbone, backbone/first": lambda: grad_cam(model, images, layer="third"),
        "no class or unit 5: there are 5": lambda: grad_cam(model, images, 5),
        r"images have shape \(6, 17, 14\), nested takes \(batch, 17, 14, 3\)": lambda: grad_cam(model, images[..., 0]),
        "layer 'backbone/nothing'": lambda: activations_of(model, images, ["backbone/nothing"]),
        "has no feature maps; these have: backbone/first": lambda: grad_cam(model, images, layer="logits"),
        "no unit 8: there are 8": lambda: top_patches_figure(model, images, "first", [8]),
        "'backbone/norm' has no filters": lambda: filters(model, "norm"),
        "2 classes for 6 images": lambda: grad_cam(model, images, [1, 2]),
        "patches of 2 pixels with stride 4": lambda: occlusion(model, images, 1, patch=2, stride=4),
        "several outputs": lambda: activations_of(several, images),
        "takes several inputs": lambda: activations_of(pair, images),
        "takes integers": lambda: integrated_gradients(rounded, images, 1),
        "unknown method 'umap'": lambda: embedding_map(images, "umap"),
    }.items():
        with pytest.raises(ZooError, match=match):
            call()
    vector = keras.Input((4,))
    dense = keras.Model(vector, layers.Dense(2, name="dense")(vector), name="dense_only")
    attending = keras.Input((7, 7, 8))
    tokens = layers.Reshape((49, 8))(attending)
    mixed = layers.MultiHeadAttention(2, 4, name="attention")(tokens, tokens)
    attention = keras.Model(attending, layers.Dense(2)(layers.GlobalAveragePooling1D()(mixed)), name="attention_only")
    for without, shape in ((dense, (1, 4)), (attention, (1, 7, 7, 8))):
        with pytest.raises(ZooError, match="_only has no layer with feature maps"):
            maps_of(without, np.zeros(shape))
