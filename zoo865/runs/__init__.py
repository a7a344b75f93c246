"""Where runs and published models are stored."""
