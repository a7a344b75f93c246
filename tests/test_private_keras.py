"""What zoo865 expects of the private names of Keras that it uses: a failure here means that Keras has changed."""

import keras
import numpy as np
import pytest
from keras import layers

from zoo865 import private_keras

pytestmark = [pytest.mark.fast, pytest.mark.jax]


class Scale(private_keras.DataLayer):
    """Scales by a random number."""

    def __init__(self, seed, **kwargs):
        super().__init__(**kwargs)
        self.seed, self.generator = seed, keras.random.SeedGenerator(seed)

    def call(self, inputs):
        return inputs * self.backend.random.uniform((1,), seed=private_keras.seed_generator(self))


def two_branches():
    """x -> (a, b), both by one shared layer -> their sum."""
    x = keras.Input((4,), name="x")
    shared = layers.Dense(4, name="shared")
    first = shared(x)
    second = shared(layers.ReLU(name="relu")(first))
    return keras.Model(x, layers.Add(name="sum")([first, second]))


def test_data_layers_work_inside_tf_data_whatever_the_backend():
    """Keras: keras.src.layers.preprocessing.data_layer.DataLayer, Layer.backend._backend, _get_seed_generator."""
    tf = pytest.importorskip("tensorflow")
    layer = Scale(seed=0)
    in_data = next(iter(tf.data.Dataset.from_tensors(tf.ones((2, 3))).map(layer))).numpy()
    outside = keras.ops.convert_to_numpy(layer(np.ones((2, 3), "float32")))
    for scaled in (in_data, outside):
        assert scaled.shape == (2, 3)
        assert 0 <= scaled.min() == scaled.max() < 1


def test_sublayers():
    """Keras: Layer._flatten_layers."""
    inner = keras.Sequential([keras.Input((4,)), layers.Dense(4, name="inside")])
    wrapper = layers.TimeDistributed(inner)
    model = keras.Sequential([keras.Input((3, 4)), wrapper, layers.ReLU(name="relu")])
    names = [layer.name for layer in private_keras.sublayers(model)]
    assert {wrapper.name, "inside", "relu"} <= set(names)
    assert model.name not in names
    assert private_keras.sublayers(wrapper, recursive=False) == [inner]
    assert private_keras.sublayers(layers.ReLU()) == []


def test_seed_generators():
    """Keras: Layer._seed_generators."""
    dropout = layers.Dropout(0.5, seed=3)
    (generator,) = private_keras.seed_generators(dropout)
    assert isinstance(generator, keras.random.SeedGenerator)
    before = keras.ops.convert_to_numpy(generator.state.value)
    dropout(np.ones((1, 8)), training=True)
    assert not np.array_equal(before, keras.ops.convert_to_numpy(generator.state.value))
    assert private_keras.seed_generators(layers.Dense(1)) == []
    assert private_keras.seed_generators(keras.Sequential([dropout])) == []  # its layers' are theirs


def test_graphs_of_layers_are_told_from_other_models():
    """Keras: Functional._nodes_by_depth."""

    class Own(keras.Model):
        def call(self, inputs):
            return inputs

    assert private_keras.is_functional(two_branches())
    for other in (Own(), layers.Dense(1), keras.Sequential([layers.Dense(1)])):
        assert not private_keras.is_functional(other)


def test_the_graph_of_a_sequential_model():
    """Keras: Sequential._functional."""
    model = keras.Sequential([keras.Input((4,)), layers.Dense(2, name="a"), layers.ReLU(name="b")])
    graph = private_keras.functional_of(model)
    assert private_keras.is_functional(graph)
    assert graph.layers[-2:] == model.layers
    assert graph.outputs[0] is model.outputs[0]
    assert private_keras.functional_of(graph) is graph


def test_nodes_come_from_inputs_to_outputs():
    """Keras: Functional._nodes_by_depth; Node.operation, input_tensors, outputs, is_input."""
    graph = two_branches()
    nodes = private_keras.nodes_by_depth(graph)
    assert [node.operation.name for node in nodes] == ["x", "shared", "relu", "shared", "sum"]
    assert [node.is_input for node in nodes] == [True, False, False, False, False]
    known = {id(tensor) for tensor in graph.inputs}
    for node in nodes[1:]:
        assert {id(tensor) for tensor in node.input_tensors} <= known
        known |= {id(tensor) for tensor in node.outputs}
    assert id(graph.outputs[0]) in known


def test_the_node_of_a_tensor():
    """Keras: KerasTensor._keras_history, Operation._inbound_nodes."""
    graph = two_branches()
    node = private_keras.node_of(graph.outputs[0])
    assert node.operation.name == "sum"
    first, second = node.input_tensors
    assert private_keras.node_of(first).operation is private_keras.node_of(second).operation
    assert private_keras.node_of(private_keras.node_of(second).input_tensors[0]).operation.name == "relu"


def test_the_accumulator_of_adagrad():
    """Keras: Adagrad._accumulators, Optimizer._get_variable_index."""
    optimizer = keras.optimizers.Adagrad(initial_accumulator_value=0.5)
    variables = [keras.Variable(np.zeros(size, "float32")) for size in (2, 3)]
    optimizer.build(variables)
    optimizer.apply([np.full(2, 2, "float32"), np.full(3, 3, "float32")], variables)
    for variable, expected in zip(variables, (4.5, 9.5), strict=True):
        found = private_keras.adagrad_accumulator(optimizer, variable)
        np.testing.assert_array_equal(keras.ops.convert_to_numpy(found), np.full(variable.shape, expected))
