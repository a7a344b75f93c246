"""Memory that a training step has freed is kept for the next step.

Every step allocates the same activations and gradients. glibc gives what is freed back to the operating system, which
hands it out again page by page, each cleared and entered anew: a tenth of the CPU time of training `mnist_cnn`, and a
quarter of `sentiment_lstm`'s, whose steps differ in length (benchmarks/freed_memory.py).
"""

import ctypes
import platform

TRIM_THRESHOLD, TOP_PAD, MMAP_MAX = -1, -2, -4  # mallopt's numbers, from glibc's malloc.h


def keep_freed_memory():
    """From now on this process keeps what it frees, and takes memory in portions of 64 MB; with other C libraries than
    glibc nothing changes.

    Example:
        >>> keep_freed_memory()
    """
    if platform.libc_ver()[0] == "glibc":
        set_option = ctypes.CDLL(None).mallopt
        set_option(MMAP_MAX, 0)  # large arrays, too, come from what is kept
        set_option(TRIM_THRESHOLD, 2**31 - 1)  # free bytes from which some would be given back
        set_option(TOP_PAD, 64 * 2**20)
