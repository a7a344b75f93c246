"""Learning how returns are spread, not only their mean: TF-Agents' categorical agent over two Keras 3 networks."""

import keras
import tensorflow as tf

from zoo865.agents.dqn import adapted, specs
from zoo865.agents.tf_agents_import import tf_agents


class CategoricalAgent:
    """C51's loss: the cross-entropy of the return that a target network foretells, projected onto fixed atoms.

    Paper: Bellemare, Dabney, Munos 2017. TF-Agents leaves the weights of transitions out of this loss: where surprising
    ones are drawn more often, the bias is not corrected.

    Args:
        network, target: (batch, *observation) float32 -> (batch, actions) values, by way of a layer "logits" whose
            output is (batch, actions, atoms).
        lowest, highest: the returns of the first and the last atom; what lies beyond counts as they do.
        gamma: discount of a reward one step later.
    """

    def __init__(self, network, target, *, lowest: float, highest: float, gamma: float):
        agents = tf_agents("agents.categorical_dqn.categorical_dqn_agent")
        self.network, self.gamma = _logits(network), gamma
        self.online = adapted(self.network)
        self.agent = agents.CategoricalDqnAgent(
            *specs(network),
            categorical_q_network=self.online,
            target_categorical_q_network=adapted(_logits(target)),
            optimizer=None,
            min_q_value=lowest,
            max_q_value=highest,
            gamma=gamma,
        )

    def loss(self, x, logits):
        """The mean loss of transitions, all alike, whose first observations have these logits."""
        twice = {name: tf.stack([x[name], x[name]], 1) for name in ("action", "reward", "discount")}
        moments = tf_agents("trajectories.trajectory").Trajectory(
            step_type=tf.ones_like(twice["action"]),
            observation=tf.stack([x["observation"], x["next_observation"]], 1),
            policy_info=(),
            next_step_type=tf.ones_like(twice["action"]),
            **twice,
        )
        self.online.known.append(logits)
        return self.agent.loss(moments, training=True, gamma=self.gamma).loss


def _logits(network: keras.Model) -> keras.Model:
    return keras.Model(network.input, network.get_layer("logits").output, name=f"{network.name}_logits")
