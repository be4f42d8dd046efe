"""The steps of the Dockerfile in folders, where there is no container engine.

    python3 tests/image/steps.py FOLDER

Reads `Dockerfile` and `.dockerignore` as they stand, makes a root of Debian bookworm in
`FOLDER` for each stage (by `debootstrap`, with what the stage's base image brings), runs
the stage's instructions in it, and starts what the last stage would start, as its user:
it must become healthy by its own health check, load its model, take in an article and
end when told to. Needs root on Debian, Rust by rustup, and some 10 GB; what the build
caches is kept in `FOLDER`, so that a second run takes a minute or two.

What this does not show: the base images themselves (Python is Debian's 3.11 here, not
3.12), and what a container engine makes of the file.
"""

import fnmatch
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import urllib.request

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]
MIRROR = "http://deb.debian.org/debian"
#: What a base image has beyond Debian, as packages of it.
BASES = {
    "python": ["python3", "python3-pip", "python3-venv", "ca-certificates"],
    "rust": ["gcc", "libc6-dev", "ca-certificates"],
    "debian": [],
}
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
PORT = 18640
KEY = "image-test-key-0123456789"


def run(*command, **options):
    return subprocess.run([str(part) for part in command], check=True, **options)


def instructions(dockerfile):
    """Instruction and its text, line continuations joined."""
    lines = [line for line in dockerfile.splitlines() if not line.lstrip().startswith("#")]
    for line in re.sub(r"\\\n", " ", "\n".join(lines)).splitlines():
        if line.strip():
            word, text = line.strip().split(maxsplit=1)
            yield word, text


def context(folder):
    """What the builder gets: the files of the checkout that `.dockerignore` leaves."""
    rules = (CHECKOUT / ".dockerignore").read_text().split("\n")
    rules = [rule.strip() for rule in rules if rule.strip() and not rule.startswith("#")]
    files = run("git", "ls-files", "-z", cwd=CHECKOUT, capture_output=True, text=True).stdout
    for file in filter(None, files.split("\0")):
        path = pathlib.PurePosixPath(file)
        within = [str(part) for part in (path, *path.parents)]
        ignored = False
        for rule in rules:
            if any(fnmatch.fnmatchcase(part, rule.lstrip("!")) for part in within):
                ignored = not rule.startswith("!")
        if not ignored:
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(CHECKOUT / file, folder / file)


class Stage:
    def __init__(self, folder, number, image):
        self.folder, self.root = folder, folder / f"stage-{number}"
        self.kind = image.split(":")[0]
        self.env, self.workdir, self.user = {"PATH": PATH}, "/", "0"
        self.entrypoint, self.command, self.health = [], [], None
        self.caches = {}
        run("cp", "-a", "--reflink=auto", base(folder, self.kind), self.root)
        if self.kind == "rust":
            # The image's toolchain is this machine's.
            home = pathlib.Path(os.environ.get("RUSTUP_HOME", pathlib.Path.home() / ".rustup"))
            self.caches["/usr/local/rustup"] = home
            cargo = pathlib.Path(os.environ.get("CARGO_HOME", pathlib.Path.home() / ".cargo"))
            self.caches["/usr/local/cargo/bin"] = cargo / "bin"
            self.env |= {"RUSTUP_HOME": "/usr/local/rustup", "CARGO_HOME": "/usr/local/cargo"}
            self.env["PATH"] = f"/usr/local/cargo/bin:{PATH}"
            config = cargo / "config.toml"
            if config.exists():
                (self.root / "usr/local/cargo").mkdir(parents=True, exist_ok=True)
                shutil.copy2(config, self.root / "usr/local/cargo/config.toml")

    def inside(self, command, user="0", mounts=None, more=None):
        """The command that runs `command` in this root, with mounts of its own."""
        lines = ["set -e"]
        for inner, outer in {"/proc": None, "/dev": "/dev", **(mounts or {})}.items():
            place = shlex.quote(f"{self.root}{inner}")
            lines.append(f"mkdir -p {place}")
            lines.append(f"mount --rbind {shlex.quote(str(outer))} {place}" if outer else f"mount -t proc proc {place}")
        env = " ".join(shlex.quote(f"{name}={value}") for name, value in {"HOME": "/root", **self.env, **(more or {})}.items())
        words = " ".join(map(shlex.quote, command))
        lines.append(f"exec chroot --userspec={user}:{user} {shlex.quote(str(self.root))} /usr/bin/env -i {env} {words}")
        return ["unshare", "--mount", "--pid", "--fork", "--kill-child", "bash", "-c", "\n".join(lines)]

    def run(self, text):
        mounts = dict(self.caches)
        while found := re.match(r"--mount=type=cache,target=(\S+)\s+", text):
            outer = self.folder / "cache" / found[1].strip("/").replace("/", "-")
            outer.mkdir(parents=True, exist_ok=True)
            mounts[found[1]] = outer
            text = text[found.end() :]
        given = {name: value for name, value in os.environ.items() if name.lower().endswith("_proxy") or name.startswith(("PIP_", "CARGO_HTTP", "CARGO_NET"))}
        run(*self.inside(["/bin/sh", "-c", f"cd {self.workdir} && {text}"], mounts=mounts, more=given))

    def copy(self, text, context, stages):
        options = {}
        while found := re.match(r"--(\w+)=(\S+)\s+", text):
            options[found[1]] = found[2]
            text = text[found.end() :]
        *sources, target = text.split()
        origin = stages[options["from"]].root if "from" in options else context
        place = self.root / os.path.join(self.workdir, target).lstrip("/")
        for source in sources:
            source = origin / source.lstrip("/")
            into = place / source.name if target.endswith("/") and source.is_file() else place
            into.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, into, dirs_exist_ok=True)
            else:
                shutil.copy2(source, into)
        if "chown" in options:
            run("chroot", self.root, "chown", "-R", options["chown"], "/" + str(place.relative_to(self.root)))

    def take(self, word, text, context, stages):
        match word:
            case "RUN":
                self.run(text)
            case "COPY":
                self.copy(text, context, stages)
            case "WORKDIR":
                self.workdir = text
                (self.root / text.lstrip("/")).mkdir(parents=True, exist_ok=True)
            case "ENV":
                self.env |= dict(pair.split("=", 1) for pair in shlex.split(text))
            case "USER":
                self.user = text
            case "ENTRYPOINT":
                self.entrypoint = json.loads(text)
            case "CMD":
                self.command = json.loads(text)
            case "HEALTHCHECK":
                self.health = json.loads(text[text.index("[") :])
            case "VOLUME" | "EXPOSE":
                pass
            case _:
                sys.exit(f"image: this script does not know the instruction {word}")


def base(folder, kind):
    """A root with what a base image has; made once."""
    root = folder / f"base-{kind}"
    if not (root / "made").exists():
        shutil.rmtree(root, ignore_errors=True)
        packages = [f"--include={','.join(BASES[kind])}"] if BASES[kind] else []
        run("debootstrap", "--variant=minbase", *packages, "bookworm", root, MIRROR, stdout=subprocess.DEVNULL)
        shutil.copy2("/etc/resolv.conf", root / "etc/resolv.conf")
        for file in ("/etc/pip.conf", "/etc/ssl/certs/ca-certificates.crt"):
            if os.path.exists(file):
                (root / file.lstrip("/")).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(file, root / file.lstrip("/"))
        (root / "made").touch()
    return root


def asked(path, body=None):
    request = urllib.request.Request(f"http://127.0.0.1:{PORT}{path}", data=json.dumps(body).encode() if body else None)
    request.add_header("authorization", f"Bearer {KEY}")
    request.add_header("content-type", "application/json")
    with urllib.request.urlopen(request, timeout=60) as response:
        return json.load(response)


def start(stage):
    """Starts the image's program as its user and sees that it works."""
    settings = {"DRAGOMAN_ADDR": f"0.0.0.0:{PORT}", "DRAGOMAN_API_KEYS": f"image:write:{KEY}"}
    process = subprocess.Popen(stage.inside([*stage.entrypoint, *stage.command], user=stage.user, more=settings), stderr=subprocess.PIPE, text=True)
    try:
        healthy = stage.inside(stage.health, user=stage.user, more=settings)
        for line in process.stderr:
            print(line, end="", file=sys.stderr)
            if "dense retrieval is ready" in line:
                break
        run(*healthy)
        article = {"id": "image", "title": "产教融合", "text": "东昌府区葫芦种植面积３万余亩。"}
        asked("/v1/articles?wait=true", article)
        found = asked("/v1/search", {"query": "How large is the area planted with gourds?"})
        assert found["mode"] == "hybrid" and found["hits"][0]["article_id"] == "image", found
        end(process, "TERM")
        assert process.wait(60) == 0, f"told to stop, it ended with {process.returncode}"
    finally:
        end(process, "KILL")


def end(process, signal):
    """Tells the program, which is the child of what made its mounts."""
    subprocess.run(["pkill", f"-{signal}", "-P", str(process.pid)])


def main():
    folder = pathlib.Path(sys.argv[1]).resolve()
    if os.geteuid() != 0 or not shutil.which("debootstrap"):
        sys.exit("image: needs root and debootstrap (`apt-get install debootstrap`)")
    folder.mkdir(parents=True, exist_ok=True)
    for old in [*folder.glob("stage-*"), folder / "context"]:
        shutil.rmtree(old, ignore_errors=True)
    context(folder / "context")
    stages, stage = {}, None
    for word, text in instructions((CHECKOUT / "Dockerfile").read_text()):
        print(f"image: {word} {text[:100]}", flush=True)
        if word == "FROM":
            image, *name = text.split()
            stage = Stage(folder, len(stages), image)
            stages[name[1] if name else "image"] = stage
        else:
            stage.take(word, text, folder / "context", stages)
    start(stage)
    size = run("du", "-sm", stage.root / "usr/local/bin", stage.root / "models", capture_output=True, text=True).stdout
    print("image: it was built, became healthy, found an article by its vector and ended when told\n" + size)


if __name__ == "__main__":
    main()
