"""What follows of what stacks do otherwise, as the model says and the stacks show.

Made by ``python -m reports.gallery.stacks``.
"""

from reports.language.catalogue import language

LANGUAGES = {"": language("en"), ".zh-CN": language("zh")}
"""The languages of the pages, by what the names of their files end in."""
