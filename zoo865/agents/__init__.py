"""What an agent needs: environments, a memory of what happened in them, and TF-Agents behind one door."""
