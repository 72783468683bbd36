"""Write the gallery anew."""

from pathlib import Path

from reports.gallery.render import explorers, files

here = Path(__file__).parent
gallery = files()
for path in here.iterdir():
    if path.is_file() and path.suffix != ".py" and path.name not in gallery:
        path.unlink()
for name, content in gallery.items():
    (here / name).write_text(content, encoding="utf-8")
# not committed: as large as all the rest, and no reader of a difference learns from them
(here / "explorer").mkdir(exist_ok=True)
for name, content in explorers().items():
    (here / name).write_text(content, encoding="utf-8")
