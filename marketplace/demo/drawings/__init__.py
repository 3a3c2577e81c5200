"""The drawings of the demo: one module a shelf, one function a thing."""
