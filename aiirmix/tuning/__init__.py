"""Search the settings of models: spaces, studies, trials, and what comes of them."""
