"""Where runs and published models stand."""
