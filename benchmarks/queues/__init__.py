"""The task queues that the benchmarks `queue_*` compare: ours and its peers, each behind the same few functions."""
