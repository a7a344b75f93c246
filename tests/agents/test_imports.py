"""TF-Agents and gymnasium are imported where they are needed, and Keras stays Keras 3."""

import subprocess
import sys

import pytest

gymnasium = pytest.importorskip("gymnasium")


pytestmark = pytest.mark.agents


def python(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)


def test_tf_agents_has_keras_2_and_everybody_else_keras_3():
    done = python(
        "import tensorflow as tf, keras, zoo865\n"
        "before = tf.keras.layers.Dense\n"
        "from zoo865.agents.tf_agents_import import tf_agents\n"
        "agent, network = tf_agents('agents.dqn.dqn_agent'), tf_agents('networks.q_rnn_network')\n"
        "assert before is tf.keras.layers.Dense is keras.layers.Dense and keras.__version__ > '3'\n"
        "import tf_keras, sys\n"
        "assert agent.tf.keras.layers.Dense is tf_keras.layers.Dense is network.tf.compat.v2.keras.layers.Dense\n"
        "assert agent.tf.reduce_sum is tf.reduce_sum and 'gym' not in sys.modules\n"
    )
    assert done.returncode == 0, done.stderr


def test_tf_agents_imported_before():
    done = python(
        "import sys, types; sys.modules['tf_agents'] = types.ModuleType('tf_agents')\n"
        "sys.modules['tf_agents'].__spec__ = types.ModuleType('spec')\n"
        "import zoo865; from zoo865.agents.tf_agents_import import tf_agents\n"
        "try: tf_agents('agents')\n"
        "except zoo865.ZooError as error: print(error)\n"
    )
    assert "imported before" in done.stdout, done.stderr


def test_zoo865_alone_imports_no_agents():
    done = python(
        "import sys, zoo865, zoo865.workflow; print({'tf_agents', 'gymnasium', 'tf_keras'} & set(sys.modules))"
    )
    assert done.stdout.strip() == "set()", done.stderr


def test_without_gymnasium():
    done = python(
        "import sys; sys.modules['gymnasium'] = None\n"
        "sys.argv = ['zoo865', 'train', 'dqn_cartpole']\n"
        "from zoo865.cli.main import main; main()"
    )
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    assert "agents need packages that are not installed: gymnasium; pip install" in done.stderr


def test_an_agent_answers_without_what_agents_need_and_says_what_playing_needs():
    done = python(
        "import sys\n"
        "from zoo865.agents.tf_agents_import import NEEDS\n"
        "sys.modules.update(dict.fromkeys(NEEDS))\n"
        "from zoo865.cli.main import main\n"
        "for command in (['predict', 'dqn_cartpole', '[0, 0, 0.1, 0]'], ['play', 'dqn_cartpole']):\n"
        "    sys.argv = ['zoo865', *command]\n"
        "    try: main()\n"
        "    except SystemExit as end: print('exit', end.code)\n"
    )
    answer, first, second = done.stdout.splitlines()
    assert "action 1" in answer
    assert (first, second) == ("exit 0", "exit 2")
    by, error = done.stderr.splitlines()
    assert by.startswith("by onnx: published dqn_cartpole/1")
    assert error.startswith("error: agents need packages that are not installed: gymnasium, tf_keras, ")
    # As it is installed from a wheel, too.
    assert error.endswith("; pip install 'zoo865[agents]' && pip install --no-deps tf-agents==0.19.0")
