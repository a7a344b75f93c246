"""What the report of word vectors shows."""


def sections(run):
    return iter(())
