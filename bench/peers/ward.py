"""One Ward clustering of the points of ward.mjs by SciPy or fastcluster; prints seconds and memory as JSON."""

import json
import resource
import sys
import time

import numpy as np


def points(count: int, dims: int) -> np.ndarray:
    total = count * dims
    state = np.empty(total, np.uint32)
    value = 1
    for i in range(total):
        value = (value * 1664525 + 1013904223) & 0xFFFFFFFF
        state[i] = value
    index = np.arange(total)
    raised = 3 * ((index // dims) % 6 == index % 6)
    return (state / 4294967296 + raised).astype(np.float32).astype(np.float64).reshape(count, dims)


def main() -> None:
    library, count, dims = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    from scipy.spatial.distance import pdist

    if library == "scipy":
        from scipy.cluster.hierarchy import linkage
    else:
        from fastcluster import linkage
    x = points(count, dims)
    cpu, start = time.process_time(), time.perf_counter()
    distances = pdist(x)
    middle = time.perf_counter()
    tree = linkage(distances, "ward")
    print(
        json.dumps(
            {
                "cpu": time.process_time() - cpu,
                "wall": time.perf_counter() - start,
                "distances": middle - start,
                "peakMiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
                "top": float(tree[-1, 2]),
            }
        )
    )


if __name__ == "__main__":
    main()
