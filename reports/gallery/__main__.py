"""Write the gallery anew, and the parts of the README that come from it."""

from pathlib import Path

from reports.gallery.render import files, filled

here = Path(__file__).parent
gallery = files()
for path in here.iterdir():
    if path.is_file() and path.suffix != ".py" and path.name not in gallery:
        path.unlink()
for name, content in gallery.items():
    (here / name).write_text(content, encoding="utf-8")
for readme in here.parents[1].glob("README*.md"):
    readme.write_text(filled(readme.read_text(encoding="utf-8"), gallery), encoding="utf-8")
