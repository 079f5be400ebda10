"""JaxMARL's SMAX, behind the protocol of this project."""
