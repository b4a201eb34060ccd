"""A real IMAP server: Debian's dovecot, run as a process of the test's own, on a port of this machine, over a folder that goes away.

It is started as `dovecot -F -c FILE`, by whoever runs the tests: as root it reads the mail as `nobody`, else as that user. Where the
program is missing the tests are skipped, and fail when CI is set: `apt-get install dovecot-imapd`.
"""

from __future__ import annotations

import getpass
import grp
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

import pytest
from imap_tools.mailbox import MailBoxUnencrypted

USER, PASSWORD = "dcc", "not-a-real-password"
PROGRAM = shutil.which("dovecot") or ("/usr/sbin/dovecot" if Path("/usr/sbin/dovecot").exists() else None)

_CONFIG = """\
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
default_internal_user = {internal}
default_internal_group = {group}
default_login_user = {login}
first_valid_uid = 1
mail_location = maildir:{folder}/mail/%u
mail_fsync = never
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/mail/%u
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
"""


@dataclass
class Mailbox:
    """A running mailbox, and what the world does with it."""

    host: str
    port: int
    delivered: int = 0  # letters so far

    def deliver(self, *letters: bytes | EmailMessage, folder: str = "INBOX") -> None:
        """Put letters into a folder, as a mail server would."""
        with MailBoxUnencrypted(self.host, self.port, 10).login(USER, PASSWORD) as box:
            for letter in letters:
                box.append(letter if isinstance(letter, bytes) else letter.as_bytes(), folder)
                self.delivered += 1

    def count(self, folder: str = "INBOX") -> int:
        """Return how many letters stand in a folder."""
        with MailBoxUnencrypted(self.host, self.port, 10).login(USER, PASSWORD) as box:
            return box.folder.status(folder)["MESSAGES"] if box.folder.exists(folder) else 0

    def empty(self) -> None:
        """Take every letter away."""
        with MailBoxUnencrypted(self.host, self.port, 10).login(USER, PASSWORD) as box:
            for folder in box.folder.list():
                box.folder.set(folder.name)
                box.delete(box.uids())


@contextmanager
def imap_server() -> Iterator[Mailbox]:
    """Yield a running mailbox, or skip the test (fail it where CI is set) if dovecot is not installed."""
    if PROGRAM is None:
        missing = "dovecot is not installed: apt-get install dovecot-imapd"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    folder = Path(tempfile.mkdtemp(prefix="pubtrack-imap-"))
    root = os.getuid() == 0
    reader = pwd.getpwnam("nobody") if root else pwd.getpwuid(os.getuid())
    for name in ("run", "state", "mail"):
        (folder / name).mkdir()
    if root:
        folder.chmod(0o755)
        os.chown(folder / "mail", reader.pw_uid, reader.pw_gid)
    me = getpass.getuser()
    internal, login = ("dovecot", "dovenull") if root else (me, me)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    (folder / "dovecot.conf").write_text(
        _CONFIG.format(
            folder=folder,
            internal=internal,
            login=login,
            group=grp.getgrgid(pwd.getpwnam(internal).pw_gid).gr_name,
            password=PASSWORD,
            uid=reader.pw_uid,
            gid=reader.pw_gid,
            port=port,
        )
    )
    server = subprocess.Popen(
        [PROGRAM, "-F", "-c", str(folder / "dovecot.conf")], stderr=subprocess.PIPE, start_new_session=True
    )
    try:
        _wait(server, port, folder)
        yield Mailbox("127.0.0.1", port)
    finally:
        server.send_signal(signal.SIGTERM)
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
        if server.stderr:
            server.stderr.close()
        shutil.rmtree(folder, ignore_errors=True)


def _wait(server: subprocess.Popen[bytes], port: int, folder: Path) -> None:
    for _ in range(100):
        if server.poll() is not None:
            said = server.stderr.read().decode() if server.stderr else ""
            raise AssertionError(f"dovecot did not start: {said}")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    log = folder / "log"
    raise AssertionError(f"dovecot does not answer: {log.read_text() if log.exists() else ''}")
