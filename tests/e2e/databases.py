# SPDX-License-Identifier: GPL-3.0-or-later
"""Databases with PowerDNS' generic schema, started by the test in a directory of their own.

    with Postgres() as db:                 # or Mariadb(), Sqlite(); DATABASES has all three, by launch word
        db.run("INSERT INTO domains (name, type) VALUES ('example.com', 'NATIVE')")
        db.query("SELECT name FROM domains")         # [("example.com",)]: texts, None for NULL
        server = Ensign(launch=db.launch, **db.settings)
        conf = db.conf()                             # the same as lines of ensign.conf, or of pdns.conf

Servers listen on a unix socket in their directory only, as an unprivileged user (postgres, mysql or nobody when
the test is root), write nothing to disk that they need not, and end with the block. The schema is what Debian's
pdns-backend packages ship; `schema=None` leaves the database empty, `schema=TEXT` is another one.

Postgres.standby() is a read-only server that replicates this one (streaming replication).
stop() and start() are for tests of servers that go away; kill() is for those that do so at once.
"""
import contextlib
import glob
import os
import pathlib
import pwd
import shutil
import signal
import sqlite3
import subprocess
import tempfile

from processes import DEADLINE_S, Process, eventually

SCHEMA = "/usr/share/pdns-backend-{0}/schema/schema.{0}.sql"
DOC_SCHEMA = "/usr/share/doc/pdns-backend-{0}/schema.{0}.sql"


def powerdns_schema(kind):
    """The schema that pdns-backend-KIND ships."""
    for path in SCHEMA.format(kind), DOC_SCHEMA.format(kind):
        if os.path.exists(path):
            return pathlib.Path(path).read_text()
    raise AssertionError(f"no schema of pdns-backend-{kind} is installed (scripts/packages)")


def server_user(*names):
    """Whom a server runs as: the test's own user, or the first of these that there is if that is root."""
    if os.geteuid() != 0:
        return pwd.getpwuid(os.geteuid()).pw_name
    for name in names + ("nobody",):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name).pw_name
    raise AssertionError("no unprivileged user")


class Database:
    """What all have in common: a directory, settings, SQL."""
    launch = None
    user_names = ()
    STOP, KILL = signal.SIGTERM, signal.SIGKILL

    def __init__(self, schema=""):
        self.user = server_user(*self.user_names)
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="ensign-db-", dir="/dev/shm"))
        self.dir.chmod(0o755)
        if os.geteuid() == 0:
            shutil.chown(self.dir, self.user)
        self.schema = powerdns_schema(self.kind) if schema == "" else schema
        self.process = None

    def __enter__(self):
        try:
            self.make()
            self.start()
            self.make_database()
            if self.schema:
                self.run(self.schema)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.kill()
        shutil.rmtree(self.dir, ignore_errors=True)

    @property
    def settings(self):
        """For Ensign(): names with "_"."""
        return {f"{self.launch}_{name}": value for name, value in self.values().items()}

    def conf(self):
        """Lines of ensign.conf and of pdns.conf."""
        return f"launch={self.launch}\n" + "".join(
            f"{name.replace('_', '-')}={value}\n" for name, value in self.settings.items())

    def as_user(self, *command, **options):
        """Runs a program as the server's user; its output. One that fails is a failure of the test."""
        done = subprocess.run(self.command_of_user(command), capture_output=True, text=True, cwd="/", **options)
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout

    def spawn(self, *command):
        """The server itself. It does not outlive the test, however that ends."""
        self.process = Process(self.command_of_user(command, "--pdeathsig", "KILL"), self.dir / "log")

    def command_of_user(self, command, *how):
        if os.geteuid() == 0:
            how += f"--reuid={self.user}", f"--regid={pwd.getpwnam(self.user).pw_gid}", "--clear-groups"
        return ["setpriv", *how, "--", *map(str, command)] if how else list(map(str, command))

    def make(self):
        pass

    def start(self):
        pass

    def make_database(self):
        pass

    def stop(self):
        """Ends the server in order, whoever is connected."""
        if self.process and self.process.alive():
            self.process.popen.send_signal(self.STOP)
            self.process.popen.wait(DEADLINE_S)

    def kill(self):
        """Ends it at once, as a crash does."""
        if self.process and self.process.alive():
            self.process.popen.send_signal(self.KILL)
            self.process.popen.wait(DEADLINE_S)


class Sqlite(Database):
    launch = "gsqlite3"
    kind = "sqlite3"

    @property
    def path(self):
        return self.dir / "pdns.sqlite3"

    def values(self):
        return {"database": self.path}

    def run(self, sql):
        with contextlib.closing(sqlite3.connect(self.path)) as connection:
            connection.executescript(sql)

    def query(self, sql):
        with contextlib.closing(sqlite3.connect(self.path)) as connection:
            connection.text_factory = lambda octets: octets.decode("latin-1")
            return [tuple(None if value is None else str(value) for value in row)
                    for row in connection.execute(sql)]


class Postgres(Database):
    launch = "gpgsql"
    kind = "pgsql"
    user_names = ("postgres",)
    NULL = "\\N"
    STOP, KILL = signal.SIGINT, signal.SIGQUIT  # "fast" and "immediate": both leave no shared memory behind
    FAST = ("fsync=off", "full_page_writes=off", "synchronous_commit=off", "max_connections=40",
            "listen_addresses=", "autovacuum=off", "shared_buffers=16MB", "log_min_messages=warning",
            "wal_level=replica", "dynamic_shared_memory_type=mmap", "max_wal_senders=4", "hot_standby=on", "unix_socket_permissions=0777")

    @staticmethod
    def program(name):
        found = sorted(glob.glob(f"/usr/lib/postgresql/*/bin/{name}"))
        return found[-1] if found else shutil.which(name) or name

    def values(self):
        return {"host": self.dir, "dbname": "pdns", "user": "pdns"}

    @property
    def data(self):
        return self.dir / "data"

    def make(self):
        self.as_user(self.program("initdb"), "-D", self.data, "-N", "-A", "trust", "-U", "admin", "-E", "UTF8",
                     "--locale=C.UTF-8")

    def start(self):
        options = [word for option in self.FAST for word in ("-c", option)]
        self.spawn(self.program("postgres"), "-D", self.data, "-k", self.dir, "-p", "5432", *options)
        eventually(self.answers, f"PostgreSQL answers; its log: {self.dir / 'log'}")

    def answers(self):
        assert self.process.alive(), self.process.log()
        return subprocess.run([self.program("pg_isready"), "-q", "-h", self.dir], check=False).returncode == 0

    def make_database(self):
        self.psql("CREATE ROLE pdns LOGIN", user="admin", database="postgres")
        self.psql("CREATE DATABASE pdns OWNER pdns", user="admin", database="postgres")

    def psql(self, sql, *options, user="pdns", database="pdns"):
        command = [self.program("psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", str(self.dir), "-U", user,
                   "-d", database, *options, "-f", "-"]
        done = subprocess.run(command, input=sql.encode(), capture_output=True, check=False)
        assert done.returncode == 0, f"{sql}: {done.stderr.decode()}"
        return done.stdout.decode("latin-1")

    def run(self, sql):
        self.psql(sql)

    def query(self, sql):
        lines = self.psql(sql, "-t", "-A", "-F", "\t", "-P", f"null={self.NULL}").splitlines()
        return [tuple(None if value == self.NULL else value for value in line.split("\t")) for line in lines]

    def standby(self):
        return Standby(self)


class Standby(Postgres):
    """A read-only copy that follows its primary."""

    def __init__(self, primary):
        super().__init__(schema=None)
        self.primary = primary

    def make(self):
        self.as_user(self.program("pg_basebackup"), "-h", self.primary.dir, "-U", "admin", "-D", self.data, "-R",
                     "-X", "stream", "-c", "fast", "--no-sync")

    def make_database(self):
        pass


class Mariadb(Database):
    launch = "gmysql"
    kind = "mysql"
    user_names = ("mysql",)

    def values(self):
        return {"socket": self.socket, "dbname": "pdns", "user": "pdns"}

    @property
    def socket(self):
        return self.dir / "socket"

    def make(self):
        self.as_user("mariadb-install-db", "--no-defaults", f"--datadir={self.dir / 'data'}",
                     "--auth-root-authentication-method=normal", "--skip-test-db", "--skip-log-bin",
                     f"--tmpdir={self.dir}")

    def start(self):
        server = shutil.which("mariadbd", path=os.environ["PATH"] + ":/usr/sbin") or "mariadbd"
        self.spawn(server, "--no-defaults", f"--datadir={self.dir / 'data'}", f"--socket={self.socket}",
                   f"--pid-file={self.dir / 'pid'}", f"--tmpdir={self.dir}", "--skip-networking", "--skip-log-bin",
                   "--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=32M",
                   "--innodb-log-file-size=8M", "--performance-schema=OFF")
        eventually(self.answers, f"MariaDB answers; its log: {self.dir / 'log'}")

    def answers(self):
        assert self.process.alive(), self.process.log()
        return subprocess.run(["mariadb-admin", "--no-defaults", "-S", self.socket, "-u", "root", "ping"],
                              capture_output=True, check=False).returncode == 0

    def make_database(self):
        self.client("CREATE DATABASE pdns; CREATE USER pdns@localhost; GRANT ALL ON pdns.* TO pdns@localhost;",
                    user="root", database="mysql")

    def client(self, sql, *options, user="pdns", database="pdns"):
        command = ["mariadb", "--no-defaults", "-S", str(self.socket), "-u", user, "--default-character-set=latin1",
                   "--batch", "--skip-column-names", "--raw", *options, database]
        done = subprocess.run(command, input=sql.encode(), capture_output=True, check=False)
        assert done.returncode == 0, f"{sql}: {done.stderr.decode()}"
        return done.stdout.decode("latin-1")

    def run(self, sql):
        self.client(sql)

    def query(self, sql):
        return [tuple(None if value == "NULL" else value for value in line.split("\t"))
                for line in self.client(sql).splitlines()]


DATABASES = {database.launch: database for database in (Sqlite, Postgres, Mariadb)}
