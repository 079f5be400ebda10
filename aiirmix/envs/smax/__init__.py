"""JaxMARL's SMAX, behind the `BatchEnv` protocol."""
