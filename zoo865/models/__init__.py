"""One file a system: what it is, its builder, its recipes. A new file here is a new system."""
