"""Q-learning with a network: a Keras model whose loss is TF-Agents'."""

import keras
import tensorflow as tf

from zoo865.agents.door import tf_agents


class DQN(keras.Model):
    """A Q-network and the older copy of itself that gives its targets. Trains with `fit` on transitions.

    Paper: Mnih et al. 2015; Double DQN: van Hasselt, Guez, Silver 2016.

    Args:
        network: (batch, *observation) float32 -> (batch, actions) values.
        target: a model like it.
        gamma: discount of a reward one step later.
        double: whether the network chooses the next action that the target network values.
    """

    def __init__(
        self, network: keras.Model, target: keras.Model, *, gamma: float = 0.99, double: bool = True, name="dqn"
    ):
        super().__init__(name=name)
        self.network, self.target, self.gamma = network, target, gamma
        self.target.trainable = False
        self.update_target()
        # Keras and TensorFlow track what is assigned to a model; TF-Agents' part holds nothing of its own.
        object.__setattr__(self, "_agent", Agent(network, target, double=double, gamma=gamma))

    def call(self, x, training=False):
        """Transitions, or observations -> (batch, actions) values of the observations, where they start."""
        return self.network(x["observation"] if isinstance(x, dict) else x, training=training)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """The batch's mean Huber loss of the temporal difference, weighted."""
        return self._agent.loss(x, y_pred)

    def update_target(self, share: float = 1.0):
        """Moves the target network towards the network: wholly, or by a share of the way (Polyak averaging)."""
        for old, new in zip(self.target.variables, self.network.variables, strict=True):
            old.assign(new if share == 1.0 else old + share * (new - old))


class Agent:
    """TF-Agents' agent over two Keras 3 networks: what it knows of loss and targets, and nothing else of it.

    Args:
        network, target: (batch, *observation) float32 -> (batch, actions) values.
        gamma, double: as for `DQN`.
    """

    def __init__(self, network, target, *, double: bool, gamma: float):
        agents, specs = tf_agents("agents.dqn.dqn_agent"), tf_agents("specs.tensor_spec")
        self.steps, self.trajectory = tf_agents("trajectories.time_step"), tf_agents("trajectories.trajectory")
        self.policy_step = tf_agents("trajectories.policy_step")
        self.gamma = gamma
        observation = tf.TensorSpec(network.input_shape[1:], tf.float32, "observation")
        action = specs.BoundedTensorSpec((), tf.int32, 0, network.output_shape[-1] - 1, "action")
        self.online = adapted(network, observation)
        kind = agents.DdqnAgent if double else agents.DqnAgent
        self.agent = kind(
            self.steps.time_step_spec(observation),
            action,
            q_network=self.online,
            target_q_network=adapted(target, observation),
            optimizer=None,
            gamma=gamma,
            td_errors_loss_fn=tf_agents("utils.common").element_wise_huber_loss,
        )

    def loss(self, x, values):
        """The mean loss of transitions, whose first observations have these values already."""
        now = self.steps.TimeStep(
            tf.ones_like(x["action"]), tf.zeros_like(x["reward"]), tf.ones_like(x["discount"]), x["observation"]
        )
        then = self.steps.TimeStep(tf.ones_like(x["action"]), x["reward"], x["discount"], x["next_observation"])
        transition = self.trajectory.Transition(now, self.policy_step.PolicyStep(x["action"], (), ()), then)
        self.online.known = (x["observation"], values)
        try:
            # `loss` takes gamma from its caller, `train` alone from the agent.
            return self.agent.loss(transition, weights=x["weight"], training=True, gamma=self.gamma).loss
        finally:
            self.online.known = None


def adapted(model: keras.Model, observation):
    """A Keras 3 model as one of TF-Agents' networks."""
    network = tf_agents("networks.network")

    class Adapted(network.Network):
        """Passes calls on, and Keras 3 variables as TensorFlow's."""

        def __init__(self):
            super().__init__(input_tensor_spec=observation, state_spec=(), name=model.name)
            self.__dict__["known"] = None  # (observation, its values), not computed twice; past tf_keras' tracking

        def create_variables(self, *arguments, **named):
            """The model has them."""
            return tf.TensorSpec((model.output_shape[-1],), tf.float32)

        def call(self, observation, step_type=None, network_state=(), training=False):
            """values, network_state"""
            if self.known is not None and observation is self.known[0]:
                return self.known[1], network_state
            return model(observation, training=training), network_state

        variables = property(lambda self: [variable.value for variable in model.variables])
        weights = property(lambda self: [variable.value for variable in model.weights])
        trainable_variables = property(lambda self: [variable.value for variable in model.trainable_variables])
        trainable_weights = trainable_variables
        non_trainable_variables = property(lambda self: [variable.value for variable in model.non_trainable_variables])
        losses = property(lambda self: model.losses)

    return Adapted()
