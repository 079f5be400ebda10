"""Trained models: loaded from run directories, evaluated on fresh episodes, and used as policies."""
