"""For mkdocs: links out of docs/ point into the checkout, which a site does not have; there the file name is shown
instead.
"""

import re
from pathlib import Path


def on_page_markdown(markdown, page, config, files):
    docs = Path(config["docs_dir"]).resolve()
    folder = (docs / page.file.src_path).resolve().parent

    def named(match):
        text, target = match.groups()
        file = (folder / target.split("#")[0]).resolve()
        if re.match(r"[a-z]+:|#", target) or (docs in file.parents and not file.is_dir() and file.suffix != ".json"):
            return match.group(0)
        name = file.relative_to(docs.parent) if docs.parent in file.parents else file.name
        return f"{text} (`{name}`)" if f"{name}" not in text else text

    return re.sub(r"(?<!!)\[([^\]\[]*)\]\(([^)\s]+)\)", named, markdown)
