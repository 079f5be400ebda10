"""What learns: actors, critics, intrinsic sources, similarities and reward mixers."""
