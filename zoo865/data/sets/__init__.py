"""The data sets: one file a source. What @dataset marks is known by its name."""
