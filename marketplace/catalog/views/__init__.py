"""The catalog's pages: those of buyers and those of sellers."""
