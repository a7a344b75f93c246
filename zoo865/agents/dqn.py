"""Q-learning with a network: a Keras model whose loss is TF-Agents'."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
import tensorflow as tf

from zoo865.agents.policy import values_of
from zoo865.agents.tf_agents_import import tf_agents


@dataclass(frozen=True)
class Acting:
    """What an agent gives to the batches that act for it and learn from what comes of it (`Collect`).

    Args:
        gamma: discount of a reward one step later.
        values: () -> a function, observations -> the value of each action, as the weights are now.
        target_values: the same of the target network.
        update_target: share -> None: moves the target network towards the network.
    """

    gamma: float
    values: Callable
    target_values: Callable
    update_target: Callable


class DQN(keras.Model):
    """A Q-network and the older copy of itself that gives its targets. Trains with `fit` on transitions.

    Paper: Mnih et al. 2015.

    Args:
        network: (batch, *observation) float32 -> (batch, actions) values.
        target: a model like it.
        agent: what knows the loss (`ValueAgent`, or `zoo865.agents.c51.CategoricalAgent`).
    """

    def __init__(self, network: keras.Model, target: keras.Model, agent, name="dqn"):
        super().__init__(name=name)
        self.network, self.target = network, target
        self.target.trainable = False
        self.update_target()
        # Keras and TensorFlow track what is assigned to a model; the agent holds nothing of its own.
        object.__setattr__(self, "agent", agent)

    def call(self, x, training=False):
        """Transitions, or observations -> what the agent learns of the observations where they start."""
        return self.agent.network(x["observation"] if isinstance(x, dict) else x, training=training)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """The batch's mean loss, weighted."""
        return self.agent.loss(x, y_pred)

    def for_batches(self) -> Acting:
        """What `Collect` asks of it."""
        values, target_values = (lambda: values_of(self.network)), (lambda: values_of(self.target))
        return Acting(self.agent.gamma, values, target_values, self.update_target)

    def update_target(self, share: float = 1.0):
        """Moves the target network towards the network: wholly, or by a share of the way (Polyak averaging)."""
        for old, new in zip(self.target.variables, self.network.variables, strict=True):
            old.assign(new if share == 1.0 else old + share * (new - old))


class ValueAgent:
    """TF-Agents' DQN agent over two Keras 3 networks: what it knows of loss and targets, and nothing else of it.

    The loss is the Huber loss of the temporal difference. Double DQN: van Hasselt, Guez, Silver 2016.

    Args:
        network, target: (batch, *observation) float32 -> (batch, actions) values.
        double: whether the network chooses the next action that the target network values.
        gamma: discount of a reward one step later.
    """

    def __init__(self, network, target, *, double: bool, gamma: float):
        agents = tf_agents("agents.dqn.dqn_agent")
        self.network, self.gamma, self.online = network, gamma, adapted(network)
        kind = agents.DdqnAgent if double else agents.DqnAgent
        self.agent = kind(
            *specs(network),
            q_network=self.online,
            target_q_network=adapted(target),
            optimizer=None,
            gamma=gamma,
            td_errors_loss_fn=tf_agents("utils.common").element_wise_huber_loss,
        )

    def loss(self, x, values):
        """The mean loss of transitions, whose first observations have these values."""
        steps, trajectory = tf_agents("trajectories.time_step"), tf_agents("trajectories.trajectory")
        first = tf.ones_like(x["action"])
        now = steps.TimeStep(first, tf.zeros_like(x["reward"]), tf.ones_like(x["discount"]), x["observation"])
        then = steps.TimeStep(first, x["reward"], x["discount"], x["next_observation"])
        done = tf_agents("trajectories.policy_step").PolicyStep(x["action"], (), ())
        self.online.known.append(values)
        # `loss` takes gamma from its caller, `train` alone from the agent.
        transition, weights = trajectory.Transition(now, done, then), x["weight"]
        return self.agent.loss(transition, weights=weights, training=True, gamma=self.gamma).loss


def specs(network: keras.Model):
    """What TF-Agents wants to know of the environment of a Q-network: specs of its time steps and of its action."""
    bounded, actions = tf_agents("specs.tensor_spec").BoundedTensorSpec, network.output_shape[-1]
    moments = tf_agents("trajectories.time_step").time_step_spec(_observation(network))
    return moments, bounded((), tf.int32, 0, actions - 1, "action")


def _observation(model: keras.Model) -> tf.TensorSpec:
    return tf.TensorSpec(model.input_shape[1:], tf.float32, "observation")


def adapted(model: keras.Model):
    """A Keras 3 model as one of TF-Agents' networks."""
    network: Any = tf_agents("networks.network").Network  # of a package without types

    class Adapted(network):
        """Passes calls on, and Keras 3 variables as TensorFlow's."""

        def __init__(self):
            super().__init__(input_tensor_spec=_observation(model), state_spec=(), name=model.name)
            self.__dict__["known"] = []  # what the next call gives, computed before; past tf_keras' tracking

        def create_variables(self, *arguments, **named):
            """The model has them."""
            return tf.TensorSpec(model.output_shape[1:], tf.float32)

        def call(self, observation, step_type=None, network_state=(), training=False):
            """The model's output, network_state."""
            output = self.known.pop() if self.known else model(observation, training=training)
            return output, network_state

        variables = property(lambda self: [variable.value for variable in model.variables])
        weights = property(lambda self: [variable.value for variable in model.weights])
        trainable_variables = property(lambda self: [variable.value for variable in model.trainable_variables])
        trainable_weights = trainable_variables
        non_trainable_variables = property(lambda self: [variable.value for variable in model.non_trainable_variables])
        losses = property(lambda self: model.losses)
        num_atoms = property(lambda self: model.output_shape[-1])  # C51 asks for it

    return Adapted()
