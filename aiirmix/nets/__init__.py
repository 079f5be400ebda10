"""Networks: actors, critics, intrinsic sources, similarities, reward mixers and value mixers."""
