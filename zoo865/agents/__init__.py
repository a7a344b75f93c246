"""What an agent needs: environments, a replay buffer, and the one place that imports TF-Agents."""
