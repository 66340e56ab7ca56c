"""Searches the codes of search.mjs by faiss's IndexBinaryFlat; prints milliseconds of processor time and memory as JSON."""

import json
import sys
import time

import faiss
import numpy as np


def generated(length: int) -> np.ndarray:
    """The words of search.mjs: an LCG in closed form, doubling what is known, then mixed."""
    states = np.empty(length, np.uint32)
    states[0] = 1664525 + 1013904223
    factor, offset, done = np.uint32(1664525), np.uint32(1013904223), 1
    with np.errstate(over="ignore"):
        while done < length:
            more = min(done, length - done)
            states[done : done + more] = states[:more] * factor + offset
            offset = np.uint32(offset * factor + offset)
            factor = np.uint32(factor * factor)
            done += more
        return (states ^ (states >> np.uint32(16))) * np.uint32(0x7FEB352D)


def resident_mib() -> float:
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096 / 2**20


def main() -> None:
    count, bits, queries, most = map(int, sys.argv[1:5])
    faiss.omp_set_num_threads(1)
    codes = generated(count * bits // 32).view(np.uint8).reshape(count, bits // 8)
    before = resident_mib()
    index = faiss.IndexBinaryFlat(bits)
    index.add(codes)
    times, distances = [], []
    for query in range(queries):
        code = codes[query * 1000 : query * 1000 + 1]
        start = time.process_time()
        found, _ = index.search(code, most)
        times.append(1000 * (time.process_time() - start))
        distances.append(sorted(found[0].tolist()))
    memory = resident_mib() - before
    ordered = sorted(times)
    print(
        json.dumps(
            {
                "first": times[0],
                "median": ordered[queries // 2],
                "worst": ordered[-1],
                "memoryMiB": memory,
                "distances": distances,
            }
        )
    )


if __name__ == "__main__":
    main()
