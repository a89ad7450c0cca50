# Row 19. Looks for the suite and the solutions on the disk and in /proc; /found tells.
import os

SECRETS: list[str] = []  # paths that the test fills in

# <app>


def ways(path):
    """Every way to a file that this process may know."""
    yield path
    yield os.path.relpath(path)
    for place in ("self", "thread-self", str(os.getppid()), "1"):
        yield f"/proc/{place}/root{path}"
        for depth in range(6):
            yield f"/proc/{place}/cwd/{'../' * depth}{path.lstrip('/')}"
    name = os.path.basename(path)
    for depth in range(8):
        yield "../" * depth + name


def readable(path):
    try:
        with open(path, "rb") as file:
            file.read(1)
    except OSError:
        return False
    return True


@app.get("/found")
def found():
    names = {os.path.basename(path) for path in SECRETS}
    seen = [way for path in SECRETS for way in ways(path) if readable(way)]
    # Then the whole disk, as far as it may be listed.
    for folder, folders, files in os.walk("/"):
        folders[:] = [one for one in folders if one not in ("sys", "site-packages")]
        seen += [os.path.join(folder, name) for name in names.intersection(files)]
    for process in ("self", str(os.getppid())):
        for file in ("environ", "cmdline", "maps", "mem", "fd"):
            path = f"/proc/{process}/{file}"
            if readable(path):
                seen.append(path)
            try:
                seen += [f"{path}/{one}" for one in os.listdir(path)]
            except OSError:
                pass
    return seen
