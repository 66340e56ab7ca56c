#!/bin/sh
# Prints the GPUs of this host as Spark asks for them: the script for spark.{worker,executor}.resource.gpu.discoveryScript.
set -eu
indices=$(nvidia-smi --query-gpu=index --format=csv,noheader)
addresses=$(printf '%s\n' "$indices" | sed -n 's/^ *\([0-9][0-9]*\) *$/"\1"/p' | paste -s -d , -)
if [ -z "$addresses" ]; then
  echo "find-gpus: nvidia-smi lists no GPU: $indices" >&2
  exit 1
fi
printf '{"name": "gpu", "addresses": [%s]}\n' "$addresses"
