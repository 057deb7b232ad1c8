"""Parts of the benchmark of the insert stage."""
