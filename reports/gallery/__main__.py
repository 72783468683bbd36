"""Write the gallery anew, and the parts of the README that come from it."""

from pathlib import Path

from reports.gallery.render import files, filled

here = Path(__file__).parent
gallery = files()
for name, content in gallery.items():
    (here / name).write_text(content, encoding="utf-8")
readme = here.parents[1] / "README.md"
if readme.exists():
    readme.write_text(filled(readme.read_text(encoding="utf-8"), gallery), encoding="utf-8")
