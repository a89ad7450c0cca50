# Row 21. Looks at every descriptor that it has inherited; /found tells what they are.
import os
import stat

# <app>

KINDS = {
    stat.S_IFREG: "file",
    stat.S_IFDIR: "folder",
    stat.S_IFCHR: "device",
    stat.S_IFIFO: "pipe",
    stat.S_IFSOCK: "socket",
    stat.S_IFLNK: "link",
}


@app.get("/found")
def found():
    seen = []
    for descriptor in range(1024):
        try:
            status = os.fstat(descriptor)
        except OSError:
            continue
        kind = KINDS.get(stat.S_IFMT(status.st_mode), "nameless")
        try:
            content = os.pread(descriptor, 4096, 0)
        except OSError:
            content = b""
        seen.append([descriptor, kind, content.decode("latin-1")])
    return seen
