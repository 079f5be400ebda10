"""Lightning's loggers where they need more than a configuration: a module is named after the package that it needs."""
