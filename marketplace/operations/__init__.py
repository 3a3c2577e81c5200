"""The operators' pages: whether all is well, where every cent is, and what waits for a person.

A page a module; `figures` gathers what the overview and the metrics show alike. Whoever adds a page decorates it with
`operators_only`, adds its line to `urls`, and names it in `templates/operations/_nav.html`.
"""
