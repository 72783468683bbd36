"""Write the gallery anew."""

from pathlib import Path

from reports.gallery.render import files

for name, content in files().items():
    Path(__file__).with_name(name).write_text(content, encoding="utf-8")
