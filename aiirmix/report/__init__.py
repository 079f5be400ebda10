"""What we learnt: statistics and pictures, made of run directories and nothing else."""
