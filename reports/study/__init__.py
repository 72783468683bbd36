"""The report of a study: one page, as HTML and as Markdown, in each language."""
