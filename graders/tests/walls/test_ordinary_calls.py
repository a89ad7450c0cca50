"""What ordinary programs ask of the system is answered behind walls as in the open."""

from __future__ import annotations

from typing import Any

from graders.proctor import AUTO, NONE, Exam
from graders.tests.exams import Examine

# Each of them sets `found`. They are carried out one after another in one folder.
CALLS = {
    "touch": "Path('a').touch(); found = os.path.exists('a')",
    "touch again": "Path('a').touch(); found = os.listdir()",
    "temporary file": """
        with tempfile.TemporaryFile() as file:
            file.write(b'x')
            file.seek(0)
            found = file.read().decode()
    """,
    "named temporary file": """
        with tempfile.NamedTemporaryFile() as file:
            file.write(b'x')
            file.flush()
            found = os.path.getsize(file.name)
    """,
    "temporary folder": """
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, 'x').write_text('1')
            found = os.listdir(folder)
    """,
    "rename": """
        Path('b').write_text('1')
        os.rename('b', 'c')
        os.replace('c', 'd')
        found = os.path.exists('d')
    """,
    "move": """
        os.makedirs('e/f')
        Path('e/x').write_text('1')
        shutil.move('e/x', 'e/f/x')
        found = os.listdir('e/f')
    """,
    "copy": "shutil.copy2('d', 'g'); found = Path('g').read_text()",
    "copy a tree": "shutil.copytree('e', 'h'); found = sorted(os.listdir('h'))",
    "remove a tree": "shutil.rmtree('h'); found = os.path.exists('h')",
    "hard link": "os.link('d', 'i'); found = os.stat('i').st_nlink",
    "lock": """
        with open('j', 'w') as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            found = file.closed
    """,
    "synchronise": """
        with open('j', 'w') as file:
            os.fsync(file.fileno())
        folder = os.open('.', os.O_RDONLY | os.O_DIRECTORY)
        os.fsync(folder)
        found = os.close(folder)
    """,
    "truncate": """
        Path('k').write_text('abc')
        os.truncate('k', 2)
        with open('k', 'r+') as file:
            file.truncate(1)
        found = Path('k').read_text()
    """,
    "map": """
        with open('d', 'r+b') as file, mmap.mmap(file.fileno(), 0) as pages:
            pages[0:1] = b'z'
        found = Path('d').read_text()
    """,
    "send a file": """
        with open('d', 'rb') as one, open('l', 'wb') as other:
            os.sendfile(other.fileno(), one.fileno(), 0, 1)
            os.copy_file_range(one.fileno(), other.fileno(), 1)
        found = Path('l').read_text()
    """,
    "allocate": """
        with open('m', 'wb') as file:
            os.posix_fallocate(file.fileno(), 0, 100)
        found = os.path.getsize('m')
    """,
    "room": "found = [os.statvfs('.').f_bsize, shutil.disk_usage('.').free > 0]",
    "access": "found = [os.access(path, os.R_OK) for path in ('a', 'missing')]",
    "extended attributes": "found = os.listxattr('a')",
    "whose": "found = [Path('a').owner(), getpass.getuser(), os.getuid()]",
    "where": "found = [str(Path.home()) == os.getcwd(), Path('x/../y').resolve().name]",
    "in a folder": """
        folder = os.open('.', os.O_RDONLY)
        os.close(os.open('n', os.O_CREAT | os.O_WRONLY, dir_fd=folder))
        os.rename('n', 'o', src_dir_fd=folder, dst_dir_fd=folder)
        os.close(folder)
        found = os.path.exists('o')
    """,
    "archive": """
        with zipfile.ZipFile('p.zip', 'w') as archive:
            archive.writestr('p/q', 'r')
        with tarfile.open('p.tar.gz', 'w:gz') as archive:
            archive.add('d')
        with tarfile.open('p.tar.gz') as archive:
            archive.extractall('s', filter='data')
        shutil.unpack_archive('p.zip')
        found = [Path('p/q').read_text(), os.listdir('s')]
    """,
    "database": """
        connection = sqlite3.connect('t.db')
        mode = connection.execute('pragma journal_mode=wal').fetchall()
        connection.execute('create table t (a)')
        connection.execute('insert into t values (1)')
        connection.commit()
        found = [mode, connection.execute('select * from t').fetchall()]
        connection.close()
    """,
    "shelf": """
        with shelve.open('u') as shelf:
            shelf['a'] = 1
        found = 'u' in {Path(name).stem for name in os.listdir()}
    """,
    "log": """
        handler = logging.handlers.RotatingFileHandler('v', maxBytes=9, backupCount=2)
        logger = logging.Logger('v')
        logger.addHandler(handler)
        for _ in range(3):
            logger.warning('hello')
        handler.close()
        found = sorted(name for name in os.listdir() if name.startswith('v'))
    """,
    "pipe": """
        reader, writer = os.pipe()
        os.write(writer, b'x')
        found = os.read(reader, 1).decode()
        os.close(reader)
        os.close(writer)
    """,
    "pair": """
        one, other = socket.socketpair()
        one.send(b'x')
        found = other.recv(1).decode()
        one.close()
        other.close()
    """,
    "names": "found = [bool(socket.gethostname()), bool(socket.getfqdn())]",
    "numbers": "found = [uuid.uuid1().version, len(os.urandom(4))]",
    "machine": "found = [platform.system(), os.cpu_count(), bool(platform.platform())]",
    "usage": "found = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss > 0",
    "zone": "found = str(datetime.now(ZoneInfo('Europe/Berlin')).tzinfo)",
    "certificates": "found = len(ssl.create_default_context().get_ca_certs()) > 0",
    "types": "found = mimetypes.guess_type('a.png')[0]",
    "terminal": "found = [shutil.get_terminal_size().columns, sys.stdin.isatty()]",
    "packages": "found = [bool(version('fastapi')), files('fastapi').is_dir()]",
    # Refused, or done without doing it.
    "mode": "os.chmod('d', 0o600); found = oct(os.stat('d').st_mode)",
    "time": "os.utime('d', (5, 5)); found = os.stat('d').st_mtime == 5",
    "symbolic link": "os.symlink('d', 'w'); found = os.readlink('w')",
    "named socket": """
        one = socket.socket(socket.AF_UNIX)
        try:
            found = one.bind('x')
        finally:
            one.close()
    """,
    "shared lock": "found = bool(multiprocessing.Lock())",
    "another program": "found = subprocess.call(['true'])",
}
DIFFERENT = {
    "mode",
    "time",
    "symbolic link",
    "named socket",
    "shared lock",
    "another program",
}

_APP = f"""
    import datetime, fcntl, getpass, logging.handlers, mimetypes, mmap, multiprocessing
    import os, platform, resource, shelve, shutil, socket, sqlite3, ssl, subprocess, sys
    import tarfile, tempfile, uuid, zipfile
    from datetime import datetime
    from importlib.metadata import version
    from importlib.resources import files
    from pathlib import Path
    from textwrap import dedent
    from zoneinfo import ZoneInfo

    from fastapi import FastAPI

    app = FastAPI()
    CALLS = {CALLS!r}

    @app.get("/")
    def answers():
        told = {{}}
        for name, code in CALLS.items():
            names = dict(globals())
            try:
                exec(dedent(code), names)
                told[name] = names["found"]
            except Exception as exc:
                told[name] = f"{{type(exc).__name__}}: {{exc}}"
        return told
"""


def test_the_walls_change_no_answer_but_those_that_are_named(examine: Examine) -> None:
    told: list[dict[str, Any]] = []

    async def body(exam: Exam) -> None:
        told.append((await exam.get("/")).json())

    for sandbox in (AUTO, NONE):
        examine(_APP, body, sandbox=sandbox)
    walled, open_ = told
    failed = {name: found for name, found in open_.items() if "Error" in str(found)}
    assert failed == {}
    changed = {name: walled[name] for name in CALLS if walled[name] != open_[name]}
    # Which walls stand is for the machine to say.
    assert changed.keys() <= DIFFERENT, changed
