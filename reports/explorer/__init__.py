"""The explorer: a model in one page that computes every step by itself, opens from disk and loads nothing.

``engine.js`` runs what :mod:`checker.export.javascript` writes of a system, and knows no page; ``page.js`` is the page, and
:mod:`reports.explorer.page` puts both together with the texts of the model. There is no second text of any protocol in it.
"""
