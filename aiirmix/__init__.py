"""AIIR-MIX: does intrinsic-reward mixing work, and why?"""
