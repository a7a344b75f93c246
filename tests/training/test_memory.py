import ctypes
import platform
import resource

import pytest
from processes import exit_code_of

from zoo865.training.memory import keep_freed_memory

BYTES = 2**27  # as much as a training step might need at once


def faults_of_a_step() -> int:
    """Pages that are entered while memory is taken, filled and freed."""
    library = ctypes.CDLL(None)
    library.malloc.restype, library.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
    library.memset.argtypes, library.free.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t], [ctypes.c_void_p]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    taken = library.malloc(BYTES)
    library.memset(taken, 1, BYTES)
    library.free(taken)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


def count_faults():
    """Fails unless what one step freed serves the next."""
    given_back = min(faults_of_a_step() for _ in range(3))
    keep_freed_memory()
    faults_of_a_step()
    kept = max(faults_of_a_step() for _ in range(3))
    assert given_back > 10 * kept, (given_back, kept)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries are left alone")
def test_freed_memory_serves_the_next_step():
    assert exit_code_of(count_faults) == 0
