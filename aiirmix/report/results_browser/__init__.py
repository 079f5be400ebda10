"""The results browser: kept evaluations as one static page with filters, which needs no server."""
