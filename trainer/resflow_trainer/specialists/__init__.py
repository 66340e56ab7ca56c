"""What specialists need beside a plain training: warm starts, buckets, teachers, and their comparison with Mono."""
