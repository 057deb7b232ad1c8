"""What the benchmarks of publishing share: a mart, and the ways that ours is compared to."""
