"""Write the pages of what stacks do otherwise anew, and the captures with them: the stacks have to be there."""

from pathlib import Path

from reports.consequences import captured, pages, shown
from reports.gallery.stacks import LANGUAGES

here = Path(__file__).parent
every = list(shown())
for path in (*here.glob("*.md"), *here.glob("*.pcapng")):
    path.unlink()
for name, content in pages(every, LANGUAGES).items():
    (here / name).write_text(content, encoding="utf-8")
for one in every:
    (here / f"{one.of.name}.pcapng").write_bytes(captured(one))
